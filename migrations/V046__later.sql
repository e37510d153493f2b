-- Everything that can be sent can be scheduled; notes can be edited.

-- Why one was not sent, and what was done with a chat, are words of the program: a new one must not need a new table. No
-- row is touched.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (failure IN (''not_linked'', ''read_only'', ''restored''))', '')
 WHERE type = 'table' AND name = 'scheduled_messages';
UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (did IN (
        ''assigned'', ''unassigned'', ''left'', ''reopened'', ''resolved'', ''snoozed'', ''archived'', ''pinned'', ''unpinned'', ''muted'',
        ''unmuted'', ''labelled'', ''unlabelled''
    ))', '') WHERE type = 'table' AND name = 'chat_acts';

PRAGMA writable_schema = RESET;

-- A kind of message; `body` are the words that can be changed, or what stands for it in a list.
ALTER TABLE scheduled_messages ADD COLUMN kind TEXT NOT NULL DEFAULT 'text';
-- JSON; NULL for a plain text.
ALTER TABLE scheduled_messages ADD COLUMN content TEXT;

-- A page of the list goes on after the row that ended the page before.
DROP INDEX scheduled_by_time;
CREATE INDEX scheduled_by_time ON scheduled_messages (workspace_id, due_at, public_id);

-- Scheduled messages that have it: it is kept for them, however old it gets.
ALTER TABLE media_files ADD COLUMN awaited INTEGER NOT NULL DEFAULT 0;

CREATE TABLE scheduled_files (
    scheduled_id INTEGER NOT NULL REFERENCES scheduled_messages (id) ON DELETE CASCADE,
    file_id INTEGER NOT NULL REFERENCES media_files (id),
    PRIMARY KEY (scheduled_id, file_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX scheduled_files_by_file ON scheduled_files (file_id);

CREATE TRIGGER scheduled_file_referred AFTER INSERT ON scheduled_files
BEGIN
    UPDATE media_files SET refs = refs + 1, awaited = awaited + 1 WHERE id = NEW.file_id;
END;

CREATE TRIGGER scheduled_file_left AFTER DELETE ON scheduled_files
BEGIN
    UPDATE media_files SET refs = refs - 1, awaited = awaited - 1 WHERE id = OLD.file_id;
END;

-- When its author changed its words last.
ALTER TABLE notes ADD COLUMN edited_at INTEGER;

-- Whoever leaves a workspace leaves their chats to the others, and open pages are told: of those with the newest messages,
-- which lists show.
DROP TRIGGER chats_of_former_member;
CREATE TRIGGER chats_of_former_member AFTER DELETE ON members
BEGIN
    INSERT INTO chat_acts (workspace_id, chat_id, did, doer, whom_id, at)
    SELECT workspace_id, id, 'left', 'clock', (SELECT id FROM users WHERE id = OLD.user_id),
           CAST(unixepoch('subsec') * 1000 AS INTEGER)
      FROM chats WHERE assignee_id = OLD.user_id AND assignee_id > 0 AND workspace_id = OLD.workspace_id;
    -- A workspace that is deleted has no pages.
    INSERT INTO events (workspace_id, kind, payload, at)
    SELECT workspace_id, 'chat_changed',
           json_object('event', 'chat_changed', 'data', json_object('chat', public_id)),
           CAST(unixepoch('subsec') * 1000 AS INTEGER)
      FROM (SELECT workspace_id, public_id FROM chats
             WHERE assignee_id = OLD.user_id AND assignee_id > 0 AND workspace_id = OLD.workspace_id
               AND EXISTS (SELECT 1 FROM workspaces WHERE id = OLD.workspace_id)
             ORDER BY last_message_at DESC LIMIT 200);
    UPDATE chats SET assignee_id = 0
     WHERE assignee_id = OLD.user_id AND assignee_id > 0 AND workspace_id = OLD.workspace_id;
END;
