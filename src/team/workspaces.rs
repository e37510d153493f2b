//! Workspaces: creating, listing and deleting them.

use rusqlite::Connection;

use super::model::{MAX_OWNED, TeamError, WorkspaceSummary};
use super::{Team, emails, store};
use crate::accounts::{
    self, FieldError, Forbidden, NewWorkspace, Permission, Scope, Visit, VisitingBrowser, Workspace,
};
use crate::audit::{self, Action, Admin, Entry};
use crate::i18n::Text;
use crate::ids::UserId;
use crate::plans;

/// A month.
pub const MOST_UNREACHED_HOURS: u32 = 720;

impl Team {
    /// The visitor's workspaces, closed ones too.
    pub async fn workspaces_of(&self, user: UserId) -> Result<Vec<WorkspaceSummary>, TeamError> {
        self.db.read(move |c| Ok(store::workspaces_of(c, user)?)).await
    }

    pub async fn workspace(&self, scope: Scope) -> Result<Workspace, TeamError> {
        self.db
            .read(move |c| Ok(accounts::workspace_in(c, scope.workspace)?))
            .await
    }

    /// A workspace of the visitor's own, which the browser looks at from now on.
    ///
    /// # Errors
    /// [`TeamError::Invalid`] with every wrong field, [`TeamError::TooManyWorkspaces`], or
    /// [`TeamError::FreeWorkspaces`].
    pub async fn create_workspace(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        new: NewWorkspace,
    ) -> Result<Workspace, TeamError> {
        if visit.read_only() {
            return Err(Forbidden.into());
        }
        let (visit, address, now) = (visit.clone(), browser.address, self.clock.now());
        let made = self
            .db
            .write(move |tx| {
                may_own_more_in(tx, visit.user.id)?;
                let workspace = accounts::create_workspace_in(tx, visit.user.id, &new, now)?;
                accounts::choose_workspace_in(tx, &visit, &workspace.public_id)?;
                let entry = Entry::new(&visit, Action::WorkspaceCreated).at(workspace.id);
                audit::record_in(tx, &entry.target(workspace.name.as_str()).from(address), now)?;
                Ok::<_, TeamError>(workspace)
            })
            .await?;
        self.accounts.members_changed();
        Ok(made)
    }

    /// Whether the person may have another workspace: asked before the form is filled in.
    ///
    /// # Errors
    /// [`TeamError::TooManyWorkspaces`], [`TeamError::FreeWorkspaces`].
    pub async fn may_own_more(&self, user: UserId) -> Result<(), TeamError> {
        self.db.read(move |c| may_own_more_in(c, user)).await
    }

    /// A workspace for somebody else.
    ///
    /// # Errors
    /// Those of [`Self::create_workspace`].
    pub async fn create_workspace_for(
        &self,
        admin: Admin,
        owner: UserId,
        new: NewWorkspace,
    ) -> Result<Workspace, TeamError> {
        let now = self.clock.now();
        let made = self
            .db
            .write(move |tx| {
                may_own_more_in(tx, owner)?;
                let workspace = accounts::create_workspace_in(tx, owner, &new, now)?;
                let entry = admin.entry(Action::WorkspaceCreated).at(workspace.id);
                audit::record_in(tx, &entry.target(workspace.name.as_str()), now)?;
                Ok::<_, TeamError>(workspace)
            })
            .await?;
        self.accounts.members_changed();
        Ok(made)
    }

    /// Changes name, zone and country. A new zone counts from its next midnight.
    ///
    /// # Errors
    /// [`TeamError::Invalid`] with every wrong field.
    pub async fn change_workspace(&self, scope: Scope, new: NewWorkspace) -> Result<Workspace, TeamError> {
        scope.require(Permission::ManageWorkspace)?;
        let now = self.clock.now();
        let changed = self
            .db
            .write(move |tx| {
                let before = accounts::workspace_in(tx, scope.workspace)?;
                accounts::update_workspace_in(tx, scope.workspace, &new)?;
                let mut after = accounts::workspace_in(tx, scope.workspace)?;
                if before.time_zone != after.time_zone {
                    plans::keep_day_in(tx, scope.workspace, before.time_zone, now)?;
                    after = accounts::workspace_in(tx, scope.workspace)?;
                }
                let changed = changes(&before, &after);
                if !changed.is_empty() {
                    let entry = scope.entry(Action::WorkspaceChanged).target(after.name.as_str());
                    audit::record_in(tx, &entry.detail(changed.into()), now)?;
                }
                Ok::<_, TeamError>(after)
            })
            .await?;
        self.jobs.wake();
        Ok(changed)
    }

    /// For how many hours a message may be without a receipt before it is called unreached.
    pub async fn unreached_after(&self, scope: Scope) -> Result<u32, TeamError> {
        self.db
            .read(move |c| Ok(accounts::unreached_after_in(c, scope.workspace)?))
            .await
    }

    /// # Errors
    /// [`TeamError::Invalid`] unless `hours` is a number from 1 to [`MOST_UNREACHED_HOURS`].
    pub async fn change_unreached_after(&self, scope: Scope, hours: &str) -> Result<u32, TeamError> {
        scope.require(Permission::ManageWorkspace)?;
        let hours = hours
            .trim()
            .parse()
            .ok()
            .filter(|hours| (1..=MOST_UNREACHED_HOURS).contains(hours));
        let Some(hours) = hours else {
            let text = Text::new("team-unreached-wrong").with("most", MOST_UNREACHED_HOURS.to_string());
            return Err(TeamError::Invalid(vec![FieldError::new("unreached_after", text)]));
        };
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let before = accounts::unreached_after_in(tx, scope.workspace)?;
                if before != hours {
                    accounts::set_unreached_after_in(tx, scope.workspace, hours)?;
                    let name = accounts::workspace_in(tx, scope.workspace)?.name;
                    let entry = scope.entry(Action::WorkspaceChanged).target(name.as_str());
                    let changed = serde_json::json!({ "unreached_after_hours": format!("{before} → {hours}") });
                    audit::record_in(tx, &entry.detail(changed), now)?;
                }
                Ok::<_, TeamError>(hours)
            })
            .await
    }

    /// Deletes the workspace with everything in it: nobody enters from now on, and what it holds is cleared away.
    ///
    /// # Errors
    /// [`TeamError::OtherName`] unless `typed` is its name.
    pub async fn delete_workspace(&self, scope: Scope, typed: &str) -> Result<Workspace, TeamError> {
        scope.require(Permission::ManageWorkspace)?;
        let (team, now, typed) = (self.clone(), self.clock.now(), typed.trim().to_owned());
        let gone = self
            .db
            .write(move |tx| {
                let workspace = accounts::workspace_in(tx, scope.workspace)?;
                if workspace.name != typed {
                    return Err(TeamError::OtherName);
                }
                for email in store::addresses(tx, workspace.id)? {
                    team.mailer.send_in(tx, &emails::deleted(&workspace, &email), now)?;
                }
                accounts::erase_workspace_in(tx, &workspace, scope.into(), now)?;
                Ok(workspace)
            })
            .await?;
        self.accounts.members_changed();
        self.mailer.wake();
        self.jobs.wake();
        Ok(gone)
    }
}

/// Whether the person may own another workspace, which starts without a paid plan.
fn may_own_more_in(c: &Connection, user: UserId) -> Result<(), TeamError> {
    let owned = store::owned(c, user)?;
    if owned.len() >= MAX_OWNED {
        return Err(TeamError::TooManyWorkspaces);
    }
    let limit = accounts::free_workspaces_in(c)?;
    let mut free = 0;
    for workspace in owned {
        let plan = plans::plan_of(c, workspace)?;
        // The default plan counts as free even with a price, since nobody chose to pay it.
        free += u32::from(plan.price_minor == 0 || plan.is_default);
    }
    if free >= limit {
        return Err(TeamError::FreeWorkspaces(limit));
    }
    Ok(())
}

/// The changed values: each before and after.
fn changes(before: &Workspace, after: &Workspace) -> serde_json::Map<String, serde_json::Value> {
    let mut changed = serde_json::Map::new();
    for (what, old, new) in [
        ("name", before.name.as_str(), after.name.as_str()),
        ("time_zone", before.time_zone.name(), after.time_zone.name()),
        ("country", before.country.as_str(), after.country.as_str()),
    ] {
        if old != new {
            changed.insert(what.to_owned(), format!("{old} → {new}").into());
        }
    }
    changed
}
