//! The job that applies a plan to a workspace's numbers and waiting messages.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::clock::UnixMs;
use crate::db;
use crate::ids::WorkspaceId;
use crate::jobs::{self, Job, Lane, Order};

/// A workspace's limits changed: numbers beyond them are paused, those within them resume, and messages that
/// waited for the limit are checked again. Enqueued in the transaction of the change, so a crash loses nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SyncPlanLimits {
    pub workspace: WorkspaceId,
}

impl Job for SyncPlanLimits {
    const KIND: &'static str = "plans.follow";
    const LANE: Lane = Lane::Upkeep;
}

impl SyncPlanLimits {
    /// Before reports and clean-ups: people wait for it.
    const PRIORITY: i32 = 100;

    pub(super) fn enqueue_in(tx: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<()> {
        let order = Order {
            workspace: Some(workspace),
            priority: Self::PRIORITY,
            ..Order::default()
        };
        jobs::enqueue_in(tx, &Self { workspace }, order, now).map(|_| ())
    }
}
