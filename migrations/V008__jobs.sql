-- Work that is done later. Finished rows stay for a while, so that people see what was done and what failed.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    lane TEXT NOT NULL CHECK (lane IN ('campaign', 'webhook', 'email', 'analytics', 'media', 'upkeep')),
    -- Which handler it is for; one that this program does not know goes to 'dead', not away.
    kind TEXT NOT NULL,
    -- JSON. Secrets do not stand here: a payload names rows, and the rows seal what is secret.
    payload TEXT NOT NULL,
    workspace_id INTEGER REFERENCES workspaces (id) ON DELETE CASCADE,
    -- The highest first.
    priority INTEGER NOT NULL DEFAULT 0,
    -- 'waiting' becomes 'ready' when its time has come, so that what is due is found without looking at what is not.
    -- 'running' has a lease; 'dead' failed for good and waits for a person; 'discarded' was taken out by one.
    state TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'running', 'done', 'dead', 'discarded')),
    -- Begun so far, the one that runs included.
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    -- Whoever finishes a job must still hold its lease: the token of the time it was taken.
    lease_token INTEGER,
    lease_until INTEGER,
    -- Among unfinished jobs of a kind there is one with this key.
    unique_key TEXT,
    last_error TEXT,
    progress_done INTEGER NOT NULL DEFAULT 0,
    progress_total INTEGER NOT NULL DEFAULT 0,
    -- A person asked a running job to stop.
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER
) STRICT;

CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('waiting', 'ready', 'running');
CREATE INDEX jobs_ready ON jobs (lane, priority DESC, due_at, id) WHERE state = 'ready';
CREATE INDEX jobs_waiting ON jobs (due_at) WHERE state = 'waiting';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_finished ON jobs (state, finished_at) WHERE finished_at IS NOT NULL;
-- Counts, and lists of what is rare.
CREATE INDEX jobs_by_state ON jobs (state, lane, id);
CREATE INDEX jobs_of_workspace ON jobs (workspace_id) WHERE workspace_id IS NOT NULL;
