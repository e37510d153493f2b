-- A number as somebody typed it, where WhatsApp files the account under another: it finds the contact, and nothing is
-- sent to it.
ALTER TABLE contact_addresses ADD COLUMN typed INTEGER NOT NULL DEFAULT 0 CHECK (typed IN (0, 1));

-- The number that is shown and sent to comes first.
DROP INDEX contact_addresses_of_contact;
CREATE INDEX contact_addresses_of_contact ON contact_addresses (contact_id, kind, typed);
