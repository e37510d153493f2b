# Team: members, invitations, workspaces
team-members-title = Members
team-members-line = { $count ->
    [one] One person works in this workspace.
   *[other] { $count } people work in this workspace.
}
team-search = Search for a name or an address
team-search-submit = Search
team-search-none-title = No members found
team-search-none-line = No member has this in the name or the address.
team-search-all = Show everybody
team-shown = { $shown } of { $total } members
team-name = Name
team-role = Role
team-seen = Last seen
team-never-seen = Not yet
team-joined-at = Member since
team-actions = Actions
team-me = (you)
team-member-more = Change the role of { $name }, or remove them
team-member-remove = Remove from the workspace
team-member-remove-text = { $name } will lose access to this workspace immediately. Messages they wrote stay.
team-member-suspended = Suspended
team-member-guest = Guest
team-role-submit = Change the role
team-role-changed = { $name } is { $role } now.
team-removed = { $name } is no member any more.
team-roles-title = What each role can do
team-role-owner = Owner
team-role-manager = Manager
team-role-agent = Agent
team-may-owner = Owners may do everything: also members, the plan and its bills, API keys, and deleting the workspace.
team-may-manager = Managers answer customers, link and manage numbers, and read the audit log.
team-may-agent = Agents read chats and answer customers.
team-leave = Leave this workspace
team-leave-text = You see nothing of it any more, until an owner invites you again.
team-leave-submit = Leave

team-seats = Seats
team-seats-of = { $used } of { $limit }
team-seats-unlimited = { $used }, without a limit
team-seats-invited = { $count ->
    [one] 1 reserved for a pending invitation.
   *[other] { $count } reserved for pending invitations.
}
team-seats-full = All seats are taken. Remove a member or take an invitation back, or choose a larger plan.
team-upgrade = Choose a larger plan

team-invite-title = Invite people
team-invite-emails = Email addresses
team-invite-hint = Up to 20, separated by commas, spaces or lines. Each gets a mail with a link that works for a week.
team-invite-hint-kept = Up to 20, separated by commas, spaces or lines. There is no mail server, so pass each link on yourself. It works for a week.
team-invite-submit = Invite
team-ration-mailbox = { $email } was invited as often as a day allows. Try again on { $time }.
team-ration-workspace = This workspace has invited as often as a day allows. Try again on { $time }.
team-ration-machine = Your network has invited as often as a day allows. Try again on { $time }.
team-invited-kept = { $count ->
    [one] The invitation is made. Copy its link below and pass it on.
   *[other] { $count } invitations are made. Copy their links below and pass them on.
}
team-invited = { $count ->
    [one] The invitation is on its way.
   *[other] { $count } invitations are on their way.
}
team-invitations-title = Open invitations
team-sent = Invited
team-invitation-open = Waiting
team-invitation-until = Expires { $date }
team-invitation-expired = Expired
team-invitation-link-label = Copy the link of the invitation of { $email }
team-invitation-renew = Renew
team-invitation-renew-label = Renew the invitation of { $email }
team-invitation-resend = Send again
team-invitation-resend-label = Send the invitation of { $email } again
team-invitation-revoke = Cancel invitation
team-invitation-revoke-label = Cancel invitation for { $email }
team-resent = The invitation of { $email } is on its way again. Earlier links to it no longer work.
team-renewed = The invitation of { $email } is renewed. Copy its link and pass it on.
team-revoked = The invitation for { $email } was cancelled.

team-invitation-title = Join { $workspace }
team-invitation-line = { $name } invited you as { $role }.
team-accept-line = You are logged in with
team-accept = Accept the invitation
team-accept-label = Accept the invitation to { $name }
team-other-line = This invitation is for { $email }.
team-other-me = You are logged in as { $email }. Log out, then open the link again.
team-login-line = { $email } already has an account. Log in and you’ll come back to this page. If you never set a password, use “Forgot your password?” when you log in.
team-join = Create my login and join
team-joined = Welcome to { $workspace }.

team-workspace-title = Workspace
team-workspace-id = Id
team-workspace-since = Created
team-workspace-role = Your role
team-workspace-form = Name and place
team-zone-from = The new time zone counts from { $when }. Until then, today goes on, and so does today's limit.
team-zone-hint = The time zone decides when a day begins: for times on these pages, and for daily limits.
team-workspace-delete = Delete the workspace
team-workspace-delete-text = Its numbers are logged out, and its chats, contacts, keys and settings are deleted for everybody in it. This cannot be undone. All members get a mail.
team-workspace-delete-text-kept = Its numbers are logged out, and its chats, contacts, keys and settings are deleted for everybody in it. This cannot be undone. Tell the members yourself.
team-workspace-delete-type = Type { $name } to delete it
team-workspace-deleted = { $name } is deleted.
team-workspace-new = New workspace
team-workspace-new-line = A workspace has its own numbers, chats, members and plan.
team-workspace-create = Make the workspace
team-workspace-made = { $name } is ready.
team-cancel = Cancel
team-workspaces-title = Your workspaces
team-workspaces-line = Choose where you work with this browser.
team-all-workspaces = All workspaces
team-place-current = Open here
team-place-closed = Suspended
team-place-open = Open
team-place-open-label = Open { $name }
team-people = { $count ->
    [one] one member
   *[other] { $count } members
}
team-none-title = You’re not in a workspace
team-none-line = Nobody has added you to a workspace, or you were removed from the one you were in.
team-none-empty = No workspace
team-none-advice = Make one of your own, or ask the owner of a workspace to invite the address that you log in with.
team-closed-title = Your workspace is suspended
team-closed-line = The administrator of this installation closed it: nobody enters, and nothing is sent from it. What it holds is kept. Ask the administrator why.
team-waiting-title = Invitations for you
team-waiting-line = { $name } invited you as { $role }.
team-no-workspace = No workspace

team-letter-somebody = Somebody
team-letter-invited = { $name } invited you to { $workspace }
team-letter-invited-text = You’ve been invited to answer customers on WhatsApp. Your role: { $role }.
team-letter-invited-button = View invitation
team-letter-invited-note = { $count ->
    [one] The link works for a day, and only once. If you did not expect this mail, you need do nothing.
   *[other] The link works for { $count } days, and only once. If you did not expect this mail, you need do nothing.
}
team-letter-removed = You are no longer in { $workspace }
team-letter-removed-text = An owner removed you from the workspace. Your login works as before, for the other workspaces that you are in.
team-letter-removed-note = If this surprises you, ask an owner of the workspace.
team-letter-deleted = { $workspace } was deleted
team-letter-deleted-text = An owner deleted the workspace. Its numbers are logged out, and its chats, contacts and settings are being deleted for everybody.
team-letter-deleted-note = You get this mail because you were a member. Your login works as before.
