//! The store of one linked number; the library's `Backend`. The trait implementations are in the neighbouring files.

use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlite::{Db, DbError};

use super::deferred::Deferred;
use super::error::{KeyStoreError, Result};
use super::recall::Recall;
use super::seal::{Seal, SealContext};

/// One per session and process: [`super::KeyStore::session`] returns the same one while it is in use.
pub struct SessionStore {
    pub(super) session: i64,
    pub(super) db: Db,
    pub(super) seal: Arc<Seal>,
    pub(super) deferred: Arc<Deferred>,
    forgotten: Arc<AtomicBool>,
    product: Mutex<Option<Arc<dyn Recall>>>,
}

impl SessionStore {
    pub(super) fn new(session: i64, db: Db, seal: Arc<Seal>) -> Self {
        Self {
            session,
            db,
            seal,
            deferred: Arc::default(),
            forgotten: Arc::default(),
            product: Mutex::default(),
        }
    }

    /// Sets whom to ask for messages that are not here; called when a client starts on this store.
    pub(crate) fn set_product(&self, product: Arc<dyn Recall>) {
        *self.product.lock() = Some(product);
    }

    pub(super) fn product(&self) -> Option<Arc<dyn Recall>> {
        self.product.lock().clone()
    }

    /// Writes what is still only in memory. The client's own flush does so too; this is for the end of a session.
    pub async fn flush(&self) -> Result<()> {
        if self.deferred.is_empty() {
            return Ok(());
        }
        self.write_signal(|_| Ok(())).await
    }

    pub(super) async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.db.read(f).await
    }

    pub(super) async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    {
        let forgotten = Arc::clone(&self.forgotten);
        self.db
            .write(move |tx| {
                // On the writer thread, so that no write can follow the deletion.
                if forgotten.load(Ordering::Acquire) {
                    return Err(KeyStoreError::Forgotten);
                }
                f(tx)
            })
            .await
    }

    /// A write that moves Signal state, or that must see the deferred rows in their tables; it writes those as well.
    pub(super) async fn write_signal<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    {
        let (deferred, seal, session) = (Arc::clone(&self.deferred), Arc::clone(&self.seal), self.session);
        let job = move |tx: &Transaction<'_>| {
            let taken = deferred.write_in(tx, session, &seal)?;
            Ok((f(tx)?, taken))
        };
        let (out, taken) = self.write(job).await?;
        self.deferred.settle(&taken);
        Ok(out)
    }

    /// Deletes all rows, and makes every later write fail.
    pub(super) async fn forget(&self) -> Result<()> {
        let (forgotten, deferred, session) = (Arc::clone(&self.forgotten), Arc::clone(&self.deferred), self.session);
        let job = move |tx: &Transaction<'_>| {
            forgotten.store(true, Ordering::Release);
            deferred.clear();
            super::key_store::delete_rows(tx, session)
        };
        self.db.write(job).await
    }

    /// Reads and opens one sealed value.
    pub(super) async fn get(&self, column: &'static Column, key: &[&[u8]], row: RowId) -> Result<Option<Vec<u8>>> {
        let session = self.session;
        let sealed = self.read(move |conn| column.get_in(conn, session, &row)).await?;
        sealed.map(|sealed| self.open(column, key, &sealed)).transpose()
    }

    pub(super) fn open(&self, column: &Column, key: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>> {
        self.seal
            .open(&SealContext::new(column.name, self.session, key), sealed)
    }

    pub(super) fn seal(&self, column: &Column, key: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        self.seal.seal(&SealContext::new(column.name, self.session, key), plain)
    }

    pub(super) fn seal_json<T: Serialize>(&self, column: &Column, key: &[&[u8]], value: &T) -> Result<Vec<u8>> {
        let json = zeroize::Zeroizing::new(to_json(column.name, value)?);
        Ok(self.seal(column, key, &json))
    }
}

/// A sealed value whose key is one column besides the session: its statements, and the name its seal is bound to.
pub(super) struct Column {
    /// `table.column`.
    pub(super) name: &'static str,
    /// Upserts `(?1 session, ?2 key, ?3 value)`.
    pub(super) put: &'static str,
    pub(super) get: &'static str,
    pub(super) delete: &'static str,
}

/// A row's key as an SQLite parameter.
pub(super) enum RowId {
    Text(String),
    Number(u32),
    Blob(Vec<u8>),
}

impl ToSql for RowId {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
            Self::Blob(bytes) => bytes.to_sql(),
        }
    }
}

impl From<&str> for RowId {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Column {
    pub(super) fn put_in(&self, tx: &Connection, session: i64, row: &dyn ToSql, sealed: &[u8]) -> Result<()> {
        tx.prepare_cached(self.put)?.execute(params![session, row, sealed])?;
        Ok(())
    }

    pub(super) fn get_in(&self, conn: &Connection, session: i64, row: &dyn ToSql) -> Result<Option<Vec<u8>>> {
        let found = conn
            .prepare_cached(self.get)?
            .query_row(params![session, row], |r| r.get(0));
        Ok(found.optional()?)
    }

    pub(super) fn delete_in(&self, tx: &Connection, session: i64, row: &dyn ToSql) -> Result<()> {
        tx.prepare_cached(self.delete)?.execute(params![session, row])?;
        Ok(())
    }
}

pub(super) fn to_json<T: Serialize>(table: &'static str, value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| KeyStoreError::Form(table, e.to_string()))
}

pub(super) fn from_json<T: DeserializeOwned>(table: &'static str, json: &[u8]) -> Result<T> {
    serde_json::from_slice(json).map_err(|e| KeyStoreError::Form(table, e.to_string()))
}

/// Runs a query that returns one text column.
pub(super) fn texts(conn: &Connection, sql: &str, args: impl rusqlite::Params) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(args, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>().map_err(DbError::from)?)
}
