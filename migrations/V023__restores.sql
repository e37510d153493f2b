-- What makes it safe to bring a database back: which master key it belongs to, and what waited to be sent in it.

-- At most one row, written by the first start of a program that knows of it.
CREATE TABLE master_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Tells keys apart; nothing of the key follows from it.
    fingerprint TEXT NOT NULL,
    -- A sealed text of known content.
    canary BLOB NOT NULL
) STRICT;

-- Set while a mail that waited in a backup is held: it may have left after the backup was made, so a person decides.
ALTER TABLE mails ADD COLUMN held_at INTEGER;
CREATE INDEX mails_held ON mails (id) WHERE held_at IS NOT NULL;

-- Messages are held as failed ones, whose failure says so.
CREATE INDEX outbox_failed ON outbox (workspace_id, id) WHERE state = 'failed';
