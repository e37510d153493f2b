//! `backup held`, `backup resume` and `backup discard`: what waited in a restored backup.

use super::workspace;
use crate::accounts::{Admin, By, MemberRole, Scope};
use crate::app::App;
use crate::audit::Actor;
use crate::backup::Held;
use crate::control::{Failure, HeldAct, HeldReport, HeldRequest};
use crate::db;
use crate::ids::{UserId, WorkspaceId};
use crate::jobs::Hand;
use crate::outbox::OutboxError;

/// In the whole installation.
pub(crate) async fn count(app: &App) -> db::Result<Held> {
    let waiting = app.outbox.workspaces_with_held(Admin::operator()).await?;
    Ok(Held {
        messages: waiting.iter().map(|(_, messages)| messages).sum(),
        emails: app.mail.count_held().await?,
    })
}

/// Decides about everything in the installation.
pub(crate) async fn decide(app: &App, admin: Admin, hand: Hand, resume: bool) -> Result<Held, OutboxError> {
    let mut held = Held::default();
    for (workspace, _) in app.outbox.workspaces_with_held(admin).await? {
        held.messages += in_workspace(app, admin, workspace, resume).await?;
    }
    held.emails = if resume {
        app.mail.resume_held(hand).await?
    } else {
        app.mail.discard_held(hand).await?
    };
    Ok(held)
}

async fn in_workspace(app: &App, admin: Admin, workspace: WorkspaceId, resume: bool) -> Result<u64, OutboxError> {
    // Whoever owns the box may act as the owner of every workspace on it.
    let scope = match admin.actor() {
        Actor::Person(user) => Scope::person(workspace, user, MemberRole::Owner),
        _ => Scope {
            by: By::Operator,
            ..Scope::person(workspace, UserId(0), MemberRole::Owner)
        },
    };
    if resume {
        app.outbox.resume_held(scope).await
    } else {
        app.outbox.discard_held(scope).await
    }
}

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
