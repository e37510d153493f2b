//! The members of a workspace: who they are, what they may do, and how they leave.

use rusqlite::Connection;
use serde_json::json;

use super::model::{TeamError, TeamMember, TeamMembers, takes_seat};
use super::{Team, emails, store};
use crate::accounts::{self, Email, MemberRole, NewUser, Permission, Scope, User};
use crate::audit::{self, Action, Admin};
use crate::i18n::Text;
use crate::ids::{PublicId, UserId, WorkspaceId};
use crate::plans::{self, Quota};

impl Team {
    /// Up to `limit` members whose name or address holds `text`, by name. Every member may look.
    pub async fn members(
        &self,
        scope: Scope,
        text: &str,
        after: Option<PublicId>,
        limit: usize,
    ) -> Result<TeamMembers, TeamError> {
        let text = text.to_owned();
        self.db
            .read(move |c| Ok(store::members(c, scope.workspace, &text, after.as_ref(), limit)?))
            .await
    }

    /// The member of this public id or address.
    ///
    /// # Errors
    /// [`TeamError::NotFound`].
    pub async fn member(&self, scope: Scope, wanted: &str) -> Result<TeamMember, TeamError> {
        let (id, email) = (wanted.parse::<PublicId>().ok(), Email::parse(wanted).ok());
        self.db
            .read(move |c| {
                let found = match (id, email) {
                    (Some(id), _) => store::member(c, scope.workspace, &id)?,
                    (None, Some(email)) => store::member_by_email(c, scope.workspace, &email)?,
                    (None, None) => None,
                };
                found.ok_or(TeamError::NotFound)
            })
            .await
    }

    /// Lets somebody with a login in without asking them: whoever owns the box, on the command line.
    ///
    /// # Errors
    /// [`TeamError::NotFound`] when nobody has the address; [`TeamError::Plan`] without a free seat.
    pub async fn add(&self, scope: Scope, email: &str, role: MemberRole) -> Result<TeamMember, TeamError> {
        scope.require(Permission::ManageMembers)?;
        let email = Email::parse(email).map_err(|error| TeamError::Invalid(vec![error]))?;
        let now = self.clock.now();
        let added = self
            .db
            .write(move |tx| {
                let user = accounts::find_user_in(tx, &email)?.ok_or(TeamError::NotFound)?;
                let workspace = scope.workspace;
                if store::member(tx, workspace, &user.public_id)?.is_some() {
                    return Err(TeamError::field("email", Text::new("team-member-already")));
                }
                if takes_seat(user.platform_role) {
                    let used = store::count_members(tx, workspace)?;
                    plans::require_room_in(tx, workspace, Quota::Seats, used, 1)?;
                }
                accounts::put_member_in(tx, workspace, user.id, role, now)?;
                let entry = scope.entry(Action::MemberAdded).target(email.as_str());
                audit::record_in(tx, &entry.detail(json!({ "role": role })), now)?;
                store::member(tx, workspace, &user.public_id)?.ok_or(TeamError::NotFound)
            })
            .await?;
        self.accounts.members_changed();
        Ok(added)
    }

    /// Makes a login for somebody new who is a member from the start: whoever owns the box, on the command line.
    ///
    /// # Errors
    /// [`TeamError::Account`] for a wrong field or a taken address; [`TeamError::Plan`] without a free seat. Nobody is
    /// made then.
    pub async fn create(
        &self,
        admin: Admin,
        workspace: WorkspaceId,
        new: NewUser,
        role: MemberRole,
    ) -> Result<User, TeamError> {
        let new = self
            .accounts
            .prepare_user(admin, new)
            .await
            .map_err(TeamError::Account)?;
        let now = self.clock.now();
        let made = self
            .db
            .write(move |tx| {
                let user = accounts::create_user_in(tx, admin, &new, now).map_err(TeamError::Account)?;
                if takes_seat(user.platform_role) {
                    let used = store::count_members(tx, workspace)?;
                    plans::require_room_in(tx, workspace, Quota::Seats, used, 1)?;
                }
                accounts::put_member_in(tx, workspace, user.id, role, now)?;
                Ok::<_, TeamError>(user)
            })
            .await?;
        self.accounts.members_changed();
        Ok(made)
    }

    /// # Errors
    /// [`TeamError::NotFound`], or [`TeamError::LastOwner`].
    pub async fn change_role(
        &self,
        scope: Scope,
        member: &PublicId,
        role: MemberRole,
    ) -> Result<TeamMember, TeamError> {
        scope.require(Permission::ManageMembers)?;
        let (now, member) = (self.clock.now(), member.clone());
        let changed = self
            .db
            .write(move |tx| {
                let found = store::member(tx, scope.workspace, &member)?.ok_or(TeamError::NotFound)?;
                if found.role == role {
                    return Ok(found);
                }
                if found.role == MemberRole::Owner {
                    keeps_an_owner(tx, scope.workspace, found.user.id)?;
                }
                accounts::put_member_in(tx, scope.workspace, found.user.id, role, now)?;
                let entry = scope
                    .entry(Action::MemberRoleChanged)
                    .target(found.user.email.as_str())
                    .detail(json!({ "before": found.role, "role": role }));
                audit::record_in(tx, &entry, now)?;
                Ok::<_, TeamError>(TeamMember { role, ..found })
            })
            .await?;
        self.accounts.members_changed();
        Ok(changed)
    }

    /// Ends somebody's membership: their browsers lose the workspace at once, and invitations that they sent end.
    ///
    /// # Errors
    /// [`TeamError::NotFound`], or [`TeamError::LastOwner`].
    pub async fn remove(&self, scope: Scope, member: &PublicId) -> Result<TeamMember, TeamError> {
        scope.require(Permission::ManageMembers)?;
        let (team, now, member) = (self.clone(), self.clock.now(), member.clone());
        let gone = self
            .db
            .write(move |tx| {
                let found = store::member(tx, scope.workspace, &member)?.ok_or(TeamError::NotFound)?;
                if found.role == MemberRole::Owner {
                    keeps_an_owner(tx, scope.workspace, found.user.id)?;
                }
                accounts::remove_member_in(tx, scope.workspace, found.user.id)?;
                store::revoke_all_by(tx, scope.workspace, found.user.id, now)?;
                let entry = scope.entry(Action::MemberRemoved).target(found.user.email.as_str());
                audit::record_in(tx, &entry.detail(json!({ "role": found.role })), now)?;
                if takes_seat(found.user.platform_role) && found.user.id != scope.user {
                    let workspace = accounts::workspace_in(tx, scope.workspace)?;
                    let draft = emails::removed(&workspace, &found.user.email);
                    team.mailer.send_in(tx, &draft, now)?;
                }
                Ok::<_, TeamError>(found)
            })
            .await?;
        self.accounts.members_changed();
        self.mailer.wake();
        Ok(gone)
    }

    /// Ends the member's own membership.
    ///
    /// # Errors
    /// [`TeamError::LastOwner`].
    pub async fn leave(&self, scope: Scope) -> Result<(), TeamError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                if scope.role == MemberRole::Owner {
                    keeps_an_owner(tx, scope.workspace, scope.user)?;
                }
                if !accounts::remove_member_in(tx, scope.workspace, scope.user)? {
                    return Err(TeamError::NotFound);
                }
                let entry = scope.entry(Action::MemberLeft).detail(json!({ "role": scope.role }));
                Ok(audit::record_in(tx, &entry, now)?)
            })
            .await?;
        self.accounts.members_changed();
        Ok(())
    }
}

/// Checks that another owner stays who can act.
fn keeps_an_owner(tx: &Connection, workspace: WorkspaceId, besides: UserId) -> Result<(), TeamError> {
    if store::count_owners_besides(tx, workspace, besides)? == 0 {
        return Err(TeamError::LastOwner);
    }
    Ok(())
}
