# Accounts

# Signing up
accounts-register-title = Create your account
accounts-register-line = You get your own workspace and can invite your team later.
accounts-register-later = You can change your name, and your workspace’s name, time zone and country, at any time.
# Stored as the workspace’s name, so the apostrophe is one that everybody can type.
accounts-own-workspace = { $name }'s workspace
accounts-country-choose = Choose a country
accounts-register-submit = Create account
accounts-register-link = Create an account
accounts-register-again = Sign up again
accounts-have-login = Already have an account?
accounts-no-login = New here?
accounts-wrong-address = Wrong address?
accounts-waiting-title = Not set up yet
accounts-waiting-line = Open the link that the server printed when it started.
accounts-waiting-where = Check the server’s output or its journal. The link works for 24 hours; restart the server to print a new one.
accounts-closed-title = Sign-up is closed
accounts-closed-line = New accounts are by invitation only.
accounts-closed-who = Ask an owner of the workspace you want to join for an invitation, or ask the administrator to open sign-up.
accounts-strength-good = Good.
accounts-strength-strong = Strong.

# Emails on their way
accounts-sent-title = Check your inbox
accounts-sent-verification = We’ve emailed you a link. Open it to confirm your address, then log in.
accounts-sent-reset = If there’s an account for this address, we’ve sent it a link to set a new password.
accounts-sent-hint = Nothing after a minute? Check your spam folder and the address.
accounts-sent-again = If this address is waiting for a link, we’ve sent a new one. Earlier links no longer work.
accounts-kept-title = One more step
accounts-kept-verification = Confirm your address with a link before you log in.
accounts-kept-reset = If there’s an account for this address, a link to set a new password is ready.
accounts-kept-hint = This server can’t send email yet. Ask the administrator for the link: it’s under Admin → Email.
accounts-kept-again = If this address is waiting for a link, there’s a new one. Earlier links no longer work.
accounts-kept-resend = Create a new link
accounts-sent-resend = Send a new link

# Following a link
accounts-verify-title = Confirm your address
accounts-verify-text = Confirm that this is your address:
accounts-verify-as-at = Signed up by { $name } for the workspace “{ $workspace }” on { $time }. The password is the one chosen then.
accounts-verify-as = Signed up by { $name } on { $time }. The password is the one chosen then.
accounts-verify-not-you = Didn’t sign up? Just close this page; nothing will happen.
accounts-change-title = Use this address from now on
accounts-change-text = Confirm that you’ll log in with this address from now on. You’ll be logged out everywhere else.
accounts-change-not-you = Didn’t ask for this? Just close this page; nothing will happen.
accounts-confirm-submit = Yes, this is my address
accounts-expired-title = This link no longer works
accounts-expired-verify = It has expired, a newer one was sent, or the address was confirmed another way. If you’ve already confirmed your address, just log in. Otherwise ask for a new link.
accounts-expired-reset = It was already used, has expired, or a newer one was sent. Ask for a new link and open it within an hour.
accounts-expired-change = It was already used, has expired, or the address is now taken. Ask for a new link in your settings.
accounts-expired-settings = Go to settings

# A forgotten password
accounts-forgot-link = Forgot your password?
accounts-forgot-title = Forgot your password?
accounts-forgot-line = Enter your email and we’ll send you a link to set a new password.
accounts-forgot-submit = Send link
accounts-back-to-login = Back to login
accounts-reset-title = Set a new password
accounts-reset-line = You’ll be logged out on all devices, then log in with the new password.

# What led here
accounts-said-verified = Your address is confirmed. Log in now.
accounts-said-reset = Your password was changed, and you were logged out everywhere. Log in with the new one.
accounts-said-email = Your address was changed. Log in with the new one.
accounts-said-email-here = Your address was changed. You were logged out everywhere else.
accounts-said-mailed = We’ve emailed a link to the new address. Open it to make the change.
accounts-said-kept = A link for the new address is ready. This server can’t send email: ask the administrator for the link, then open it to make the change.

# Settings
settings-password-changed = Your password was changed. You were logged out everywhere else.

# A tour for visitors
accounts-tour-line = Look around without an account. Everything is read-only, and the tour ends after two hours.
accounts-tour-submit = Look around

# Another address
accounts-email-now = You log in with
accounts-email-new = New address
accounts-email-hint = We’ll email a link to the new address. Nothing changes until you open it; then you’ll be logged out on your other devices.
accounts-email-hint-kept = This server can’t send email, so the administrator gives you a link. Nothing changes until you open it; then you’ll be logged out on your other devices.
accounts-email-change = Change address

# Emails
accounts-mail-hello = Hello { $name },
accounts-mail-lifetime = { $count ->
    [one] The link works once and expires in 1 hour.
   *[other] The link works once and expires in { $count } hours.
  }
accounts-mail-verify-subject = Confirm your email address
accounts-mail-verify-text = Someone, hopefully you, signed up with this address on { $time }. Confirm it to finish signing up, then log in with the password chosen then.
accounts-mail-verify-button = Confirm address
accounts-mail-verify-not-you = If it wasn’t you, ignore this email: nobody can log in until the address is confirmed. If you signed up at another time, use the link in that email instead.
accounts-mail-known-subject = You already have an account
accounts-mail-known-text = Someone, hopefully you, tried to sign up with this address. You already have an account, so nothing was changed. Log in as usual, or reset your password if you’ve forgotten it.
accounts-mail-known-button = Set a new password
accounts-mail-known-not-you = If it wasn’t you, ignore this email. No information about you was shared.
accounts-mail-reset-subject = Set a new password
accounts-mail-reset-text = Someone, hopefully you, asked to set a new password for your account.
accounts-mail-reset-button = Set a new password
accounts-mail-reset-not-you = If it wasn’t you, ignore this email: your password stays the same.
accounts-mail-password-subject = Your password was changed
accounts-mail-password-text = Your password was changed on { $time }, and you were logged out on your other devices.
accounts-mail-password-not-you = If it wasn’t you, set a new password right away and check where you’re logged in.
accounts-mail-password-button = Set a new password
accounts-mail-email-subject = Confirm your new email address
accounts-mail-email-text = You asked to log in with this address from now on. Confirm that it’s yours.
accounts-mail-email-button = Use this address
accounts-mail-email-not-you = If it wasn’t you, ignore this email: nothing changes until the address is confirmed.
accounts-mail-email-asked-subject = Your email address is about to change
accounts-mail-email-asked-text = Someone who knows your password asked to change your email address to { $email }. It will change when the link we sent there is opened.
accounts-mail-email-asked-not-you = If it wasn’t you, set a new password right away: that stops the change.
accounts-mail-email-changed-subject = Your email address was changed
accounts-mail-email-changed-text = Your email address was changed to { $email } on { $time }. This is the last email we’ll send to the old one.
accounts-mail-email-changed-not-you = If it wasn’t you, contact the server’s administrator right away.

# What is wrong with a form
accounts-email-wrong = Enter an email address like name@example.com.
accounts-email-yours = This is your address already.
accounts-email-not-yours = This is not the address of your account.
accounts-zone-wrong = Choose a time zone from the list, for example Europe/Berlin.
accounts-country-wrong = Choose a country: phone numbers are read as that country’s.
accounts-name-missing = Write a name.
accounts-name-invisible = Use letters, digits and punctuation only: something here is invisible.
accounts-too-short = Use at least { $least } characters.
accounts-too-long = Use at most { $most } characters.
accounts-password-not-current = This is not your current password.
accounts-password-wrong = This is not your password.
accounts-factor-off = This login has no second factor.
accounts-tour-workspace = Choose the workspace that visitors may look at.
accounts-free-workspaces-wrong = Write a number from 1 to { $most }.

# Why a password is weak
password-weak = Too easy to guess.
password-weak-row = Straight rows of keys are easy to guess.
password-weak-keyboard = Short keyboard patterns are easy to guess.
password-weak-repeats = Repeats like “aaa” are easy to guess.
password-weak-repeated = Repeats like “abcabcabc” are only slightly harder to guess than “abc”.
password-weak-top-10 = It’s one of the ten most common passwords.
password-weak-top-100 = It’s one of the hundred most common passwords.
password-weak-common = It’s a very common password.
password-weak-similar = It’s similar to a common password.
password-weak-sequence = Sequences like abc or 6543 are easy to guess.
password-weak-years = Recent years are easy to guess.
password-weak-word = A word by itself is easy to guess.
password-weak-date = Dates are often easy to guess.
password-weak-name = Names by themselves are easy to guess.
password-weak-names = Common names are easy to guess.
password-better-words = Use a few words and avoid common phrases.
password-better-no-symbols = It needs no symbols, digits or capital letters.
password-better-more-words = Add another word or two. Uncommon words are better.
password-better-capitals = Capital letters don’t help very much.
password-better-all-capitals = All capitals are almost as easy to guess as none.
password-better-reversed = Reversed words aren’t much harder to guess.
password-better-substitutions = Predictable substitutions like “@” instead of “a” don’t help very much.
password-better-keyboard = Use a longer keyboard pattern with more turns.
password-better-repeats = Avoid repeated words and characters.
password-better-sequences = Avoid sequences.
password-better-years = Avoid recent years.
password-better-own-years = Avoid years that have to do with you.
password-better-own-dates = Avoid dates and years that have to do with you.

# What was refused
accounts-refused-credentials = Email or password is wrong. Check both and try again.
accounts-refused-throttled = Too many attempts. Try again in { $wait }.
accounts-refused-email-taken = This email already has an account. Use another one, or reset its password.
accounts-refused-setup-closed = This set-up link is no longer valid. Restart the server to get a new one printed.
accounts-refused-already-set-up = This installation is already set up. Log in to use it.
accounts-refused-not-verified = Confirm your email address first: open the newest link that we sent you; earlier ones no longer work. If no email arrives, ask the administrator of this installation for the link.
accounts-refused-suspended = This account is suspended. Ask the administrator of this installation.
accounts-refused-workspace-suspended = This workspace is suspended. Ask the administrator of this installation.
accounts-refused-registered-twice = This address was registered more than once, maybe by different people. Give it a new password first (`wamanager user reset-password`), then confirm it.
accounts-refused-registration-closed = Sign-up is closed here. Ask for an invitation.
accounts-refused-link = This link was used already or has expired. Ask for a new one.
accounts-refused-code = That code is wrong. Codes in the app change every 30 seconds, and each works once.
accounts-refused-challenge = That took too long, or the code was wrong too often. Log in again with your password.
accounts-refused-factor-on = Two-step verification is already on. Turn it off first to set it up again.
accounts-refused-last-admin = This is the only administrator who can log in. Make someone else an administrator first.
accounts-refused-only-owner = You are the only owner of { $workspace }, where others work, too. Make another member its owner first.
accounts-refused-no-tour = There is no tour of this installation. Log in, or ask its administrator.
accounts-not-found = There is no such user, member or workspace here.

# Devices, by the names of browser and system
device-unknown = An unknown browser
device-known = { $browser } on { $system }
device-system = A browser on { $system }
