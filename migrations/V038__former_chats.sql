-- Conversations that turned out to be part of another: their links stay valid.
CREATE TABLE former_chats (
    public_id TEXT PRIMARY KEY,
    -- The conversation that has their messages now.
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX former_chats_of_chat ON former_chats (chat_id);
