-- Every message on its way out. A row goes when WhatsApp has acknowledged the message.

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    -- Chosen when the row is written, so that sending again is sending the same message.
    wa_id TEXT NOT NULL,
    -- 'sending' belongs to the session's one sender: such a row at its start is from a run that ended, and is sent
    -- again under the same id. 'parked' waits for the end of a time-lock; 'failed' waits for a person.
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'parked', 'failed')),
    -- Tries that failed.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Never decreases within a chat, which is what keeps a chat's messages in order.
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX outbox_by_wa_id ON outbox (session_id, wa_id);
CREATE INDEX outbox_due ON outbox (session_id, due_at, id) WHERE state IN ('queued', 'parked');
CREATE INDEX outbox_of_chat ON outbox (chat_id, id);
CREATE INDEX outbox_sending ON outbox (session_id, id) WHERE state = 'sending';
CREATE INDEX outbox_of_workspace ON outbox (workspace_id);

-- When two chats turn out to be one, their messages move; what is on its way moves with them.
CREATE TRIGGER outbox_follows_message AFTER UPDATE OF chat_id ON messages
BEGIN
    UPDATE outbox SET chat_id = NEW.chat_id WHERE message_id = NEW.id;
END;
