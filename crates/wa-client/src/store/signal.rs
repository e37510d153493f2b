//! Signal protocol state. The batch methods are the hot path: the library's write-back cache flushes through them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, params};
use wacore::store::traits::SignalStore;

use super::error::{KeyStoreError, Result, StoreResult};
use super::session_store::{Column, RowId, SessionStore};

static IDENTITIES: Column = Column {
    name: "signal_identities.key",
    put: "INSERT INTO signal_identities (session, address, key) VALUES (?1, ?2, ?3)
          ON CONFLICT (session, address) DO UPDATE SET key = excluded.key",
    get: "SELECT key FROM signal_identities WHERE session = ?1 AND address = ?2",
    delete: "DELETE FROM signal_identities WHERE session = ?1 AND address = ?2",
};

static SESSIONS: Column = Column {
    name: "signal_sessions.record",
    put: "INSERT INTO signal_sessions (session, address, record) VALUES (?1, ?2, ?3)
          ON CONFLICT (session, address) DO UPDATE SET record = excluded.record",
    get: "SELECT record FROM signal_sessions WHERE session = ?1 AND address = ?2",
    delete: "DELETE FROM signal_sessions WHERE session = ?1 AND address = ?2",
};

static SENDER_KEYS: Column = Column {
    name: "sender_keys.record",
    put: "INSERT INTO sender_keys (session, address, record) VALUES (?1, ?2, ?3)
          ON CONFLICT (session, address) DO UPDATE SET record = excluded.record",
    get: "SELECT record FROM sender_keys WHERE session = ?1 AND address = ?2",
    delete: "DELETE FROM sender_keys WHERE session = ?1 AND address = ?2",
};

static SIGNED_PREKEYS: Column = Column {
    name: "signed_prekeys.record",
    put: "INSERT INTO signed_prekeys (session, id, record) VALUES (?1, ?2, ?3)
          ON CONFLICT (session, id) DO UPDATE SET record = excluded.record",
    get: "SELECT record FROM signed_prekeys WHERE session = ?1 AND id = ?2",
    delete: "DELETE FROM signed_prekeys WHERE session = ?1 AND id = ?2",
};

static PREKEYS: Column = Column {
    name: "prekeys.record",
    // Stores a key that has not been uploaded; `store_prekeys` below stores either kind.
    put: "INSERT INTO prekeys (session, id, record, uploaded) VALUES (?1, ?2, ?3, 0)
          ON CONFLICT (session, id) DO UPDATE SET record = excluded.record, uploaded = excluded.uploaded",
    get: "SELECT record FROM prekeys WHERE session = ?1 AND id = ?2",
    delete: "DELETE FROM prekeys WHERE session = ?1 AND id = ?2",
};

/// How long a flush waits for messages that are being decrypted while it begins; see [`super::deferred`]. From the
/// ratchet to `store_pending_inbound` is computation only, far below a millisecond unless the machine is overloaded.
/// Flushes are 25 ms apart, and a send waits for one only when it has used up its lease of counters.
const GRACE: Duration = Duration::from_millis(5);

impl SessionStore {
    /// The library's flush of ratchets.
    async fn put_ratchets(&self, column: &'static Column, rows: &[(Arc<str>, Bytes)]) -> Result<()> {
        tokio::time::sleep(GRACE).await;
        self.put_by_address(column, rows).await
    }

    /// One transaction for all, sealed outside the writer thread.
    async fn put_by_address<V>(&self, column: &'static Column, rows: &[(Arc<str>, V)]) -> Result<()>
    where
        V: AsRef<[u8]>,
    {
        let seal = |(address, value): &(Arc<str>, V)| {
            (
                Arc::clone(address),
                self.seal(column, &[address.as_bytes()], value.as_ref()),
            )
        };
        let (rows, session): (Vec<_>, _) = (rows.iter().map(seal).collect(), self.session);
        self.write_signal(move |tx| {
            rows.iter()
                .try_for_each(|(address, row)| column.put_in(tx, session, address, row))
        })
        .await
    }

    async fn delete(&self, column: &'static Column, row: RowId) -> Result<()> {
        let session = self.session;
        self.write_signal(move |tx| column.delete_in(tx, session, &row)).await
    }

    async fn get_by_address(&self, column: &'static Column, address: &str) -> Result<Option<Vec<u8>>> {
        self.get(column, &[address.as_bytes()], address.into()).await
    }

    async fn store_prekeys(&self, keys: &[(u32, Bytes)], uploaded: bool) -> Result<()> {
        let session = self.session;
        let seal = |(id, record): &(u32, Bytes)| (*id, self.seal(&PREKEYS, &[&id.to_be_bytes()], record));
        let keys: Vec<_> = keys.iter().map(seal).collect();
        self.write_signal(move |tx| {
            for (id, record) in &keys {
                PREKEYS.put_in(tx, session, id, record)?;
            }
            if uploaded {
                mark_uploaded(tx, session, keys.iter().map(|(id, _)| *id))?;
            }
            Ok(())
        })
        .await
    }
}

fn mark_uploaded(tx: &Connection, session: i64, ids: impl Iterator<Item = u32>) -> Result<()> {
    let mut mark = tx.prepare_cached("UPDATE prekeys SET uploaded = 1 WHERE session = ?1 AND id = ?2")?;
    for id in ids {
        mark.execute(params![session, id])?;
    }
    Ok(())
}

#[async_trait]
impl SignalStore for SessionStore {
    async fn put_identity(&self, address: &str, key: [u8; 32]) -> StoreResult<()> {
        Ok(self.put_by_address(&IDENTITIES, &[(address.into(), key)]).await?)
    }

    async fn put_identities_batch(&self, identities: &[(Arc<str>, [u8; 32])]) -> StoreResult<()> {
        Ok(self.put_by_address(&IDENTITIES, identities).await?)
    }

    async fn load_identity(&self, address: &str) -> StoreResult<Option<[u8; 32]>> {
        let key = self.get_by_address(&IDENTITIES, address).await?;
        let wrong_length = |key: Vec<u8>| KeyStoreError::Form(IDENTITIES.name, format!("{} bytes", key.len()));
        Ok(key.map(|key| key.try_into().map_err(wrong_length)).transpose()?)
    }

    async fn delete_identity(&self, address: &str) -> StoreResult<()> {
        Ok(self.delete(&IDENTITIES, address.into()).await?)
    }

    async fn get_session(&self, address: &str) -> StoreResult<Option<Bytes>> {
        Ok(self.get_by_address(&SESSIONS, address).await?.map(Bytes::from))
    }

    async fn put_session(&self, address: &str, session: &[u8]) -> StoreResult<()> {
        Ok(self.put_by_address(&SESSIONS, &[(address.into(), session)]).await?)
    }

    async fn put_sessions_batch(&self, sessions: &[(Arc<str>, Bytes)]) -> StoreResult<()> {
        Ok(self.put_ratchets(&SESSIONS, sessions).await?)
    }

    async fn delete_session(&self, address: &str) -> StoreResult<()> {
        Ok(self.delete(&SESSIONS, address.into()).await?)
    }

    async fn has_session(&self, address: &str) -> StoreResult<bool> {
        let (session, address) = (self.session, address.to_owned());
        let sql = "SELECT EXISTS (SELECT 1 FROM signal_sessions WHERE session = ?1 AND address = ?2)";
        let has = move |conn: &Connection| {
            Ok(conn
                .prepare_cached(sql)?
                .query_row(params![session, address], |row| row.get(0))?)
        };
        Ok(self.read(has).await?)
    }

    async fn has_signal_state_for_user(&self, user: &str) -> StoreResult<bool> {
        // All addresses `user@…` and `user:…`: `A` follows `@` and `;` follows `:` in byte order.
        let bounds = [["@", "A"], [":", ";"]].map(|pair| pair.map(|end| format!("{user}{end}")));
        let session = self.session;
        let sql = "SELECT EXISTS (SELECT 1 FROM signal_sessions
                                   WHERE session = ?1 AND address >= ?2 AND address < ?3)
                       OR EXISTS (SELECT 1 FROM signal_identities
                                   WHERE session = ?1 AND address >= ?2 AND address < ?3)";
        let has = move |conn: &Connection| {
            let mut statement = conn.prepare_cached(sql)?;
            for [from, to] in &bounds {
                if statement.query_row(params![session, from, to], |row| row.get(0))? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        Ok(self.read(has).await?)
    }

    async fn store_prekey(&self, id: u32, record: &[u8], uploaded: bool) -> StoreResult<()> {
        Ok(self
            .store_prekeys(&[(id, Bytes::copy_from_slice(record))], uploaded)
            .await?)
    }

    async fn store_prekeys_batch(&self, keys: &[(u32, Bytes)], uploaded: bool) -> StoreResult<()> {
        Ok(self.store_prekeys(keys, uploaded).await?)
    }

    async fn load_prekey(&self, id: u32) -> StoreResult<Option<Bytes>> {
        let record = self.get(&PREKEYS, &[&id.to_be_bytes()], RowId::Number(id)).await?;
        Ok(record.map(Bytes::from))
    }

    async fn load_prekeys_batch(&self, ids: &[u32]) -> StoreResult<Vec<(u32, Bytes)>> {
        let (session, ids) = (self.session, ids.to_vec());
        let load = move |conn: &Connection| {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                if let Some(sealed) = PREKEYS.get_in(conn, session, &id)? {
                    found.push((id, sealed));
                }
            }
            Ok(found)
        };
        let found = self.read(load).await?;
        let open = |(id, sealed): (u32, Vec<u8>)| {
            let record = self.open(&PREKEYS, &[&id.to_be_bytes()], &sealed)?;
            Ok((id, Bytes::from(record)))
        };
        Ok(found.into_iter().map(open).collect::<Result<_>>()?)
    }

    async fn mark_prekeys_uploaded(&self, ids: &[u32]) -> StoreResult<()> {
        let (session, ids) = (self.session, ids.to_vec());
        Ok(self
            .write_signal(move |tx| mark_uploaded(tx, session, ids.into_iter()))
            .await?)
    }

    async fn remove_prekey(&self, id: u32) -> StoreResult<()> {
        Ok(self.delete(&PREKEYS, RowId::Number(id)).await?)
    }

    async fn get_max_prekey_id(&self) -> StoreResult<u32> {
        let session = self.session;
        let max = move |conn: &Connection| {
            let mut statement = conn.prepare_cached("SELECT coalesce(max(id), 0) FROM prekeys WHERE session = ?1")?;
            Ok(statement.query_row([session], |row| row.get(0))?)
        };
        Ok(self.read(max).await?)
    }

    async fn store_signed_prekey(&self, id: u32, record: &[u8]) -> StoreResult<()> {
        let (session, sealed) = (self.session, self.seal(&SIGNED_PREKEYS, &[&id.to_be_bytes()], record));
        Ok(self
            .write_signal(move |tx| SIGNED_PREKEYS.put_in(tx, session, &id, &sealed))
            .await?)
    }

    async fn load_signed_prekey(&self, id: u32) -> StoreResult<Option<Vec<u8>>> {
        Ok(self
            .get(&SIGNED_PREKEYS, &[&id.to_be_bytes()], RowId::Number(id))
            .await?)
    }

    async fn load_all_signed_prekeys(&self) -> StoreResult<Vec<(u32, Vec<u8>)>> {
        let session = self.session;
        let all = move |conn: &Connection| {
            let mut statement = conn.prepare_cached("SELECT id, record FROM signed_prekeys WHERE session = ?1")?;
            let rows = statement.query_map([session], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<Vec<(u32, Vec<u8>)>>>()?)
        };
        let rows = self.read(all).await?;
        let open = |(id, sealed): (u32, Vec<u8>)| {
            let record = self.open(&SIGNED_PREKEYS, &[&id.to_be_bytes()], &sealed)?;
            Ok((id, record))
        };
        Ok(rows.into_iter().map(open).collect::<Result<_>>()?)
    }

    async fn remove_signed_prekey(&self, id: u32) -> StoreResult<()> {
        Ok(self.delete(&SIGNED_PREKEYS, RowId::Number(id)).await?)
    }

    async fn put_sender_key(&self, address: &str, record: &[u8]) -> StoreResult<()> {
        Ok(self.put_by_address(&SENDER_KEYS, &[(address.into(), record)]).await?)
    }

    async fn put_sender_keys_batch(&self, sender_keys: &[(Arc<str>, Bytes)]) -> StoreResult<()> {
        Ok(self.put_ratchets(&SENDER_KEYS, sender_keys).await?)
    }

    async fn get_sender_key(&self, address: &str) -> StoreResult<Option<Vec<u8>>> {
        Ok(self.get_by_address(&SENDER_KEYS, address).await?)
    }

    async fn delete_sender_key(&self, address: &str) -> StoreResult<()> {
        Ok(self.delete(&SENDER_KEYS, address.into()).await?)
    }
}
