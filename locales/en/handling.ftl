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

keys-assign = Assign the chat
keys-resolve = Resolve or reopen the chat
keys-snooze = Snooze or reopen the chat

panel-title = Details
panel-history = History
panel-history-none = Nothing has been done with this chat yet.

when-hour = In 1 hour
when-tomorrow = Tomorrow at 9:00
when-monday = Monday at 9:00
