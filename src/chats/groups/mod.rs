//! Groups: what WhatsApp says of them is read when a number connects, and follows what members change from then on.

mod mentions;
mod model;
mod service;

use std::sync::Arc;

use wa_client::{Address, Link, LinkError};

pub use self::model::{Closed, GroupEnd, GroupError, GroupInfo, Member, NotChanged, WhyNot};
pub use self::service::{Groups, NewDetails};
use super::store::groups;
use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::events::Bus;
use crate::ids::{SessionId, WorkspaceId};

/// Reads all groups that the number is in, and stores what it says. Those that are missing it has left meanwhile.
pub(super) async fn read(
    (db, clock, bus): (Db, Clock, Bus),
    workspace: WorkspaceId,
    session: SessionId,
    link: Arc<dyn Link>,
) {
    let asked = clock.now();
    let read = match link.groups().await {
        Ok(groups) => groups,
        Err(error @ (LinkError::NotConnected | LinkError::Permanent(_))) => {
            return tracing::debug!(%error, "groups were not read");
        }
        Err(error) => return tracing::warn!(%error, "groups could not be read"),
    };
    let now = clock.now();
    let write = move |tx: &rusqlite::Transaction<'_>| {
        for group in &read {
            groups::write(tx, workspace, session, group, now)?;
        }
        groups::leave_others(tx, workspace, session, &read, asked, now)
    };
    match db.write(write).await {
        Ok(()) => bus.nudge(workspace),
        Err(error) => tracing::warn!(%error, "groups could not be stored"),
    }
}

/// Reads one group, of which the news did not say everything.
pub(super) async fn read_one(
    (db, clock, bus): (Db, Clock, Bus),
    workspace: WorkspaceId,
    session: SessionId,
    link: Arc<dyn Link>,
    group: Address,
) {
    let group = match link.group(&group).await {
        Ok(group) => group,
        Err(error) => return tracing::debug!(%error, "a group could not be read"),
    };
    let now = clock.now();
    let write = move |tx: &rusqlite::Transaction<'_>| {
        groups::write(tx, workspace, session, &group, now)?;
        Ok::<_, DbError>(())
    };
    match db.write(write).await {
        Ok(()) => bus.nudge(workspace),
        Err(error) => tracing::warn!(%error, "a group could not be stored"),
    }
}
