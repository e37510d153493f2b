//! The numbers of all workspaces, for the installation's administrators.

use super::model::{Session, SessionError};
use super::service::Sessions;
use super::store;
use crate::audit::Admin;
use crate::db::Page;
use crate::ids::{PublicId, WorkspaceId};

/// Rows per page.
const PAGE: usize = 50;

/// A number and its workspace.
#[derive(Clone, Debug)]
pub struct Placed {
    pub session: Session,
    pub workspace_id: PublicId,
    pub workspace_name: String,
}

/// A page of numbers of all workspaces.
#[derive(Clone, Debug)]
pub struct AllSessions {
    pub page: Page<Placed, PublicId>,
    pub total: u32,
}

impl Sessions {
    /// Newest first, after `after`.
    pub async fn all_sessions(
        &self,
        _: Admin,
        failing_only: bool,
        after: Option<PublicId>,
    ) -> Result<AllSessions, SessionError> {
        let mut all = self
            .db
            .read(move |c| {
                let rows = store::all_sessions(c, failing_only, after.as_ref(), PAGE + 1)?;
                Ok::<_, SessionError>(AllSessions {
                    page: Page::of(rows, PAGE, |row| row.session.public_id.clone()),
                    total: store::count(c)?,
                })
            })
            .await?;
        for placed in &mut all.page.rows {
            self.supervisor.complete(&mut placed.session);
        }
        Ok(all)
    }

    /// The workspace of a number.
    ///
    /// # Errors
    /// [`SessionError::NotFound`].
    pub async fn workspace_of(&self, _: Admin, id: &PublicId) -> Result<WorkspaceId, SessionError> {
        let id = id.clone();
        self.db.read(move |c| Ok(store::placed(c, &id)?)).await
    }
}
