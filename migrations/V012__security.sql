-- Second factors, devices that are known, log-ins half done, and exports of what is kept about a person.

-- Logins are shown to their owner, who may end them one by one.
ALTER TABLE logins ADD COLUMN public_id TEXT;
UPDATE logins SET public_id = 'log_' || lower(hex(randomblob(13)));
CREATE UNIQUE INDEX logins_by_public_id ON logins (public_id);

CREATE TABLE second_factors (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- What the authenticator app and we share; sealed.
    secret BLOB NOT NULL,
    -- Set by the first right code; before, nobody is asked for one.
    confirmed_at INTEGER,
    -- The half minute of the last accepted code: a code works once.
    last_step INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

-- For who has lost the phone. Each works once.
CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of 80 random bits.
    code_hash BLOB NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

-- The password was right, the second factor is still missing.
CREATE TABLE login_challenges (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of what the browser holds.
    token_hash BLOB NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tries INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX login_challenges_of_user ON login_challenges (user_id);
CREATE INDEX login_challenges_by_expiry ON login_challenges (expires_at);

-- From where a person has logged in before, so that a log-in from elsewhere is told to them.
CREATE TABLE known_devices (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the browser's family with its long-lived cookie, or with the network it came from.
    fingerprint BLOB NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE INDEX known_devices_by_age ON known_devices (seen_at);

CREATE TABLE exports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'ready', 'stopped', 'failed', 'expired')),
    -- Rows written, and rows there were when it began.
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    -- Within the directory of exports; random, and never shown.
    file TEXT NOT NULL,
    -- In bytes, once it is ready.
    size INTEGER,
    -- Why it failed, in words for the person.
    failure TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    -- When the file goes.
    expires_at INTEGER
) STRICT;

CREATE INDEX exports_of_user ON exports (user_id, id);
CREATE INDEX exports_by_expiry ON exports (expires_at) WHERE state = 'ready';
