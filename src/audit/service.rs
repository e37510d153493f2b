//! What pages and commands call to read the log.

use std::time::Duration;

use super::model::{Act, Entry, Filter, Reader, Who};
use super::store;
use crate::clock::Clock;
use crate::db::{self, Db, Page};
use crate::ids::{PublicId, WorkspaceId};

/// How long an act is kept.
pub const KEPT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Rows deleted per transaction, so that other writes do not wait long.
pub const PRUNED_AT_ONCE: u32 = 1_000;

/// Cheap to clone. Roles are defined in a room above this one, so the caller has checked the permission.
#[derive(Clone)]
pub struct Audit {
    db: Db,
    clock: Clock,
}

impl Audit {
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// Up to `limit` acts that fit, the newest first, from behind the act `after`.
    pub async fn page(
        &self,
        reader: Reader,
        filter: Filter,
        after: Option<PublicId>,
        limit: usize,
    ) -> db::Result<Page<Act, PublicId>> {
        self.db
            .read(move |c| store::page(c, reader, &filter, after.as_ref(), limit))
            .await
    }

    /// Whose acts the workspace's log may hold: its members, and who was one.
    pub async fn people(&self, workspace: WorkspaceId) -> db::Result<Vec<Who>> {
        self.db.read(move |c| store::people(c, workspace)).await
    }

    /// Records an act that changes nothing else, such as a download.
    pub async fn record(&self, entry: Entry) -> db::Result<()> {
        let now = self.clock.now();
        self.db.write(move |tx| store::record_in(tx, &entry, now)).await
    }

    /// Deletes some of what is older than [`KEPT`]; returns how many rows went.
    pub async fn prune(&self) -> db::Result<usize> {
        let before = self.clock.now().minus(KEPT);
        self.db
            .write_background(move |tx| store::prune(tx, before, PRUNED_AT_ONCE))
            .await
    }
}
