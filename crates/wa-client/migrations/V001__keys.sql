-- Key material of linked numbers. Every table but key_store is scoped by `session`, the product's row id of the number;
-- there is no foreign key because that row lives in the other database.
-- "sealed" columns hold: key id (1 byte), nonce (24), ciphertext, tag (16); see store/seal.rs for what they are bound to.

CREATE TABLE key_store (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
    session INTEGER PRIMARY KEY,
    device  BLOB NOT NULL,    -- sealed JSON
    paired  INTEGER NOT NULL CHECK (paired IN (0, 1))
) STRICT;

-- Signal protocol. Records of some hundred bytes and more go into rowid tables: an update then rewrites the record
-- alone and not a page of the index.

CREATE TABLE signal_identities (
    session INTEGER NOT NULL,
    address TEXT NOT NULL,
    key     BLOB NOT NULL,    -- sealed
    PRIMARY KEY (session, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE signal_sessions (
    session INTEGER NOT NULL,
    address TEXT NOT NULL,
    record  BLOB NOT NULL,    -- sealed
    PRIMARY KEY (session, address)
) STRICT;

CREATE TABLE prekeys (
    session  INTEGER NOT NULL,
    id       INTEGER NOT NULL,
    record   BLOB NOT NULL,   -- sealed
    uploaded INTEGER NOT NULL CHECK (uploaded IN (0, 1)),
    PRIMARY KEY (session, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE signed_prekeys (
    session INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    record  BLOB NOT NULL,    -- sealed
    PRIMARY KEY (session, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sender_keys (
    session INTEGER NOT NULL,
    address TEXT NOT NULL,
    record  BLOB NOT NULL,    -- sealed
    PRIMARY KEY (session, address)
) STRICT;

-- Application state.

CREATE TABLE sync_keys (
    session INTEGER NOT NULL,
    id      BLOB NOT NULL,
    key     BLOB NOT NULL,    -- sealed JSON
    seq     INTEGER NOT NULL, -- the highest one was stored last
    PRIMARY KEY (session, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_versions (
    session INTEGER NOT NULL,
    name    TEXT NOT NULL,
    state   BLOB NOT NULL,    -- sealed JSON
    PRIMARY KEY (session, name)
) STRICT;

-- MACs are no secrets, and there can be one for each contact of a large address book: not sealed.
CREATE TABLE mutation_macs (
    session   INTEGER NOT NULL,
    name      TEXT NOT NULL,
    index_mac BLOB NOT NULL,
    value_mac BLOB NOT NULL,
    PRIMARY KEY (session, name, index_mac)
) STRICT, WITHOUT ROWID;

-- Who has which device, address and key.

CREATE TABLE sender_key_devices (
    session    INTEGER NOT NULL,
    group_jid  TEXT NOT NULL,
    device_jid TEXT NOT NULL,
    has_key    INTEGER NOT NULL CHECK (has_key IN (0, 1)),
    PRIMARY KEY (session, group_jid, device_jid)
) STRICT, WITHOUT ROWID;

CREATE INDEX sender_key_devices_by_device ON sender_key_devices (session, device_jid);

CREATE TABLE lid_mappings (
    session    INTEGER NOT NULL,
    lid        TEXT NOT NULL,
    phone      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source     TEXT NOT NULL,
    PRIMARY KEY (session, lid)
) STRICT, WITHOUT ROWID;

-- The LID last learned for a phone number. Not derivable from lid_mappings: two LIDs may have named the same phone.
CREATE TABLE phone_lids (
    session INTEGER NOT NULL,
    phone   TEXT NOT NULL,
    lid     TEXT NOT NULL,
    PRIMARY KEY (session, phone)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_lists (
    session INTEGER NOT NULL,
    user    TEXT NOT NULL,
    record  TEXT NOT NULL,    -- JSON; public knowledge of the server
    PRIMARY KEY (session, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE base_keys (
    session    INTEGER NOT NULL,
    address    TEXT NOT NULL,
    message_id TEXT NOT NULL,
    key        BLOB NOT NULL, -- sealed
    PRIMARY KEY (session, address, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_metadata (
    session   INTEGER NOT NULL,
    group_jid TEXT NOT NULL,
    metadata  BLOB NOT NULL,  -- sealed
    PRIMARY KEY (session, group_jid)
) STRICT;

CREATE TABLE tc_tokens (
    session          INTEGER NOT NULL,
    jid              TEXT NOT NULL,
    token            BLOB,    -- sealed; NULL: only the time of our own token is known
    token_timestamp  INTEGER NOT NULL,
    sender_timestamp INTEGER,
    PRIMARY KEY (session, jid)
) STRICT, WITHOUT ROWID;

-- Messages: what may have to be sent again, what was received and is not committed yet, what later parts refer to.

CREATE TABLE sent_messages (
    session    INTEGER NOT NULL,
    chat       TEXT NOT NULL,
    message_id TEXT NOT NULL,
    payload    BLOB NOT NULL, -- sealed
    stored_at  INTEGER NOT NULL,
    PRIMARY KEY (session, chat, message_id)
) STRICT;

CREATE INDEX sent_messages_by_age ON sent_messages (session, stored_at);

CREATE TABLE pending_inbound (
    session    INTEGER NOT NULL,
    chat       TEXT NOT NULL,
    sender     TEXT NOT NULL,
    message_id TEXT NOT NULL,
    message    BLOB NOT NULL, -- sealed
    stored_at  INTEGER NOT NULL,
    PRIMARY KEY (session, chat, sender, message_id)
) STRICT;

CREATE TABLE message_secrets (
    session    INTEGER NOT NULL,
    chat       TEXT NOT NULL,
    sender     TEXT NOT NULL,
    message_id TEXT NOT NULL,
    secret     BLOB NOT NULL, -- sealed
    expires_at INTEGER NOT NULL, -- 0: never
    message_ts INTEGER NOT NULL, -- 0: unknown
    PRIMARY KEY (session, chat, sender, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_secrets_by_expiry ON message_secrets (session, expires_at) WHERE expires_at <> 0;
