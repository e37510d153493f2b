# Team: members, invitations, workspaces
team-members-title = Members
team-members-line = { $count ->
    [one] 1 person works in this workspace.
   *[other] { $count } people work in this workspace.
}
team-search = Search by name or email
team-search-none-title = No members found
team-search-none-line = No member’s name or email matches.
team-search-all = Show everyone
team-shown = { $shown } of { $total } members
team-name = Name
team-role = Role
team-seen = Last seen
team-never-seen = Never
team-joined-at = Member since
team-actions = Actions
team-me = (you)
team-member-more = Change { $name }’s role or remove them
team-member-remove = Remove from workspace
team-member-remove-text = { $name } will lose access to this workspace immediately. Messages they wrote stay.
team-member-suspended = Suspended
team-member-guest = Guest
team-role-submit = Change role
team-role-changed = { $name }’s role is now { $role }.
team-removed = { $name } was removed.
team-roles-title = What each role can do
team-role-owner = Owner
team-role-manager = Manager
team-role-agent = Agent
team-may-owner = Owners can do everything, including members, the plan and its invoices, API keys, and deleting the workspace.
team-may-manager = Managers answer customers, link and manage numbers, and read the audit log.
team-may-agent = Agents read chats and answer customers.
team-leave = Leave this workspace
team-leave-text = You’ll lose access until an owner invites you again.
team-leave-submit = Leave

team-seats = Seats
team-seats-of = { $used } of { $limit }
team-seats-unlimited = { $used }, no limit
team-seats-invited = { $count ->
    [one] 1 more is reserved for a pending invitation.
   *[other] { $count } more are reserved for pending invitations.
}
team-seats-full = All seats are taken. Remove a member, cancel an invitation, or choose a larger plan.
team-upgrade = Choose a larger plan

team-invite-title = Invite people
team-invite-emails = Email addresses
team-invite-hint = Up to 20, separated by commas, spaces or new lines. Each gets an email with a link that works for a week.
team-invite-hint-kept = Up to 20, separated by commas, spaces or new lines. There’s no email server, so pass each link on yourself. Links work for a week.
team-invite-submit = Invite
team-ration-mailbox = { $email } has been invited too often today. Try again on { $time }.
team-ration-workspace = This workspace has sent too many invitations today. Try again on { $time }.
team-ration-machine = Too many invitations came from your network today. Try again on { $time }.
team-invited-kept = { $count ->
    [one] The invitation is ready. Copy its link below and pass it on.
   *[other] { $count } invitations are ready. Copy their links below and pass them on.
}
team-invited = { $count ->
    [one] The invitation is on its way.
   *[other] { $count } invitations are on their way.
}
team-invitations-title = Pending invitations
team-sent = Invited
team-invitation-open = Pending
team-invitation-until = Expires { $date }
team-invitation-expired = Expired
team-invitation-renew = Renew
team-invitation-resend = Send again
team-invitation-revoke = Cancel invitation
team-resent = The invitation for { $email } is on its way again. Earlier links no longer work.
team-renewed = The invitation for { $email } is renewed. Copy its link and pass it on.
team-revoked = The invitation for { $email } was cancelled.

team-invitation-title = Join { $workspace }
team-invitation-line = { $name } invited you as { $role }.
team-accept-line = You’re logged in as
team-accept = Accept invitation
team-accept-label = Accept invitation to { $name }
team-other-line = This invitation is for { $email }.
team-other-me = You’re logged in as { $email }. Log out, then open the link again.
team-login-line = { $email } already has an account. Log in and you’ll come back to this page. If you never set a password, use “Forgot your password?” when you log in.
team-join = Create account and join
team-joined = Welcome to { $workspace }.

team-workspace-title = Workspace
team-workspace-id = ID
team-workspace-since = Created
team-workspace-role = Your role
team-workspace-form = Name and location
team-delivery = Delivery
team-unreached-after = Hours until a message counts as not reached
team-unreached-hint = WhatsApp took the message, but no phone fetched it: it may be off, or the number unused.
team-unreached-wrong = Give a whole number of hours from 1 to { $most }.
team-zone-from = The new time zone applies from { $when }. Until then, today and its limit continue.
team-zone-hint = The time zone decides when a day begins: for times on these pages and for daily limits.
team-workspace-delete = Delete workspace
team-workspace-delete-text = Its numbers will be unlinked, and its chats, contacts, keys and settings will be deleted for everyone. This can’t be undone. All members get an email.
team-workspace-delete-text-kept = Its numbers will be unlinked, and its chats, contacts, keys and settings will be deleted for everyone. This can’t be undone. Tell the members yourself.
team-workspace-delete-type = Type “{ $name }” to confirm
team-workspace-deleted = { $name } was deleted.
team-workspace-new = New workspace
team-workspace-new-line = A workspace has its own numbers, chats, members and plan.
team-workspace-create = Create workspace
team-workspace-made = { $name } is ready.
team-cancel = Cancel
team-workspaces-title = Your workspaces
team-workspaces-line = Choose which workspace this browser uses.
team-all-workspaces = All workspaces
team-place-current = Open here
team-place-closed = Suspended
team-place-open = Open
team-place-open-label = Open { $name }
team-people = { $count ->
    [one] 1 member
   *[other] { $count } members
}
team-none-title = You’re not in a workspace
team-none-line = You haven’t been added to a workspace, or you were removed from the one you were in.
team-none-empty = No workspace
team-none-advice = Create your own, or ask a workspace owner to invite the email you log in with.
team-closed-title = Your workspace is suspended
team-closed-line = The administrator has suspended it. Nobody can open it and nothing is sent from it, but its data is kept. Ask the administrator why.
team-waiting-title = Invitations for you
team-waiting-line = { $name } invited you as { $role }.
team-no-workspace = No workspace

team-mail-somebody = Someone
team-mail-invited = { $name } invited you to { $workspace }
team-mail-invited-text = You’ve been invited to answer customers on WhatsApp. Your role: { $role }.
team-mail-invited-button = View invitation
team-mail-invited-note = { $count ->
    [one] The link works once and expires in 1 day. If you weren’t expecting this email, just ignore it.
   *[other] The link works once and expires in { $count } days. If you weren’t expecting this email, just ignore it.
}
team-mail-removed = You were removed from { $workspace }
team-mail-removed-text = An owner removed you from the workspace. Your account still works for your other workspaces.
team-mail-removed-note = Not expecting this? Ask an owner of the workspace.
team-mail-deleted = { $workspace } was deleted
team-mail-deleted-text = An owner deleted the workspace. Its numbers are unlinked, and its chats, contacts and settings are being deleted for everyone.
team-mail-deleted-note = You’re getting this email because you were a member. Your account still works.

# What is wrong with a form
team-email-wrong = “{ $part }” is not an email address. Correct it or remove it.
team-email-member = { $email } is a member already.
team-email-invited = { $email } is invited already. Send the invitation again in the list below.
team-emails-missing = Enter at least one email address.
team-emails-too-many = Invite at most { $most } people at once.
team-member-already = This person is a member already.
team-role-unknown = Choose a role: owner, manager or agent.

# What was refused
team-rationed-mailbox = { $email } was invited as often as a day allows.
team-rationed-workspace = This workspace has invited as often as a day allows.
team-rationed-machine = Your network has invited as often as a day allows.
team-refused-rationed = { $what } Try again in { $wait }.
team-refused-invitation-over = This invitation was accepted or taken back, or it has expired. Ask for a new one.
team-refused-other-address = This invitation is for another address. Log out, then open its link again.
team-refused-has-account = This address has a login here. Log in with it to accept the invitation.
team-refused-just-sent = This invitation was renewed a moment ago. Wait a minute before doing it again.
team-refused-last-owner = A workspace needs an owner. Make another member an owner first, or delete the workspace.
team-refused-too-many = You own { $most } workspaces already. Delete one that you no longer need, or give it to somebody else.
team-refused-free = { $count ->
    [one] You have { $count } free workspace, the most that one person may have here. Move one to a paid plan, or delete one that is no longer needed.
   *[other] You have { $count } free workspaces, the most that one person may have here. Move one to a paid plan, or delete one that is no longer needed.
  }
team-refused-free-of = { $count ->
    [one] { $email } has { $count } free workspace, the most that one person may have here. Move one to a paid plan, or delete one that is no longer needed.
   *[other] { $email } has { $count } free workspaces, the most that one person may have here. Move one to a paid plan, or delete one that is no longer needed.
  }
team-refused-other-name = The name differs. Type the workspace’s name exactly to delete it.
team-not-found = There is no such member, invitation or workspace here.
