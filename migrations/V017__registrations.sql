-- A link that confirms an address confirms the registration it was mailed for, so it keeps what was typed there: whoever
-- registers the same address later gets a link, and a registration, of their own.

ALTER TABLE links ADD COLUMN name TEXT;
-- A PHC string of argon2id. Set exactly while a registration waits for its confirmation.
ALTER TABLE links ADD COLUMN password_hash TEXT;
ALTER TABLE links ADD COLUMN workspace_name TEXT;
ALTER TABLE links ADD COLUMN time_zone TEXT;
ALTER TABLE links ADD COLUMN country TEXT;
-- When a confirmation was followed: until it expires it answers the same again, and changes nothing.
ALTER TABLE links ADD COLUMN used_at INTEGER;

-- So far there was one link for each person, and their row held what was registered last.
UPDATE links
   SET name = (SELECT name FROM users WHERE id = links.user_id),
       password_hash = (SELECT password_hash FROM users WHERE id = links.user_id)
 WHERE purpose = 'verify_email';
UPDATE links
   SET (workspace_name, time_zone, country) =
       (SELECT w.name, w.time_zone, w.country
          FROM members m JOIN workspaces w ON w.id = m.workspace_id
         WHERE m.user_id = links.user_id AND m.role = 'owner'
         ORDER BY m.created_at, w.id LIMIT 1)
 WHERE purpose = 'verify_email';

DROP INDEX links_of_user;
-- The newest link of any other purpose is the only one that works.
CREATE UNIQUE INDEX links_of_user ON links (user_id, purpose) WHERE purpose <> 'verify_email';
CREATE INDEX links_of_registration ON links (user_id, created_at) WHERE purpose = 'verify_email';

-- Wrong codes since the last right one, however many log-ins they were spread over.
ALTER TABLE second_factors ADD COLUMN wrong_codes INTEGER NOT NULL DEFAULT 0;

-- Workspaces without a paid plan that one person may own.
ALTER TABLE installation ADD COLUMN free_workspaces INTEGER NOT NULL DEFAULT 2 CHECK (free_workspaces >= 1);
