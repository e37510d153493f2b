//! Compares the store with the rows: objects that no row knows are let go of after a while, and files whose object is
//! gone are counted, so that the operator hears of both.
//!
//! A row is written before its object and deleted after it, so an object without one is the work of somebody else: a
//! restored backup that is older than the file, a copied directory, or another installation that uses the same bucket. The
//! last is never touched; the first two get time to be noticed.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::model::{MediaError, Sha256};
use super::service::{Media, blocking};
use super::store;
use crate::audit::Admin;
use crate::clock::UnixMs;
use crate::crypto;
use crate::db::{self, DbError};
use crate::ids::JobId;
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};

/// How long an object that no row knows is kept after it was first seen.
const STRAYS_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Rows of one transaction.
const BATCH: u32 = 200;
/// Missing objects that are asked for one by one; more of them are one finding all the same.
const MOST_MISSING: u64 = 1_000;

/// Compares the store with the rows.
#[derive(Debug, Serialize, Deserialize)]
pub struct SweepMedia {}

impl Job for SweepMedia {
    const KIND: &'static str = "media.sweep";
    const LANE: Lane = Lane::Upkeep;
}

impl SweepMedia {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self {}, Order::unique("")).await
    }
}

/// The handler. Each step can be repeated.
pub struct Sweeper(pub Media);

/// What the last look at the store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub at: UnixMs,
    /// Objects that the store holds.
    pub objects: u64,
    /// Files whose object is not in the store; counted up to a thousand.
    pub missing: u64,
    /// Objects that were deleted then.
    pub removed: u64,
    /// Objects that no row knows.
    pub strays: u64,
    /// Other installations in the same bucket.
    pub shared_with: Vec<String>,
}

#[async_trait]
impl Handler<SweepMedia> for Sweeper {
    async fn run(&self, _: SweepMedia, run: &Run) -> Result<(), JobError> {
        let media = &self.0;
        let swept = media.sweep(run).await?;
        let Swept {
            objects,
            missing,
            removed,
            strays,
            ..
        } = swept;
        tracing::info!(
            objects,
            missing,
            removed,
            strays,
            "the store of files was compared with the rows"
        );
        if missing > 0 {
            tracing::warn!(missing, "files are not in the store that should be in it");
        }
        if !swept.shared_with.is_empty() {
            tracing::warn!(
                others = swept.shared_with.len(),
                "another installation keeps files in the same bucket; objects that no row knows are left alone"
            );
        }
        Ok(())
    }
}

impl Media {
    /// What the last look at the store found; `None` before the first.
    pub async fn swept(&self, _: Admin) -> Result<Option<Swept>, MediaError> {
        self.db.read(|c| Ok(store::swept(c)?)).await
    }

    async fn sweep(&self, run: &Run) -> Result<Swept, JobError> {
        let again = |error: MediaError| JobError::Retry(error.to_string());
        let now = self.clock.now();
        let name = crypto::random_token();
        let installation = self.db.write(move |tx| store::installation(tx, &name)).await?;
        let shelf = Arc::clone(&self.shelf);
        let shared_with = blocking(move || Ok(shelf.share(&installation)?)).await.map_err(again)?;
        let mut swept = Swept {
            at: now,
            shared_with,
            ..Swept::default()
        };
        let (mut after, mut from) = (None, None);
        loop {
            run.check()?;
            let (shelf, place) = (Arc::clone(&self.shelf), after);
            let listed = blocking(move || Ok(shelf.list(place.as_deref())?))
                .await
                .map_err(again)?;
            swept.objects += listed.names.len() as u64;
            // What lies behind the last page's last object belongs to the last page.
            let to = listed.names.last().copied().filter(|_| listed.next.is_some());
            if to.is_some() || listed.next.is_none() {
                swept.missing += self
                    .missing(&listed.names, from, to, swept.missing)
                    .await
                    .map_err(again)?;
                from = to;
            }
            self.note_strays(listed.names, now).await?;
            after = listed.next;
            if after.is_none() {
                break;
            }
        }
        self.db.write_background(move |tx| store::strays_gone(tx, now)).await?;
        if swept.shared_with.is_empty() {
            swept.removed = self.remove_strays(run, now.minus(STRAYS_KEPT)).await?;
        }
        let result = swept.clone();
        self.db
            .write_background(move |tx| store::set_swept(tx, &result))
            .await?;
        Ok(swept)
    }

    /// How many files between two objects are not among those that were listed there, and not in the store either.
    async fn missing(
        &self,
        listed: &[Sha256],
        from: Option<Sha256>,
        to: Option<Sha256>,
        already: u64,
    ) -> Result<u64, MediaError> {
        // Every one that is missing would be among these.
        let most = listed.len() as u64 + MOST_MISSING;
        let known = self.db.read(move |c| store::present_between(c, from, to, most));
        let listed: HashSet<Sha256> = listed.iter().copied().collect();
        let mut missing = 0;
        for name in known.await?.into_iter().filter(|name| !listed.contains(name)) {
            if already + missing >= MOST_MISSING {
                break;
            }
            // It may have come since.
            let shelf = Arc::clone(&self.shelf);
            let here = blocking(move || Ok(shelf.has(name)?)).await?;
            let wanted = self
                .db
                .read(move |c| Ok::<_, DbError>(!store::is_unused(c, name)?))
                .await?;
            missing += u64::from(wanted && !here);
        }
        Ok(missing)
    }

    async fn note_strays(&self, listed: Vec<Sha256>, now: UnixMs) -> db::Result<()> {
        for names in listed.chunks(BATCH as usize) {
            let names = names.to_vec();
            let unknown = self.db.read(move |c| store::unknown(c, names)).await?;
            if !unknown.is_empty() {
                self.db
                    .write_background(move |tx: &Transaction<'_>| store::strays_seen(tx, &unknown, now))
                    .await?;
            }
        }
        Ok(())
    }

    /// Removes objects that no row has known since `before`; returns how many.
    async fn remove_strays(&self, run: &Run, before: UnixMs) -> Result<u64, JobError> {
        let mut removed = 0;
        loop {
            let strays = self.db.read(move |c| store::strays(c, before, BATCH)).await?;
            for name in &strays {
                run.check()?;
                let name = *name;
                let _nothing_is_put = self.putting.write().await;
                let unknown = self.db.read(move |c| store::unknown(c, vec![name])).await?;
                if !unknown.is_empty() {
                    let shelf = Arc::clone(&self.shelf);
                    blocking(move || Ok(shelf.remove(name)?))
                        .await
                        .map_err(|error| JobError::Retry(error.to_string()))?;
                    removed += 1;
                }
                self.db.write_background(move |tx| store::stray_left(tx, name)).await?;
            }
            if strays.len() < BATCH as usize {
                return Ok(removed);
            }
        }
    }
}
