# Billing
billing-title = Plan and billing
billing-line = Your plan, what it costs and your invoices.
billing-offers = Plans
billing-choose = Choose { $plan }
billing-ask = Ask for { $plan }
billing-upgrade = Upgrade to { $plan }
billing-switch = Switch to { $plan }
billing-follows = Follows { $date }
billing-portal = Cards and bills at Stripe
billing-keep = Keep { $plan }
billing-withdraw = Withdraw
billing-cancel = Cancel subscription
billing-banner = A payment failed. Your plan stays until { $until }.
billing-banner-link = View billing

# Status
billing-status-active = Active
billing-status-given = Set by the administrator
billing-status-ends = Ends soon
billing-status-past-due = Payment failed
billing-status-lapsed = Not paid
billing-status-incomplete = Not paid yet
billing-status-waiting = Waiting for the payment
billing-status-asked = Requested
billing-why-default = Every workspace begins with this plan.
billing-why-ended = The last subscription is over. Choose a plan to start again.
billing-why-active = It renews by itself until you cancel it.
billing-why-given = Whoever runs this installation gave this plan to the workspace. Nothing is charged here.
billing-why-given-beside = Whoever runs this installation gave this plan to the workspace. A subscription for { $plan } is still paid beside it: { $price }, at { $provider }. Cancel it if it's no longer needed.
billing-why-given-until = Whoever runs this installation gave this plan to the workspace, until { $until }. Nothing is charged here.
billing-why-ends = It was cancelled. { $plan } stays until { $until }, then { $free } follows.
billing-why-changes = { $plan } stays until { $until }, then { $next } follows.
billing-why-past-due = The last payment could not be collected. { $provider } tries it again, and you can pay before.
billing-why-lapsed = The last payment failed and was not made good in time, so { $free } is in force. Pay the open bill to get { $plan } back.
billing-why-incomplete = The first payment for { $plan } was not made yet.
billing-why-waiting = { $plan } begins as soon as { $provider } confirms the payment.
billing-why-asked = { $plan } was asked for { $since }. The administrator decides.
billing-grace = The last payment failed. { $plan } stays until { $until }: until then, pay the open bill or give another card.
billing-grace-link = Pay or change the card
billing-pay-now = Pay now
billing-provider-stripe = Stripe
billing-provider-razorpay = Razorpay
billing-provider-manual = the administrator

# Facts
billing-fact-next = Next payment
billing-fact-next-value = { $price } on { $date }
billing-fact-until = Paid until
billing-fact-provider = Paid by
billing-fact-also = Also charged
billing-fact-also-value = { $plan }. Whoever runs this installation was told.
billing-fact-pays-now = You pay now
billing-fact-pays-now-about = about { $price }, for the rest of this period. { $provider } works out the exact sum.
billing-fact-then = From then on
billing-fact-now = Now
billing-fact-now-stays = { $plan } stays, with all its limits.
billing-fact-now-asks = The administrator is asked. Until the answer { $plan } stays.
billing-fact-now-begins = { $plan } begins at once. Numbers beyond its limits are paused; everybody stays, and nothing is deleted.
billing-fact-at-end = At the end of the period
billing-fact-at-end-value = { $plan } follows { $date }. Numbers beyond its limits are paused; everybody stays, and nothing is deleted.
billing-fact-limits = Limits
billing-fact-limits-value = They grow as soon as the payment is confirmed.

# Choosing
billing-choose-title = { $plan }
billing-start-line = You pay at { $provider }, and { $plan } begins when the payment is confirmed.
billing-ask-line = Plans of this installation are given by its administrator.
billing-up-line = More room at once.
billing-down-line = Less room, from the next period on.
billing-cancel-title = Cancel the subscription
billing-cancel-line = You keep what is paid for. You can change your mind until then.
billing-cancel-final-line = You keep what is paid for. With { $provider } this cannot be taken back; afterwards you can subscribe anew.
billing-giveup-title = Switch to { $plan }
billing-giveup-line = { $now } was given to this workspace. Once you leave it, only whoever runs this installation can give it back.
billing-keep-title = Keep { $plan }
billing-keep-line = What was planned for the end of the period is taken back, and { $plan } renews.
billing-submit-pay = Go on to pay
billing-submit-ask = Ask the administrator
billing-submit-up = Switch now
billing-submit-down = Switch at the end of the period
billing-submit-cancel = Cancel at the end of the period
billing-submit-keep = Keep { $plan }
billing-back = Back
billing-asked = We’ve asked the administrator for { $plan }. Nothing changes until they answer.
billing-done = Done. This page shows what follows.
billing-kept = Everything stays as it is.
billing-withdrawn = Withdrawn. Nothing was changed.

# Paying
billing-pay-title = Pay
billing-pay-line = { $plan } is paid at { $provider }. It begins here as soon as the payment is confirmed.
billing-pay-open = Pay at { $provider }
billing-later = Later
billing-return-title = Thank you
billing-return-line = Your payment is being confirmed.
billing-return-waiting = Waiting for the confirmation
billing-return-waiting-text = The payment provider tells us when the payment is complete. This takes a few seconds.
billing-return-done = Confirmed
billing-return-done-text = { $plan } is in force.
billing-return-late = Not confirmed yet
billing-return-late-text = The confirmation has not come yet. You need not wait: your plan changes by itself when it does. If nothing has happened in an hour, ask whoever runs this installation.
billing-return-none = Nothing to wait for
billing-return-none-text = No payment is open.
billing-return-back = Back to billing

# Invoices
billing-invoices = Invoices
billing-no-invoices-title = No invoices yet
billing-no-invoices-line = As soon as something is paid, its invoice appears here.
billing-number = Number
billing-issued = Issued
billing-period = Period
billing-amount = Amount
billing-state = State
billing-open-invoice = Open
billing-open-number = Open invoice { $number }
billing-invoices-shown = { $count ->
    [one] One invoice
   *[other] { $count } invoices
  }
billing-invoice-draft = Draft
billing-invoice-open = Open
billing-invoice-paid = Paid
billing-invoice-failed = Payment failed
billing-invoice-void = Void
billing-invoice-uncollectible = Not paid

# Mails
billing-mail-open = View billing
billing-mail-plan-subject = { $workspace } is on { $plan }
billing-mail-plan-text = The plan of { $workspace } is { $plan } now, and its limits are in force.
billing-mail-failed-subject = A payment for { $workspace } failed
billing-mail-failed-text = The payment for { $plan } could not be collected. { $workspace } keeps { $plan } until { $until }. Until then, pay the open bill or give another card; otherwise { $free } follows.
billing-mail-recovered-subject = The payment for { $workspace } arrived
billing-mail-recovered-text = The open payment was made good. { $workspace } is on { $plan }.
billing-mail-lapsed-subject = { $workspace } is on { $free } now
billing-mail-lapsed-text = The payment for { $plan } was not made good in time, so { $workspace } is on { $free }. What is beyond its limits is paused, nothing is deleted. Pay the open bill to get { $plan } back.
billing-mail-ended-subject = The subscription of { $workspace } is over
billing-mail-ended-text = { $plan } has ended for { $workspace }, and { $free } follows. What is beyond its limits is paused, nothing is deleted. You can choose a plan again at any time.
billing-mail-double-subject = { $workspace } pays for two plans
billing-mail-double-text = The subscription of { $workspace } at { $provider } charges for { $plan } and for { $also }. { $plan } is in force, as the dearer of the two. Remove the line with { $also } at { $provider }, and pay back what was charged for it.
billing-mail-request-subject = { $workspace } asks to switch to { $plan }
billing-mail-request-text = The workspace { $workspace } would like to switch to the { $plan } plan. Set the plan, or email its owners.
billing-mail-request-open = Open workspace
