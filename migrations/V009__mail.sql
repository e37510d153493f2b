-- What the program writes to people. Who, what about and what are sealed; the body goes as soon as it was sent, since
-- the links in it are secrets.

CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    -- A workspace's last mail must still leave when the workspace is gone.
    workspace_id INTEGER REFERENCES workspaces (id) ON DELETE SET NULL,
    -- Chosen with the row, so that a mail that is sent again after a crash is the same mail.
    message_id TEXT NOT NULL UNIQUE,
    -- Recipient and subject.
    envelope BLOB NOT NULL,
    -- The letter; NULL once it was sent.
    body BLOB,
    -- 'filed': written to a file, since there is no mail server.
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'filed', 'failed')),
    -- Why the last try failed, without addresses.
    error TEXT,
    created_at INTEGER NOT NULL,
    -- When it left or was filed.
    sent_at INTEGER
) STRICT;

CREATE INDEX mails_by_state ON mails (state, id);
CREATE INDEX mails_by_age ON mails (created_at);
CREATE INDEX mails_of_workspace ON mails (workspace_id) WHERE workspace_id IS NOT NULL;
