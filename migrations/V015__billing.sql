-- How a workspace comes to its plan, and what it pays for it.

-- One for each workspace that ever had one. Without a row: the default plan, and nothing to pay.
CREATE TABLE subscriptions (
    workspace_id INTEGER PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    -- What it is for; the workspace has this plan while `in_force` is 1.
    plan_id INTEGER NOT NULL REFERENCES plans (id),
    provider TEXT NOT NULL CHECK (provider IN ('manual', 'stripe', 'razorpay')),
    -- The provider's id; NULL for what the administrator gave.
    subscription_id TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'past_due', 'cancelled', 'incomplete')),
    in_force INTEGER NOT NULL CHECK (in_force IN (0, 1)),
    period_start INTEGER,
    period_end INTEGER,
    cancel_at_period_end INTEGER NOT NULL DEFAULT 0 CHECK (cancel_at_period_end IN (0, 1)),
    -- What follows at the end of the period.
    next_plan_id INTEGER REFERENCES plans (id),
    -- A payment failed: the plan stays until then.
    grace_until INTEGER,
    -- The provider's time of the newest news that was followed; older news change nothing.
    heard_at INTEGER NOT NULL DEFAULT 0,
    -- When the provider was last asked how it stands.
    checked_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX subscriptions_by_reference ON subscriptions (provider, subscription_id)
 WHERE subscription_id IS NOT NULL;
CREATE INDEX subscriptions_by_plan ON subscriptions (plan_id);

-- Who a workspace is at a payment provider; stays when the subscription ends.
CREATE TABLE billing_customers (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    PRIMARY KEY (workspace_id, provider),
    UNIQUE (provider, customer_id)
) STRICT, WITHOUT ROWID;

-- A plan that was chosen and is not confirmed yet: by the provider's news, or by the administrator.
CREATE TABLE checkouts (
    workspace_id INTEGER PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    plan_id INTEGER NOT NULL REFERENCES plans (id),
    provider TEXT NOT NULL,
    -- The provider's id of the checkout or of the subscription in the making.
    reference TEXT,
    -- Where the payment is made.
    url TEXT,
    user_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE invoices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    number TEXT,
    -- In the smallest unit of the currency.
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    status TEXT NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'failed', 'void', 'uncollectible')),
    -- The provider's page with the bill.
    hosted_url TEXT,
    period_start INTEGER,
    period_end INTEGER,
    issued_at INTEGER NOT NULL,
    heard_at INTEGER NOT NULL,
    UNIQUE (provider, provider_id)
) STRICT;

CREATE INDEX invoices_of_workspace ON invoices (workspace_id, issued_at, id);

-- What the providers told. Each is followed once: the row is written in the transaction of its effect.
CREATE TABLE billing_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    -- The provider's time.
    created_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    -- 'followed', 'late' (newer news were followed before), 'unknown' (nobody's here) or 'ignored'.
    processed TEXT NOT NULL CHECK (processed IN ('followed', 'late', 'unknown', 'ignored')),
    UNIQUE (provider, event_id)
) STRICT;

-- Subscriptions to be ended at the provider, since nobody here has them any more.
CREATE TABLE billing_ends (
    provider TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (provider, subscription_id)
) STRICT, WITHOUT ROWID;

-- A deleted workspace must not be charged for ever.
CREATE TRIGGER subscription_outlives_workspace BEFORE DELETE ON subscriptions
WHEN OLD.subscription_id IS NOT NULL AND OLD.status <> 'cancelled'
BEGIN
    INSERT INTO billing_ends (provider, subscription_id, since)
    VALUES (OLD.provider, OLD.subscription_id, unixepoch() * 1000) ON CONFLICT DO NOTHING;
END;
