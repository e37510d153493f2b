-- Files of messages. The bytes are in the media store under their hash; a row here is what one workspace has of them.

CREATE TABLE media_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    -- 'wanted': WhatsApp may still have it. 'gone': only a phone may. 'quarantined': kept apart, and shown to nobody.
    state TEXT NOT NULL CHECK (state IN ('wanted', 'present', 'gone', 'quarantined')),
    -- Why it is not here, where that needs to be said: a word of the media room.
    why TEXT,
    -- By its content once it is here; before that, as the sender calls it.
    mime TEXT NOT NULL,
    -- In bytes. Before it is here, as the sender says; zero when nobody says.
    size INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    seconds INTEGER,
    -- A small JPEG.
    thumbnail BLOB,
    -- What the scanner calls it.
    finding TEXT,
    -- Messages that have it.
    refs INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    -- When somebody last opened it, to the day.
    used_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX media_files_by_sha256 ON media_files (sha256, workspace_id);
CREATE INDEX media_files_present ON media_files (workspace_id, created_at) WHERE state = 'present';
CREATE INDEX media_files_unreferenced ON media_files (created_at) WHERE refs = 0;

-- Every object that the store holds, or may hold: written before the object is, deleted after it.
CREATE TABLE media_objects (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How long a workspace keeps files; without a row, as long as their messages.
CREATE TABLE media_rules (
    workspace_id INTEGER PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    keep_days INTEGER NOT NULL CHECK (keep_days > 0)
) STRICT, WITHOUT ROWID;

ALTER TABLE media ADD COLUMN file_id INTEGER REFERENCES media_files (id);
CREATE INDEX media_by_file ON media (file_id) WHERE file_id IS NOT NULL;

-- Messages come and go in more places than one; counting here misses none.
CREATE TRIGGER media_file_referred AFTER INSERT ON media WHEN NEW.file_id IS NOT NULL
BEGIN
    UPDATE media_files SET refs = refs + 1 WHERE id = NEW.file_id;
END;

CREATE TRIGGER media_file_changed AFTER UPDATE OF file_id ON media WHEN OLD.file_id IS NOT NEW.file_id
BEGIN
    UPDATE media_files SET refs = refs - 1 WHERE id = OLD.file_id;
    UPDATE media_files SET refs = refs + 1 WHERE id = NEW.file_id;
END;

CREATE TRIGGER media_file_left AFTER DELETE ON media WHEN OLD.file_id IS NOT NULL
BEGIN
    UPDATE media_files SET refs = refs - 1 WHERE id = OLD.file_id;
END;

-- What came before this table existed can be fetched as well, while WhatsApp has it.
INSERT INTO media_files (public_id, workspace_id, sha256, state, mime, size, width, height, seconds, created_at, used_at)
SELECT 'file_' || lower(hex(randomblob(13))), m.workspace_id, md.sha256, 'wanted', md.mime, COALESCE(MAX(md.size), 0),
       MAX(md.width), MAX(md.height), MAX(md.seconds), MIN(m.created_at), MIN(m.created_at)
  FROM media md JOIN messages m ON m.id = md.message_id
 WHERE length(md.sha256) = 32 GROUP BY m.workspace_id, md.sha256;

UPDATE media SET file_id = (
    SELECT f.id FROM media_files f JOIN messages m ON m.id = media.message_id
     WHERE f.sha256 = media.sha256 AND f.workspace_id = m.workspace_id);

-- A file's bytes count for its workspace as long as they are here.
CREATE TRIGGER storage_of_file_added AFTER INSERT ON media_files WHEN NEW.state = 'present'
BEGIN
    INSERT INTO workspace_storage (workspace_id, bytes) VALUES (NEW.workspace_id, NEW.size)
    ON CONFLICT (workspace_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER storage_of_file_changed AFTER UPDATE OF state, size ON media_files
WHEN OLD.state = 'present' OR NEW.state = 'present'
BEGIN
    INSERT INTO workspace_storage (workspace_id, bytes) VALUES (NEW.workspace_id, 0)
    ON CONFLICT (workspace_id) DO NOTHING;
    UPDATE workspace_storage
       SET bytes = MAX(0, bytes - iif(OLD.state = 'present', OLD.size, 0) + iif(NEW.state = 'present', NEW.size, 0))
     WHERE workspace_id = NEW.workspace_id;
END;

CREATE TRIGGER storage_of_file_removed AFTER DELETE ON media_files WHEN OLD.state = 'present'
BEGIN
    UPDATE workspace_storage SET bytes = MAX(0, bytes - OLD.size) WHERE workspace_id = OLD.workspace_id;
END;
