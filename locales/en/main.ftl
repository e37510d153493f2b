# Product and frame
product = WhatsApp Manager Pro
product-short = WA Manager
skip-to-content = Skip to content
dismiss = Dismiss
close = Close
cancel = Cancel
save = Save
loading = Loading…
live-lost = Connection lost. Trying again…
live-back = Back online. Nothing was missed.
request-failed = Something went wrong on the server. Please try again.
request-offline = Can’t reach the server. Check your connection and try again.
error-home = Go to start page
error-log-in = Log in
error-open-https = Open over HTTPS
https-needed = You opened this page over HTTP. To log in, use { $address }.

nav-label = Main
nav-chats = Inbox
nav-sessions = Numbers
nav-settings = Settings
nav-admin = Admin
switch-workspace = Switch workspace
settings-tab-profile = Profile
settings-tab-security = Security
settings-tab-workspace = Workspace
settings-tab-members = Members
settings-tab-storage = Storage
settings-tab-billing = Plan and billing
settings-tab-keys = API keys
settings-tab-audit = Audit log
admin-tab-health = Health
admin-tab-users = People
admin-tab-workspaces = Workspaces
admin-tab-plans = Plans
admin-tab-sessions = Numbers
admin-tab-jobs = Jobs
admin-tab-mail = Email
admin-tab-audit = Audit log
admin-tab-logs = Logs
admin-tab-installation = Installation
pager-label = Pages
pager-first = First page
pager-next = Next page
nav-keys = Shortcuts

banners-label = Notices
banner-demo = Demo: messages are real, the WhatsApp network is simulated.
banner-demo-link = Be the customer
banner-test-network = Test build: links only to a WhatsApp server on this machine.

keys-title = Keyboard shortcuts
keys-go-chats = Go to inbox
keys-go-sessions = Go to numbers
keys-go-settings = Go to settings
keys-move = Next or previous chat
keys-open = Open chat
keys-reply = Write a reply
keys-search = Search
keys-send = Send
keys-newline = New line
keys-back = Back to the list
keys-help = Show shortcuts
keys-all = Show shortcuts
key-enter = Enter
key-shift = Shift
key-escape = Esc

# Times
time-weekdays = Monday Tuesday Wednesday Thursday Friday Saturday Sunday
time-weekdays-short = Mon Tue Wed Thu Fri Sat Sun
time-months = January February March April May June July August September October November December
time-months-short = Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec
time-date = { $day } { $month } { $year }
time-date-this-year = { $day } { $month }
time-date-clock = { $day } { $month }, { $clock }
time-full = { $weekday }, { $day } { $month } { $year }, { $clock }
time-weekday-date = { $weekday }, { $day } { $month }
time-today = Today
time-yesterday = Yesterday
time-just-now = just now
time-minutes-ago = { $count } min ago
time-hours-ago = { $count } h ago
time-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
  }
time-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
  }
time-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
  }
time-on-day = { $time } on { $day } ({ $zone })

# Accounts
email = Email
copy-link = Copy link
copy-link-field = Link to share
copy-link-copied = Link copied.
copy-link-by-hand = Link selected. Press Ctrl+C to copy it.
password = Password
password-hint = At least 8 characters. A few unrelated words work well.
password-current = Current password
password-new = New password
password-change = Change password
password-ends-logins = You’ll be logged out on your other devices.
zone = Time zone
country = Country
country-hint = Phone numbers without a country code are treated as numbers from this country.
login-title = Log in
login-submit = Log in
login-demo = Demo login
log-out = Log out
setup-title = Welcome
setup-line = Create your account and your workspace. It takes a minute.
setup-name = Your name
setup-workspace = Business name
setup-submit = Get started
settings-title = Settings
settings-look = Appearance
settings-profile = Profile
settings-password = Password
settings-saved = Saved.
notices-title = New messages
notices-hint = These apply to you in this browser. The icon and the title of the tab count unread conversations in any case.
notices-show = Show a notification when this tab is in the background
notices-sound = Play a sound
notices-blocked = Your browser blocks notifications from this site. Allow them in its settings for this page, then try again.
theme-auto = Same as device
theme-light = Light
theme-dark = Dark
role-owner = Owner
role-manager = Manager
role-agent = Agent

# Linked numbers
sessions-title = Numbers
sessions-line-none = No number is linked yet.
sessions-line-paused = A number is paused. It doesn’t send or receive.
sessions-line-fine = { $count ->
    [one] 1 number, connected.
   *[other] { $count } numbers, all connected.
  }
sessions-line-one-of = 1 of { $all } numbers is connected.
sessions-line-some-of = { $connected } of { $all } numbers are connected.
sessions-line-failing = { $count ->
    [one] 1 number needs attention.
   *[other] { $count } numbers need attention.
  }
sessions-add = Link a number
sessions-empty-title = Link your first number
sessions-empty-text = Your phone keeps working as before. Chats appear here, and everyone on your team can answer them.
sessions-no-number = Not linked yet
sessions-more = More actions for { $name }
sessions-link = Link
sessions-reconnect = Connect now
sessions-try-again = Try again
sessions-pause = Pause
sessions-resume = Resume
sessions-rename = Rename
sessions-log-out = Unlink
sessions-delete = Delete
sessions-received = Received today
sessions-sent = Sent today
sessions-last = Last activity
sessions-name = Name of the number
sessions-name-hint = Only your team sees this. For example, “Shop” or “Orders”.
sessions-new-line = Name it, then link it with your phone.
sessions-new-submit = Continue
sessions-log-out-title = Unlink { $name }?
sessions-log-out-text = The phone forgets this link. Chats stay here; link the number again to send and receive.
sessions-delete-title = Delete { $name }?
sessions-delete-text = The number will be unlinked, and its chats and messages will be deleted here. This can’t be undone. Nothing is deleted on the phone.
sessions-delete-type = Type “{ $name }” to confirm
sessions-logged-out = Unlinked. Its chats stay here.
sessions-deleted = { $name } was deleted.
sessions-delete-mismatch = That isn’t the number’s name. Type it exactly.
sessions-name-wrong = Use 1 to 60 characters.
sessions-phone-wrong = Enter the phone number with its country code, for example +55 11 99999-0001.
sessions-proxy-wrong = Enter the proxy as http://host:port or socks5://host:port. If it needs a login, put user:password@ before the host.
sessions-proxy-kind = Only HTTP and SOCKS5 proxies work: the address starts with http:// or socks5://.
sessions-proxy-port = The proxy’s port is missing, for example http://proxy.example:3128.
sessions-proxy-long = The proxy’s user name and password may have at most 255 bytes each.
sessions-reply-long = The text may have at most { $most } characters.
sessions-not-found = There is no such number in this workspace.
sessions-refused-linked = This number is linked already. Unlink it first to link another phone.
sessions-refused-not-linked = No phone is linked here. Link one first.
sessions-refused-not-connected = The number is not connected at the moment. Try again once it is.
sessions-refused-code = WhatsApp did not issue a code: { $why } Wait a minute and try again, or scan the QR code instead.
sessions-no-qr-code = No QR code is shown for this number at the moment. Ask for one first, then scan it within a few minutes.
sessions-refused-qr-only = Here numbers are linked by QR code only. Scan the QR code instead.
sessions-refused-link = WhatsApp did not answer: { $why }. Try again in a moment.
sessions-refused-stopping = The number is just being removed, or the program is shutting down. Try again in a moment.

session-state-unlinked = Not linked
session-state-never-linked = Not linked yet
session-state-pairing = Waiting for the phone
session-state-connecting = Connecting
session-state-connected = Connected
session-state-degraded = Unstable
session-state-reconnecting = Reconnecting
session-state-restricted = Restricted
session-state-logged-out = Unlinked
session-state-banned = Banned
session-state-replaced = In use elsewhere
session-state-needs-attention = Action needed
session-state-paused = Paused

session-reason-never-linked = No phone is linked yet.
session-reason-scan-qr = Waiting for the QR code to be scanned.
session-reason-type-code = Waiting for the code to be entered on the phone.
session-reason-qr-expired = The QR code wasn’t scanned in time.
session-reason-pairing-failed = The phone and WhatsApp couldn’t complete the link.
session-reason-pairing-cancelled = Linking was cancelled.
session-reason-code-refused = WhatsApp didn’t issue a code for this number.
session-reason-code-lost = The connection to WhatsApp was interrupted, so the code no longer works. Get a new one.
session-reason-code-expired = The code wasn’t entered in time and no longer works. Get a new one.
session-reason-business-platform = This number is also connected to Meta’s Business Platform, and WhatsApp doesn’t let such numbers be linked here.
session-reason-passkey-wanted = WhatsApp asks for the passkey of this account before it links anything.
session-reason-number-in-use = This phone number is already linked here.
session-reason-other-number = A different phone number was linked here before. Their chats would get mixed up.
session-reason-logging-in = Logging in to WhatsApp.
session-reason-restoring = Reconnecting after a restart.
session-reason-no-frames = WhatsApp has been silent for longer than usual.
session-reason-connection-lost = The connection to WhatsApp was lost.
session-reason-client-stopped = The client stopped and is being restarted.
session-reason-time-lock = WhatsApp won’t let this number start new chats for a while. Replies still go out.
session-reason-quota-used = This number has used up WhatsApp’s limit on new chats for this cycle. Replies still go out.
session-reason-removed-on-phone = The link was removed on the phone.
session-reason-refused-at-login = WhatsApp no longer accepts this link.
session-reason-logged-out-here = It was unlinked here.
session-reason-temporary-ban = WhatsApp has temporarily banned this number.
session-reason-open-ended-ban = WhatsApp has banned this number and didn’t say for how long.
session-reason-replaced-elsewhere = Another program is using this link.
session-reason-client-outdated = WhatsApp requires a newer version of this program.
session-reason-login-refused = WhatsApp refused the login.
session-reason-keys-lost = This number’s keys are missing from this server, so it can’t connect.
session-reason-keys-foreign = The keys stored here for this number belong to another number.
session-reason-keys-unreadable = This number’s keys are damaged and can’t be read.
session-reason-proxy-unreadable = The proxy of this number can’t be read, and it doesn’t connect without. Enter the proxy again.
session-reason-proxy-unreachable = The proxy of this number doesn’t answer.
session-reason-proxy-login = The proxy of this number doesn’t accept the user name and password.
session-reason-proxy-refused = The proxy of this number refuses to connect to WhatsApp.
session-reason-disk-full = The server’s disk is full, so nothing new can be stored. What’s already stored is safe.
session-reason-storage-failed = Messages couldn’t be stored, so the number was stopped to avoid losing any.
session-reason-paused-by-user = Paused by your team.

session-fix-first-link = Link it with your phone to send and receive.
session-fix-business-platform = Disconnect it from the Business Platform in Meta’s Business Suite first, then link it again; or link a number that runs on the phone alone. Linking again without that won’t work.
session-fix-proxy-failed = Check the proxy in the number’s settings, change it or remove it. We’ll keep retrying.
session-fix-proxy = Enter the proxy again in the number’s settings; it then connects on its own.
session-fix-link = Link it again with your phone. Its chats are kept.
session-fix-try-again = We won’t retry automatically. Try again when you’re ready; its chats are kept.
session-fix-replaced = Stop the other program first, then try again here.
session-fix-storage = Ask the server’s administrator to fix this. It will then resume on its own.
session-fix-reconnect = We’ll keep retrying. You can also try now.
session-fix-resume = Resume to send and receive again.
session-fix-update = Install the latest version and restart.
session-until = Ends { $time }.
session-fix-wait = Nothing to do; it will resume on its own.
session-fix-operator = Ask the server’s administrator to check the log and run “wamanager doctor”.

# Linking
link-title = Link { $name }
link-title-syncing = Linking { $name }…
link-title-done = { $name } is linked
link-line = You can remove the link on your phone at any time.
link-back = Back to numbers
link-ways = Ways to link
link-by-qr = QR code
link-by-code = Link with phone number
link-ready = Have your phone ready: each code lasts only a few seconds.
link-show = Show code
link-starting = Getting a code from WhatsApp…
link-qr-alt = QR code to scan with your phone
link-qr-left = New code in
link-code-left = Valid for
link-expired = The code wasn’t scanned in time.
link-again = Show a new code
link-number = Phone number to link
link-number-hint = Start with + and the country code. Otherwise it’s treated as a number from your workspace’s country.
link-number-invalid = That isn’t a phone number. Include the country code, like +55 11 99999-0001.
link-get-code = Get a code
link-type-code = Enter this code on your phone:
link-type-code-of = Enter this code on the phone with the number { $phone }:
link-passkey = Passkey
link-passkey-why = WhatsApp protects this account with a passkey, and a passkey only answers at WhatsApp’s own site. It waits a few minutes.
link-passkey-open = On the computer or phone that has the passkey, open
link-passkey-site = web.whatsapp.com
link-passkey-run = Open the browser’s console there, and run this. It asks for your passkey and sends nothing anywhere.
link-passkey-paste = Copy what it shows, and paste it here.
link-passkey-answer = Answer of the passkey
link-passkey-send = Continue
link-passkey-compare = Your phone shows a code. Continue only if it’s the same one:
link-passkey-same = It’s the same code
link-accepted = Phone confirmed
link-syncing = Getting your chats. You can leave this page; it will finish on its own.
link-done = Linked
link-history = Older chats are still coming: { $percent }%
link-open-chats = Open inbox
link-steps-title = On your phone
link-step-1 = Open WhatsApp and tap ⋮ (Android) or Settings (iPhone).
link-step-2 = Tap Linked devices, then Link a device.
link-step-3-qr = Point the camera at the code on this page.
link-step-3-code = Tap “Link with phone number instead” and enter the code.
link-safe = End-to-end encrypted. The keys are sealed on this server, and only your team can read the chats.
link-demo-scan = Scan with { $name }’s phone
link-demo-type = Enter on { $name }’s phone
link-demo-hint = In the demo, a simulated phone does this for you.

# Inbox
chats-title = Inbox
chats-list-label = Chats
chats-thread-label = Chat
chats-search = Search chats and messages
chats-filters = Filters
chats-all = All
chats-unread-filter = Unread
chats-unread = { $count ->
    [one] { $count } unread message
   *[other] { $count } unread messages
  }
chats-empty-title = No chats yet
chats-empty-text = When someone messages your number, the chat appears here.
chats-no-match-title = No results
chats-no-mine-title = No chats of yours
chats-no-mine-text = Chats that are assigned to you appear here.
chats-no-unassigned-title = No unassigned chats
chats-no-unassigned-text = Somebody takes care of every chat.
chats-no-unread-title = No unread chats
chats-no-unread-text = You’ve read everything.
chats-no-resolved-title = No resolved chats
chats-no-resolved-text = Resolve a chat when it’s done with. It opens again when the person writes.
chats-no-snoozed-title = No snoozed chats
chats-no-snoozed-text = Snooze a chat, and it comes back at the time you choose.
chats-no-archived-title = No archived chats
chats-no-archived-text = Archive a chat to keep it out of the way.
chats-no-such-title = No chats here
chats-no-such-text = No open chat has this label or number.
chats-no-match-text = Try another word, part of a number, or fewer letters.
chats-show-all = Show all chats
chats-unlinked-title = No number is linked
chats-unlinked-text = Link your WhatsApp number first. It takes a minute and your phone.
chats-none-open-title = Choose a chat
chats-none-open-text = New messages appear here automatically.
chats-back = Back to the list
chats-log = Messages with { $name }
chats-older = Older messages
chats-newer = Newer messages
older-ask = Get older messages from the phone
older-asked = Asking the phone for older messages…
older-no-answer = The phone didn’t answer. Open WhatsApp on it, then try again.
older-not-connected = The number isn’t connected, so its phone can’t be asked.
older-ended = The phone has no older messages.
chats-unknown = Unknown number
chats-mark-read = Mark as read
chats-read-only = You can’t send messages to this chat.
chats-new = New messages
chats-to-end = Jump to the newest message
chats-via = via { $name }
chats-group = Group
chats-not-connected = This number isn’t connected. Messages will be sent when it is.
chats-logged-out = This number is unlinked. Link it again to write.
chats-go-sessions = Go to numbers
chats-not-found = There is no such chat or message in this workspace.
typing = typing…
typing-recording = recording…

composer-label = Message
composer-placeholder = Write a message
composer-send = Send
composer-hint-send = to send
composer-hint-line = for a new line

message-from-me = You:
message-edited = edited
message-more = Read more
message-retry = Try again
message-cancel = Cancel
message-waits-undo = Sends in a few seconds.
message-undo = Undo
message-waits-keys = WhatsApp has no keys of their phone at the moment, so it could not be read there. Next try { $time }.
message-waits-lock = WhatsApp has locked new chats of this number. Goes out { $time }.
message-waits-quota = This number can’t start new chats right now. Goes out { $time }.
message-unreached = WhatsApp has this message, but no phone has fetched it yet.
message-deleted = This message was deleted.
message-waiting = Waiting for this message. It appears when the sender’s phone sends it again.
message-unknown = A new kind of message. Open it on your phone.
message-photo = Photo
message-video = Video
message-gif = GIF
message-video-note = Video note
message-voice = Voice note
message-audio = Audio
message-document = Document
message-sticker = Sticker
message-location = Location
message-live-location = Live location
message-live-location-at = Last seen here at { $time }
message-live-location-ended = Ended. Last seen here: { $time }
message-map = Open map
message-contact = Contact
message-contacts-more = { $count ->
    [one] One more contact, on the phone
   *[other] { $count } more contacts, on the phone
  }
message-contact-write = Message
message-poll = Poll
message-poll-result = Poll results
message-poll-one = Choose one answer
message-poll-any = Choose one or more answers
message-poll-several = { $count ->
    [one] Choose one answer
   *[other] Choose up to { $count } answers
  }
message-poll-quiz = Quiz: one answer is right
message-poll-right = Right answer
message-poll-over = This poll has ended
message-poll-votes = { $count ->
    [0] No votes yet
    [one] { $count } person voted
   *[other] { $count } people voted
  }
message-event = Event
message-event-cancelled = cancelled
message-event-going = { $count } going:
message-event-maybe = { $count } maybe:
message-event-not-going = { $count } not going:
message-product = Product
message-order = Order
message-order-items = { $count ->
    [one] { $count } item
   *[other] { $count } items
  }
message-business = Message with buttons
message-buttons = Buttons on the phone
message-menu = Menu
message-open-link = Open link
message-invite = Invitation
message-invite-group = Invitation to a group
message-invite-channel = Invitation to a channel
message-invite-until = valid until { $time }
message-album = Album
message-notice = WhatsApp message
message-notice-payment = A payment. Open it on your phone.
message-notice-payment-request = A payment request. Open it on your phone.
message-notice-payment-declined = A payment request was declined.
message-notice-payment-cancelled = A payment request was cancelled.
message-notice-split-payment = A bill to split. Open it on your phone.
message-notice-invoice = An invoice. Open it on your phone.
message-notice-voice-call = Voice call
message-notice-video-call = Video call
message-notice-missed-voice-call = Missed voice call
message-notice-missed-video-call = Missed video call
message-notice-scheduled-call = A scheduled call. Open it on your phone to join.
message-notice-sticker-pack = A sticker pack. Open it on your phone.
message-notice-comment = A comment on a message
message-notice-ai-answer = An answer from Meta AI
message-notice-question = An answer to a question
message-notice-music = A piece of music. Open it on your phone to listen.
message-notice-spoiler = A hidden message
message-notice-status-answer = An answer to a status
message-notice-phone-requested = Asks for your phone number. You can share it from your phone.
message-notice-only-on-phone = WhatsApp shows this message only on the phone.
message-once-photo = View-once photo
message-once-video = View-once video
message-once-voice = View-once voice note
message-once-photo-open = View-once photo. Open it on your phone.
message-once-video-open = View-once video. Open it on your phone.
message-once-voice-open = View-once voice note. Open it on your phone.
message-forwarded = Forwarded
message-forwarded-often = Forwarded many times
message-forwarded-channel = Forwarded from { $name }
message-forwarded-some-channel = Forwarded from a channel
message-ad = Came from the ad “{ $title }”
message-ad-untitled = Came from an ad
message-choice = Chosen from what was offered
message-edited-elsewhere = edited on the phone
message-kept = Kept
message-receipts = Delivered to { $delivered }, read by { $read }
message-pinned = Pinned message
message-pinned-until = until { $time }
message-status = Status
message-reaction = Reacted { $emoji }
message-you = You

# What happened in a chat; without a name for what we did ourselves.
message-line-timer = { $who } set messages to disappear after { $time }.
    .you = You set messages to disappear after { $time }.
message-line-timer-off = { $who } turned off disappearing messages.
    .you = You turned off disappearing messages.
message-line-sharing-limited = { $who } limited sharing in this chat.
    .you = You limited sharing in this chat.
message-line-sharing-open = { $who } lifted the limit on sharing in this chat.
    .you = You lifted the limit on sharing in this chat.
message-line-phone-shared = { $who } shared their phone number.
    .you = You shared your phone number.
message-line-subject = { $who } changed the group’s name to “{ $subject }”.
    .you = You changed the group’s name to “{ $subject }”.
message-line-description = { $who } changed the group’s description.
    .you = You changed the group’s description.
message-line-picture = { $who } changed the group’s picture.
    .you = You changed the group’s picture.
message-line-picture-removed = { $who } removed the group’s picture.
    .you = You removed the group’s picture.
message-line-created = { $who } created the group “{ $subject }”.
    .you = You created the group “{ $subject }”.
message-line-added = { $who } added { $people }.
    .you = You added { $people }.
message-line-removed = { $who } removed { $people }.
    .you = You removed { $people }.
message-line-left = { $person } left.
message-line-joined = { $person } joined.
message-line-promoted = Now an administrator: { $people }.
message-line-demoted = No longer an administrator: { $people }.
message-line-admins-only = { $who } allowed only administrators to write.
    .you = You allowed only administrators to write.
message-line-everybody = { $who } allowed everyone to write.
    .you = You allowed everyone to write.
message-line-locked = { $who } allowed only administrators to change the group’s name and picture.
    .you = You allowed only administrators to change the group’s name and picture.
message-line-unlocked = { $who } allowed everyone to change the group’s name and picture.
    .you = You allowed everyone to change the group’s name and picture.
message-line-number-changed = { $from } has a new number: { $to }.
message-line-missed-voice = Missed voice call
message-line-missed-video = Missed video call
message-line-rejected-voice = Voice call, answered with a message
message-line-rejected-video = Video call, answered with a message
message-failed-not-on-whatsapp = Not sent: this number isn’t on WhatsApp.
message-failed-invalid = Not sent: WhatsApp says the message is invalid.
message-failed-refused = Not sent: WhatsApp refused the message.
message-failed-expired = Not sent: we tried for 24 hours.
message-failed-cancelled = Not sent: cancelled.
message-failed-not-linked = Not sent: the number is no longer linked.
message-failed-restored = On hold: a backup was restored while this was waiting, so it may already have been sent.
held-title = Messages on hold
held-line = A backup was restored while these were waiting to be sent.
held-summary = { $count ->
    [one] 1 message is on hold. It may have been sent after the backup was created.
   *[other] { $count } messages are on hold. They may have been sent after the backup was created.
}
held-how = Not sure? Check the phone first. New messages go out as usual.
held-resume = Send all
held-discard = Discard all
held-to = To
held-text = Message
held-written = Written
held-more = { $count ->
    [one] 1 more isn’t shown.
   *[other] { $count } more aren’t shown.
}
held-none-title = Nothing is on hold
held-none-line = After a backup is restored, messages that were waiting in it are kept here until you decide.
held-resumed = { $count ->
    [0] Nothing was on hold any more.
    [one] 1 message is on its way.
   *[other] { $count } messages are on their way.
}
held-discarded = { $count ->
    [0] Nothing was on hold any more.
    [one] 1 message was discarded.
   *[other] { $count } messages were discarded.
}
held-banner = { $count ->
    [one] A backup was restored: 1 message is on hold.
   *[other] A backup was restored: { $count } messages are on hold.
}
held-banner-link = Review

tick-queued = Waiting to be sent
tick-sent = Sent
tick-delivered = Delivered
tick-read = Read
tick-played = Played
tick-failed = Not sent

outbox-not-found = There is no such chat, message, number or contact in this workspace.
outbox-refused-empty = Write something first.
outbox-refused-too-long = A message has at most 65,536 characters; this one is longer. Send it in parts.
outbox-refused-not-linked = This number is no longer linked. Link it again to write to this chat.
outbox-refused-read-only = You can’t write to this kind of chat.
outbox-refused-on-its-way = This message is already on its way and can’t be cancelled.
outbox-refused-not-failed = This message did not fail, so there is nothing to try again.
outbox-refused-not-on-whatsapp = This number isn’t on WhatsApp. Check it for a missing or wrong digit.

# Demo phone
phone-no-code = There is no code to scan. Show a new one, then scan it.
phone-title = { $name }’s phone
phone-heading = Be the customer
phone-line = A simulated phone on the demo’s own network. Choose who you are and message the business.
phone-people = People
phone-how-title = What happens here
phone-how = Every message is encrypted on this phone and travels over the wire protocol to the business’s number. Put this window next to the inbox and watch both.
phone-chats = Chats
phone-empty = No chats yet.
phone-online = online
