//! The history that a phone sends after linking: how much of it is here.

use super::actor::SessionActor;
use super::model::SessionError;
use super::service::Sessions;
use crate::accounts::Scope;
use crate::events::Transient;
use crate::ids::PublicId;

impl Sessions {
    /// How much of the phone's history has come since it was linked, in percent; `None` before the first part, or after
    /// a restart.
    pub async fn history_progress(&self, scope: Scope, id: &PublicId) -> Result<Option<u8>, SessionError> {
        let session = self.managed(scope, id).await?;
        Ok(self.supervisor.history_progress(session.id))
    }
}

impl SessionActor {
    pub(super) fn history_came(&self, percent: u32) {
        // Parts may overtake each other.
        let percent = u8::try_from(percent.min(100)).unwrap_or(100);
        let further = self.state.history.send_if_modified(|known| {
            let further = known.is_none_or(|known| known < percent);
            if further {
                *known = Some(percent);
            }
            further
        });
        if further {
            let session = self.session.public_id.clone();
            self.core
                .bus
                .transient(self.session.workspace, Transient::Session { session });
        }
    }
}
