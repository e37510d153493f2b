-- Messages that somebody has written for later.

CREATE TABLE scheduled_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    -- NULL once they are gone; the message is the team's.
    author_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    body TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    -- Why it did not go out at its time; a person decides then.
    failure TEXT CHECK (failure IN ('not_linked', 'read_only', 'restored')),
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX scheduled_by_time ON scheduled_messages (workspace_id, due_at, id);
CREATE INDEX scheduled_of_chat ON scheduled_messages (chat_id, due_at, id);
CREATE INDEX scheduled_of_author ON scheduled_messages (author_id) WHERE author_id IS NOT NULL;
