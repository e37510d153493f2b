//! Messages and emails that waited in a restored backup, and a person's decision about them.

use super::App;
use crate::accounts::{Admin, By, MemberRole, Scope};
use crate::audit::Actor;
use crate::backup::Held;
use crate::db;
use crate::ids::{UserId, WorkspaceId};
use crate::jobs::Hand;
use crate::outbox::OutboxError;

/// Those of the whole installation.
pub async fn count(app: &App) -> db::Result<Held> {
    let waiting = app.outbox.workspaces_with_held(Admin::operator()).await?;
    Ok(Held {
        messages: waiting.iter().map(|(_, messages)| messages).sum(),
        emails: app.mail.count_held().await?,
    })
}

/// Decides about all of them.
pub async fn decide(app: &App, admin: Admin, hand: Hand, resume: bool) -> Result<Held, OutboxError> {
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

/// Decides about the messages of one workspace.
pub async fn in_workspace(app: &App, admin: Admin, workspace: WorkspaceId, resume: bool) -> Result<u64, OutboxError> {
    // An administrator may act as the owner of every workspace.
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
