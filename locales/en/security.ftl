# Security
security-title = Security
security-line = Your password, two-step verification, and where you’re logged in.
security-on = On
security-off = Off
security-back = Back to security
security-factor = Two-step verification
security-factor-line = After your password, you enter a code from an app on your phone, so a stolen password isn’t enough.
security-factor-set-up = Set up two-step verification
security-factor-manage = Manage two-step verification
security-factor-left =
    { $count ->
        [0] You have no recovery codes left.
        [one] You have { $count } recovery code left.
       *[other] You have { $count } recovery codes left.
    }
security-factor-is-on = Two-step verification is on.
security-factor-enabled = Two-step verification is on. You’ll need a code each time you log in.
security-factor-disabled = Two-step verification is off.

# The code after the password
security-code-title = One more step
security-code = Code
security-code-hint = Enter the six digits from your app, or one of your recovery codes.
security-code-submit = Log in
security-code-back = Use another account
security-code-again = Log in again

# Setting it up
security-begin = Continue
security-begin-line = You need an authenticator app, such as Aegis, 2FAS, FreeOTP or the one on your phone. Enter your password to begin.
security-scan = Scan this code with your app
security-scan-line = Your app then shows six digits that change every 30 seconds. Enter the current ones.
security-scan-alt = QR code for your authenticator app
security-secret = Can’t scan it? Enter this key in the app:
security-confirm = Six digits from the app
security-confirm-submit = Turn on
security-cancel = Cancel setup
security-codes-title = Recovery codes
security-codes-line = Use one of these to log in if you lose your phone. Each works once.
security-codes-once = These codes are shown only once. Print them or keep them in a password manager, not on the phone itself.
security-codes-download = Download as a text file
security-codes-done = I’ve saved them
security-renew = Create new recovery codes
security-renew-line = Your current codes will stop working.
security-disable = Turn off two-step verification
security-disable-line = Your password alone will be enough to log in. Your recovery codes will be deleted too.

# Devices
security-devices = Where you’re logged in
security-devices-line = Don’t recognise a device? Log it out and change your password.
security-device = Device
security-address = Address
security-seen = Last seen
security-since = Since
security-actions = Actions
security-this-one = This browser
security-program = Program
security-revoke = Log out
security-revoked = Device logged out.
security-ended =
    { $count ->
        [0] You weren’t logged in anywhere else.
        [one] Logged out on { $count } other device.
       *[other] Logged out on { $count } other devices.
    }
security-log-out-elsewhere = Log out everywhere else
security-log-out-everywhere = Log out everywhere, including here

# Taking the data along, and deleting the account
security-data = Your data
security-data-line = Download your data or delete your account.
security-data-open = Export or delete
security-delete = Delete account
security-delete-line = Your account is deleted at once and for good, on every device. Export your data first if you need it.
security-delete-goes = You’re the only member of these workspaces. They’ll be deleted with everything in them: numbers are unlinked, and contacts, chats and messages are gone.
security-delete-stays = Others keep these workspaces. What you wrote there stays, without your name:
security-delete-refused = You can’t delete your account right now.
security-delete-in-place = You’re viewing as someone else. Only they can delete their account.
security-delete-type = Type “{ $email }” to confirm
security-goodbye = Your account is deleted
security-goodbye-line = We’ve emailed you a confirmation. Everything that belonged only to you is now being deleted.
security-goodbye-line-kept = Everything that belonged only to you is now being deleted.
security-goodbye-login = Go to login

# Export
export-title = Export
export-line = Everything kept about you in one ZIP file: your account and logins, and for the workspaces you own, the members, contacts, chats, messages, events and audit log.
export-begin = Prepare download
export-again = Prepare a new download
export-begun = Your download is being prepared. We’ll email you when it’s ready.
export-begun-kept = Your download is being prepared. Come back to this page to get it.
export-running = Preparing your download
export-running-line = You can leave this page. We’ll email you when it’s ready.
export-running-line-kept = You can leave this page and come back later.
export-again-at = You can prepare a new download at { $time }.
export-rows = { $done } of { $total } rows
export-stop = Stop
export-stopped-toast = The export was stopped.
export-ready = Your download is ready.
export-made = Created
export-size = Size
export-until = Kept until
export-download = Download
export-failed = The export failed.
export-failed-text = The file couldn’t be written. Try again later. If it fails again, ask the administrator to check the server’s disk.
export-was-stopped = The last export was stopped, and nothing was kept.
export-expired = The last file was kept for a week and has been deleted.
export-mail-ready = Your data is ready to download
export-mail-ready-text = The file with everything kept about you is ready. Log in to download it.
export-mail-button = Go to download
export-mail-note = We keep it for a week. If you didn’t ask for it, someone knows your password: change it right away.

# Emails
security-mail-circumstances = { $device }, from the address { $address }, { $time }.
security-mail-new-device = New login to your account
security-mail-new-device-you = Someone logged in to your account on a device or network we haven’t seen before. If it was you, there’s nothing to do.
security-mail-not-you = It wasn’t me
security-mail-not-you-note = If it wasn’t you, set a new password right away: that logs you out everywhere. Then check your security settings.
security-mail-wrong-codes = Someone knows your password
security-mail-wrong-codes-text = Someone entered your correct password and then a wrong code five times. They didn’t get in.
security-mail-wrong-codes-note = If it wasn’t you, set a new password now. Two-step verification kept them out.
security-mail-suspicious = Suspicious activity in your account
security-mail-token-reused-text = A program’s refresh token was used a second time, which can mean that someone copied it. We’ve ended that program’s login. If the program is yours, log it in again.
security-mail-exposed-text = Someone else may know something that opens your account. We’ve logged you out everywhere. Log in again and change your password.
security-mail-look = Check your logins
security-mail-recovery = A recovery code was used
security-mail-recovery-left =
    { $count ->
        [0] You have no recovery codes left. Create new ones in your security settings.
        [one] You have { $count } recovery code left.
       *[other] You have { $count } recovery codes left.
    }
security-mail-factor-on = Two-step verification is on
security-mail-factor-on-text = From now on you need a code from your app to log in.
security-mail-factor-off = Two-step verification is off
security-mail-factor-off-text = From now on your password alone is enough to log in.
security-mail-factor-dropped-text = The administrator turned off two-step verification for your account. Your password alone is now enough to log in; please set it up again.
security-mail-deleted = Your account was deleted
security-mail-deleted-text = Your account was deleted for good. Workspaces where you were the only member are being deleted with everything in them.
security-mail-deleted-note = This is the last email you’ll get from us. If it wasn’t you, contact the server’s administrator.

export-not-found = There is no such file.
export-too-soon = A file can be made once an hour. Try again in { $wait }.
export-gone = This file is no longer kept. Make a new one.
export-stopped = Somebody stopped it.

# The README.txt in it
export-readme =
    This is what this installation of WhatsApp Manager Pro keeps about { $name } <{ $email }>.

    profile.json      your account
    logins.json       where you are logged in
    workspaces.json   the workspaces you are a member of, and as what

    For each workspace that you own, a folder below workspaces/ with:
    members.json, numbers.json, quick-replies.json, contacts.csv, contacts.json,
    chats.json (with labels, notes and history),
    messages/<chat>.jsonl (one message a line, the oldest first), events.jsonl, audit.jsonl,
    and files/ with the pictures, recordings and documents that are kept here; a message’s “file” names its own.

    For each other workspace: my-messages.jsonl, the messages that you wrote there. What else is in it
    belongs to its owners; ask them.

    Times are in UTC. Files that were never downloaded, or were deleted since, are named but not in here.
    In contacts.csv an apostrophe stands before what a spreadsheet would take for a formula.
export-readme-alone = You aren’t a member of any workspace.
