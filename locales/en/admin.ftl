# Admin: people, workspaces, numbers, health, logs, the installation
admin-health-title = Health
admin-health-good = Everything works
admin-health-warn = Running, with warnings
admin-health-bad = Something is broken
admin-look-again = Refresh
admin-findings = Checks
admin-held = On hold since a backup was restored
admin-held-line = Messages: { $messages }. Emails: { $emails }. They were waiting in the backup and may have gone out after it was created, so nothing is sent until you decide. New ones go out as usual.
admin-held-resume = Send all
admin-held-discard = Discard all
admin-held-resumed = Everything on hold is on its way.
admin-held-discarded = Everything on hold was discarded.
admin-finding-state = Status
admin-finding-what = Check
admin-finding-detail = Details
admin-finding-good = OK
admin-finding-warn = Warning
admin-finding-bad = Broken
admin-facts = Statistics
admin-fact-version = Version
admin-fact-uptime = Uptime
admin-fact-memory = Memory in use
admin-fact-database = Product database
admin-fact-keys = Key database
admin-fact-users = People
admin-fact-workspaces = Workspaces
admin-fact-numbers = Numbers
admin-filter-all = All
admin-filter-admins = Administrators
admin-filter-failing = Need attention
admin-filter-suspended = Suspended
admin-none-hint = Try a shorter search or another filter.
admin-shown = { $count ->
    [0] Nothing to show
    [one] 1 shown
   *[other] { $count } shown
 }
admin-users-line = Everyone with an account here, newest first.
admin-users-search = Search by name or email
admin-users-none = No people found
admin-user = Person
admin-standing = Status
admin-role = Role
admin-workspaces-count = Workspaces
admin-seen = Last seen
admin-since = Created
admin-id = ID
admin-never = Never
admin-devices = Logged in on
admin-logins = { $count ->
    [0] No devices
    [one] 1 device
   *[other] { $count } devices
 }
admin-their-acts = Activity
admin-no-workspace = Not in a workspace.
admin-not-yourself = This is you. Another administrator can change your role and status, or you can use the command line.
admin-role-hint = Administrators manage the whole installation.
admin-role-unknown = Choose a role from the list.
admin-role-changed = The role was changed.
admin-suspend = Suspend
admin-resume = Unsuspend
admin-suspend-hint = Suspended people are logged out everywhere at once and can’t log in. Nothing is deleted.
admin-vouch = Mark email as confirmed
admin-impersonate = View as this person
admin-user-suspended = Suspended and logged out everywhere.
admin-user-resumed = They can log in again.
admin-user-vouched = The email is marked as confirmed.
platform-admin = Administrator
platform-user = User
platform-guest = Guest
standing-active = Active
standing-unverified = Not confirmed
standing-suspended = Suspended
admin-workspaces-title = Workspaces
admin-workspaces-line = Every business on this installation, newest first.
admin-workspaces-search = Search by workspace name
admin-workspaces-none = No workspaces found
admin-workspace = Workspace
admin-members = Members
admin-plan = Plan
admin-plan-assign = Assign plan
admin-plan-doubled = The subscription at { $provider } charges for { $plan } and for { $also }. { $plan } applies because it costs more. Remove the other line at { $provider }.
admin-plan-hint = Limits change at once. A subscription paid for elsewhere keeps running.
admin-plan-assigned = The plan was changed. Its limits apply now.
admin-plan-unknown = Choose a plan from the list.
admin-no-members = No members.
admin-no-numbers = No numbers
admin-no-numbers-hint = Numbers appear here when someone links one.
admin-workspace-suspend-hint = Nobody can open a suspended workspace, and nothing is sent from it. Nothing is deleted.
admin-workspace-suspended = The workspace is suspended.
admin-workspace-resumed = The workspace is active again.
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
admin-logs-line = The last thousand lines, newest first. The full log is on standard error or in the journal.
admin-logs-search = Search the log
admin-logs-none = No log entries
admin-logs-none-hint = The server logs whatever an administrator should know.
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
admin-registration = Sign-up
admin-registration-open = Anyone can sign up
admin-registration-hint = Otherwise people need an invitation to a workspace, or you create their account.
admin-free = Free workspaces
admin-free-count = Free workspaces per owner
admin-free-hint = Workspaces on a paid plan don’t count. Owners who already have more keep them.
admin-free-wrong = Enter a number from 1 to { $most }.
admin-tour = Guest tour
admin-tour-on = Guests can look around without an account
admin-tour-workspace = Workspace they see
admin-tour-none = None
admin-tour-hint = Guests see everything in that workspace, including messages, but can’t change anything. Choose one with sample data only.
admin-tour-needs-workspace = Choose the workspace that guests see.
admin-saved = Saved.
banner-impersonation = You’re viewing as { $name }. Your actions are logged under your name.
banner-impersonation-stop = Back to my own pages
