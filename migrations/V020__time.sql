-- Days that go on while a workspace moves to another time zone, and recurring work that survives a restart.

-- When the zone that a workspace has now began to count, or will; NULL when it never had another one.
ALTER TABLE workspaces ADD COLUMN zone_from INTEGER;
-- Until then it is this day ('2026-11-24'), which began then.
ALTER TABLE workspaces ADD COLUMN kept_day TEXT;
ALTER TABLE workspaces ADD COLUMN kept_since INTEGER;

-- When each line of the schedule is to be done next.
CREATE TABLE schedule_lines (
    name TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
