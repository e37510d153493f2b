//! Inviting: what owners do.

use rusqlite::Connection;
use serde_json::json;

use super::model::{self, INVITATION_LIFETIME, Invitation, RESEND_AFTER, Seats, TeamError};
use super::{Team, letters, store};
use crate::accounts::{self, Email, FieldError, MemberRole, Permission, Scope, Workspace};
use crate::audit::{self, Action};
use crate::clock::UnixMs;
use crate::crypto;
use crate::db;
use crate::ids::{PublicId, WorkspaceId};
use crate::plans::{self, Limit, Quota};

/// More open invitations than this are not shown; seats run out long before.
const MOST_SHOWN: u32 = 200;

impl Team {
    /// Invites the people of these addresses, all or nobody: they may be separated by commas, spaces and lines.
    /// Returns how many were invited.
    ///
    /// # Errors
    /// [`TeamError::Invalid`] names an address that is none, is a member, or is invited already; [`TeamError::Plan`]
    /// when the plan has no seat left.
    pub async fn invite(&self, scope: Scope, emails: &str, role: MemberRole) -> Result<usize, TeamError> {
        scope.require(Permission::ManageMembers)?;
        let emails = model::addresses(emails).map_err(|error| TeamError::Invalid(vec![error]))?;
        let (team, now, count) = (self.clone(), self.clock.now(), emails.len());
        self.db
            .write(move |tx| {
                let workspace = accounts::workspace_in(tx, scope.workspace)?;
                let known = already_known(tx, scope.workspace, &emails, now)?;
                if !known.is_empty() {
                    return Err(TeamError::Invalid(known));
                }
                let used = taken_in(tx, scope.workspace, now)?;
                let more = u32::try_from(emails.len()).unwrap_or(u32::MAX);
                plans::require_room_in(tx, scope.workspace, Quota::Seats, used, more)?;
                emails
                    .iter()
                    .try_for_each(|email| team.invite_in(tx, scope, &workspace, email, role, now))
            })
            .await?;
        self.mailer.wake();
        Ok(count)
    }

    fn invite_in(
        &self,
        tx: &Connection,
        scope: Scope,
        workspace: &Workspace,
        email: &Email,
        role: MemberRole,
        now: UnixMs,
    ) -> Result<(), TeamError> {
        let token = crypto::random_token();
        let new = store::NewInvitation {
            workspace: scope.workspace,
            email,
            role,
            token_hash: &crypto::hash_token(&token),
            invited_by: scope.user,
            now,
            expires: now.plus(INVITATION_LIFETIME),
        };
        let id = store::put_invitation(tx, &new)?;
        let entry = scope.entry(Action::InvitationSent).target(email.as_str());
        let detail = json!({ "role": role, "invitation": id });
        audit::record_in(tx, &entry.detail(detail), now)?;
        let by = store::name_of(tx, scope.user)?;
        let letter = letters::invitation(workspace, email, role, by.as_deref(), &token);
        self.mailer.send_in(tx, &letter, now)?;
        Ok(())
    }

    /// Sends the mail of an open invitation again, with another link; it works for a week from now.
    ///
    /// # Errors
    /// [`TeamError::NotFound`]; [`TeamError::JustSent`]; [`TeamError::Plan`] when it had expired and its seat is taken.
    pub async fn resend(&self, scope: Scope, id: &PublicId) -> Result<Invitation, TeamError> {
        scope.require(Permission::ManageMembers)?;
        let (team, now, id) = (self.clone(), self.clock.now(), id.clone());
        let sent = self
            .db
            .write(move |tx| {
                let found = store::find_invitation(tx, scope.workspace, &id)?.ok_or(TeamError::NotFound)?;
                if found.sent_at.is_within(RESEND_AFTER, now) {
                    return Err(TeamError::JustSent);
                }
                if found.has_expired(now) {
                    let used = taken_in(tx, scope.workspace, now)?;
                    plans::require_room_in(tx, scope.workspace, Quota::Seats, used, 1)?;
                }
                let token = crypto::random_token();
                store::renew(
                    tx,
                    found.id,
                    &crypto::hash_token(&token),
                    now,
                    now.plus(INVITATION_LIFETIME),
                )?;
                let entry = scope.entry(Action::InvitationResent).target(found.email.as_str());
                audit::record_in(tx, &entry, now)?;
                let workspace = accounts::workspace_in(tx, scope.workspace)?;
                let by = store::name_of(tx, scope.user)?;
                let letter = letters::invitation(&workspace, &found.email, found.role, by.as_deref(), &token);
                team.mailer.send_in(tx, &letter, now)?;
                Ok(found)
            })
            .await?;
        self.mailer.wake();
        Ok(sent)
    }

    /// Takes an open invitation back: its link stops working and its seat is free.
    ///
    /// # Errors
    /// [`TeamError::NotFound`], also for one that was accepted.
    pub async fn revoke(&self, scope: Scope, id: &PublicId) -> Result<Invitation, TeamError> {
        scope.require(Permission::ManageMembers)?;
        let (now, id) = (self.clock.now(), id.clone());
        self.db
            .write(move |tx| {
                let found = store::find_invitation(tx, scope.workspace, &id)?.ok_or(TeamError::NotFound)?;
                store::revoke(tx, found.id, now)?;
                let entry = scope.entry(Action::InvitationRevoked).target(found.email.as_str());
                audit::record_in(tx, &entry, now)?;
                Ok(found)
            })
            .await
    }

    /// Invitations that were neither accepted nor taken back, the newest first; expired ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_invitations(&self, scope: Scope) -> Result<Vec<Invitation>, TeamError> {
        self.db
            .read(move |c| Ok(store::open_invitations(c, scope.workspace, MOST_SHOWN)?))
            .await
    }

    /// # Errors
    /// When the database fails.
    pub async fn seats(&self, scope: Scope) -> Result<Seats, TeamError> {
        let now = self.clock.now();
        self.db
            .read(move |c| {
                let limit = match plans::limits_in(c, scope.workspace)?.of(Quota::Seats) {
                    Limit::Of(limit) => Some(limit),
                    Limit::Unlimited => None,
                };
                Ok(Seats {
                    members: store::count_members(c, scope.workspace)?,
                    invited: store::count_invited(c, scope.workspace, now)?,
                    limit,
                })
            })
            .await
    }
}

/// Seats that are taken: by members, and by invitations that still work.
fn taken_in(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<u32> {
    Ok(store::count_members(c, workspace)? + store::count_invited(c, workspace, now)?)
}

/// A complaint for each address that is a member or is invited already.
fn already_known(c: &Connection, workspace: WorkspaceId, emails: &[Email], now: UnixMs) -> db::Result<Vec<FieldError>> {
    let mut known = Vec::new();
    for email in emails {
        if store::member_by_email(c, workspace, email)?.is_some() {
            known.push(FieldError::new("emails", format!("{email} is a member already.")));
        } else if store::invitation_of(c, workspace, email)?.is_some_and(|open| !open.has_expired(now)) {
            let text = format!("{email} is invited already. Send the invitation again in the list below.");
            known.push(FieldError::new("emails", text));
        }
    }
    Ok(known)
}
