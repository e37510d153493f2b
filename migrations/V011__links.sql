-- Links that were mailed to somebody, and what the administrator decides for the whole installation.

CREATE TABLE links (
    -- SHA-256 of the link's 256 random bits.
    token_hash BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'change_email')),
    -- The address that it was mailed to: following it proves that whoever did reads the mail there.
    email TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest link of a purpose is the only one that works.
CREATE UNIQUE INDEX links_of_user ON links (user_id, purpose);
CREATE INDEX links_by_expiry ON links (expires_at);

CREATE TABLE installation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    registration_open INTEGER NOT NULL CHECK (registration_open IN (0, 1)),
    guest_tour INTEGER NOT NULL CHECK (guest_tour IN (0, 1)),
    -- What visitors are shown.
    guest_workspace INTEGER REFERENCES workspaces (id) ON DELETE SET NULL,
    -- The one user that all visitors are; made for the first of them.
    guest_user INTEGER REFERENCES users (id) ON DELETE SET NULL
) STRICT;

INSERT INTO installation (id, registration_open, guest_tour) VALUES (1, 1, 0);
