//! Starts, shows, stops and downloads an export.

use std::path::PathBuf;

use super::files::Shelf;
use super::job::MakeExport;
use super::model::{Export, ExportError, ExportState};
use super::store;
use crate::accounts::{Accounts, Forbidden, User, Visit};
use crate::audit::{self, Action, Actor, Admin, Entry};
use crate::clock::Clock;
use crate::crypto;
use crate::db::Db;
use crate::ids::{PublicId, UserId};
use crate::jobs::{self, Jobs, Order};
use crate::mail::Mailer;
use crate::media::Media;

/// The directory's name within the data directory.
pub const DIR: &str = "exports";

/// Cheap to clone.
#[derive(Clone)]
pub struct Exports {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) accounts: Accounts,
    pub(super) mailer: Mailer,
    pub(super) media: Media,
    jobs: Jobs,
    pub(super) shelf: Shelf,
}

impl Exports {
    /// Files go to `dir`, which is created when needed.
    #[must_use]
    pub fn new(
        (db, clock): (Db, Clock),
        accounts: Accounts,
        mailer: Mailer,
        jobs: Jobs,
        media: Media,
        dir: PathBuf,
    ) -> Self {
        Self {
            db,
            clock,
            accounts,
            mailer,
            media,
            jobs,
            shelf: Shelf::new(dir),
        }
    }

    /// Starts an export of the visitor's data, which replaces the previous one; a running one is returned instead.
    ///
    /// # Errors
    /// [`ExportError::TooSoon`] within an hour of the previous one.
    /// [`ExportError::Forbidden`] for an administrator in the person's place, and for guests.
    pub async fn begin(&self, visit: &Visit) -> Result<Export, ExportError> {
        if visit.impersonator.is_some() || visit.read_only() {
            return Err(Forbidden.into());
        }
        let (user, actor, now) = (visit.user.id, Actor::from(visit), self.clock.now());
        let export = self
            .db
            .write(move |tx| {
                let latest = store::latest(tx, user)?;
                if let Some(latest) = latest.clone().filter(|latest| latest.state.is_unfinished()) {
                    return Ok(latest);
                }
                if let Some(at) = latest.and_then(|latest| latest.next_at(now)) {
                    return Err(ExportError::TooSoon(at.since(now)));
                }
                let export = store::insert(tx, user, &format!("{}.zip", crypto::random_token()), now)?;
                audit::record_in(tx, &Entry::new(actor, Action::ExportAsked), now)?;
                jobs::enqueue_in(
                    tx,
                    &MakeExport { export: export.id },
                    Order::unique(export.id.to_string()),
                    now,
                )?;
                Ok::<_, ExportError>(export)
            })
            .await?;
        self.jobs.wake();
        Ok(export)
    }

    /// The user's newest export, in whatever state.
    pub async fn latest(&self, user: UserId) -> Result<Option<Export>, ExportError> {
        self.db.read(move |c| Ok(store::latest(c, user)?)).await
    }

    /// # Errors
    /// [`ExportError::NotFound`], also for another person's.
    pub async fn get(&self, user: UserId, id: PublicId) -> Result<Export, ExportError> {
        self.db.read(move |c| Ok(store::find(c, user, &id)?)).await
    }

    /// Stops the user's running export; the job notices within a moment. Does nothing to one that has ended.
    ///
    /// # Errors
    /// [`ExportError::NotFound`], also for another person's.
    pub async fn stop(&self, user: UserId, id: PublicId) -> Result<(), ExportError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let export = store::find(tx, user, &id)?;
                store::end(tx, export.id, ExportState::Stopped, None, now)?;
                Ok::<_, ExportError>(())
            })
            .await
    }

    /// The path of a finished file, for its person. The download is recorded.
    ///
    /// # Errors
    /// [`ExportError::NotFound`], also for another person's; [`ExportError::Gone`] when it was deleted;
    /// [`ExportError::Forbidden`] for an administrator in the person's place.
    pub async fn fetch(&self, visit: &Visit, id: PublicId) -> Result<(Export, PathBuf), ExportError> {
        let export = self.get(visit.user.id, id).await?;
        if visit.impersonator.is_some() {
            return Err(Forbidden.into());
        }
        let now = self.clock.now();
        let fresh = export.state == ExportState::Ready && export.expires_at.is_some_and(|at| at > now);
        let path = self.shelf.path(&export.file);
        if !fresh || !path.exists() {
            return Err(ExportError::Gone);
        }
        let entry = Entry::new(Actor::from(visit), Action::ExportFetched).target(export.public_id.as_str());
        self.db
            .write(move |tx| Ok::<_, ExportError>(audit::record_in(tx, &entry, now)?))
            .await?;
        Ok((export, path))
    }

    /// Writes any user's file now: the path, for the caller to move away, and the number of rows.
    pub async fn write_for_admin(&self, admin: Admin, user: User) -> Result<(PathBuf, u64), ExportError> {
        let name = format!("operator-{}.zip", crypto::random_token());
        let target = user.public_id.to_string();
        let rows = self.write_file(user, None, &name, &super::job::Unwatched).await?.done;
        let (entry, now) = (admin.entry(Action::ExportMade).target(target), self.clock.now());
        self.db
            .write(move |tx| Ok::<_, ExportError>(audit::record_in(tx, &entry, now)?))
            .await?;
        Ok((self.shelf.path(&name), rows))
    }
}
