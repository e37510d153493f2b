-- A message can be taken back for a moment after it was sent from a page. It waits for that like for anything else.

-- What a message waits for is a word of the program (`src/chats/standing.rs`): a new one must not need a new table. No row
-- is touched.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (waits_for IN (''keys'', ''lock'', ''quota''))', '')
 WHERE type = 'table' AND name = 'outbox';

PRAGMA writable_schema = RESET;

CREATE TRIGGER outbox_inserted_as_waiting AFTER INSERT ON outbox WHEN NEW.waits_for IS NOT NULL
BEGIN
    UPDATE messages SET waits_for = NEW.waits_for, waits_until = NEW.due_at WHERE id = NEW.message_id;
END;

-- What was sent together is taken back together: the WhatsApp id of its first message. NULL for what cannot be taken back.
ALTER TABLE outbox ADD COLUMN sent_with TEXT;
CREATE INDEX outbox_sent_with ON outbox (session_id, sent_with) WHERE sent_with IS NOT NULL;
