-- The search over folded text (`src/fold`): names and messages are stored in the one spelling that queries are read in.
--
-- Each index holds words alone (`content = ''`): the text stands in its own table, and what leaves needs no old text.
-- The words are folded already, so the tokenizer only cuts at spaces; it takes everything beyond ASCII for a letter.
-- The beginnings of words have lists of their own, or a search while somebody types would read those of all words.
DROP TABLE messages_search;
CREATE VIRTUAL TABLE message_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3 4'
);

DROP TABLE contacts_search;
CREATE VIRTUAL TABLE contact_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3'
);

-- The subjects of groups, by the chat's id.
CREATE VIRTUAL TABLE group_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3'
);

-- What was there before: a job folds it, the newest first, while the program runs. A part that is done has no row.
CREATE TABLE search_backlog (
    part TEXT PRIMARY KEY CHECK (part IN ('contacts', 'groups', 'messages')),
    -- Rows with a lower id are still to be folded.
    below INTEGER NOT NULL,
    total INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO search_backlog SELECT 'contacts', MAX(id) + 1, MAX(id) FROM contacts HAVING MAX(id) > 0;
INSERT INTO search_backlog SELECT 'groups', MAX(id) + 1, MAX(id) FROM chats WHERE name IS NOT NULL HAVING MAX(id) > 0;
INSERT INTO search_backlog SELECT 'messages', MAX(id) + 1, MAX(id) FROM messages HAVING MAX(id) > 0;
