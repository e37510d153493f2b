-- People, the workspaces they work in, and the browsers they are logged in with.

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    -- Lower case, trimmed.
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- A PHC string of argon2id.
    password_hash TEXT NOT NULL,
    platform_role TEXT NOT NULL CHECK (platform_role IN ('admin', 'user', 'guest')),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE workspaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- IANA name; decides what "today" is.
    time_zone TEXT NOT NULL,
    -- ISO 3166-1 alpha-2; how a national phone number is read.
    country TEXT NOT NULL CHECK (length(country) = 2),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'agent')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE logins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the cookie's 256 random bits.
    token_hash BLOB NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The workspace that this browser looks at.
    workspace_id INTEGER REFERENCES workspaces (id) ON DELETE SET NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX logins_by_user ON logins (user_id);
CREATE INDEX logins_by_expiry ON logins (expires_at);

-- The link that lets whoever reads the first start's output become the administrator. At most one row.
CREATE TABLE setup_links (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
