-- The event log: a row in the same transaction as the change it tells of. Readers keep a cursor (the id).
CREATE TABLE events (
    -- AUTOINCREMENT: an id is never used again after pruning, or a reader's cursor could skip news.
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE INDEX events_of_workspace ON events (workspace_id, id);
