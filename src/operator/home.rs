//! The operator's scope: the operator may act as the owner of every workspace.

use clap::Args;
use serde::{Deserialize, Serialize};

use super::Failure;
use super::call::{OPERATOR, only};
use super::exit::Choice;
use crate::accounts::{MemberRole, Scope, Workspace};
use crate::app::App;
use crate::sessions::Session;

/// The workspace option of commands that have no other way to determine it.
#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InWorkspace {
    /// ID or name; needed if there are several
    #[arg(long)]
    workspace: Option<String>,
}

/// The workspace of this id or name; without one, the only workspace there is.
pub async fn choose(app: &App, wanted: Option<&str>) -> Result<Workspace, Failure> {
    let all = app.accounts.list_workspaces(OPERATOR).await?;
    match wanted {
        Some(wanted) => named(wanted, &all),
        None => the_only(all),
    }
}

/// Without a name, also the only workspace with such a number; if none has one, any workspace qualifies.
///
/// # Errors
/// Those of [`choose`].
pub async fn with_number(app: &App, wanted: Option<&str>, number: Option<&str>) -> Result<Workspace, Failure> {
    let all = app.accounts.list_workspaces(OPERATOR).await?;
    if let Some(wanted) = wanted {
        return named(wanted, &all);
    }
    let mut fitting = Vec::new();
    for workspace in &all {
        let numbers = app.sessions.list(looking(workspace)).await?;
        let fits = |session: &Session| match number {
            Some(number) => is_called(session, number),
            None => session.is_linked(),
        };
        if numbers.iter().any(fits) {
            fitting.push(workspace.clone());
        }
    }
    the_only(if fitting.is_empty() { all } else { fitting })
}

pub fn is_called(session: &Session, wanted: &str) -> bool {
    let digits: String = wanted.chars().filter(char::is_ascii_digit).collect();
    session.public_id.as_str() == wanted
        || session.name.eq_ignore_ascii_case(wanted)
        || (digits.len() > 6 && session.phone.as_deref() == Some(&digits))
}

/// The scope of the workspace's owner, so that the operator's acts are recorded under a user.
pub async fn scope_of(app: &App, workspace: &Workspace) -> Result<Scope, Failure> {
    let looking = looking(workspace);
    let members = app.accounts.members(looking).await?;
    let owner = members.iter().find(|member| member.role == MemberRole::Owner);
    let owner = owner.or_else(|| members.first()).ok_or_else(|| {
        Failure::refused(format!(
            "the workspace {:?} has no members; add one with `wamanager user create`",
            workspace.name
        ))
    })?;
    Ok(Scope {
        user: owner.user.id,
        ..looking
    })
}

impl InWorkspace {
    pub async fn choose(&self, app: &App) -> Result<Workspace, Failure> {
        choose(app, self.workspace.as_deref()).await
    }

    pub async fn scope(&self, app: &App) -> Result<Scope, Failure> {
        scope_of(app, &self.choose(app).await?).await
    }
}

/// A read-only scope, also for a workspace without members.
pub fn looking(workspace: &Workspace) -> Scope {
    Scope::of_admin(OPERATOR, workspace.id)
}

fn named(wanted: &str, all: &[Workspace]) -> Result<Workspace, Failure> {
    let is_it = |one: &Workspace| one.name.eq_ignore_ascii_case(wanted);
    let found = only("workspace", wanted, all, |one| one.public_id.as_str(), is_it)?;
    found.cloned().ok_or_else(|| {
        Failure::not_found(format!(
            "there is no workspace {wanted:?}; there are:\n{}",
            listing(all)
        ))
    })
}

fn the_only(mut all: Vec<Workspace>) -> Result<Workspace, Failure> {
    match all.len() {
        0 => Err(Failure::not_found(
            "there is no workspace yet; create the first user with `wamanager user create`, or start \
             `wamanager serve` and open the setup link it prints",
        )),
        1 => Ok(all.remove(0)),
        _ => {
            let message = format!(
                "there are several workspaces; name one with --workspace:\n{}",
                listing(&all)
            );
            let choices = all.into_iter().map(|one| Choice {
                value: one.public_id.to_string(),
                label: format!("{}  {}", one.name, one.public_id),
            });
            Err(Failure::which(message, "workspace", choices.collect()))
        }
    }
}

fn listing(all: &[Workspace]) -> String {
    let line = |workspace: &Workspace| format!("  {}  {}", workspace.public_id, workspace.name);
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}
