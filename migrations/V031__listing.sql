-- Messages of a number as programs list them, and when each of ours got how far.

CREATE INDEX messages_of_session ON messages (session_id, at, id) WHERE shown = 1;

-- Of our own messages, in Unix milliseconds by our clock: when WhatsApp had it, when it was delivered, read, played. In
-- a group: to and by everybody.
ALTER TABLE messages ADD COLUMN sent_at INTEGER;
ALTER TABLE messages ADD COLUMN delivered_at INTEGER;
ALTER TABLE messages ADD COLUMN read_at INTEGER;
ALTER TABLE messages ADD COLUMN played_at INTEGER;

-- Files that were uploaded for a number: until a message has one, this is how it belongs to the number.
CREATE TABLE media_uploads (
    file_id INTEGER NOT NULL REFERENCES media_files (id) ON DELETE CASCADE,
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (file_id, session_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_uploads_of_session ON media_uploads (session_id);
