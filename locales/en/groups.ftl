group-gone-left = This number has left the group. What was written stays here.
group-gone-removed = This number was removed from the group. What was written stays here.
group-gone-ended = WhatsApp has closed this group. What was written stays here.
group-gone-away = This number is no longer in the group. What was written stays here.
group-admins-only = Only administrators write in this group.

group-not-found = There is no such group.
group-not-connected = The number isn’t connected. Try again when it is.
group-not-admin = Only administrators of the group may do this, and this number is none. Ask one of them.
group-bad-subject = Give the group a name of 1 to 100 characters, in one line.
group-bad-description = The description is too long: at most 2,048 characters.
group-nobody = Say who it is about: a phone number or a contact.
group-too-many = These are too many at once: at most 100.
group-nobody-there = Nobody of them is on WhatsApp, so there is no group to create.
group-bad-member = “{ $who }”: { $why }
group-refused = WhatsApp didn’t do it: { $why }.
group-no-answer = WhatsApp didn’t answer. Look at the group before you try again: it may have been changed.
group-not-only-contacts = can be added by their own contacts only. Send them the group’s link.
group-not-on-whatsapp = is not on WhatsApp.
group-not-a-member = is not in the group.
group-not-member-already = is in the group already.
group-not-blocked = has blocked this number.
group-not-left-recently = left a short time ago and can’t be added yet. Send them the group’s link.
group-not-full = has no place: the group is full.
group-not-refused = was not changed: WhatsApp doesn’t say why.

group-new = New group
group-create = Create group
group-to-chat = Open chat
group-about = About
group-subject = Name of the group
group-description = Description
group-no-description = No description
group-writers = Who may write
group-changers = Who may change name, description and picture
group-everybody = Everybody in the group
group-admins = Only administrators
group-members = Members
group-members-count =
    { $count ->
        [one] { $count } member
       *[other] { $count } members
    }
group-members-unknown = WhatsApp hasn’t said yet who is in this group.
group-members-none = Nobody in the group matches.
group-shown = Up to { $count }
group-find = Search members
group-find-contact = Search contacts
group-contacts = Contacts
group-contacts-hint = Search by name or number, and tick who is to be in the group.
group-numbers = Phone numbers, one in each line
group-admin = Administrator
group-add = Add people
group-add-submit = Add
group-missing = Not everybody was changed
group-member-more = What to do with { $name }
group-promote = Make administrator
group-demote = Make member
group-remove = Remove from group
group-link = Link to join
group-link-text = Whoever has the link can join the group.
group-link-show = Show link
group-link-renew = Renew link
group-leave = Leave group
group-leave-text = This number leaves the group, and the others are told. What was written stays here. Only an administrator can let it back in.
group-leave-sure = Leave now
group-panel = Group
