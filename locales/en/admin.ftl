# Admin: people, workspaces, numbers, health, logs, the installation
admin-health-title = Health
admin-health-good = Everything works
admin-health-warn = Running, with warnings
admin-health-bad = Something is broken
admin-look-again = Refresh
admin-findings = Checks
admin-held = On hold since a backup was restored
admin-held-line = Waiting in the backup: messages { $messages }, emails { $emails }. They may have gone out after it was made, so nothing is sent until you decide. New ones go out as usual.
admin-held-resume = Send all
admin-held-discard = Discard all
admin-held-resumed = What was on hold is on its way.
admin-held-discarded = What was on hold was discarded.
admin-finding-state = State
admin-finding-what = What
admin-finding-detail = Detail
admin-finding-good = OK
admin-finding-warn = Warning
admin-finding-bad = Broken
admin-facts = Figures
admin-fact-version = Version
admin-fact-uptime = Running for
admin-fact-memory = Memory in use
admin-fact-database = Product database
admin-fact-keys = Key database
admin-fact-users = People
admin-fact-workspaces = Workspaces
admin-fact-numbers = Numbers
admin-search = Search
admin-filter-all = All
admin-filter-admins = Administrators
admin-filter-failing = Need somebody
admin-filter-suspended = Suspended
admin-none-hint = Search for less, or choose another filter.
admin-shown = { $count ->
    [0] Nothing to show
    [one] 1 shown
   *[other] { $count } shown
 }
admin-users-title = People
admin-users-line = Everybody with a login here, the newest first.
admin-users-search = Search by name or email
admin-users-none = No people found
admin-user = Person
admin-standing = Status
admin-role = Role
admin-workspaces-count = Workspaces
admin-seen = Last seen
admin-since = Since
admin-id = Id
admin-never = never
admin-devices = Logged in on
admin-logins = { $count ->
    [0] no device
    [one] 1 device
   *[other] { $count } devices
 }
admin-their-acts = Activity
admin-no-workspace = In no workspace.
admin-not-yourself = This is you. Your own role and standing are changed by another administrator, or on the command line.
admin-role-hint = An administrator governs the whole installation.
admin-role-unknown = Choose one of the roles of the list.
admin-role-changed = The role was changed.
admin-suspend = Suspend
admin-resume = Let in again
admin-suspend-hint = Whoever is suspended is logged out everywhere at once and cannot log in. Nothing is deleted.
admin-vouch = Mark email as confirmed
admin-impersonate = View as this person
admin-user-suspended = Suspended. Every login of theirs has ended.
admin-user-resumed = They can log in again.
admin-user-vouched = The address counts as confirmed.
platform-admin = Administrator
platform-user = User
platform-guest = Guest
standing-active = Active
standing-unverified = Not confirmed
standing-suspended = Suspended
admin-workspaces-title = Workspaces
admin-workspaces-line = Every business on this installation, the newest first.
admin-workspaces-search = Name of the workspace
admin-workspaces-none = No workspace fits this
admin-workspace = Workspace
admin-members = Members
admin-plan = Plan
admin-plan-assign = Put on this plan
admin-plan-doubled = The subscription at { $provider } pays for { $plan } and for { $also }. { $plan } counts, as the dearer of the two. Remove the other line at { $provider }.
admin-plan-hint = Limits follow at once. A subscription that is paid for elsewhere is not ended by this.
admin-plan-assigned = The plan was changed; its limits hold from now on.
admin-plan-unknown = Choose a plan from the list.
admin-no-members = Nobody is a member.
admin-no-numbers = No numbers
admin-no-numbers-hint = Numbers appear here as soon as somebody links one.
admin-workspace-suspend-hint = A suspended workspace cannot be entered, and nothing is sent from it. Nothing is deleted.
admin-workspace-suspended = The workspace is suspended.
admin-workspace-resumed = The workspace is open again.
admin-numbers-title = Numbers
admin-numbers = { $count ->
    [one] 1 number in all workspaces
   *[other] { $count } numbers in all workspaces
 }
admin-number = Number
admin-state-since = Since
admin-actions = Actions
admin-pause = Pause
admin-reconnect = Reconnect
admin-number-paused = The number is paused.
admin-number-reconnecting = The number is reconnecting.
admin-logs-title = Logs
admin-logs-line = The last thousand lines, the newest first. The whole log is on standard error or in the journal.
admin-logs-search = Words in a line
admin-logs-none = No log entries
admin-logs-none-hint = The program writes here when something happens that an operator should know.
admin-log-when = When
admin-log-level = Level
admin-log-text = Line
admin-log-warn = Warnings
admin-log-error = Errors
admin-log-lines = { $count ->
    [one] 1 line
   *[other] { $count } lines
 }
admin-installation-title = Installation
admin-registration = Registration
admin-registration-open = People may register by themselves
admin-registration-hint = Otherwise they come by an invitation to a workspace, or you make their login.
admin-free = Free workspaces
admin-free-count = Free workspaces that one person may own
admin-free-hint = Workspaces on a paid plan don’t count. Whoever owns more already keeps them.
admin-free-wrong = Write a number from 1 to { $most }.
admin-tour = Tour for guests
admin-tour-on = Guests may look around without a login
admin-tour-workspace = They see this workspace
admin-tour-none = None
admin-tour-hint = A guest sees everything in that workspace, messages too, and changes nothing. Choose one with sample data only.
admin-tour-needs-workspace = Choose the workspace that guests see.
admin-saved = Saved.
banner-impersonation = You’re viewing as { $name }. Your actions are logged under your name.
banner-impersonation-stop = Back to my own pages
