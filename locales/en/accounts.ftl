# Accounts

# Registering
accounts-register-title = Create your account
accounts-register-line = You get a workspace of your own and can invite your team later.
accounts-register-later = Your name, and the workspace’s name, time zone and country, can be changed at any time.
accounts-own-workspace = { $name }'s workspace
accounts-country-choose = Choose a country
accounts-register-submit = Create the account
accounts-register-link = Create an account
accounts-register-again = Register again
accounts-have-login = Already have an account?
accounts-no-login = New here?
accounts-wrong-address = Wrong address?
accounts-waiting-title = Not set up yet
accounts-waiting-line = Open the link that the server printed when it started.
accounts-waiting-where = Look in the server's output or its journal. The link works for 24 hours; restart the server to print a new one.
accounts-closed-title = Registration is closed
accounts-closed-line = Nobody can register here by themselves at the moment.
accounts-closed-who = Ask an owner of the workspace that you want to join for an invitation, or ask whoever runs this installation to open registration.
accounts-strength-good = Good.
accounts-strength-strong = Strong.

# Letters on their way
accounts-sent-title = Check your inbox
accounts-sent-verification = We’ve emailed you a link. Open it to confirm your address, then log in.
accounts-sent-reset = If there’s an account for this address, we’ve sent it a link to set a new password.
accounts-sent-hint = Nothing there after a minute? Look into the spam folder, and check the address.
accounts-sent-again = If this address is waiting for a link, we’ve sent a new one. Earlier links no longer work.
accounts-kept-title = One more step
accounts-kept-verification = Your address has to be confirmed by a link before you can log in.
accounts-kept-reset = If there’s an account for this address, a link to set a new password is ready.
accounts-kept-hint = This installation has no mail server yet. Ask its administrator for the link: it is under Admin → Mail.
accounts-kept-again = If this address is waiting for a link, there’s a new one. Earlier links no longer work.
accounts-kept-resend = Make a new link
accounts-sent-resend = Send a new link

# Following a link
accounts-verify-title = Confirm your address
accounts-verify-text = Press the button to confirm that this address is yours:
accounts-verify-as-at = Registered by { $name } for the workspace “{ $workspace }” on { $time }. The password is the one chosen then.
accounts-verify-as = Registered by { $name } on { $time }. The password is the one chosen then.
accounts-verify-not-you = Didn’t sign up? Just close this page; nothing will happen.
accounts-change-title = Use this address from now on
accounts-change-text = Press the button to log in with this address from now on. You are logged out everywhere else.
accounts-change-not-you = Didn’t ask for this? Just close this page; nothing will happen.
accounts-confirm-submit = Yes, this is my address
accounts-expired-title = This link no longer works
accounts-expired-verify = It has expired, a newer one was made, or the address was confirmed in another way. If you have confirmed your address before, just log in. Otherwise ask for a new link.
accounts-expired-reset = It was used already, has expired, or a newer one was made. Ask for a new link and follow it within the hour.
accounts-expired-change = It was used already, has expired, or the address is not free any more. Ask for a new link in your settings.
accounts-expired-settings = Go to the settings

# A forgotten password
accounts-forgot-link = Forgot your password?
accounts-forgot-title = Forgot your password?
accounts-forgot-line = Enter your email and we’ll send you a link to set a new password.
accounts-forgot-submit = Send the link
accounts-back-to-login = Back to login
accounts-reset-title = Set a new password
accounts-reset-line = You’ll be logged out on all devices, then log in with the new password.

# What led here
accounts-said-verified = Your address is confirmed. Log in now.
accounts-said-reset = Your password was changed, and you were logged out everywhere. Log in with the new one.
accounts-said-email = Your address was changed. Log in with the new one.
accounts-said-email-here = Your address was changed. You were logged out everywhere else.
accounts-said-mailed = We have sent a link to the new address. The change happens when you follow it.
accounts-said-kept = There is a link for the new address now. This installation has no mail server: ask its administrator for the link. The change happens when you follow it.

# Settings
settings-password-changed = Your password was changed. You were logged out everywhere else.

# A tour for visitors
accounts-tour-line = Look around without an account. Everything is read-only, and the tour ends after two hours.
accounts-tour-submit = Look around

# Another address
accounts-email-now = You log in with
accounts-email-new = New address
accounts-email-hint = We’ll email a link to the new address. Nothing changes until you open it; then you’ll be logged out on your other devices.
accounts-email-hint-kept = The change happens when a link is followed. This installation has no mail server, so its administrator gives you the link. Then your other logins end.
accounts-email-change = Change the address

# Letters
accounts-letter-hello = Hello { $name },
accounts-letter-lifetime = { $count ->
    [one] The link works once, for an hour.
   *[other] The link works once, for { $count } hours.
  }
accounts-letter-verify-subject = Confirm your email address
accounts-letter-verify-text = Someone, hopefully you, signed up with this address on { $time }. Confirm it to finish signing up, then log in with the password chosen then.
accounts-letter-verify-button = Confirm address
accounts-letter-verify-not-you = If it wasn’t you, ignore this email: nobody can log in until the address is confirmed. If you signed up at another time, use the link in that email instead.
accounts-letter-known-subject = You already have an account
accounts-letter-known-text = Someone, hopefully you, tried to sign up with this address. You already have an account, so nothing was changed. Log in as usual, or reset your password if you’ve forgotten it.
accounts-letter-known-button = Set a new password
accounts-letter-known-not-you = If it wasn’t you, ignore this email: whoever it was learned nothing about you.
accounts-letter-reset-subject = Set a new password
accounts-letter-reset-text = Someone, hopefully you, asked to set a new password for your account.
accounts-letter-reset-button = Set a new password
accounts-letter-reset-not-you = If it wasn’t you, ignore this email: your password stays the same.
accounts-letter-password-subject = Your password was changed
accounts-letter-password-text = Your password was changed on { $time }, and your other logins were ended.
accounts-letter-password-not-you = If it was not you, choose another password at once and look through your logins.
accounts-letter-password-button = Set a new password
accounts-letter-email-subject = Confirm your new email address
accounts-letter-email-text = You have asked to log in with this address from now on. Confirm that it is yours.
accounts-letter-email-button = Use this address
accounts-letter-email-not-you = If it was not you, do nothing: without the confirmation nothing changes.
accounts-letter-email-asked-subject = Your email address is about to change
accounts-letter-email-asked-text = Somebody who knows your password has asked to change the address of your login to { $email }. The change happens when the link that was sent there is followed.
accounts-letter-email-asked-not-you = If it was not you, choose another password at once: that stops the change.
accounts-letter-email-changed-subject = Your email address was changed
accounts-letter-email-changed-text = On { $time } the address of your login was changed to { $email }. From now on this mailbox gets no more letters from us.
accounts-letter-email-changed-not-you = If it was not you, ask the administrator of this installation at once.
