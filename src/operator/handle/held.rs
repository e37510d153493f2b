//! `backup held`, `backup resume` and `backup discard`: what waited in a restored backup.

use super::workspace;
use crate::accounts::Admin;
use crate::app::App;
use crate::app::held::{count, decide, in_workspace};
use crate::audit::Actor;
use crate::backup::Held;
use crate::ids::WorkspaceId;
use crate::jobs::Hand;
use crate::operator::wire::{Failure, HeldAct, HeldReport, HeldRequest};
use crate::outbox::OutboxError;

pub(super) async fn handle(app: &App, request: HeldRequest) -> Result<HeldReport, Failure> {
    let hand = Hand {
        actor: Actor::Operator,
        address: None,
    };
    let HeldRequest { workspace, act } = request;
    let held = match (workspace, act) {
        (None, HeldAct::Show) => count(app).await.map_err(OutboxError::from)?,
        (None, act) => decide(app, Admin::operator(), hand, act == HeldAct::Resume).await?,
        (Some(name), act) => {
            let chosen = workspace::choose(app, Some(name)).await?;
            let messages = match act {
                HeldAct::Show => {
                    let waiting = app.outbox.workspaces_with_held(Admin::operator()).await;
                    let waiting = waiting.map_err(OutboxError::from)?;
                    let of = |(id, messages): &(WorkspaceId, u64)| (*id == chosen.id).then_some(*messages);
                    waiting.iter().find_map(of).unwrap_or_default()
                }
                act => in_workspace(app, Admin::operator(), chosen.id, act == HeldAct::Resume).await?,
            };
            Held { messages, emails: 0 }
        }
    };
    Ok(HeldReport {
        messages: held.messages,
        emails: held.emails,
    })
}
