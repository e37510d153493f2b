# Plans: what a workspace may use
plans-usage = Used now
plans-days = Messages of the last 30 days
plans-days-table = Show as a table
plans-days-summary = { $total } messages in the last 30 days, at most { $most } on one day.
plans-day = Day
plans-messages = Messages
plans-none = No plan is on offer at the moment.
plans-current = Your plan
plans-see = See plans
plans-ask-owner = An owner of the workspace can choose another plan.
plans-not-included = (not included)
plans-since = On this plan since { $day }.
plans-nothing-lost = Nothing is lost at a limit: messages over it wait for the next day, and what customers write always arrives.
plans-free = Free of charge
plans-price-month = { $price } a month
plans-price-year = { $price } a year
plans-of = { $used } of { $limit }
plans-unlimited = { $used }, no limit
plans-messages-today = Messages today
plans-sessions = Numbers
plans-seats = Members
plans-storage = Storage
plans-resets = Resets { $time }. Messages over the limit wait until then.
plans-sessions-full = When this is full, you can’t add another number.
plans-seats-full = When this is full, you can’t invite anyone else.
plans-storage-full = When it is used up, files can still be received, but not uploaded.
plans-n-messages = { $count ->
    [one] { $count } message a day
   *[other] { $count } messages a day
}
plans-any-messages = Messages without limit
plans-n-sessions = { $count ->
    [one] { $count } number
   *[other] { $count } numbers
}
plans-any-sessions = Numbers without limit
plans-n-seats = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
plans-any-seats = Members without limit
plans-n-storage = { $size } of storage
plans-any-storage = Storage without limit
plans-feature-campaigns = Campaigns
plans-feature-chatbots = Chatbots
plans-feature-api = API access
plans-feature-webhooks = Webhooks
plans-feature-support = Priority support
plans-warn-sessions = { $count ->
    [one] The newest number would be paused.
   *[other] The { $count } newest numbers would be paused.
}
plans-warn-seats = { $count ->
    [one] { $count } member is more than this plan has room for. Everybody stays, but nobody new can be invited.
   *[other] { $count } members are more than this plan has room for. Everybody stays, but nobody new can be invited.
}
plans-warn-storage = { $count ->
   *[other] You keep more files than this plan has room for. They stay, but none can be uploaded.
}

# Where a limit is met
session-over-plan = Paused by the plan: it has no room for this number.
session-fix-upgrade = It runs again by itself with a larger plan, or once another number is deleted.
plans-held = Daily limit reached. Goes out { $time }.

# Administration
plans-admin-title = Plans
plans-admin-line = What workspaces can choose. A change holds at once for every workspace on the plan.
plans-new = New plan
plans-new-line = It is on offer as soon as it is saved.
plans-name = Name
plans-code = Code for scripts and bills; it never changes
plans-description = Description
plans-price = Price
plans-currency = Currency, such as EUR
plans-interval = Paid
plans-monthly = every month
plans-yearly = every year
plans-limits = Limits
plans-limits-hint = Leave a limit empty for none.
plans-messages-per-day = Messages a day
plans-storage-mb = Storage in megabytes
plans-features = Included
plans-stripe = Price id at Stripe
plans-razorpay = Plan id at Razorpay
plans-workspaces = Workspaces
plans-actions = Actions
plans-up = Up
plans-down = Down
plans-edit = Edit
plans-back = All plans
plans-concerns = { $count ->
    [0] No workspace is on this plan.
    [one] A change concerns { $count } workspace at once.
   *[other] A change concerns { $count } workspaces at once.
}
plans-standing = Availability
plans-is-default = Every workspace begins with this plan, so it stays on offer. To archive it, make another plan the default first.
plans-is-archived = This plan is not on offer. Whoever is on it stays.
plans-default-hint = Workspaces that have chosen no plan are on the default one.
plans-make-default = Make it the default
plans-archive-hint = An archived plan cannot be chosen any more. Whoever is on it stays.
plans-archive = Archive
plans-restore = Put it back on offer
plans-chip-default = Default
plans-chip-archived = Archived
plans-made = { $name } is on offer.
plans-saved = { $name } was saved.
plans-archived = { $name } is not on offer any more.
plans-restored = { $name } is on offer again.
plans-made-default = Every workspace begins with { $name } now.
