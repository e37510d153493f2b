-- People, each with any number of WhatsApp addresses. An address is never the identity.

CREATE TABLE contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- Given by the workspace's people; wins over what the contact calls itself.
    name TEXT,
    -- What the contact calls itself on WhatsApp.
    push_name TEXT,
    -- The same person as that contact, as it turned out. The row stays for what names it as its writer.
    merged_into INTEGER REFERENCES contacts (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX contacts_of_workspace ON contacts (workspace_id, id) WHERE merged_into IS NULL;
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE contact_addresses (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- A JID without the device.
    address TEXT NOT NULL,
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('phone', 'lid')),
    PRIMARY KEY (workspace_id, address)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_addresses_of_contact ON contact_addresses (contact_id, kind);

-- Names and digits by any three letters in a row; filled by the contacts room, one row per contact.
CREATE VIRTUAL TABLE contacts_search USING fts5 (words, tokenize = "trigram remove_diacritics 1");
