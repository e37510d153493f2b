//! Opens `wa.db`, and handles a session's rows as a whole.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Weak};

use rusqlite::{Connection, OptionalExtension, params};
use sqlite::{Db, DbError, Health, Options, Stats};

use super::error::{KeyStoreError, Result};
use super::key::MasterKey;
use super::seal::{Seal, SealContext};
use super::session_store::SessionStore;
use crate::{Account, SessionId, WebVersion};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The tables with rows of sessions; a test compares the list with the schema.
pub(super) const TABLES: [&str; 19] = [
    "base_keys",
    "device_lists",
    "devices",
    "group_metadata",
    "lid_mappings",
    "message_secrets",
    "mutation_macs",
    "pending_inbound",
    "phone_lids",
    "prekeys",
    "sender_key_devices",
    "sender_keys",
    "sent_messages",
    "signal_identities",
    "signal_sessions",
    "signed_prekeys",
    "sync_keys",
    "sync_versions",
    "tc_tokens",
];

/// The keys of all linked numbers. Clones are handles on the same file.
#[derive(Clone)]
pub struct KeyStore {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    seal: Arc<Seal>,
    /// Two stores of one session would not see each other's deferred rows.
    open: Mutex<HashMap<i64, Weak<SessionStore>>>,
}

/// What can be learned of a key store without opening it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Glimpse {
    /// Whether this master key sealed it, or nothing did yet.
    pub fits: bool,
    /// Whether it holds the keys of an accepted pairing.
    pub linked: bool,
}

impl KeyStore {
    /// Reads the file of a closed key store, and changes nothing.
    pub fn glimpse(path: &Path, key: &MasterKey) -> Result<Glimpse> {
        let seal = Seal::new(key);
        sqlite::peek(path, |conn| {
            Ok(Glimpse {
                fits: canary_fits(conn, &seal)? != Some(false),
                linked: conn.query_row("SELECT EXISTS (SELECT 1 FROM devices WHERE paired = 1)", [], |row| {
                    row.get(0)
                })?,
            })
        })
    }

    /// Opens or creates the key store. One process at a time.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongMasterKey`] when the file was created under another key, [`KeyStoreError::Migration`],
    /// and those of opening a database.
    pub fn open(path: &Path, key: &MasterKey) -> Result<Self> {
        let seal = Arc::new(Seal::new(key));
        // The library caches what it uses, so reads are rare and small caches suffice.
        let options = Options {
            readers: 2,
            writer_cache_kib: 2048,
            reader_cache_kib: 512,
        };
        let db = Db::open_with(path, options, |conn| {
            migrate(conn, path)?;
            check_canary(conn, &seal)
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                db,
                seal,
                open: Mutex::default(),
            }),
        })
    }

    /// The store of one linked number, whether it has rows yet or not.
    #[must_use]
    pub fn session(&self, session: SessionId) -> Arc<SessionStore> {
        let mut open = self.inner.open.lock();
        if let Some(store) = open.get(&session.0).and_then(Weak::upgrade) {
            return store;
        }
        open.retain(|_, store| store.strong_count() > 0);
        let store = SessionStore::new(session.0, self.inner.db.clone(), Arc::clone(&self.inner.seal));
        let store = Arc::new(store);
        open.insert(session.0, Arc::downgrade(&store));
        store
    }

    /// Whether `session` holds the keys of an accepted pairing.
    pub async fn is_paired(&self, session: SessionId) -> Result<bool> {
        let is_paired = move |conn: &Connection| {
            let mut statement = conn.prepare_cached("SELECT paired FROM devices WHERE session = ?1")?;
            Ok(statement
                .query_row([session.0], |row| row.get(0))
                .optional()?
                .unwrap_or(false))
        };
        self.inner.db.read(is_paired).await
    }

    /// The account that accepted the pairing of `session`, if one did.
    pub async fn account(&self, session: SessionId) -> Result<Option<Account>> {
        let Some(device) = self.session(session).device().await? else {
            return Ok(None);
        };
        Ok(device.pn.map(|number| Account {
            phone: number.user.to_string(),
            lid: device.lid.map(|lid| lid.user.to_string()),
        }))
    }

    /// Deletes every row of `session` in one transaction. Its [`SessionStore`] refuses writes from then on; the next
    /// call of [`Self::session`] starts with an empty one.
    pub async fn forget(&self, session: SessionId) -> Result<()> {
        let store = self.session(session);
        self.inner.open.lock().remove(&session.0);
        store.forget().await
    }

    /// The last version of WhatsApp Web that was known to be current, and when, in unix milliseconds.
    pub async fn client_version(&self) -> Result<Option<(WebVersion, i64)>> {
        let read = |conn: &Connection| {
            let sql = "SELECT value FROM key_store WHERE name = 'client_version'";
            let value: Option<Vec<u8>> = conn.query_row(sql, [], |row| row.get(0)).optional()?;
            Ok::<_, KeyStoreError>(value)
        };
        let value = self.inner.db.read(read).await?;
        // What cannot be read is as good as nothing: it is only a hint.
        Ok(value.and_then(|value| {
            let text = String::from_utf8(value).ok()?;
            let (version, at) = text.split_once(' ')?;
            Some((version.parse().ok()?, at.parse().ok()?))
        }))
    }

    pub async fn set_client_version(&self, version: WebVersion, current_at_ms: i64) -> Result<()> {
        let value = format!("{version} {current_at_ms}").into_bytes();
        let write = move |conn: &rusqlite::Transaction<'_>| {
            let sql = "INSERT INTO key_store (name, value) VALUES ('client_version', ?1)
                       ON CONFLICT DO UPDATE SET value = excluded.value";
            conn.execute(sql, [value]).map_err(DbError::from)?;
            Ok::<_, KeyStoreError>(())
        };
        self.inner.db.write(write).await
    }

    /// An online copy of the current state. It fits this installation only while nothing has been sent or received
    /// since: restoring it later would turn ratchets back.
    pub async fn backup_to(&self, to: &Path) -> Result<()> {
        self.flush_all().await?;
        Ok(self.inner.db.backup_to(to).await?)
    }

    #[must_use]
    pub fn health(&self) -> Health {
        self.inner.db.health()
    }

    /// See [`Db::probe`].
    pub async fn probe(&self) -> Health {
        self.inner.db.probe().await
    }

    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.db.stats()
    }

    /// Writes what is still in memory and closes the file. Close all links first.
    pub async fn close(&self) {
        if let Err(error) = self.flush_all().await {
            tracing::warn!(%error, "the key store could not write its last rows; the server redelivers");
        }
        self.inner.db.close().await;
    }

    async fn flush_all(&self) -> Result<()> {
        let open: Vec<_> = {
            let open = self.inner.open.lock();
            open.values().filter_map(Weak::upgrade).collect()
        };
        for store in open {
            store.flush().await?;
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn db(&self) -> &Db {
        &self.inner.db
    }
}

pub(super) fn delete_rows(tx: &Connection, session: i64) -> Result<()> {
    for table in TABLES {
        tx.execute(&format!("DELETE FROM {table} WHERE session = ?1"), [session])?;
    }
    Ok(())
}

/// Migrates the tables. A copy is made first when there are tables to change; it serves only to go back after a failed
/// start.
fn migrate(conn: &mut Connection, path: &Path) -> Result<()> {
    let failed = |e: refinery::Error| KeyStoreError::Migration(e.to_string());
    let runner = embedded::migrations::runner();
    let applied = applied_version(conn)?;
    let latest = runner.get_migrations().iter().map(refinery::Migration::version).max();
    if applied.is_some() && applied < latest.map(i64::from) {
        sqlite::copy_database(conn, &path.with_added_extension("before-upgrade"))?;
    }
    runner.run(conn).map_err(failed)?;
    Ok(())
}

fn applied_version(conn: &Connection) -> Result<Option<i64>> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    let known: i64 = conn.query_row(sql, [], |row| row.get(0))?;
    if known == 0 {
        return Ok(None);
    }
    Ok(conn.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))?)
}

const CANARY: &[u8] = b"the master key fits";

fn canary_place() -> SealContext {
    SealContext::new("key_store.value", 0, &[b"canary"])
}

/// A record of known content detects a wrong key at once, not at the first session that fails.
fn check_canary(conn: &Connection, seal: &Seal) -> Result<()> {
    match canary_fits(conn, seal)? {
        Some(true) => Ok(()),
        Some(false) => Err(KeyStoreError::WrongMasterKey),
        None => {
            let sql = "INSERT INTO key_store (name, value) VALUES ('canary', ?1)";
            conn.execute(sql, params![seal.seal(&canary_place(), CANARY)])
                .map_err(DbError::from)?;
            Ok(())
        }
    }
}

/// `None` before the first start has written one.
fn canary_fits(conn: &Connection, seal: &Seal) -> Result<Option<bool>> {
    let sql = "SELECT value FROM key_store WHERE name = 'canary'";
    let sealed: Option<Vec<u8>> = conn.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(sealed.map(|sealed| {
        seal.open(&canary_place(), &sealed)
            .is_ok_and(|content| content == CANARY)
    }))
}
