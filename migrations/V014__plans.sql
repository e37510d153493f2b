-- What a workspace may use, what it has used, and what waits for a limit.

CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    -- A word for scripts and bills; never changes.
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- In the smallest unit of the currency.
    price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
    -- ISO 4217, upper case.
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    interval TEXT NOT NULL CHECK (interval IN ('month', 'year')),
    -- NULL in the four that follow: without limit.
    sessions INTEGER CHECK (sessions >= 0),
    seats INTEGER CHECK (seats >= 1),
    messages_per_day INTEGER CHECK (messages_per_day >= 0),
    storage_bytes INTEGER CHECK (storage_bytes >= 0),
    -- A JSON list of words.
    features TEXT NOT NULL,
    -- Place in the row of plans, from the smallest to the largest.
    position INTEGER NOT NULL,
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    -- Not on offer any more; whoever is on it stays.
    archived_at INTEGER,
    -- The price at Stripe and the plan at Razorpay, where this plan is sold there.
    stripe_price TEXT,
    razorpay_plan TEXT,
    created_at INTEGER NOT NULL,
    CHECK (is_default = 0 OR archived_at IS NULL)
) STRICT;

CREATE UNIQUE INDEX plans_default ON plans (is_default) WHERE is_default = 1;

INSERT INTO plans (public_id, code, name, description, price_minor, currency, interval, sessions, seats,
                   messages_per_day, storage_bytes, features, position, is_default, created_at)
VALUES ('plan_00000000000000000000000001', 'free', 'Free', 'One number and a small team, to try it or to stay.',
        0, 'USD', 'month', 1, 3, 50, 250000000, '["campaigns"]', 1, 1, unixepoch() * 1000),
       ('plan_00000000000000000000000002', 'pro', 'Pro', 'Three numbers, chatbots, and answers before others.',
        1900, 'USD', 'month', 3, 10, 250, 5000000000, '["campaigns","chatbots","priority_support"]', 2, 0,
        unixepoch() * 1000),
       ('plan_00000000000000000000000003', 'business', 'Business', 'Ten numbers and everything there is, with the API.',
        4900, 'USD', 'month', 10, 50, 1000, 50000000000,
        '["campaigns","chatbots","priority_support","api","webhooks"]', 3, 0, unixepoch() * 1000);

-- The plan of a workspace; without a row it is the default one.
CREATE TABLE workspace_plans (
    workspace_id INTEGER PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    plan_id INTEGER NOT NULL REFERENCES plans (id),
    since INTEGER NOT NULL
) STRICT;

CREATE INDEX workspace_plans_by_plan ON workspace_plans (plan_id);

-- Whoever worked here before there were plans keeps working: nobody's numbers stop because of an upgrade.
INSERT INTO workspace_plans (workspace_id, plan_id, since)
SELECT w.id, p.id, unixepoch() * 1000 FROM workspaces w, plans p WHERE p.code = 'business';

-- Messages of each day, the day being that of the workspace's time zone.
CREATE TABLE usage_days (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- '2026-11-24'.
    day TEXT NOT NULL,
    messages INTEGER NOT NULL DEFAULT 0,
    -- The share of the limit, in per cent, that the owners were told about: 0, 80 or 100.
    told INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, day)
) STRICT, WITHOUT ROWID;

-- Which day's limit a message on its way out was counted on, and what a waiting one waits for.
ALTER TABLE outbox ADD COLUMN claimed_day TEXT;
ALTER TABLE outbox ADD COLUMN held_for TEXT CHECK (held_for IN ('limit'));
CREATE INDEX outbox_held ON outbox (workspace_id, due_at, id) WHERE held_for IS NOT NULL;
CREATE INDEX outbox_held_of_chat ON outbox (chat_id) WHERE held_for IS NOT NULL;

-- What the plan's limit does to a number. 'paused': it ran and was stopped, and runs again once there is room.
-- 'blocked': it did not run, and may not until there is room.
ALTER TABLE sessions ADD COLUMN plan_hold TEXT CHECK (plan_hold IN ('paused', 'blocked'));

-- Bytes kept for a workspace's attachments.
CREATE TABLE workspace_storage (
    workspace_id INTEGER PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    bytes INTEGER NOT NULL
) STRICT;

INSERT INTO workspace_storage (workspace_id, bytes)
SELECT m.workspace_id, SUM(length(media.thumbnail))
  FROM media JOIN messages m ON m.id = media.message_id
 WHERE media.thumbnail IS NOT NULL GROUP BY m.workspace_id;

-- Small pictures come and go with their messages, in more places than one; counting here misses none.
CREATE TRIGGER storage_of_thumbnail AFTER INSERT ON media WHEN NEW.thumbnail IS NOT NULL
BEGIN
    INSERT INTO workspace_storage (workspace_id, bytes)
    SELECT workspace_id, length(NEW.thumbnail) FROM messages WHERE id = NEW.message_id
    ON CONFLICT (workspace_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER storage_of_message BEFORE DELETE ON messages
BEGIN
    UPDATE workspace_storage
       SET bytes = MAX(0, bytes - (SELECT length(thumbnail) FROM media WHERE message_id = OLD.id))
     WHERE workspace_id = OLD.workspace_id
       AND EXISTS (SELECT 1 FROM media WHERE message_id = OLD.id AND thumbnail IS NOT NULL);
END;
