-- What WhatsApp says of a number, and what became of it.

-- New reasons: the number runs on Meta's Business Platform, too; no new chats are left in this cycle; steps of a linking
-- that WhatsApp secures with a passkey.
ALTER TABLE sessions ADD COLUMN why TEXT CHECK (why IN (
    'never_linked', 'scan_qr', 'type_code', 'qr_expired', 'pairing_failed', 'pairing_cancelled', 'code_refused',
    'code_lost', 'code_expired', 'business_platform', 'passkey_wanted', 'number_in_use', 'other_number', 'logging_in',
    'restoring', 'no_frames', 'connection_lost', 'client_stopped', 'time_lock', 'quota_used', 'removed_on_phone',
    'refused_at_login', 'logged_out_here', 'temporary_ban', 'open_ended_ban', 'replaced_elsewhere', 'client_outdated',
    'login_refused', 'keys_lost', 'keys_foreign', 'keys_unreadable', 'proxy_unreadable', 'storage_failed', 'disk_full', 'paused_by_user'
));
UPDATE sessions SET why = reason;
ALTER TABLE sessions DROP COLUMN reason;
ALTER TABLE sessions RENAME COLUMN why TO reason;

-- WhatsApp allows no new chats before: the cycle of the quota ends then.
ALTER TABLE sessions ADD COLUMN quota_until INTEGER;

-- One row for each number of which WhatsApp has said something. Words are WhatsApp's own.
CREATE TABLE session_health (
    session_id INTEGER PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    lock_kind TEXT,
    -- NULL with an answer: no cap.
    quota_total INTEGER,
    quota_used INTEGER,
    quota_ends_at INTEGER,
    quota_status TEXT,
    quota_extension TEXT,
    quota_verified TEXT,
    -- When WhatsApp said so last.
    quota_at INTEGER,
    lock_at INTEGER,
    -- WhatsApp refuses the client's version from then on.
    retires_at INTEGER,
    -- Of other people's devices, for messages of this number.
    receipt_at INTEGER
) STRICT;

-- Every state that a number was in, oldest first.
CREATE TABLE session_states (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    reason TEXT,
    detail TEXT,
    -- When the state was to end, where that was known.
    until INTEGER,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_states_of ON session_states (session_id, id);
-- What is known of the time before.
INSERT INTO session_states (session_id, state, reason, detail, until, at)
SELECT id, state, reason, detail, until, since FROM sessions WHERE deleted_at IS NULL;

-- What a number's page counts: messages that failed, and those that reached nobody.
CREATE INDEX messages_failed ON messages (session_id, at) WHERE status = 'failed' AND sender = 0;
CREATE INDEX messages_unreached ON messages (session_id, unreached_at)
 WHERE status = 'sent' AND unreached_at IS NOT NULL;
