-- A message says itself until when the day's limit holds it, so that a page of a chat reads no table of the outbox.

ALTER TABLE messages ADD COLUMN held_until INTEGER;

UPDATE messages SET held_until = (SELECT o.due_at FROM outbox o WHERE o.message_id = messages.id)
 WHERE id IN (SELECT message_id FROM outbox WHERE held_for = 'limit');

-- The outbox decides; these keep what it says beside the message in the same transaction.
CREATE TRIGGER outbox_inserted_as_held AFTER INSERT ON outbox WHEN NEW.held_for = 'limit'
BEGIN
    UPDATE messages SET held_until = NEW.due_at WHERE id = NEW.message_id;
END;

CREATE TRIGGER outbox_hold_changed AFTER UPDATE OF due_at, held_for ON outbox
WHEN OLD.held_for = 'limit' OR NEW.held_for = 'limit'
BEGIN
    UPDATE messages SET held_until = CASE WHEN NEW.held_for = 'limit' THEN NEW.due_at END WHERE id = NEW.message_id;
END;

CREATE TRIGGER outbox_deleted_as_held AFTER DELETE ON outbox WHEN OLD.held_for = 'limit'
BEGIN
    UPDATE messages SET held_until = NULL WHERE id = OLD.message_id;
END;
