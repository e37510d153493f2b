-- Who is in a group, as WhatsApp last told.

CREATE TABLE group_members (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    -- As the group names its members.
    address TEXT NOT NULL,
    -- The same account in the other namespace, where it is known.
    alt TEXT,
    admin INTEGER NOT NULL,
    PRIMARY KEY (chat_id, address)
) STRICT, WITHOUT ROWID;

-- When that was last read; NULL: never.
ALTER TABLE chats ADD COLUMN members_read_at INTEGER;
