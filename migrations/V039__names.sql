-- What a contact is called, by who says so: `name` is given here, `push_name` is what they call themselves.
--
-- As the phone's address book has it.
ALTER TABLE contacts ADD COLUMN book_name TEXT;
-- Without the `@`. Some people are known by nothing else.
ALTER TABLE contacts ADD COLUMN username TEXT;
ALTER TABLE contacts ADD COLUMN shown_name TEXT
    GENERATED ALWAYS AS (COALESCE(name, book_name, push_name, '@' || username)) VIRTUAL;

CREATE INDEX contacts_by_username ON contacts (workspace_id, username) WHERE username IS NOT NULL;
