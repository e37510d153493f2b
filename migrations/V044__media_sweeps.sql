-- What was found when the store of files was compared with the rows.

-- One row, from the first look on.
CREATE TABLE media_sweep (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- By which name this installation is known in a bucket.
    installation TEXT NOT NULL,
    at INTEGER,
    -- Objects that the store holds.
    objects INTEGER NOT NULL DEFAULT 0,
    -- Files that are here according to their rows, and whose object is not in the store.
    missing INTEGER NOT NULL DEFAULT 0,
    -- Objects that were deleted since nobody knew them.
    removed INTEGER NOT NULL DEFAULT 0,
    -- Other installations that keep files in the same bucket.
    shared_with TEXT NOT NULL DEFAULT ''
) STRICT;

-- Objects that no row knows.
CREATE TABLE media_strays (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
