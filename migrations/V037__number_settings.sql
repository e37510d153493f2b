-- What a number connects through, what it does with calls, and whether others see it online.

-- The address of a proxy with its login, sealed. NULL: none.
ALTER TABLE sessions ADD COLUMN proxy BLOB;
ALTER TABLE sessions ADD COLUMN rejects_calls INTEGER NOT NULL DEFAULT 0;
-- What a rejected caller is answered; NULL: nothing.
ALTER TABLE sessions ADD COLUMN call_reply TEXT;
-- Whether it counts as online while somebody has the inbox open. Its phone does not ring then, so it does not unless
-- somebody wants it to.
ALTER TABLE sessions ADD COLUMN shows_online INTEGER NOT NULL DEFAULT 0;
