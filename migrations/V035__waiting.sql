-- Why a message waits beyond its turn, and whether one that WhatsApp has taken has reached nobody.

-- 'keys': WhatsApp has no keys of the recipient's phone. 'lock': new chats are locked. 'quota': no new chats are left.
ALTER TABLE outbox ADD COLUMN waits_for TEXT CHECK (waits_for IN ('keys', 'lock', 'quota'));
UPDATE outbox SET waits_for = 'lock' WHERE state = 'parked';
CREATE INDEX outbox_waiting ON outbox (session_id, due_at) WHERE waits_for IS NOT NULL;

-- The message says it itself, so that a page of a chat reads no table of the outbox.
ALTER TABLE messages ADD COLUMN waits_for TEXT;
ALTER TABLE messages ADD COLUMN waits_until INTEGER;
UPDATE messages SET waits_for = 'lock', waits_until = (SELECT o.due_at FROM outbox o WHERE o.message_id = messages.id)
 WHERE id IN (SELECT message_id FROM outbox WHERE waits_for IS NOT NULL);

CREATE TRIGGER outbox_wait_changed AFTER UPDATE OF due_at, waits_for ON outbox
WHEN OLD.waits_for IS NOT NULL OR NEW.waits_for IS NOT NULL
BEGIN
    UPDATE messages SET waits_for = NEW.waits_for, waits_until = CASE WHEN NEW.waits_for IS NOT NULL THEN NEW.due_at END
     WHERE id = NEW.message_id;
END;

CREATE TRIGGER outbox_deleted_as_waiting AFTER DELETE ON outbox WHEN OLD.waits_for IS NOT NULL
BEGIN
    UPDATE messages SET waits_for = NULL, waits_until = NULL WHERE id = OLD.message_id;
END;

-- When WhatsApp took a message of ours to one person; and when it had reached nobody for too long.
ALTER TABLE messages ADD COLUMN awaits_receipt_since INTEGER;
ALTER TABLE messages ADD COLUMN unreached_at INTEGER;
-- A receipt takes a message out of it, so it holds little more than the messages of the last minutes.
CREATE INDEX messages_without_receipt ON messages (workspace_id, awaits_receipt_since)
 WHERE status = 'sent' AND awaits_receipt_since IS NOT NULL AND unreached_at IS NULL;

-- For how many hours a message may be without a receipt before it is called unreached.
ALTER TABLE workspaces ADD COLUMN unreached_after_hours INTEGER NOT NULL DEFAULT 24
    CHECK (unreached_after_hours BETWEEN 1 AND 720);
