-- The linked WhatsApp numbers. Their keys are in wa.db under the same id.

CREATE TABLE sessions (
    -- AUTOINCREMENT: the key store knows the id too, so it must never name another session later.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'unlinked', 'pairing', 'connecting', 'connected', 'degraded', 'reconnecting', 'restricted', 'logged_out',
        'banned', 'replaced', 'needs_attention', 'paused'
    )),
    reason TEXT CHECK (reason IN (
        'never_linked', 'scan_qr', 'type_code', 'qr_expired', 'pairing_failed', 'pairing_cancelled', 'code_refused',
        'number_in_use', 'other_number', 'logging_in', 'restoring', 'no_frames', 'connection_lost', 'client_stopped',
        'time_lock', 'removed_on_phone', 'refused_at_login', 'logged_out_here', 'temporary_ban', 'replaced_elsewhere',
        'client_outdated', 'login_refused', 'keys_unreadable', 'storage_failed', 'paused_by_user'
    )),
    -- What the other side said, for support; never shown as the only explanation.
    detail TEXT,
    since INTEGER NOT NULL,
    -- When a ban or a time-lock ends, where it is known.
    until INTEGER,
    -- WhatsApp lets this number start no new chats before; outlives a lost connection.
    locked_until INTEGER,
    -- Digits of E.164 without the plus; kept after a log-out, so that the number's chats stay that number's.
    phone TEXT,
    lid TEXT,
    platform TEXT,
    profile_name TEXT,
    -- Set while the key store holds a paired device.
    linked_at INTEGER,
    -- Set once somebody deleted the number; its chats are cleared away in the background, then the row.
    deleted_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_of_workspace ON sessions (workspace_id, id) WHERE deleted_at IS NULL;

-- A number is linked at most once in the installation.
CREATE UNIQUE INDEX sessions_by_linked_phone ON sessions (phone) WHERE linked_at IS NOT NULL AND deleted_at IS NULL;
