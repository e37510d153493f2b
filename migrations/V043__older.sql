-- Asking the phone for what a chat held before its first message here.

ALTER TABLE chats ADD COLUMN older_state TEXT
    CHECK (older_state IN ('asked', 'no_answer', 'not_connected', 'came', 'ended'));
ALTER TABLE chats ADD COLUMN older_asked_at INTEGER;
-- Public id of the first message of then: whoever looks at it sees what came before it.
ALTER TABLE chats ADD COLUMN older_from TEXT;
