-- Whether an address was confirmed, whether somebody was locked out, and in whose name a login acts.

ALTER TABLE users ADD COLUMN verified_at INTEGER;
ALTER TABLE users ADD COLUMN suspended_at INTEGER;
-- Whoever could log in before there was anything to confirm.
UPDATE users SET verified_at = created_at;

ALTER TABLE workspaces ADD COLUMN suspended_at INTEGER;

-- The administrator who looks at the pages in this user's place; such a login lives an hour.
ALTER TABLE logins ADD COLUMN impersonator INTEGER REFERENCES users (id) ON DELETE CASCADE;
-- A browser holds a cookie; a program holds a refresh token, whose family this row is.
ALTER TABLE logins ADD COLUMN kind TEXT NOT NULL DEFAULT 'browser' CHECK (kind IN ('browser', 'api'));
CREATE INDEX logins_of_impersonator ON logins (impersonator) WHERE impersonator IS NOT NULL;
