# What the team does with chats

chats-whose = Whose chats
chats-mine = Mine
chats-unassigned = Unassigned

handling-state = State
handling-open = Open
handling-resolved = Resolved
handling-snoozed = Snoozed
handling-archived = Archived
handling-until = until { $time }
handling-resolve = Resolve
handling-reopen = Reopen
handling-snooze = Snooze until
handling-snooze-until = Date and time
handling-snooze-submit = Snooze
handling-assignee = Assigned to
handling-assign = Assign
handling-nobody = Nobody
handling-more = More actions
handling-panel = Details and history
handling-mark-unread = Mark as unread
handling-pin = Pin to the top
handling-unpin = Unpin
handling-mute = Mute
handling-unmute = Unmute
handling-archive = Archive
handling-pinned = Pinned
handling-muted = Muted
handling-assigned-to = Assigned to { $name }

handling-nothing-chosen = Choose one of the options first.
handling-not-a-member = Only members of this workspace can have chats. Choose one of them.
handling-no-time = Choose a time that is still to come, within a year.
handling-somebody = A former member

handling-did-assign = { $who } assigned it to { $whom }
handling-did-take = { $who } took it
handling-did-unassign = { $who } unassigned it
handling-did-leave = { $whom } left the workspace, so it was unassigned
handling-did-reopen = { $who } reopened it
handling-did-reopen-message = A new message reopened it
handling-did-reopen-clock = It came back as planned
handling-did-resolve = { $who } resolved it
handling-did-snooze = { $who } snoozed it until { $until }
handling-did-archive = { $who } archived it
handling-did-pin = { $who } pinned it
handling-did-unpin = { $who } unpinned it
handling-did-mute = { $who } muted it
handling-did-unmute = { $who } unmuted it
handling-did-label = { $who } added the label { $label }
handling-did-unlabel = { $who } removed the label { $label }
handling-did-edit-note = { $who } edited a note

keys-assign = Assign the chat
keys-resolve = Resolve or reopen the chat
keys-snooze = Snooze or reopen the chat
keys-row = Menu of the chat in the list

panel-title = Details
panel-history = History
panel-history-none = Nothing has been done with this chat yet.

when-hour = In 1 hour
when-tomorrow = Tomorrow at 9:00
when-monday = Monday at 9:00

labels-title = Labels
labels-text = Mark chats, and show only those with a label. The whole team uses the same ones.
labels-none = No labels yet.
labels-name = Name of the label
labels-colour = Colour
labels-new = New label
labels-add = Add label
labels-delete = Delete { $name }
labels-name-wrong = Give the label a name of 1 to 40 characters.
labels-name-taken = There is a label with this name already.
labels-colour-wrong = Choose one of the colours.
labels-unknown = One of these labels is not there. Use the IDs of this workspace’s labels.
labels-too-many = A workspace has at most 100 labels. Delete one you no longer need first.
colour-grey = Grey
colour-red = Red
colour-orange = Orange
colour-yellow = Yellow
colour-green = Green
colour-blue = Blue
colour-purple = Purple
colour-pink = Pink

notes-add = Add a note
notes-label = Note for your team
notes-placeholder = Only your team sees this
notes-submit = Save note
notes-only-team = Only your team sees this note
notes-delete = Delete the note
notes-edit = Edit the note
notes-edited = edited
notes-empty = Write something first.
notes-too-long = A note has at most 10,000 characters. Shorten it, or write two.

quick-replies-title = Quick replies
quick-replies-text = Type / in a chat to insert one. { $placeholder } becomes the contact’s name.
quick-replies-first = First ones
quick-replies-next = Next ones
quick-replies-none = No quick replies yet.
quick-replies-make = Add the first one
quick-replies-shortcut = Shortcut
quick-replies-body = Text
quick-replies-add = Add quick reply
quick-replies-delete = Delete quick reply
quick-replies-shortcut-wrong = The shortcut is one word of letters and digits, for example “hours”.
quick-replies-body-wrong = Write the text to insert, up to 4,096 characters.
quick-replies-taken = Another quick reply has this shortcut.
quick-replies-too-many = A workspace has at most 500 quick replies. Delete one you no longer need first.

inbox-settings-title = Inbox
inbox-settings-text = Labels for chats, and answers you give again and again.
settings-tab-inbox = Inbox

panel-name = Name your team uses
panel-labels = Labels
panel-labels-none = This workspace has no labels yet.
panel-labels-manage = Manage labels
panel-others = With your other numbers
panel-media = Photos and videos
panel-notes = Notes
panel-from-ad = Came from the ad “{ $title }” on { $time }
panel-from-an-ad = Came from an ad on { $time }
panel-from-us = You wrote first, on { $time }
panel-from-them = They wrote first, on { $time }

keys-note = Write a note

draft = Draft:
answering = { $name } is typing an answer

new-chat = New chat
new-chat-from = From your number
new-chat-to = To
new-chat-placeholder = Name, phone number or @username
new-chat-hint = A contact’s name, a phone number, or the @username of somebody who wrote before. A number without a country code is read as one of your workspace’s country.
new-chat-submit = Open chat
new-chat-no-number = Choose the number to write from.
new-chat-read-only = You can’t write to this kind of address. Use a phone number or a contact.

schedule = Send later
row-menu = What to do with { $name }
row-take = Assign to me
when-skipped = The clocks are put forward over this time, so it doesn’t exist that day. The first one after it is { $time }.
composer-send-resolve = Send and resolve
schedule-send = Send later
schedule-at = Date and time
schedule-submit = Schedule
scheduled-all = All scheduled messages
scheduled-title = Scheduled messages
scheduled-text = They are sent at their time, in the time zone of the workspace ({ $zone }).
scheduled-back = Back to the inbox
scheduled-none-title = Nothing is scheduled
scheduled-none-text = Write a message in a chat, or attach a file, and choose “Send later” beside the send button. Polls, places, contacts and events have it in their form.
scheduled-at = Will be sent { $time }
scheduled-change = Change
scheduled-send = Send now
scheduled-cancel = Cancel it
scheduled-sent = It is on its way.
scheduled-cancelled = Cancelled. It won’t be sent.
scheduled-not-linked = Not sent: the number was logged out at that time. Choose another time, or send it now.
scheduled-file = Open file { $number }
scheduled-unfit = Not sent: a file of it, or the message it answers, is gone.
scheduled-summary = { $count ->
    [one] 1 scheduled message
   *[other] { $count } scheduled messages
}
scheduled-read-only = Not sent: messages can’t be sent to this chat.
scheduled-restored = Held: it was in a backup that was restored, so it may have been sent already. Send it now, or cancel it.
outbox-refused-no-time = Choose a time that is still to come, within a year.

draft-too-long = A message can have up to 65,536 characters. This one is longer, so its draft wasn’t saved.
