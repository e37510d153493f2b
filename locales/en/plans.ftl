# Plans: what a workspace may use
plans-usage = Usage
plans-days = Messages in the last 30 days
plans-days-table = Show as a table
plans-days-summary = { $total } messages in the last 30 days, at most { $most } in one day.
plans-day = Day
plans-messages = Messages
plans-none = No plans are available right now.
plans-current = Your plan
plans-see = See plans
plans-ask-owner = A workspace owner can change the plan.
plans-not-included = (not included)
plans-since = On this plan since { $day }.
plans-nothing-lost = Nothing is lost at a limit: messages over it wait for the next day, and messages from customers always arrive.
plans-free = Free of charge
plans-price-month = { $price } a month
plans-price-year = { $price } a year
plans-of = { $used } of { $limit }
plans-includes-none = Your plan includes none.
plans-unlimited = { $used }, no limit
plans-feature-campaigns = Campaigns
plans-feature-chatbots = Chatbots
plans-feature-api = API access
plans-feature-webhooks = Webhooks
plans-feature-support = Priority support

# Each limit: its name in forms, what a plan allows of it in words, its bar, and what changing to a smaller plan means
plans-limit-messages_per_day = Messages a day
    .some = { $count ->
        [one] { $count } message a day
       *[other] { $count } messages a day
    }
    .any = Unlimited messages
    .used = Messages today
    .full = Resets { $time }. Messages over the limit wait until then.
    .refused = { $count ->
        [0] The { $plan } plan includes no messages. To send any, choose a larger plan.
        [one] Daily limit of { $count } message reached. To send more today, choose a larger plan.
       *[other] Daily limit of { $count } messages reached. To send more today, choose a larger plan.
    }
    .option = Messages a day: a number, or unlimited
plans-limit-sessions = Numbers
    .some = { $count ->
        [one] { $count } number
       *[other] { $count } numbers
    }
    .any = Unlimited numbers
    .used = Numbers
    .full = When this is full, you can’t add another number.
    .beyond = { $count ->
        [one] { $count } number would be paused: one that isn’t linked, or else the newest.
       *[other] { $count } numbers would be paused: those that aren’t linked first, then the newest.
    }
    .refused = { $count ->
        [0] The { $plan } plan includes no numbers. To link one, choose a larger plan.
        [one] The { $plan } plan has room for { $count } number, and it is taken. Delete that number, or choose a larger plan.
       *[other] The { $plan } plan has room for { $count } numbers, and all are taken. Delete one, or choose a larger plan.
    }
    .option = Linked numbers: a number, or unlimited
plans-limit-seats = Members
    .some = { $count ->
        [one] { $count } member
       *[other] { $count } members
    }
    .any = Unlimited members
    .used = Members
    .full = When this is full, you can’t invite anyone else.
    .beyond = { $count ->
        [one] You have { $count } member more than this plan allows. They stay, but you can’t invite anyone new.
       *[other] You have { $count } members more than this plan allows. They stay, but you can’t invite anyone new.
    }
    .refused = { $count ->
        [one] The { $plan } plan has { $count } seat, and it is taken. To add somebody, choose a larger plan.
       *[other] The { $plan } plan has { $count } seats, and all are taken. Remove a member or an open invitation, or choose a larger plan.
    }
    .option = Members: a number, or unlimited
plans-limit-storage_bytes = Storage in megabytes
    .some = { $size } of storage
    .any = Unlimited storage
    .used = Storage
    .full = When this is full, you can still receive files but not upload any.
    .beyond = You have more files than this plan allows. They stay, but you can’t upload any.
    .refused = { $count ->
        [0] The { $plan } plan includes no storage. To send files, choose a larger plan.
       *[other] The { $plan } plan keeps { $size } of files, and that is used up. Delete chats that nobody needs, or choose a larger plan.
    }
    .option = Bytes of files: a number, or unlimited

# Where a limit is met
session-over-plan = Paused: your plan has no room for this number.
session-fix-upgrade = It resumes on its own when you choose a larger plan or delete another number.
plans-held = Daily limit reached. Goes out { $time }.

# Administration
plans-admin-title = Plans
plans-admin-line = The plans workspaces can choose. Changes apply at once to every workspace on the plan.
plans-new = New plan
plans-new-line = It’s available as soon as you save it.
plans-name = Name
plans-code = Code for scripts and invoices (can’t be changed later)
plans-description = Description
plans-price = Price
plans-currency = Currency, such as EUR
plans-interval = Billed
plans-monthly = every month
plans-yearly = every year
plans-limits = Limits
plans-limits-hint = Leave empty for no limit.
plans-features = Included
plans-stripe = Stripe price ID
plans-razorpay = Razorpay plan ID
plans-workspaces = Workspaces
plans-actions = Actions
plans-up = Up
plans-down = Down
plans-edit = Edit
plans-back = All plans
plans-concerns = { $count ->
    [0] No workspace is on this plan.
    [one] Changes apply to { $count } workspace at once.
   *[other] Changes apply to { $count } workspaces at once.
}
plans-standing = Availability
plans-is-default = Every workspace starts on this plan, so it stays available. To archive it, make another plan the default first.
plans-is-archived = This plan isn’t available to choose. Workspaces already on it keep it.
plans-default-hint = Workspaces that haven’t chosen a plan are on the default one.
plans-make-default = Make default
plans-archive-hint = An archived plan can’t be chosen. Workspaces already on it keep it.
plans-archive = Archive
plans-restore = Restore
plans-chip-default = Default
plans-chip-archived = Archived
plans-made = { $name } was created.
plans-saved = { $name } was saved.
plans-archived = { $name } was archived.
plans-restored = { $name } is available again.
plans-made-default = { $name } is now the default plan.

# What is wrong with a form
plans-code-wrong = Use 2 to 30 lower-case letters, digits, - or _.
plans-code-taken = Another plan has this code. Choose a new one.
plans-name-wrong = Use 1 to { $most } characters.
plans-currency-wrong = Use the three letters of a currency, for example EUR.
plans-price-wrong = Write an amount, for example 19.00; 0 is free of charge.
plans-price-too-high = This price is too high. Check the amount.
plans-provider-id-wrong = Copy the id as the provider shows it, without spaces.
plans-limit-wrong = Write a whole number, or nothing for no limit.
plans-limit-too-high = This is too much; leave it empty for no limit.
plans-seats-none = A workspace needs at least one seat, for its owner.

# What was refused
plans-refused-messages-until = { $count ->
    [0] The { $plan } plan includes no messages. To send any, choose a larger plan.
    [one] Daily limit of { $count } message reached. It starts again at { $time }; to send more today, choose a larger plan.
   *[other] Daily limit of { $count } messages reached. It starts again at { $time }; to send more today, choose a larger plan.
  }
plans-limit-reached = { $count ->
    [0] Your plan includes no messages. What you send now waits until you choose a larger plan.
    [one] Daily limit of { $count } message reached. What you send now waits and goes out at { $time }.
   *[other] Daily limit of { $count } messages reached. What you send now waits and goes out at { $time }.
  }
plans-missing-campaigns = Campaigns are not part of the { $plan } plan. Choose a larger plan to use them.
plans-missing-chatbots = Chatbots are not part of the { $plan } plan. Choose a larger plan to use them.
plans-missing-api = The API is not part of the { $plan } plan. Choose a larger plan to use it.
plans-missing-webhooks = Webhooks are not part of the { $plan } plan. Choose a larger plan to use them.
plans-missing-priority-support = Priority support is not part of the { $plan } plan. Choose a larger plan to use it.
plans-refused-default = Whoever has no other plan is on this one, so it cannot be archived. Make another plan the default first.
plans-refused-archived = An archived plan can’t be chosen. Restore it first.
plans-not-found = There is no such plan or workspace.

# Emails
plans-mail-used-up = { $limit ->
    [0] { $workspace }: the plan includes no messages
   *[other] { $workspace }: today’s messages are used up
  }
plans-mail-used-up-text = { $limit ->
    [0] The { $plan } plan includes no messages. What is sent waits until you choose a larger plan. Nothing is lost, and what customers write still arrives.
   *[other] All { $limit } messages of today that the { $plan } plan allows are used. What is sent from now on waits and goes out when the next day starts, at { $time }. Nothing is lost, and what customers write still arrives.
  }
plans-mail-nearly = { $workspace }: { $percent }% of today’s messages are used
plans-mail-nearly-text = { $percent }% of the { $limit } messages a day that the { $plan } plan allows are used. When all are, further messages wait until the next day starts, at { $time }.
plans-mail-button = See plans
plans-mail-note = You’re getting this email as an owner of the workspace. It’s sent at most twice a day: when the messages are nearly used up, and when they are.
