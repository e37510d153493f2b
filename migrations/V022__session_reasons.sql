-- More reasons why a number is in its state: keys that are gone or another number's, pairing codes that no longer work,
-- a ban whose end nobody named, a full disk.
--
-- A rule of a column changes only with the column; the table itself must stay, since others refer to its rows.
ALTER TABLE sessions ADD COLUMN why TEXT CHECK (why IN (
    'never_linked', 'scan_qr', 'type_code', 'qr_expired', 'pairing_failed', 'pairing_cancelled', 'code_refused',
    'code_lost', 'code_expired', 'number_in_use', 'other_number', 'logging_in', 'restoring', 'no_frames',
    'connection_lost', 'client_stopped', 'time_lock', 'removed_on_phone', 'refused_at_login', 'logged_out_here',
    'temporary_ban', 'open_ended_ban', 'replaced_elsewhere', 'client_outdated', 'login_refused', 'keys_lost',
    'keys_foreign', 'keys_unreadable', 'storage_failed', 'disk_full', 'paused_by_user'
));
UPDATE sessions SET why = reason;
ALTER TABLE sessions DROP COLUMN reason;
ALTER TABLE sessions RENAME COLUMN why TO reason;

UPDATE sessions SET reason = 'open_ended_ban' WHERE state = 'banned' AND until IS NULL;
-- Linking it again is what helps, and that begins with no device being linked.
UPDATE sessions SET linked_at = NULL, locked_until = NULL
 WHERE state = 'needs_attention' AND reason = 'keys_unreadable';
