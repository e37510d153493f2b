//! Groups: what WhatsApp says of them is read when a number connects.

use std::sync::Arc;

use wa_client::{Link, LinkError};

use super::store::groups;
use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::events::Bus;
use crate::ids::{SessionId, WorkspaceId};

/// Reads all groups that the number is in, and stores what it says.
pub(super) async fn read(
    (db, clock, bus): (Db, Clock, Bus),
    workspace: WorkspaceId,
    session: SessionId,
    link: Arc<dyn Link>,
) {
    let read = match link.groups().await {
        Ok(groups) => groups,
        Err(error @ (LinkError::NotConnected | LinkError::Permanent(_))) => {
            return tracing::debug!(%error, "groups were not read");
        }
        Err(error) => return tracing::warn!(%error, "groups could not be read"),
    };
    if read.is_empty() {
        return;
    }
    let now = clock.now();
    let write = move |tx: &rusqlite::Transaction<'_>| {
        for group in &read {
            groups::write(tx, workspace, session, group, now)?;
        }
        Ok::<_, DbError>(())
    };
    match db.write(write).await {
        Ok(()) => bus.nudge(workspace),
        Err(error) => tracing::warn!(%error, "groups could not be stored"),
    }
}
