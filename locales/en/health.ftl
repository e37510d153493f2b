# The health of a number
health-open = Health
health-title = Health of { $name }
health-new-chats = New chats
health-link = Link
health-people = Messages
health-history = History
health-history-none = Nothing has happened yet.
health-state = State
health-since = Since
health-why = Why
health-never = Never
health-no-link = Not connected
health-not-said = WhatsApp hasn’t said yet
health-last-frame = WhatsApp was heard last
health-last-receipt = A message was confirmed last
health-linked = Linked
health-days =
    { $count ->
        [one] 1 day ago
       *[other] { $count } days ago
    }
health-version = WhatsApp version
health-phone = Phone
health-lock = Lock
health-lock-until = Locked until { $time }
health-lock-none = None (asked { $time })
health-lock-kind = Kind of lock
health-locked = WhatsApp has locked new chats of this number until { $time }.
health-locked-hint = Replies to people who wrote to you still go out. New chats wait and go out on their own when the lock ends.
health-quota = Quota
health-quota-of = { $used } of { $total } used
health-quota-none = No cap
health-quota-ends = Cycle ends
health-quota-at = Asked
health-quota-used = This number may open no more new chats until { $time }.
health-quota-replies = Chats in which people reply don’t count, so ask for replies. New chats wait and go out on their own in the next cycle.
health-quota-extension = You can ask for a one-time extension in WhatsApp on the phone.
health-quota-verified = Meta Verified lifts the cap; you can get it in WhatsApp Business on the phone.
health-retires = WhatsApp stops accepting this version on { $date }.
health-retires-hint = Update this program before then.
health-replies = Replies within 30 days
health-replies-of = { $percent }% ({ $answered } of { $all } people)
health-replies-none = No conversations
health-failed = Failed within 7 days
health-unreached = Taken by WhatsApp but not reached
