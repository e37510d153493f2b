-- Who did what, where. Rows are only added; they are pruned by age, and lose what names people when the workspace or
-- the person they tell of is deleted.
CREATE TABLE audit_log (
    -- AUTOINCREMENT: pages and exports use it as their cursor.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    -- No longer set once the workspace is gone; its public id stays, which is random and tells nothing of anybody.
    workspace_id INTEGER REFERENCES workspaces (id) ON DELETE SET NULL,
    workspace_ref TEXT,
    actor TEXT NOT NULL CHECK (actor IN ('person', 'key', 'impersonator', 'operator', 'system', 'anonymous')),
    -- In whose name.
    user_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    -- The key that was used; the key's own row may be gone.
    key_id INTEGER,
    -- The administrator who sat in the user's place.
    impersonator INTEGER REFERENCES users (id) ON DELETE SET NULL,
    action TEXT NOT NULL,
    -- What it was done to, in words or as a public id.
    target TEXT,
    -- A JSON object.
    detail TEXT NOT NULL DEFAULT '{}',
    address TEXT,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX audit_of_workspace ON audit_log (workspace_id, id) WHERE workspace_id IS NOT NULL;
CREATE INDEX audit_by_user ON audit_log (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_by_impersonator ON audit_log (impersonator, id) WHERE impersonator IS NOT NULL;
CREATE INDEX audit_by_action ON audit_log (action, id);
CREATE INDEX audit_by_age ON audit_log (at);
