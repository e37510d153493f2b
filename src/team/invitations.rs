//! Inviting: what owners do.

use rusqlite::Connection;
use serde_json::json;

use super::model::{self, INVITATION_LIFETIME, Invitation, RESEND_AFTER, Seats, TeamError};
use super::{Team, budgets, emails, store};
use crate::accounts::{self, Email, FieldError, MemberRole, Permission, Scope, Workspace};
use crate::audit::{self, Action};
use crate::clock::UnixMs;
use crate::crypto;
use crate::db;
use crate::i18n::Text;
use crate::ids::{PublicId, WorkspaceId};
use crate::plans::{self, Limit, Quota};

/// More open invitations than this are not shown; seats run out long before.
const MOST_SHOWN: u32 = 200;

impl Team {
    /// Invites the people of these addresses, all or nobody: they may be separated by commas, spaces and lines.
    /// Returns whom, each with the link that was mailed: a secret, for nobody but whoever owns the box.
    ///
    /// # Errors
    /// [`TeamError::Invalid`] names an address that is none, is a member, or is invited already; [`TeamError::Plan`]
    /// when the plan has no seat left; [`TeamError::Rationed`] when the day's invitations are used up.
    pub async fn invite(
        &self,
        scope: Scope,
        emails: &str,
        role: MemberRole,
    ) -> Result<Vec<(Email, String)>, TeamError> {
        scope.require(Permission::ManageMembers)?;
        let emails = model::addresses(emails).map_err(|error| TeamError::Invalid(vec![error]))?;
        let (team, now) = (self.clone(), self.clock.now());
        let invited = self
            .db
            .write(move |tx| {
                let workspace = accounts::workspace_in(tx, scope.workspace)?;
                let known = already_known(tx, scope.workspace, &emails, now)?;
                if !known.is_empty() {
                    return Err(TeamError::Invalid(known));
                }
                let used = taken_in(tx, scope.workspace, now)?;
                let more = u32::try_from(emails.len()).unwrap_or(u32::MAX);
                plans::require_room_in(tx, scope.workspace, Quota::Seats, used, more)?;
                let invite = |email: Email| {
                    let link = team.invite_in(tx, scope, &workspace, &email, role, now)?;
                    Ok((email, link))
                };
                emails.into_iter().map(invite).collect::<Result<Vec<_>, TeamError>>()
            })
            .await?;
        self.mailer.wake();
        Ok(invited)
    }

    fn invite_in(
        &self,
        tx: &Connection,
        scope: Scope,
        workspace: &Workspace,
        email: &Email,
        role: MemberRole,
        now: UnixMs,
    ) -> Result<String, TeamError> {
        budgets::claim_in(tx, scope, email, now)?;
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
        let by = store::person(tx, scope.user)?;
        let draft = emails::invitation(workspace, email, role, by.as_ref(), &token);
        self.mailer.send_in(tx, &draft, now)?;
        Ok(self.mailer.url(&emails::path(&token)))
    }

    /// Sends the mail of an open invitation again, with another link; it works for a week from now.
    ///
    /// # Errors
    /// [`TeamError::NotFound`]; [`TeamError::JustSent`] and [`TeamError::Rationed`]; [`TeamError::Plan`] when it had
    /// expired and its seat is taken.
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
                budgets::claim_in(tx, scope, &found.email, now)?;
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
                let by = store::person(tx, scope.user)?;
                let draft = emails::invitation(&workspace, &found.email, found.role, by.as_ref(), &token);
                team.mailer.send_in(tx, &draft, now)?;
                Ok(found)
            })
            .await?;
        self.mailer.wake();
        Ok(sent)
    }

    /// One more link to an open invitation, to be passed on by hand; the mailed one works on. `vouched`: whoever makes
    /// it may say whose an address is. Without that the link proves no address, since it is not only the invited who
    /// has seen it.
    ///
    /// # Errors
    /// [`TeamError::NotFound`]; [`TeamError::InvitationOver`] for one that has expired.
    pub async fn link(&self, scope: Scope, id: &PublicId, vouched: bool) -> Result<(Invitation, String), TeamError> {
        scope.require(Permission::ManageMembers)?;
        let (now, id, token) = (self.clock.now(), id.clone(), crypto::random_token());
        let hash = crypto::hash_token(&token);
        let found = self
            .db
            .write(move |tx| {
                let found = store::find_invitation(tx, scope.workspace, &id)?.ok_or(TeamError::NotFound)?;
                if found.has_expired(now) {
                    return Err(TeamError::InvitationOver);
                }
                store::put_link(tx, found.id, &hash, vouched, now)?;
                let entry = scope.entry(Action::InvitationLinked).target(found.email.as_str());
                audit::record_in(tx, &entry, now)?;
                Ok::<_, TeamError>(found)
            })
            .await?;
        Ok((found, self.mailer.url(&emails::path(&token))))
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
    pub async fn open_invitations(&self, scope: Scope) -> Result<Vec<Invitation>, TeamError> {
        self.db
            .read(move |c| Ok(store::open_invitations(c, scope.workspace, MOST_SHOWN)?))
            .await
    }

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

/// Seats taken by members and by valid invitations.
fn taken_in(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<u32> {
    Ok(store::count_members(c, workspace)? + store::count_invited(c, workspace, now)?)
}

/// An error for each address that is a member or is invited already.
fn already_known(c: &Connection, workspace: WorkspaceId, emails: &[Email], now: UnixMs) -> db::Result<Vec<FieldError>> {
    let mut known = Vec::new();
    for email in emails {
        if store::member_by_email(c, workspace, email)?.is_some() {
            let text = Text::new("team-email-member").with("email", email);
            known.push(FieldError::new("emails", text));
        } else if store::invitation_of(c, workspace, email)?.is_some_and(|open| !open.has_expired(now)) {
            let text = Text::new("team-email-invited").with("email", email);
            known.push(FieldError::new("emails", text));
        }
    }
    Ok(known)
}
