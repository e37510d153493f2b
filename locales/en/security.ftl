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
security-code-hint = The six digits that your app shows now, or one of your recovery codes.
security-code-submit = Log in
security-code-back = Use another login
security-code-again = Log in again

# Setting it up
security-begin = Continue
security-begin-line = You need an authenticator app, such as Aegis, 2FAS, FreeOTP or the one of your phone. Enter your password to begin.
security-scan = Scan this code with your app
security-scan-line = The app then shows six digits that change every half minute. Enter those it shows now.
security-scan-alt = QR code for your authenticator app
security-secret = If you cannot scan it, enter this key in the app:
security-confirm = The six digits that the app shows
security-confirm-submit = Turn on
security-cancel = Cancel the set-up
security-codes-title = Recovery codes
security-codes-line = Use one of these to log in if you lose your phone. Each works once.
security-codes-once = These codes are shown only now. Print them or keep them in a password manager, not on the phone itself.
security-codes-download = Download as a text file
security-codes-done = I’ve saved them
security-renew = Make new recovery codes
security-renew-line = The codes you have now stop working.
security-disable = Turn off two-step verification
security-disable-line = After that your password alone is enough to log in. The recovery codes are deleted, too.

# Devices
security-devices = Where you are logged in
security-devices-line = Don’t recognise a device? Log it out and change your password.
security-device = Device
security-address = Address
security-seen = Last seen
security-since = Since
security-actions = Actions
security-this-one = This browser
security-program = Program
security-revoke = Log out
security-revoked = Logged out there.
security-ended =
    { $count ->
        [0] You were not logged in anywhere else.
        [one] { $count } other login was ended.
       *[other] { $count } other logins were ended.
    }
security-log-out-elsewhere = Log out everywhere else
security-log-out-everywhere = Log out everywhere, including here

# Taking the data along, and deleting the account
security-data = Your data
security-data-line = Download your data or delete your account.
security-data-open = Export or delete
security-delete = Delete account
security-delete-line = Your login is deleted at once and for good, on every device. Export your data first if you still need it.
security-delete-goes = Nobody else is a member of these workspaces. They are deleted with everything in them: numbers are logged out, contacts, chats and messages are gone.
security-delete-stays = Others keep these workspaces. What you wrote there stays, without your name:
security-delete-refused = Your account cannot be deleted now.
security-delete-in-place = You sit in somebody else's place. Only they can delete their account.
security-delete-type = To confirm, type { $email }
security-goodbye = Your account is deleted
security-goodbye-line = We have sent you a mail about it. What belonged to nobody else is being cleared away now.
security-goodbye-line-kept = What belonged to nobody else is being cleared away now.
security-goodbye-login = Go to login

# Export
export-title = Export
export-line = Everything that is kept about you as one ZIP file: your account and logins, and of the workspaces you own the members, contacts, chats, messages, events and the audit log.
export-begin = Prepare download
export-again = Prepare a new download
export-begun = Your download is being prepared. We’ll email you when it’s ready.
export-begun-kept = Your download is being prepared. Come back to this page to get it.
export-running = Preparing your download
export-running-line = You may leave this page: you get a mail when it is ready.
export-running-line-kept = You may leave this page and come back later.
export-again-at = You can make a new file at { $time }.
export-rows = { $done } of { $total } rows
export-stop = Stop
export-stopped-toast = The export was stopped.
export-ready = Your download is ready.
export-made = Made
export-size = Size
export-until = Kept until
export-download = Download
export-failed = The file could not be made.
export-failed-text = The file could not be written. Try again later; if it fails again, ask the administrator of this installation whether the disk is full.
export-was-stopped = The last export was stopped. Nothing of it was kept.
export-expired = The last file was kept for a week and is deleted now.
export-mail-ready = Your data is ready
export-mail-ready-text = The file with what is kept about you is ready. Log in to download it.
export-mail-button = Go to the file
export-mail-note = It is kept for a week. If you did not ask for it, change your password: whoever did knows it.

# Mails
security-mail-circumstances = { $device }, from the address { $address }, { $time }.
security-mail-new-device = New login to your account
security-mail-new-device-you = Somebody logged in from a device or a network that we have not seen with your account before. If it was you, there is nothing to do.
security-mail-not-you = It was not me
security-mail-not-you-note = If it was not you, choose another password at once: that ends every login. Then look at the security page.
security-mail-wrong-codes = Somebody knows your password
security-mail-wrong-codes-text = Somebody entered your right password and then wrong codes, five times. They did not get in.
security-mail-wrong-codes-note = If it wasn’t you, set a new password now. Two-step verification kept them out.
security-mail-suspicious = Suspicious activity in your account
security-mail-token-reused-text = A program's refresh token was used a second time, as happens when somebody has copied it. We have ended that program's login. If it was your own program, log it in again.
security-mail-exposed-text = Something that opens your account may be known to others. We have ended all your logins. Log in again, and choose another password.
security-mail-look = Look at your logins
security-mail-recovery = A recovery code was used
security-mail-recovery-left =
    { $count ->
        [0] No recovery code is left. Make new ones on the security page.
        [one] { $count } recovery code is left.
       *[other] { $count } recovery codes are left.
    }
security-mail-factor-on = Two-step verification is on
security-mail-factor-on-text = From now on a code of your app is asked for when you log in.
security-mail-factor-off = Two-step verification is off
security-mail-factor-off-text = From now on your password alone is enough to log in.
security-mail-factor-dropped-text = The administrator turned off two-step verification for your account. Your password alone is now enough to log in; please set it up again.
security-mail-deleted = Your account was deleted
security-mail-deleted-text = Your login was deleted for good. Workspaces that nobody else was a member of are being cleared away, with everything in them.
security-mail-deleted-note = This is the last mail you get from here. If it was not you, ask the administrator of the installation.
