-- What WhatsApp says of a group beside its subject and its members.

CREATE TABLE group_states (
    chat_id INTEGER PRIMARY KEY REFERENCES chats (id) ON DELETE CASCADE,
    description TEXT,
    -- Only administrators may write.
    admins_only INTEGER NOT NULL DEFAULT 0,
    -- Only administrators may change subject, description and picture.
    locked INTEGER NOT NULL DEFAULT 0,
    -- Why this number is no longer in it; NULL while it is.
    gone TEXT CHECK (gone IN ('left', 'removed', 'ended', 'away')),
    gone_at INTEGER
) STRICT;
