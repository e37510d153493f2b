# Sending every kind of message, and changing what is there.

outbox-unfit-file = This file is not here any more. Attach it again.
outbox-unfit-file-kind = This file can’t be sent this way. Send it as a document.
outbox-unfit-place = A place has a latitude from −90 to 90 and a longitude from −180 to 180.
outbox-unfit-contact = A contact has a name and a phone number with its country code, like +44 7700 900123.
outbox-unfit-poll = A poll has a question and 2 to 12 options that differ, each at most 255 characters long.
outbox-unfit-menu = A menu has a text and 1 to 10 different options of up to 24 characters, as buttons at most 3. A list also has a label.
outbox-unfit-event = An event has a name and a start, and ends after it starts.
outbox-unfit-reply = The message you answer is in another chat.
outbox-unfit-not-forwarded = This kind of message can’t be forwarded.
outbox-unfit-not-ours = Only your own messages can be edited or deleted for everyone.
outbox-unfit-not-editable = Only texts and captions can be edited.
outbox-unfit-too-late-to-edit = A message can be edited for 15 minutes. Write a new one instead.
outbox-unfit-too-late-to-delete = A message can be deleted for everyone for two days. That time is over.
outbox-unfit-deleted = This message was deleted.
outbox-unfit-not-sent = This message has not been sent yet.
outbox-unfit-emoji = A reaction is one emoji.
outbox-unfit-line = Names and addresses can be up to 255 characters long, links up to 2,048.
outbox-unfit-vote = These options can’t be chosen in this poll. Reload the page and choose again.

message-failed-file-gone = Not sent: its file is not here any more. Attach it again.
message-unsent-edit = This edit did not reach WhatsApp; others see the old words.
message-unsent-delete = This was not deleted for the others.
message-unsent-vote = This vote did not reach WhatsApp.
message-unsent-reaction = This reaction did not reach WhatsApp.

# The menu of a message
action-title = Message actions
action-react = React with { $emoji }
action-no-emoji = Choose an emoji to react with.
action-vote-label = Your vote
action-vote = Vote
action-reply = Reply
action-forward = Forward
action-copy = Copy text
action-copied = Text copied
action-copy-by-hand = The text is selected: press Ctrl+C to copy it.
action-edit = Edit
action-edit-label = New text of the message
action-save = Save
action-cancel = Cancel
action-delete = Delete for everyone
action-delete-line = Everyone in this chat loses this message. This can’t be undone.
action-delete-now = Delete now

# Forwarding
forward-title = Forward to
forward-search = Search chats
forward-nobody = No chat has this name.
forward-send = Forward
forward-none = Choose at least one chat.
forward-too-many = { $count ->
    [one] Choose at most one chat.
   *[other] Choose at most { $count } chats.
}
forward-done = { $count ->
    [one] Forwarded
   *[other] Forwarded to { $count } chats
}

# What the composer sends beside words
composer-answering = Replying to { $name }
composer-answer-off = Stop replying
attach = Attach
attach-file = Photo, video or document
attach-location = Location
attach-contact = Contact
attach-poll = Poll
attach-event = Event
attach-once = View once (photos, videos and voice messages)
attach-voice = Record a voice message
attach-recording = Recording… press again to stop
attach-no-microphone = The microphone can’t be used. Allow it in the browser’s settings for this page.
attach-failed = This file could not be uploaded. Try again.
attach-remove = Remove

card-title = Send
card-place = Coordinates or a link to a map
card-place-hint = Paste a link from Google Maps, or latitude and longitude.
card-place-name = Name of the place
card-place-address = Address
card-contact-name = Name
card-contact-phone = Phone number
card-poll-question = Question
card-poll-options = Options
card-poll-options-hint = One on each line, 2 to 12.
card-poll-several = Several may be chosen
card-event-name = Name
card-event-starts = Starts
card-event-ends = Ends (optional)
card-event-place = Place
card-event-about = Description
card-zone = Times are in the time zone of the workspace ({ $zone }).
