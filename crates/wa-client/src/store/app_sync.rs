//! Application state sync: its keys, each collection's version, and the MACs that make up its hash.

use std::collections::HashMap;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use wacore::appstate::hash::HashState;
use wacore::appstate::processor::AppStateMutationMAC;
use wacore::store::traits::{AppStateSyncKey, AppSyncStore};

use super::error::{Result, StoreResult};
use super::session_store::{Column, RowId, SessionStore, from_json};

static SYNC_KEYS: Column = Column {
    name: "sync_keys.key",
    put: "INSERT INTO sync_keys (session, id, key, seq)
          VALUES (?1, ?2, ?3, (SELECT coalesce(max(seq), 0) + 1 FROM sync_keys WHERE session = ?1))
          ON CONFLICT (session, id) DO UPDATE SET key = excluded.key, seq = excluded.seq",
    get: "SELECT key FROM sync_keys WHERE session = ?1 AND id = ?2",
    delete: "DELETE FROM sync_keys WHERE session = ?1 AND id = ?2",
};

static VERSIONS: Column = Column {
    name: "sync_versions.state",
    put: "INSERT INTO sync_versions (session, name, state) VALUES (?1, ?2, ?3)
          ON CONFLICT (session, name) DO UPDATE SET state = excluded.state",
    get: "SELECT state FROM sync_versions WHERE session = ?1 AND name = ?2",
    delete: "DELETE FROM sync_versions WHERE session = ?1 AND name = ?2",
};

fn get_mac(conn: &Connection, session: i64, name: &str, index_mac: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut statement =
        conn.prepare_cached("SELECT value_mac FROM mutation_macs WHERE session = ?1 AND name = ?2 AND index_mac = ?3")?;
    Ok(statement
        .query_row(params![session, name, index_mac], |row| row.get(0))
        .optional()?)
}

#[async_trait]
impl AppSyncStore for SessionStore {
    async fn get_sync_key(&self, key_id: &[u8]) -> StoreResult<Option<AppStateSyncKey>> {
        let json = self.get(&SYNC_KEYS, &[key_id], RowId::Blob(key_id.to_vec())).await?;
        Ok(json.map(|json| from_json(SYNC_KEYS.name, &json)).transpose()?)
    }

    async fn set_sync_key(&self, key_id: &[u8], key: AppStateSyncKey) -> StoreResult<()> {
        let (session, id) = (self.session, key_id.to_vec());
        let sealed = self.seal_json(&SYNC_KEYS, &[key_id], &key)?;
        Ok(self
            .write(move |tx| SYNC_KEYS.put_in(tx, session, &id, &sealed))
            .await?)
    }

    async fn get_version(&self, name: &str) -> StoreResult<HashState> {
        let json = self.get(&VERSIONS, &[name.as_bytes()], name.into()).await?;
        let state = json.map(|json| from_json(VERSIONS.name, &json)).transpose()?;
        Ok(state.unwrap_or_default())
    }

    async fn set_version(&self, name: &str, state: HashState) -> StoreResult<()> {
        let (session, sealed) = (self.session, self.seal_json(&VERSIONS, &[name.as_bytes()], &state)?);
        let name = name.to_owned();
        Ok(self
            .write(move |tx| VERSIONS.put_in(tx, session, &name, &sealed))
            .await?)
    }

    async fn put_mutation_macs(&self, name: &str, _version: u64, mutations: &[AppStateMutationMAC]) -> StoreResult<()> {
        let (session, name, mutations) = (self.session, name.to_owned(), mutations.to_vec());
        let put = move |tx: &rusqlite::Transaction<'_>| {
            let mut statement = tx.prepare_cached(
                "INSERT INTO mutation_macs (session, name, index_mac, value_mac) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (session, name, index_mac) DO UPDATE SET value_mac = excluded.value_mac",
            )?;
            for mac in &mutations {
                statement.execute(params![session, name, mac.index_mac, mac.value_mac])?;
            }
            Ok(())
        };
        Ok(self.write(put).await?)
    }

    async fn get_mutation_mac(&self, name: &str, index_mac: &[u8]) -> StoreResult<Option<Vec<u8>>> {
        let (session, name, index_mac) = (self.session, name.to_owned(), index_mac.to_vec());
        Ok(self.read(move |conn| get_mac(conn, session, &name, &index_mac)).await?)
    }

    async fn get_mutation_macs(&self, name: &str, index_macs: &[[u8; 32]]) -> StoreResult<HashMap<[u8; 32], Vec<u8>>> {
        let (session, name, index_macs) = (self.session, name.to_owned(), index_macs.to_vec());
        let get = move |conn: &Connection| {
            let mut found = HashMap::with_capacity(index_macs.len());
            for index_mac in index_macs {
                if let Some(value_mac) = get_mac(conn, session, &name, &index_mac)? {
                    found.insert(index_mac, value_mac);
                }
            }
            Ok(found)
        };
        Ok(self.read(get).await?)
    }

    async fn delete_mutation_macs(&self, name: &str, index_macs: &[Vec<u8>]) -> StoreResult<()> {
        let (session, name, index_macs) = (self.session, name.to_owned(), index_macs.to_vec());
        let delete = move |tx: &rusqlite::Transaction<'_>| {
            let mut statement =
                tx.prepare_cached("DELETE FROM mutation_macs WHERE session = ?1 AND name = ?2 AND index_mac = ?3")?;
            for index_mac in &index_macs {
                statement.execute(params![session, name, index_mac])?;
            }
            Ok(())
        };
        Ok(self.write(delete).await?)
    }

    async fn clear_mutation_macs(&self, name: &str) -> StoreResult<()> {
        let (session, name) = (self.session, name.to_owned());
        let clear = move |tx: &rusqlite::Transaction<'_>| {
            tx.prepare_cached("DELETE FROM mutation_macs WHERE session = ?1 AND name = ?2")?
                .execute(params![session, name])?;
            Ok(())
        };
        Ok(self.write(clear).await?)
    }

    async fn get_latest_sync_key_id(&self) -> StoreResult<Option<Vec<u8>>> {
        let session = self.session;
        let latest = move |conn: &Connection| {
            let mut statement =
                conn.prepare_cached("SELECT id FROM sync_keys WHERE session = ?1 ORDER BY seq DESC LIMIT 1")?;
            Ok(statement.query_row([session], |row| row.get(0)).optional()?)
        };
        Ok(self.read(latest).await?)
    }
}
