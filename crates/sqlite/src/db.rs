//! The handle that everybody holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use tokio::sync::watch;

use crate::Options;
use crate::backup::copy_database;
use crate::connection::{open_reader, open_writer};
use crate::error::DbError;
use crate::health::{Health, HealthCell};
use crate::queue::{Priority, Queue};
use crate::readers::{self, ReadJob};
use crate::stats::{Counters, Stats};
use crate::writer::{self, Shared, WriteJob};

/// An open database. Clones are handles on the same one; when the last is dropped its threads finish what waits and
/// end, but only [`Db::close`] waits for that.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    options: Options,
    writer: Arc<Shared>,
    readers: Arc<Queue<ReadJob>>,
    /// Each channel closes when the last thread of its kind has closed its connection.
    writer_alive: watch::Receiver<()>,
    readers_alive: watch::Receiver<()>,
}

impl Db {
    /// Opens or creates the database at `path`; only one process may.
    ///
    /// # Errors
    /// [`DbError::CannotOpen`], [`DbError::NotADatabase`], [`DbError::Corrupt`], [`DbError::ReadOnly`], or
    /// [`DbError::Busy`] while another process holds the lock.
    pub fn open(path: &Path, options: Options) -> Result<Self, DbError> {
        Self::open_with(path, options, |_| Ok(()))
    }

    /// Like [`Db::open`], with `prepare` run on the writer's connection before anybody else can use it: migrations.
    ///
    /// # Errors
    /// Those of [`Db::open`] and those of `prepare`.
    pub fn open_with<E, F>(path: &Path, options: Options, prepare: F) -> Result<Self, E>
    where
        E: From<DbError>,
        F: FnOnce(&mut Connection) -> Result<(), E>,
    {
        let mut conn = open_writer(path, &options)?;
        prepare(&mut conn)?;
        Ok(Self::start(path, options, conn)?)
    }

    fn start(path: &Path, options: Options, conn: Connection) -> Result<Self, DbError> {
        let health = Arc::new(HealthCell::new());
        let writer = Arc::new(Shared {
            jobs: Queue::new(),
            health: Arc::clone(&health),
            counters: Counters::default(),
        });
        let readers = Arc::new(Queue::new());
        let (writer_runs, writer_alive) = watch::channel(());
        let (reader_runs, readers_alive) = watch::channel(());
        // From here on a failure drops `inner`, and with it ends the threads that have started.
        let inner = Arc::new(Inner {
            path: path.to_owned(),
            options,
            writer,
            readers,
            writer_alive,
            readers_alive,
        });
        let shared = Arc::clone(&inner.writer);
        spawn("sqlite-writer", move || {
            writer::work(conn, &shared);
            drop(writer_runs);
        })?;
        let reader_runs = Arc::new(reader_runs);
        for _ in 0..inner.options.readers.max(1) {
            let conn = open_reader(path, &inner.options)?;
            let (jobs, health, runs) = (
                Arc::clone(&inner.readers),
                Arc::clone(&health),
                Arc::clone(&reader_runs),
            );
            spawn("sqlite-reader", move || {
                readers::work(conn, &jobs, &health);
                drop(runs);
            })?;
        }
        Ok(Self { inner })
    }

    /// Runs `f` on the writer thread in a savepoint of its own; returns once what it did is on disk.
    ///
    /// `f` is carried out even when the caller stops waiting. Do not commit or roll back inside it.
    ///
    /// # Errors
    /// What `f` returns; [`DbError::Panicked`] when it panicked; the error of the commit; [`DbError::Closed`].
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        self.submit(Priority::Interactive, f)
            .await
            .unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    /// Like [`Db::write`], but lets everything that users wait for go first: clean-ups, roll-ups, imports.
    ///
    /// # Errors
    /// Those of [`Db::write`].
    pub async fn write_background<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        self.submit(Priority::Background, f)
            .await
            .unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    /// [`Db::write`] for commands that have no runtime.
    ///
    /// # Errors
    /// Those of [`Db::write`].
    ///
    /// # Panics
    /// When called from an async task.
    pub fn write_blocking<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        self.submit(Priority::Interactive, f)
            .blocking_recv()
            .unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    pub(crate) fn submit<T, E, F>(&self, priority: Priority, f: F) -> tokio::sync::oneshot::Receiver<Result<T, E>>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        let (job, answered) = WriteJob::new(f);
        // A job that comes back is dropped with its half of the channel, which tells the caller.
        let _ = self.inner.writer.jobs.push(priority, job);
        answered
    }

    /// Runs `f` on a reader thread, in one snapshot that includes everything written before the call.
    ///
    /// # Errors
    /// What `f` returns; [`DbError::ReadOnly`] when it tries to write; [`DbError::Panicked`]; [`DbError::Closed`].
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (job, answered) = readers::job(f);
        let _ = self.inner.readers.push(Priority::Interactive, job);
        answered.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    /// [`Db::read`] for commands that have no runtime.
    ///
    /// # Errors
    /// Those of [`Db::read`].
    ///
    /// # Panics
    /// When called from an async task.
    pub fn read_blocking<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (job, answered) = readers::job(f);
        let _ = self.inner.readers.push(Priority::Interactive, job);
        answered.blocking_recv().unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    /// Copies the database as it is now to `to`, which appears complete or not at all. Writers go on meanwhile.
    pub async fn backup_to(&self, to: &Path) -> Result<(), DbError> {
        let (inner, to) = (Arc::clone(&self.inner), to.to_owned());
        let copy = move || copy_database(&open_reader(&inner.path, &inner.options)?, &to);
        tokio::task::spawn_blocking(copy)
            .await
            .unwrap_or_else(|e| Err(DbError::Panicked(e.to_string())))
    }

    /// Looks through every page for damage. Reads the whole file: for a `doctor`, not for a start.
    ///
    /// # Errors
    /// [`DbError::Corrupt`] when there is any.
    pub fn check_blocking(&self) -> Result<(), DbError> {
        let (path, options) = (self.inner.path.clone(), self.inner.options.clone());
        self.read_blocking(move |_| {
            // On a connection of its own: the check looks into full-text indexes as the connection last searched them,
            // and takes what was merged there since for damage.
            let conn = open_reader(&path, &options)?;
            let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if verdict == "ok" { Ok(()) } else { Err(DbError::Corrupt) }
        })
    }

    /// Whether the last write worked. Damage once found stays reported until the next start.
    #[must_use]
    pub fn health(&self) -> Health {
        self.inner.writer.health.get()
    }

    /// Writes one page without changing anything, to learn whether a failed disk works again.
    pub async fn probe(&self) -> Health {
        let rewritten = self.write(|tx| {
            let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            // Writes the first page even when the number is the same.
            tx.pragma_update(None, "user_version", version)?;
            Ok::<_, DbError>(())
        });
        if rewritten.await.is_ok() {
            self.inner.writer.health.recovered();
        }
        self.health()
    }

    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.writer.counters.snapshot()
    }

    /// Finishes what waits, closes all connections and returns when the files are at rest. Later calls of any handle
    /// get [`DbError::Closed`].
    pub async fn close(&self) {
        self.inner.readers.close();
        ended(&self.inner.readers_alive).await;
        // Last, because the last connection to go empties the WAL and only this one may write.
        self.inner.writer.jobs.close();
        ended(&self.inner.writer_alive).await;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.readers.close();
        self.writer.jobs.close();
    }
}

async fn ended(alive: &watch::Receiver<()>) {
    let mut alive = alive.clone();
    while alive.changed().await.is_ok() {}
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    started
        .map(drop)
        .map_err(|e| DbError::Io(format!("no thread for {name}: {e}")))
}
