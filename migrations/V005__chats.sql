-- Conversations and what was said in them.

CREATE TABLE chats (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('direct', 'group', 'other')),
    -- Where a message of ours is sent to; follows the contact when WhatsApp changes how it addresses them.
    address TEXT NOT NULL,
    contact_id INTEGER REFERENCES contacts (id),
    -- A group's subject.
    name TEXT,
    unread INTEGER NOT NULL DEFAULT 0,
    -- Whether the other side ever wrote: WhatsApp locks sends to those who never did first.
    answered INTEGER NOT NULL DEFAULT 0,
    -- The newest message shown. Zero time: none yet, and the chat is in no list.
    last_message_id INTEGER,
    last_message_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX chats_by_address ON chats (session_id, address);
CREATE UNIQUE INDEX chats_by_contact ON chats (session_id, contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX chats_of_contact ON chats (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX chats_by_time ON chats (workspace_id, last_message_at, id) WHERE last_message_at > 0;
CREATE INDEX chats_of_session_by_time ON chats (session_id, last_message_at, id) WHERE last_message_at > 0;
CREATE INDEX chats_unread_by_time ON chats (workspace_id, last_message_at, id) WHERE unread > 0;
CREATE INDEX chats_named ON chats (workspace_id) WHERE name IS NOT NULL;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL,
    session_id INTEGER NOT NULL,
    chat_id INTEGER NOT NULL REFERENCES chats (id),
    wa_id TEXT NOT NULL,
    -- The contact who wrote it; zero is the session's own account, whichever of its devices.
    sender INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN (
        'text', 'image', 'video', 'voice', 'audio', 'document', 'sticker', 'location', 'contact', 'poll', 'reaction',
        'edit', 'delete', 'undecryptable', 'protocol', 'other'
    )),
    origin TEXT NOT NULL CHECK (origin IN ('contact', 'phone', 'app')),
    status TEXT NOT NULL CHECK (status IN (
        'received', 'pending', 'sent', 'delivered', 'read', 'played', 'failed'
    )),
    -- Why it failed: a word of the outbox room.
    failure TEXT,
    -- Unix milliseconds by WhatsApp's clock, or ours for what we wrote.
    at INTEGER NOT NULL,
    -- Shown in the thread. Edits, deletions and reactions are kept, and show on their target.
    shown INTEGER NOT NULL,
    -- Came in and nobody has seen it yet.
    unread INTEGER NOT NULL,
    -- What is read and searched: text, caption, name of a place or of a contact, question of a poll.
    body TEXT,
    -- JSON of what the kind has beyond its body.
    detail TEXT,
    quoted_wa_id TEXT,
    edited_at INTEGER,
    deleted_at INTEGER,
    -- The user who wrote it here.
    author INTEGER REFERENCES users (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    -- The protobuf as received, sealed: it holds media keys and message secrets.
    raw BLOB
) STRICT;

-- A redelivered message is the same message. The session is in here through the chat.
CREATE UNIQUE INDEX messages_by_wa_id ON messages (chat_id, wa_id, sender);
CREATE INDEX messages_in_thread ON messages (chat_id, at, id) WHERE shown = 1;
CREATE INDEX messages_unread ON messages (chat_id, id) WHERE unread = 1;
-- Acknowledgements and receipts name our messages by their id alone.
CREATE INDEX messages_of_ours ON messages (session_id, wa_id) WHERE sender = 0;
CREATE INDEX messages_of_author ON messages (author) WHERE author IS NOT NULL;

CREATE VIRTUAL TABLE messages_search USING fts5 (
    body, content = 'messages', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2"
);

-- Where a media file is and how to open it.
CREATE TABLE media (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    mime TEXT NOT NULL,
    file_name TEXT,
    seconds INTEGER,
    width INTEGER,
    height INTEGER,
    -- Plain size in bytes.
    size INTEGER,
    direct_path TEXT NOT NULL,
    -- Sealed.
    media_key BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    enc_sha256 BLOB NOT NULL,
    thumbnail BLOB
) STRICT;

-- The last reaction of each person to each message. The target may not have arrived yet, so it is named by its id.
CREATE TABLE reactions (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    target_wa_id TEXT NOT NULL,
    sender INTEGER NOT NULL,
    -- Empty: taken back. The row stays, so that an older reaction that comes late changes nothing.
    emoji TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, target_wa_id, sender)
) STRICT, WITHOUT ROWID;

-- Edits and deletions whose target has not arrived yet.
CREATE TABLE early_changes (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    target_wa_id TEXT NOT NULL,
    sender INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('edit', 'delete')),
    body TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, target_wa_id, sender, kind)
) STRICT, WITHOUT ROWID;

-- What we have read here and WhatsApp has not been told yet.
CREATE TABLE read_marks (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    sender INTEGER NOT NULL,
    wa_id TEXT NOT NULL
) STRICT;

CREATE INDEX read_marks_of_session ON read_marks (session_id, id);
CREATE INDEX read_marks_of_chat ON read_marks (chat_id);
