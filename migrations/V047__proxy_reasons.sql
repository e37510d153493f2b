-- More reasons why a number is not connected: its proxy is gone, does not let us in, or does not let us through.
--
-- A rule of a column changes only with the column; the table itself must stay, since others refer to its rows.
ALTER TABLE sessions ADD COLUMN why TEXT CHECK (why IN (
    'never_linked', 'scan_qr', 'type_code', 'qr_expired', 'pairing_failed', 'pairing_cancelled', 'code_refused',
    'code_lost', 'code_expired', 'business_platform', 'passkey_wanted', 'number_in_use', 'other_number', 'logging_in',
    'restoring', 'no_frames', 'connection_lost', 'client_stopped', 'time_lock', 'quota_used', 'removed_on_phone',
    'refused_at_login', 'logged_out_here', 'temporary_ban', 'open_ended_ban', 'replaced_elsewhere', 'client_outdated',
    'login_refused', 'keys_lost', 'keys_foreign', 'keys_unreadable', 'proxy_unreadable', 'proxy_unreachable',
    'proxy_login', 'proxy_refused', 'storage_failed', 'disk_full', 'paused_by_user'
));
UPDATE sessions SET why = reason;
ALTER TABLE sessions DROP COLUMN reason;
ALTER TABLE sessions RENAME COLUMN why TO reason;
