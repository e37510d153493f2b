//! Messages and emails that waited in a restored backup, and a person's decision about them.

use super::App;
use crate::accounts::Scope;
use crate::audit::Admin;
use crate::backup::Held;
use crate::db;
use crate::ids::WorkspaceId;
use crate::outbox::OutboxError;

/// Those of the whole installation.
pub async fn count(app: &App, admin: Admin) -> db::Result<Held> {
    let waiting = app.outbox.workspaces_with_held(admin).await?;
    Ok(Held {
        messages: waiting.iter().map(|(_, messages)| messages).sum(),
        emails: app.mail.count_held(admin).await?,
    })
}

/// Decides about all of them.
pub async fn decide(app: &App, admin: Admin, resume: bool) -> Result<Held, OutboxError> {
    let mut held = Held::default();
    for (workspace, _) in app.outbox.workspaces_with_held(admin).await? {
        held.messages += in_workspace(app, admin, workspace, resume).await?;
    }
    held.emails = if resume {
        app.mail.resume_held(admin).await?
    } else {
        app.mail.discard_held(admin).await?
    };
    Ok(held)
}

/// Decides about the messages of one workspace.
pub async fn in_workspace(app: &App, admin: Admin, workspace: WorkspaceId, resume: bool) -> Result<u64, OutboxError> {
    let scope = Scope::of_admin(admin, workspace);
    if resume {
        app.outbox.resume_held(scope).await
    } else {
        app.outbox.discard_held(scope).await
    }
}
