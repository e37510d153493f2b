-- What programs come with: keys of a workspace, refresh tokens of a person, and the answers that they may ask for again.

CREATE TABLE api_keys (
    -- AUTOINCREMENT: lists use it as their cursor, and the audit log names keys whose rows are gone.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- The key can do what this member may do, and ends with the membership.
    created_by INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- The eight characters that stay visible, by which the row is found.
    prefix TEXT NOT NULL UNIQUE,
    -- SHA-256 of the 256 random bits that were shown once.
    secret_hash BLOB NOT NULL,
    -- Words with a space between them.
    scopes TEXT NOT NULL,
    -- The only number that the key reaches. A key that lost it would reach all of them, so it goes with the number.
    session_id INTEGER REFERENCES sessions (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;

CREATE INDEX api_keys_of_workspace ON api_keys (workspace_id, id);
CREATE INDEX api_keys_by_user ON api_keys (created_by);
CREATE INDEX api_keys_by_session ON api_keys (session_id) WHERE session_id IS NOT NULL;

-- Each is used once for the next one. A spent one stays, so that its second use is noticed; all go with their login.
CREATE TABLE refresh_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login_id INTEGER NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER
) STRICT;

CREATE INDEX refresh_tokens_of_login ON refresh_tokens (login_id);

-- Requests that named an Idempotency-Key, kept for a day.
CREATE TABLE idempotency (
    -- A user's or key's public id, or an address.
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    -- Method and path.
    target TEXT NOT NULL,
    -- Keyed hash of the body, which may hold a password.
    request_mac BLOB NOT NULL,
    began_at INTEGER NOT NULL,
    -- Absent while the first request is under way.
    status INTEGER,
    -- Sealed: an answer may hold a token or a key.
    answer BLOB,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (began_at);
