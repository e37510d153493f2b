# Billing
billing-title = Plan and billing
billing-line = Your plan, what it costs and your invoices.
billing-offers = Plans
billing-choose = Choose { $plan }
billing-ask = Ask for { $plan }
billing-upgrade = Upgrade to { $plan }
billing-switch = Switch to { $plan }
billing-follows = Starts { $date }
billing-portal = Cards and invoices at Stripe
billing-keep = Keep { $plan }
billing-withdraw = Withdraw request
billing-cancel = Cancel subscription
billing-banner = A payment failed. You keep your plan until { $until }.
billing-banner-link = View billing

# Status
billing-status-active = Active
billing-status-given = Set by the administrator
billing-status-ends = Ends soon
billing-status-past-due = Payment failed
billing-status-lapsed = Not paid
billing-status-incomplete = Not paid yet
billing-status-waiting = Waiting for payment
billing-status-asked = Requested
billing-why-default = Every workspace starts on this plan.
billing-why-ended = Your last subscription has ended. Choose a plan to start again.
billing-why-active = Renews automatically until you cancel.
billing-why-given = The administrator set this plan. You aren’t charged here.
billing-why-given-beside = The administrator set this plan. You’re still paying for a subscription to { $plan }: { $price }, at { $provider }. Cancel it if you no longer need it.
billing-why-given-until = The administrator set this plan until { $until }. You aren’t charged here.
billing-why-ends = Cancelled. You keep { $plan } until { $until }, then switch to { $free }.
billing-why-changes = You keep { $plan } until { $until }, then switch to { $next }.
billing-why-past-due = The last payment failed. { $provider } will try again, and you can pay sooner.
billing-why-lapsed = The last payment failed and wasn’t made in time, so you’re on { $free }. Pay the open invoice to get { $plan } back.
billing-why-incomplete = The first payment for { $plan } hasn’t been made yet.
billing-why-waiting = { $plan } starts as soon as { $provider } confirms the payment.
billing-why-asked = You asked for { $plan } on { $since }. The administrator decides.
billing-grace = The last payment failed. You keep { $plan } until { $until }. Pay the open invoice or change your card before then.
billing-grace-link = Pay or change card
billing-pay-now = Pay now
billing-provider-stripe = Stripe
billing-provider-razorpay = Razorpay
billing-provider-manual = the administrator

# Facts
billing-fact-next = Next payment
billing-fact-next-value = { $price } on { $date }
billing-fact-until = Paid until
billing-fact-provider = Paid through
billing-fact-also = Also charged
billing-fact-also-value = { $plan }. We’ve told the administrator.
billing-fact-pays-now = You pay now
billing-fact-pays-now-about = About { $price }, for the rest of this period. { $provider } calculates the exact amount.
billing-fact-then = After that
billing-fact-now = Now
billing-fact-now-stays = You keep { $plan } with all its limits.
billing-fact-now-asks = We ask the administrator. You keep { $plan } until they answer.
billing-fact-now-begins = { $plan } starts at once. Numbers over its limits are paused; all members stay, and nothing is deleted.
billing-fact-at-end = At the end of the period
billing-fact-at-end-value = { $plan } starts { $date }. Numbers over its limits are paused; all members stay, and nothing is deleted.
billing-fact-limits = Limits
billing-fact-limits-value = They go up as soon as the payment is confirmed.

# Choosing
billing-choose-title = { $plan }
billing-start-line = You pay at { $provider }. { $plan } starts when the payment is confirmed.
billing-ask-line = The administrator sets plans on this installation.
billing-up-line = Higher limits at once.
billing-down-line = Lower limits, from the next period.
billing-cancel-title = Cancel subscription
billing-cancel-line = You keep what you’ve paid for. You can change your mind until then.
billing-cancel-final-line = You keep what you’ve paid for. With { $provider } this can’t be undone; you can subscribe again afterwards.
billing-giveup-title = Switch to { $plan }
billing-giveup-line = The administrator set { $now } for this workspace. Once you leave it, only they can bring it back.
billing-keep-title = Keep { $plan }
billing-keep-line = The change planned for the end of the period is cancelled, and { $plan } renews.
billing-submit-pay = Continue to payment
billing-submit-ask = Ask the administrator
billing-submit-up = Switch now
billing-submit-down = Switch at the end of the period
billing-submit-cancel = Cancel at the end of the period
billing-submit-keep = Keep { $plan }
billing-back = Back
billing-asked = We’ve asked the administrator for { $plan }. Nothing changes until they answer.
billing-done = Done. You can see what happens next on this page.
billing-kept = Nothing was changed.
billing-withdrawn = Request withdrawn. Nothing was changed.

# Paying
billing-pay-title = Pay
billing-pay-line = You pay for { $plan } at { $provider }. It starts here as soon as the payment is confirmed.
billing-pay-open = Pay at { $provider }
billing-later = Later
billing-return-title = Thank you
billing-return-line = Your payment is being confirmed.
billing-return-waiting = Waiting for confirmation
billing-return-waiting-text = The payment provider tells us when the payment is complete. This takes a few seconds.
billing-return-done = Confirmed
billing-return-done-text = You’re now on { $plan }.
billing-return-late = Not confirmed yet
billing-return-late-text = The payment isn’t confirmed yet. You don’t need to wait: your plan changes when it is. If nothing has happened in an hour, ask the administrator.
billing-return-none = Nothing to wait for
billing-return-none-text = There’s no open payment.
billing-return-back = Back to billing

# Invoices
billing-invoices = Invoices
billing-no-invoices-title = No invoices yet
billing-no-invoices-line = Invoices appear here after your first payment.
billing-number = Invoice
billing-issued = Issued
billing-period = Period
billing-amount = Amount
billing-state = Status
billing-open-invoice = Open
billing-open-number = Open invoice { $number }
billing-invoices-shown = { $count ->
    [one] 1 invoice
   *[other] { $count } invoices
  }
billing-invoice-draft = Draft
billing-invoice-open = Open
billing-invoice-paid = Paid
billing-invoice-failed = Payment failed
billing-invoice-void = Void
billing-invoice-uncollectible = Not paid

# Emails
billing-mail-open = View billing
billing-mail-plan-subject = { $workspace } is now on { $plan }
billing-mail-plan-text = { $workspace } is now on { $plan }, and its limits apply.
billing-mail-failed-subject = A payment for { $workspace } failed
billing-mail-failed-text = The payment for { $plan } failed. { $workspace } keeps { $plan } until { $until }. Pay the open invoice or change your card before then; otherwise it switches to { $free }.
billing-mail-recovered-subject = Payment received for { $workspace }
billing-mail-recovered-text = We’ve received the open payment. { $workspace } is on { $plan }.
billing-mail-lapsed-subject = { $workspace } is now on { $free }
billing-mail-lapsed-text = The payment for { $plan } wasn’t made in time, so { $workspace } is now on { $free }. Anything over its limits is paused; nothing is deleted. Pay the open invoice to get { $plan } back.
billing-mail-ended-subject = Your subscription for { $workspace } has ended
billing-mail-ended-text = { $plan } has ended for { $workspace }, which is now on { $free }. Anything over its limits is paused; nothing is deleted. You can choose a plan again at any time.
billing-mail-double-subject = { $workspace } is charged for two plans
billing-mail-double-text = The subscription of { $workspace } at { $provider } charges for { $plan } and for { $also }. { $plan } applies because it costs more. Remove the line for { $also } at { $provider }, and refund what was charged for it.
billing-mail-request-subject = { $workspace } asks to switch to { $plan }
billing-mail-request-text = The workspace { $workspace } would like to switch to the { $plan } plan. Set the plan, or email its owners.
billing-mail-request-open = Open workspace

# What was refused
billing-refused-no-such-plan = There is no such plan on offer.
billing-refused-no-such-plan-listed = There is no such plan on offer; see GET /v1/plans.
billing-refused-already = This is your plan already.
billing-refused-nothing = There is no subscription to change. Choose a plan first.
billing-refused-not-for-sale = The plan “{ $plan }” cannot be bought here yet. Ask the administrator of this installation.
billing-refused-payment-open = A payment is open. Pay it first, or wait until the time of grace is over.
billing-refused-cannot-resume = A cancelled subscription of this provider cannot be taken back. Choose a plan again once it has ended.
billing-refused-no-line = The subscription at the payment provider has several lines, and none has the price of a plan. Nothing was changed; ask the administrator of this installation.
billing-refused-unreachable = The payment provider cannot be reached: { $why }. Nothing was changed; try again in a few minutes.
billing-refused-by-provider = The payment provider refused: { $why }
billing-refused-signature = The signature of this webhook is not valid.
billing-refused-event = This webhook cannot be understood.
billing-refused-not-set-up = This payment provider is not set up here.
billing-provider-gone = the payment provider does not know it any more
billing-provider-no-json = the answer is no JSON
billing-provider-key = it does not accept the key in the configuration (status { $status })
billing-provider-status = it answers with status { $status }
billing-provider-redirect = it redirects, which is not followed
billing-provider-no-page = no page to pay at
billing-provider-no-customer = a customer without an id
billing-provider-no-field = no { $field } to go on with
billing-provider-odd = a subscription that cannot be understood
