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
live-back = Back online, nothing was missed.
request-failed = That did not work: something went wrong on the server. Please try again.
request-offline = The server cannot be reached. Check the connection and try again.
error-home = Go to the start page
error-log-in = Log in
error-open-https = Open it over https
https-needed = You opened this over http. Logging in needs { $address }.

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
settings-tab-billing = Plan and billing
settings-tab-keys = API keys
settings-tab-audit = Audit log
admin-tab-health = Health
admin-tab-users = Users
admin-tab-workspaces = Workspaces
admin-tab-plans = Plans
admin-tab-sessions = Numbers
admin-tab-jobs = Jobs
admin-tab-mail = Mail
admin-tab-audit = Audit log
admin-tab-logs = Logs
admin-tab-installation = Installation
pager-label = Pages of this list
pager-first = First page
pager-next = Next page
nav-keys = Shortcuts

banners-label = Notices
banner-demo = Demo: messages are real, the WhatsApp network is simulated.
banner-demo-link = Be the customer
banner-test-network = Test build: links only with a WhatsApp server on this machine.

keys-title = Keyboard shortcuts
keys-go-chats = Go to the inbox
keys-go-sessions = Go to numbers
keys-go-settings = Go to settings
keys-move = Next or previous chat
keys-open = Open the chat
keys-reply = Write a reply
keys-search = Search
keys-send = Send
keys-newline = New line
keys-back = Leave the field, back to the list
keys-help = Show shortcuts
keys-all = Show shortcuts
key-enter = Enter
key-shift = Shift
key-escape = Esc

# Times
time-today = Today
time-yesterday = Yesterday
time-just-now = just now
time-minutes-ago = { $count } min ago
time-hours-ago = { $count } h ago

# Accounts
email = Email
copy-link = Copy link
copy-link-field = Link to pass on
copy-link-copied = The link is copied.
copy-link-by-hand = The link is selected. Copy it with Ctrl+C.
password = Password
password-hint = At least 8 characters. A few unrelated words work well.
password-current = Current password
password-new = New password
password-change = Change password
password-ends-logins = You’ll be logged out on your other devices.
zone = Time zone
country = Country
country-hint = Phone numbers without a country code are read as numbers of this country.
login-title = Log in
login-submit = Log in
login-demo = Demo login
log-out = Log out
setup-title = Welcome
setup-line = Create your account and your workspace. It takes a minute.
setup-name = Your name
setup-workspace = Name of your business
setup-submit = Create and start
settings-title = Settings
settings-look = Appearance
settings-profile = Profile
settings-password = Password
settings-saved = Saved.
theme-auto = Same as device
theme-light = Light
theme-dark = Dark
role-owner = Owner
role-manager = Manager
role-agent = Agent

# Linked numbers
sessions-title = Numbers
sessions-line-none = No number is linked yet.
sessions-line-paused = A number is paused: it neither sends nor receives.
sessions-line-fine = { $count ->
    [one] One number, connected.
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
sessions-empty-text = Your phone keeps working as before. Chats appear here, and everyone in your team can answer them.
sessions-no-number = Not linked yet
sessions-more = More for { $name }
sessions-since = since
sessions-link = Link
sessions-reconnect = Connect now
sessions-try-again = Try again
sessions-pause = Pause
sessions-resume = Resume
sessions-rename = Rename
sessions-log-out = Log out
sessions-delete = Delete
sessions-received = Received today
sessions-sent = Sent today
sessions-last = Last traffic
sessions-name = Name of the number
sessions-name-hint = Only your team sees it, for example “Shop” or “Orders”.
sessions-new-line = Give it a name, then link it with the phone.
sessions-new-submit = Continue
sessions-log-out-title = Log { $name } out?
sessions-log-out-text = The phone forgets this link. Chats stay here; link the number again to send and receive.
sessions-delete-title = Delete { $name }?
sessions-delete-text = The number is logged out, and its chats and messages are deleted here. This cannot be undone; on the phone everything stays.
sessions-delete-type = Type “{ $name }” to confirm
sessions-logged-out = Logged out. Its chats stay here.
sessions-deleted = { $name } was deleted.
sessions-delete-mismatch = This is not the name of the number.

session-state-unlinked = Not linked
session-state-never-linked = Not linked yet
session-state-pairing = Waiting for the phone
session-state-connecting = Connecting
session-state-connected = Connected
session-state-degraded = Unstable
session-state-reconnecting = Reconnecting
session-state-restricted = Restricted
session-state-logged-out = Logged out
session-state-banned = Banned
session-state-replaced = In use elsewhere
session-state-needs-attention = Action needed
session-state-paused = Paused

session-reason-never-linked = No phone is linked yet.
session-reason-scan-qr = A QR code waits to be scanned.
session-reason-type-code = A code waits to be typed on the phone.
session-reason-qr-expired = Nobody scanned the code in time.
session-reason-pairing-failed = The phone and WhatsApp did not agree on the link.
session-reason-pairing-cancelled = Linking was stopped.
session-reason-code-refused = WhatsApp gave no code for this number.
session-reason-code-lost = The connection to WhatsApp was interrupted, so the code no longer works. Get a new one.
session-reason-code-expired = Nobody typed the code in time, so it no longer works. Get a new one.
session-reason-number-in-use = This phone number is linked here already.
session-reason-other-number = Another phone number was linked before; its chats would be mixed up.
session-reason-logging-in = Logging in to WhatsApp.
session-reason-restoring = Starting again after a restart.
session-reason-no-frames = WhatsApp has been silent for longer than usual.
session-reason-connection-lost = The connection to WhatsApp was lost.
session-reason-client-stopped = The client stopped; it is being started again.
session-reason-time-lock = WhatsApp lets this number start no new chats for a while. Answers still go out.
session-reason-removed-on-phone = The link was removed on the phone.
session-reason-refused-at-login = WhatsApp no longer accepts this link.
session-reason-logged-out-here = It was logged out here.
session-reason-temporary-ban = WhatsApp has banned this number for a time.
session-reason-open-ended-ban = WhatsApp has banned this number and did not say for how long.
session-reason-replaced-elsewhere = Another program uses this link.
session-reason-client-outdated = WhatsApp asks for a newer version of this program.
session-reason-login-refused = WhatsApp refused the login.
session-reason-keys-lost = The keys of this number are gone from this server, so it can't connect.
session-reason-keys-foreign = The keys kept here in its place belong to another number.
session-reason-keys-unreadable = The keys of this number are damaged and can't be read.
session-reason-disk-full = The disk of the server is full, so nothing new can be stored. What was stored is safe.
session-reason-storage-failed = Messages could not be stored, so the number was stopped to lose nothing.
session-reason-paused-by-user = Paused by your team.

session-fix-first-link = Link it with your phone to send and receive.
session-fix-link = Link it again with the phone; chats stay.
session-fix-try-again = Nothing is tried by itself. Try again when you like; its chats are kept.
session-fix-replaced = Stop the other program first, then try again here.
session-fix-storage = Ask whoever runs this server to see to it. It goes on by itself after that.
session-fix-reconnect = We’ll keep retrying. You can also try now.
session-fix-resume = Resume to send and receive again.
session-fix-update = Install the newest version and start again.
session-until = It ends by itself: { $time }.
session-fix-wait = Nothing to do; it will resume on its own.
session-fix-operator = Ask whoever runs this server: its log and “wamanager doctor” say more.

# Linking
link-title = Link { $name }
link-title-syncing = Linking { $name }…
link-title-done = { $name } is linked
link-line = The phone stays in charge: you can end the link there at any time.
link-back = Back to numbers
link-ways = Ways to link
link-by-qr = QR code
link-by-code = Link with phone number
link-ready = Have your phone ready: each code lasts only a few seconds.
link-show = Show the code
link-starting = Asking WhatsApp for a code…
link-qr-alt = QR code to scan with the phone
link-qr-left = New code in
link-code-left = Valid for
link-expired = Nobody scanned in time.
link-again = Show a new code
link-number = Phone number to link
link-number-hint = With + and the country code. Without them it is read as a number of your workspace's country.
link-number-invalid = This is not a phone number. Write it with the country code, like +55 11 99999-0001.
link-get-code = Get a code
link-type-code = Type this code on the phone:
link-type-code-of = Type this code on the phone with { $phone }:
link-accepted = Phone confirmed
link-syncing = Fetching your chats. You can go on; this finishes by itself.
link-done = Linked
link-open-chats = Open the inbox
link-steps-title = On your phone
link-step-1 = Open WhatsApp and tap ⋮ (Android) or Settings (iPhone).
link-step-2 = Tap Linked devices, then Link a device.
link-step-3-qr = Point the camera at the code on this page.
link-step-3-code = Tap “Link with phone number instead” and type the code.
link-safe = End-to-end encrypted. The keys are sealed on this server, and nobody but your team reads the chats.
link-demo-scan = Scan with { $name }'s phone
link-demo-type = Type it on { $name }'s phone
link-demo-hint = In the demo a pretend phone does this for you.

# Inbox
chats-title = Inbox
chats-list-label = Chats
chats-thread-label = Conversation
chats-search = Search chats and messages
chats-filters = Filters
chats-all = All
chats-unread-filter = Unread
chats-unread = { $count ->
    [one] { $count } unread message
   *[other] { $count } unread messages
  }
chats-empty-title = No chats yet
chats-empty-text = As soon as somebody writes to your number, it appears here.
chats-no-match-title = Nothing found
chats-no-match-text = Try another word, part of a number, or fewer letters.
chats-show-all = Show all chats
chats-unlinked-title = No number is linked
chats-unlinked-text = Link your WhatsApp number first: it takes a minute and a phone.
chats-none-open-title = Choose a chat
chats-none-open-text = New messages appear here automatically.
chats-back = Back to the list
chats-log = Messages with { $name }
chats-older = Older messages
chats-newer = Newer messages
chats-found = Messages
chats-unknown = Unknown number
chats-mark-read = Mark as read
chats-read-only = Nobody can write to this kind of conversation.
chats-new = New messages
chats-to-end = To the newest message
chats-via = via { $name }
chats-group = Group
chats-not-connected = This number is not connected: what you write is sent as soon as it is.
chats-logged-out = This number is logged out. Link it again to write.
chats-go-sessions = Go to numbers
typing = typing…
typing-recording = recording…

composer-label = Message
composer-placeholder = Write a message
composer-send = Send
composer-hint-send = to send
composer-hint-line = for a new line

message-from-me = You:
message-edited = edited
message-retry = Try again
message-deleted = This message was deleted.
message-waiting = Waiting for this message. It appears as soon as the sender's phone has sent it again.
message-unknown = A message of a kind that is not shown yet ({ $kind }). Look on the phone.
message-photo = Photo
message-video = Video
message-voice = Voice note
message-audio = Audio
message-document = Document
message-sticker = Sticker
message-location = Location
message-contact = Contact
message-poll = Poll
message-reaction = Reacted { $emoji }
message-you = You
message-failed-not-on-whatsapp = Not sent: this number is not on WhatsApp.
message-failed-invalid = Not sent: WhatsApp calls the message invalid.
message-failed-refused = Not sent: WhatsApp refused the message.
message-failed-expired = Not sent: we tried for 24 hours.
message-failed-cancelled = Not sent: cancelled.
message-failed-not-linked = Not sent: the number is not linked any more.
message-failed-restored = On hold: a backup was restored while this waited, so it may have been sent already.
held-title = Messages on hold
held-line = A backup was restored while these waited to be sent.
held-summary = { $count ->
    [one] One message is on hold. It may have been sent after the backup was made.
   *[other] { $count } messages are on hold. They may have been sent after the backup was made.
}
held-how = Look at the phone first if you’re not sure. New messages go out as usual.
held-resume = Send all
held-discard = Discard all
held-to = To
held-text = Message
held-written = Written
held-more = { $count ->
    [one] One more is not shown.
   *[other] { $count } more are not shown.
}
held-none-title = Nothing is on hold
held-none-line = After a backup is restored, messages that waited in it are kept here until you decide.
held-resumed = { $count ->
    [one] One message is on its way.
   *[other] { $count } messages are on their way.
}
held-discarded = { $count ->
    [one] One message was discarded.
   *[other] { $count } messages were discarded.
}
held-banner = { $count ->
    [one] A backup was restored: one message is on hold.
   *[other] A backup was restored: { $count } messages are on hold.
}
held-banner-link = Decide

tick-queued = Waiting to be sent
tick-sent = Sent
tick-delivered = Delivered
tick-read = Read
tick-played = Played
tick-failed = Not sent

# Demo phone
phone-title = { $name }'s phone
phone-heading = Be the customer
phone-line = A pretend phone on the demo's own network. Choose who you are and write to the business.
phone-people = People
phone-how-title = What happens here
phone-how = Every message is encrypted on this phone and travels over the wire protocol to the business's number. Put this window beside the inbox and watch both.
phone-chats = Chats
phone-empty = No conversations yet.
phone-online = online
