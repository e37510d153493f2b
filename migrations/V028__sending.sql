-- What a message of ours says beyond a plain text, as its sender sends it. The row stays with its message: a phone may
-- ask for the message again.

CREATE TABLE outgoing (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    -- JSON, sealed: it holds the secrets of polls.
    content BLOB NOT NULL,
    -- The message that it edits, deletes or reacts to.
    changes INTEGER REFERENCES messages (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX outgoing_changes ON outgoing (changes) WHERE changes IS NOT NULL;
