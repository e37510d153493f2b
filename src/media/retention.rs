//! Lets go of files: those that no message refers to, and those older than their workspace wants.

use std::fs;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::model::MediaError;
use super::service::{Media, blocking, of_days};
use super::store;
use crate::db;
use crate::ids::JobId;
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};

/// An upload may wait this long for its message.
const UNREFERENCED_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// What the scanner found something in is kept this long for the operator.
const QUARANTINE_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Rows of one transaction.
const BATCH: u32 = 200;

/// Lets go of what nobody wants any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct CleanMedia {}

impl Job for CleanMedia {
    const KIND: &'static str = "media.clean";
    const LANE: Lane = Lane::Upkeep;
}

impl CleanMedia {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self {}, Order::unique("")).await
    }
}

/// The handler. Each step can be repeated.
pub struct Cleaner(pub Media);

#[async_trait]
impl Handler<CleanMedia> for Cleaner {
    async fn run(&self, _: CleanMedia, run: &Run) -> Result<(), JobError> {
        let again = |error: MediaError| JobError::Retry(error.to_string());
        let media = &self.0;
        let now = media.clock.now();
        for (workspace, days) in media.db.read(store::rules).await? {
            let before = now.minus(of_days(days));
            let clear = async || {
                let clear = move |tx: &Transaction<'_>| store::clear(tx, workspace, before, BATCH);
                media.db.write_background(clear).await
            };
            while clear().await? == BATCH as usize {
                run.check()?;
            }
        }
        let before = now.minus(UNREFERENCED_KEPT);
        let forget = async || {
            let forget = move |tx: &Transaction<'_>| store::forget_unreferenced(tx, before, BATCH);
            media.db.write_background(forget).await
        };
        while forget().await? == BATCH as usize {
            run.check()?;
        }
        while media.remove_objects().await.map_err(again)? {
            run.check()?;
        }
        media.empty_quarantine().await.map_err(again)
    }
}

impl Media {
    /// Removes some objects that nobody has any more; whether there may be others.
    async fn remove_objects(&self) -> Result<bool, MediaError> {
        let now = self.clock.now();
        let unused = self.db.read(move |c| store::unused_objects(c, now, BATCH)).await?;
        let more = unused.len() == BATCH as usize;
        for name in unused {
            let _nothing_is_put = self.putting.write().await;
            if !self.db.read(move |c| store::is_unused(c, name)).await? {
                continue;
            }
            let shelf = Arc::clone(&self.shelf);
            blocking(move || Ok(shelf.remove(name)?)).await?;
            self.db
                .write_background(move |tx| store::object_removed(tx, name))
                .await?;
        }
        Ok(more)
    }

    async fn empty_quarantine(&self) -> Result<(), MediaError> {
        let dir = self.quarantine.clone();
        blocking(move || {
            let entries = match fs::read_dir(&dir) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let age = SystemTime::now().duration_since(entry.metadata()?.modified()?);
                // A file from the future is young.
                if age.is_ok_and(|age| age > QUARANTINE_KEPT) {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        })
        .await
    }
}
