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
accounts-have-login = Registered already?
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
accounts-sent-verification = We have sent an email to the address you gave. Follow the link in it to confirm the address, then you can log in.
accounts-sent-reset = If the address has a login here, we have sent a link to it that lets you choose another password.
accounts-sent-hint = Nothing there after a minute? Look into the spam folder, and check the address.
accounts-sent-again = Another email is on its way, if this address is waiting for one. An earlier link stops working.
accounts-kept-title = One more step
accounts-kept-verification = Your address has to be confirmed by a link before you can log in.
accounts-kept-reset = If the address has a login here, there is a link now that lets you choose another password.
accounts-kept-hint = This installation has no mail server yet. Ask its administrator for the link: it is under Admin → Mail.
accounts-kept-again = If this address waits for a link, there is a new one. An earlier link stops working.
accounts-kept-resend = Make a new link
accounts-sent-resend = Send a new link

# Following a link
accounts-verify-title = Confirm your address
accounts-verify-text = Press the button to confirm that this address is yours:
accounts-verify-as-at = Registered by { $name } for the workspace “{ $workspace }” on { $time }. The password is the one chosen then.
accounts-verify-as = Registered by { $name } on { $time }. The password is the one chosen then.
accounts-verify-not-you = That wasn’t you? Then leave this page: without the button nothing happens.
accounts-change-title = Use this address from now on
accounts-change-text = Press the button to log in with this address from now on. You are logged out everywhere else.
accounts-change-not-you = You have not asked for this? Then leave this page: without the button nothing happens.
accounts-confirm-submit = Yes, this is my address
accounts-expired-title = This link works no more
accounts-expired-verify = It has expired, a newer one was made, or the address was confirmed in another way. If you have confirmed your address before, just log in. Otherwise ask for a new link.
accounts-expired-reset = It was used already, has expired, or a newer one was made. Ask for a new link and follow it within the hour.
accounts-expired-change = It was used already, has expired, or the address is not free any more. Ask for a new link in your settings.
accounts-expired-settings = Go to the settings

# A forgotten password
accounts-forgot-link = Forgot your password?
accounts-forgot-title = Forgot your password?
accounts-forgot-line = Write your address, and we send you a link to choose another one.
accounts-forgot-submit = Send the link
accounts-back-to-login = Back to log-in
accounts-reset-title = Choose another password
accounts-reset-line = You are logged out everywhere afterwards and log in with the new password.

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
accounts-tour-line = Look at everything without an account. You can change nothing, and the tour ends after two hours.
accounts-tour-submit = Look around

# Another address
accounts-email-now = You log in with
accounts-email-new = New address
accounts-email-hint = We send a link to the new address. Until you follow it, nothing changes; then your other logins end.
accounts-email-hint-kept = The change happens when a link is followed. This installation has no mail server, so its administrator gives you the link. Then your other logins end.
accounts-email-change = Change the address

# Letters
accounts-letter-hello = Hello { $name },
accounts-letter-lifetime = { $count ->
    [one] The link works once, for an hour.
   *[other] The link works once, for { $count } hours.
  }
accounts-letter-verify-subject = Confirm your address
accounts-letter-verify-text = Somebody, hopefully you, registered with this address on { $time }. Confirm that it is yours, then you can log in with the password chosen then.
accounts-letter-verify-button = Confirm the address
accounts-letter-verify-not-you = If it wasn’t you, do nothing: without the confirmation nobody can log in. If you registered yourself at another time, use the link of that email instead.
accounts-letter-known-subject = You have a login already
accounts-letter-known-text = Somebody, hopefully you, has tried to register with this address. It has a login already, so nothing was changed. Log in as always; if you do not know the password any more, choose another one.
accounts-letter-known-button = Choose another password
accounts-letter-known-not-you = If it was not you, do nothing: whoever it was has learned nothing about you.
accounts-letter-reset-subject = Choose another password
accounts-letter-reset-text = Somebody, hopefully you, has asked to choose another password for your login.
accounts-letter-reset-button = Choose another password
accounts-letter-reset-not-you = If it was not you, do nothing: your password stays as it is.
accounts-letter-password-subject = Your password was changed
accounts-letter-password-text = Your password was changed on { $time }, and your other logins were ended.
accounts-letter-password-not-you = If it was not you, choose another password at once and look through your logins.
accounts-letter-password-button = Choose another password
accounts-letter-email-subject = Confirm your new address
accounts-letter-email-text = You have asked to log in with this address from now on. Confirm that it is yours.
accounts-letter-email-button = Use this address
accounts-letter-email-not-you = If it was not you, do nothing: without the confirmation nothing changes.
accounts-letter-email-asked-subject = Your address is about to change
accounts-letter-email-asked-text = Somebody who knows your password has asked to change the address of your login to { $email }. The change happens when the link that was sent there is followed.
accounts-letter-email-asked-not-you = If it was not you, choose another password at once: that stops the change.
accounts-letter-email-changed-subject = Your address was changed
accounts-letter-email-changed-text = On { $time } the address of your login was changed to { $email }. From now on this mailbox gets no more letters from us.
accounts-letter-email-changed-not-you = If it was not you, ask the administrator of this installation at once.
