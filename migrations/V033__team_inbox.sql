-- Labels, notes and quick replies of a team, and what its members have begun to write.

CREATE TABLE labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    colour TEXT NOT NULL CHECK (colour IN ('grey', 'red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink')),
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX labels_by_name ON labels (workspace_id, name COLLATE NOCASE);

CREATE TABLE chat_labels (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    label_id INTEGER NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
    -- The chat's newest message, so that the chats of a label are read in their order.
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, label_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_labels_by_time ON chat_labels (label_id, at, chat_id);

CREATE TRIGGER chat_labels_moved AFTER UPDATE OF last_message_at ON chats
WHEN OLD.last_message_at <> NEW.last_message_at
BEGIN
    UPDATE chat_labels SET at = NEW.last_message_at WHERE chat_id = NEW.id;
END;

-- For the team alone: a note is no message and is never sent.
CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    -- NULL once they are gone.
    author_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX notes_of_chat ON notes (chat_id, at, id);
CREATE INDEX notes_of_author ON notes (author_id) WHERE author_id IS NOT NULL;

-- Answers that a team gives again and again.
CREATE TABLE quick_replies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- What is typed behind the slash.
    shortcut TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX quick_replies_by_shortcut ON quick_replies (workspace_id, shortcut COLLATE NOCASE);

-- What a member has begun to write in a chat, until it is sent.
CREATE TABLE drafts (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX drafts_of_user ON drafts (user_id);

-- Pictures and videos of a chat, for the panel beside it.
CREATE INDEX messages_with_pictures ON messages (chat_id, at, id)
 WHERE shown = 1 AND deleted_at IS NULL AND kind IN ('image', 'video', 'gif');
