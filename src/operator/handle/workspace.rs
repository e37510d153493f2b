//! In whose name the operator acts: whoever owns the box may act as the owner of every workspace on it.

use crate::accounts::{By, MemberRole, Scope, Workspace};
use crate::app::App;
use crate::ids::UserId;
use crate::operator::wire::{Exit, Failure};

/// The workspace of this public id or name; without one, the only workspace there is.
pub(super) async fn choose(app: &App, wanted: Option<String>) -> Result<Workspace, Failure> {
    let mut all = app.accounts.list_workspaces().await?;
    let Some(wanted) = wanted else {
        return match all.len() {
            0 => Err(Failure::new(
                Exit::NotFound,
                "there is no workspace yet; make the first login with `wamanager user create`, or start \
                 `wamanager serve` and open the set-up link it prints",
            )),
            1 => Ok(all.remove(0)),
            _ => Err(Failure::new(
                Exit::Refused,
                format!(
                    "there are several workspaces; name one with --workspace:\n{}",
                    listing(&all)
                ),
            )),
        };
    };
    let of_this_name =
        |workspace: &&Workspace| workspace.public_id.as_str() == wanted || workspace.name.eq_ignore_ascii_case(&wanted);
    match all.iter().filter(of_this_name).collect::<Vec<_>>().as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Failure::new(
            Exit::NotFound,
            format!("there is no workspace {wanted:?}; there are:\n{}", listing(&all)),
        )),
        _ => Err(Failure::new(
            Exit::Refused,
            format!(
                "several workspaces are called {wanted:?}; use the id:\n{}",
                listing(&all)
            ),
        )),
    }
}

/// The scope of the workspace's owner, so that what the operator does is recorded as somebody's deed.
pub(super) async fn scope_of(app: &App, workspace: &Workspace) -> Result<Scope, Failure> {
    let looking = Scope::person(workspace.id, UserId(0), MemberRole::Owner);
    let members = app.accounts.members(looking).await?;
    let owner = members
        .iter()
        .find(|member| member.role == MemberRole::Owner)
        .or_else(|| members.first());
    let owner = owner.ok_or_else(|| {
        Failure::new(
            Exit::Refused,
            format!(
                "the workspace {:?} has no members; add one with `wamanager user create`",
                workspace.name
            ),
        )
    })?;
    Ok(Scope {
        user: owner.user.id,
        by: By::Operator,
        ..looking
    })
}

pub(super) async fn scope(app: &App, wanted: Option<String>) -> Result<Scope, Failure> {
    let workspace = choose(app, wanted).await?;
    scope_of(app, &workspace).await
}

fn listing(all: &[Workspace]) -> String {
    all.iter()
        .map(|workspace| format!("  {}  {}\n", workspace.public_id, workspace.name))
        .collect()
}
