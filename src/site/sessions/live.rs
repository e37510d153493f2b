//! Live updates of linked numbers: cards, the linking panel, the badge of numbers that need attention.

use async_trait::async_trait;

use super::line;
use super::views::SendingNote;
use crate::db;
use crate::events::{Event, Row, Transient};
use crate::ids::PublicId;
use crate::sessions::{SessionError, Sessions};
use crate::web::sse::{LiveRoom, Push, Viewer};
use crate::web::views::{Badge, partial, partial_text};

/// The numbers' live updates.
pub struct SessionsLive {
    sessions: Sessions,
}

impl SessionsLive {
    #[must_use]
    pub fn new(sessions: Sessions) -> Self {
        Self { sessions }
    }

    async fn changed(&self, viewer: &Viewer, id: &PublicId) -> db::Result<Vec<Push>> {
        let list = match self.sessions.list(viewer.scope).await {
            Ok(list) => list,
            Err(SessionError::Db(error)) => return Err(error),
            Err(_) => return Ok(Vec::new()),
        };
        let badge = Badge {
            id: "nav-failing",
            count: list.iter().filter(|session| session.needs_somebody()).count() as u64,
        };
        let mut html = partial("#nav-failing", "outerHTML", &badge);
        html.push_str(&partial_text("#sessions-line", &line(viewer.t, &list)));
        if let Some(session) = list.iter().find(|session| &session.public_id == id) {
            let note = SendingNote {
                t: viewer.t,
                session: id.to_string(),
                shown: !session.state.can_send(),
            };
            html.push_str(&partial(&format!("#note-{id}"), "outerHTML", &note));
        }
        Ok(vec![Push::Html(html), named("sessions-changed"), named("link-changed")])
    }
}

fn named(event: &'static str) -> Push {
    Push::Named {
        event,
        data: String::new(),
    }
}

#[async_trait]
impl LiveRoom for SessionsLive {
    async fn event(&self, viewer: &Viewer, row: &Row) -> db::Result<Vec<Push>> {
        match &row.event {
            Event::SessionStatus { session, .. } => self.changed(viewer, session).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Codes are secrets, so the event only makes authorized viewers fetch them.
    async fn transient(&self, viewer: &Viewer, news: &Transient) -> db::Result<Vec<Push>> {
        Ok(match news {
            Transient::Session { session } => self.changed(viewer, session).await?,
            Transient::Health { .. } => vec![named("health-changed")],
            Transient::Qr { .. } | Transient::PairingCode { .. } => vec![named("link-changed")],
            Transient::Typing { .. } | Transient::Answering { .. } => Vec::new(),
        })
    }
}
