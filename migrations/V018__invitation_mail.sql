-- How much mail invitations have made within a day, and links to an open one that its sender passes on by hand.

-- A row for every mail of an invitation, whatever became of the invitation since. Rows older than a day are deleted.
CREATE TABLE invitation_mails (
    id INTEGER PRIMARY KEY,
    -- What was sent still counts for the mailbox and the machine when the workspace is gone.
    workspace_id INTEGER REFERENCES workspaces (id) ON DELETE SET NULL,
    -- SHA-256 of the address that was written to.
    mailbox BLOB NOT NULL,
    -- The machine or network that asked for it; NULL on the command line.
    machine TEXT,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX invitation_mails_by_mailbox ON invitation_mails (mailbox, at);
CREATE INDEX invitation_mails_by_machine ON invitation_mails (machine, at) WHERE machine IS NOT NULL;
CREATE INDEX invitation_mails_of_workspace ON invitation_mails (workspace_id, at) WHERE workspace_id IS NOT NULL;
CREATE INDEX invitation_mails_by_age ON invitation_mails (at);

-- Beside the link that was mailed; they end with the invitation, and when it is sent again.
CREATE TABLE invitation_links (
    -- SHA-256 of the link's 256 random bits.
    token_hash BLOB PRIMARY KEY,
    invitation_id INTEGER NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    -- 1: whoever made it may vouch for addresses. 0: it went through the hands of somebody who may not.
    proves_address INTEGER NOT NULL CHECK (proves_address IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX invitation_links_of_invitation ON invitation_links (invitation_id, created_at);
