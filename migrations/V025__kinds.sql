-- Every kind of message: what a message says beside its words, who answered it, what waits for it.

-- Kinds and statuses are words of the program (`src/chats/kind.rs`, `model.rs`): a new one must not need a new table. Taking a
-- CHECK away is one of the changes for which SQLite documents editing the schema's text; no row is touched.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema
   SET sql = replace(replace(sql, ' CHECK (kind IN (
        ''text'', ''image'', ''video'', ''voice'', ''audio'', ''document'', ''sticker'', ''location'', ''contact'', ''poll'', ''reaction'',
        ''edit'', ''delete'', ''undecryptable'', ''protocol'', ''other''
    ))', ''), ' CHECK (status IN (
        ''received'', ''pending'', ''sent'', ''delivered'', ''read'', ''played'', ''failed''
    ))', '')
 WHERE type = 'table' AND name = 'messages';

PRAGMA writable_schema = RESET;

-- JSON of what it says beside its content: forwarded, mentions, an ad, a preview; NULL when it says nothing.
ALTER TABLE messages ADD COLUMN context TEXT;
-- JSON of the message that it answers, as it was then.
ALTER TABLE messages ADD COLUMN quote TEXT;
-- The WhatsApp id of the album that it is a picture of.
ALTER TABLE messages ADD COLUMN album TEXT;
-- The words before the first edit, and those of a deleted message.
ALTER TABLE messages ADD COLUMN original TEXT;
-- What is searched, where that is more than the body: options of a poll, the name of a file.
ALTER TABLE messages ADD COLUMN words TEXT;
-- An edit came that cannot be opened here: the words are those from before it.
ALTER TABLE messages ADD COLUMN edited_elsewhere INTEGER NOT NULL DEFAULT 0;
-- Kept although the conversation's messages disappear.
ALTER TABLE messages ADD COLUMN kept_at INTEGER;

-- Of a voice note: 64 bytes from 0 to 100.
ALTER TABLE media ADD COLUMN waveform BLOB;

-- Messages disappear after these seconds; NULL when they stay. Whoever set it last wins.
ALTER TABLE chats ADD COLUMN expires_after INTEGER;
ALTER TABLE chats ADD COLUMN expires_set_at INTEGER NOT NULL DEFAULT 0;

-- The last answer of each person to a poll or an event.
CREATE TABLE answers (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    target_wa_id TEXT NOT NULL,
    sender INTEGER NOT NULL,
    -- JSON.
    answer TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, target_wa_id, sender)
) STRICT, WITHOUT ROWID;

-- Pinned messages. A row stays when a message is unpinned, so that an older pin that comes late changes nothing.
CREATE TABLE pins (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    target_wa_id TEXT NOT NULL,
    pinned INTEGER NOT NULL,
    -- NULL: until somebody unpins it.
    until INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, target_wa_id)
) STRICT, WITHOUT ROWID;

-- Who got and who read our messages in groups.
CREATE TABLE receipts (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    -- As the receipt names the member; whose it is may be learned later.
    address TEXT NOT NULL,
    status TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (message_id, address)
) STRICT, WITHOUT ROWID;

-- Changes whose target has not arrived, or is not readable yet: the change is its own message row.
CREATE TABLE waiting_changes (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    target_wa_id TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (chat_id, target_wa_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_changes_of_message ON waiting_changes (message_id);

INSERT INTO waiting_changes (chat_id, target_wa_id, message_id)
SELECT DISTINCT e.chat_id, e.target_wa_id, m.id
  FROM early_changes e
  JOIN messages m ON m.chat_id = e.chat_id AND m.sender = e.sender AND m.kind = e.kind
   AND json_extract(m.detail, '$.change.target') = e.target_wa_id;

DROP TABLE early_changes;
