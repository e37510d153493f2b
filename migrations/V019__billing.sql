-- Which line of a subscription is the plan's: others may stand beside it, and its price may be one from before.
ALTER TABLE subscriptions ADD COLUMN line_id TEXT;
-- Another plan that the same subscription charges for. The dearer one counts; an administrator has to look at it.
ALTER TABLE subscriptions ADD COLUMN also_plan_id INTEGER REFERENCES plans (id);

-- When the provider signed it, where it says so: by it an old event is known as old, whatever this machine's clock says.
ALTER TABLE billing_events ADD COLUMN signed_at INTEGER;
CREATE INDEX billing_events_by_signed_at ON billing_events (provider, signed_at) WHERE signed_at IS NOT NULL;

-- What the shipped plans were said to have and do not have yet. What somebody has written stays.
UPDATE plans SET description = 'For a shop with a few numbers and a growing team.'
 WHERE public_id = 'plan_00000000000000000000000002'
   AND description = 'Three numbers, chatbots, and answers before others.';
UPDATE plans SET description = 'For several shops or a large team, with the API.'
 WHERE public_id = 'plan_00000000000000000000000003'
   AND description = 'Ten numbers and everything there is, with the API.';
