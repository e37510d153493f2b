-- What a team does with its chats: whose they are, whether they are done with, and who did what.

ALTER TABLE chats ADD COLUMN handling TEXT NOT NULL DEFAULT 'open'
    CHECK (handling IN ('open', 'resolved', 'snoozed', 'archived'));
-- The user whose chat it is, a member of the workspace; zero is nobody.
ALTER TABLE chats ADD COLUMN assignee_id INTEGER NOT NULL DEFAULT 0;
-- When a snoozed chat comes back.
ALTER TABLE chats ADD COLUMN snoozed_until INTEGER;
-- At the top of the list, for the whole team.
ALTER TABLE chats ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
-- Not counted as waiting, and a message does not bring it back from the archive.
ALTER TABLE chats ADD COLUMN muted INTEGER NOT NULL DEFAULT 0 CHECK (muted IN (0, 1));

CREATE INDEX chats_handled_by_time ON chats (workspace_id, handling, pinned, last_message_at, id)
 WHERE last_message_at > 0;
CREATE INDEX chats_assigned_by_time ON chats (workspace_id, handling, assignee_id, pinned, last_message_at, id)
 WHERE last_message_at > 0;
CREATE INDEX chats_of_session_handled ON chats (session_id, handling, last_message_at, id) WHERE last_message_at > 0;
CREATE INDEX chats_of_assignee ON chats (assignee_id, workspace_id) WHERE assignee_id > 0;

-- Muted chats are left out of the count, which reads this index alone.
DROP INDEX chats_unread_by_time;
CREATE INDEX chats_unread_by_time ON chats (workspace_id, last_message_at, id, unread, muted) WHERE unread > 0;

-- How many chats each person has in each state, so that no list counts its rows.
CREATE TABLE chat_counts (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    handling TEXT NOT NULL,
    -- Zero: nobody's.
    assignee_id INTEGER NOT NULL,
    chats INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, handling, assignee_id)
) STRICT, WITHOUT ROWID;

INSERT INTO chat_counts (workspace_id, handling, assignee_id, chats)
SELECT workspace_id, handling, assignee_id, COUNT(*) FROM chats WHERE last_message_at > 0 GROUP BY 1, 2, 3;

CREATE TRIGGER chat_counted_when_made AFTER INSERT ON chats WHEN NEW.last_message_at > 0
BEGIN
    INSERT INTO chat_counts (workspace_id, handling, assignee_id, chats)
    VALUES (NEW.workspace_id, NEW.handling, NEW.assignee_id, 1)
    ON CONFLICT (workspace_id, handling, assignee_id) DO UPDATE SET chats = chats + 1;
END;

CREATE TRIGGER chat_counted_when_moved AFTER UPDATE OF handling, assignee_id, last_message_at ON chats
WHEN (OLD.last_message_at > 0) <> (NEW.last_message_at > 0)
  OR OLD.handling <> NEW.handling OR OLD.assignee_id <> NEW.assignee_id
BEGIN
    UPDATE chat_counts SET chats = chats - 1
     WHERE workspace_id = OLD.workspace_id AND handling = OLD.handling AND assignee_id = OLD.assignee_id
       AND OLD.last_message_at > 0;
    INSERT INTO chat_counts (workspace_id, handling, assignee_id, chats)
    SELECT NEW.workspace_id, NEW.handling, NEW.assignee_id, 1 WHERE NEW.last_message_at > 0
    ON CONFLICT (workspace_id, handling, assignee_id) DO UPDATE SET chats = chats + 1;
END;

CREATE TRIGGER chat_counted_when_gone AFTER DELETE ON chats WHEN OLD.last_message_at > 0
BEGIN
    UPDATE chat_counts SET chats = chats - 1
     WHERE workspace_id = OLD.workspace_id AND handling = OLD.handling AND assignee_id = OLD.assignee_id;
END;

-- Who did what with a chat. Written in the transaction that does it.
CREATE TABLE chat_acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    did TEXT NOT NULL CHECK (did IN (
        'assigned', 'unassigned', 'left', 'reopened', 'resolved', 'snoozed', 'archived', 'pinned', 'unpinned', 'muted',
        'unmuted', 'labelled', 'unlabelled'
    )),
    -- A message and the clock bring chats back by themselves.
    doer TEXT NOT NULL CHECK (doer IN ('member', 'message', 'clock')),
    -- The member; NULL once they are gone.
    user_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    -- To whom it was assigned, or who left it.
    whom_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    -- Until when it was snoozed.
    until INTEGER,
    -- The label's name at that time.
    label TEXT,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX chat_acts_of_chat ON chat_acts (chat_id, id);
CREATE INDEX chat_acts_of_user ON chat_acts (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX chat_acts_of_whom ON chat_acts (whom_id) WHERE whom_id IS NOT NULL;

-- Whoever leaves a workspace leaves their chats to the others, whichever way they leave.
CREATE TRIGGER chats_of_former_member AFTER DELETE ON members
BEGIN
    INSERT INTO chat_acts (workspace_id, chat_id, did, doer, whom_id, at)
    SELECT workspace_id, id, 'left', 'clock', (SELECT id FROM users WHERE id = OLD.user_id),
           CAST(unixepoch('subsec') * 1000 AS INTEGER)
      FROM chats WHERE assignee_id = OLD.user_id AND assignee_id > 0 AND workspace_id = OLD.workspace_id;
    UPDATE chats SET assignee_id = 0
     WHERE assignee_id = OLD.user_id AND assignee_id > 0 AND workspace_id = OLD.workspace_id;
END;
