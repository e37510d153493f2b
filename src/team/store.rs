//! SQL of members and invitations.

use rusqlite::{Connection, Row, ToSql, named_params};

use super::model::{Invitation, Invited, TeamMember, TeamMembers, WorkspaceSummary};
use crate::accounts::rows::{USER, USER_WIDTH, WORKSPACE, WORKSPACE_WIDTH, user_at, workspace_at};
use crate::accounts::{Email, MemberRole};
use crate::clock::UnixMs;
use crate::db::{self, Page, Rows as _};
use crate::ids::{InvitationId, PublicId, UserId, WorkspaceId};

// Members.

/// Members who take a seat: all but guests.
pub(super) fn count_members(c: &Connection, workspace: WorkspaceId) -> db::Result<u32> {
    let sql = "SELECT COUNT(*) FROM members m JOIN users u ON u.id = m.user_id
                WHERE m.workspace_id = :workspace AND u.platform_role <> 'guest'";
    c.prepare_cached(sql)?
        .one(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// Other owners who could act: not guests, not suspended, their address confirmed.
pub(super) fn count_owners_besides(c: &Connection, workspace: WorkspaceId, user: UserId) -> db::Result<u32> {
    let sql = "SELECT COUNT(*) FROM members m JOIN users u ON u.id = m.user_id
                WHERE m.workspace_id = :workspace AND m.user_id <> :user AND m.role = 'owner'
                  AND u.platform_role <> 'guest' AND u.suspended_at IS NULL AND u.verified_at IS NOT NULL";
    c.prepare_cached(sql)?
        .one(named_params! { ":workspace": workspace, ":user": user }, |row| {
            row.get(0)
        })
}

/// Name and email of a user, while they exist.
pub(super) fn person(c: &Connection, user: UserId) -> db::Result<Option<(String, String)>> {
    c.prepare_cached("SELECT name, email FROM users WHERE id = :user")?
        .maybe(named_params! { ":user": user }, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The workspaces that the user owns.
pub(super) fn owned(c: &Connection, user: UserId) -> db::Result<Vec<WorkspaceId>> {
    let sql = "SELECT workspace_id FROM members WHERE user_id = :user AND role = 'owner'";
    c.prepare_cached(sql)?
        .all(named_params! { ":user": user }, |row| row.get(0))
}

fn team_member(row: &Row<'_>) -> rusqlite::Result<TeamMember> {
    Ok(TeamMember {
        user: user_at(row, 0)?,
        role: row.get(USER_WIDTH)?,
        joined_at: row.get(USER_WIDTH + 1)?,
        seen_at: row.get(USER_WIDTH + 2)?,
    })
}

const SEEN: &str = "(SELECT MAX(l.seen_at) FROM logins l WHERE l.user_id = u.id AND l.impersonator IS NULL)";

/// The member with this public id.
pub(super) fn member(c: &Connection, workspace: WorkspaceId, user: &PublicId) -> db::Result<Option<TeamMember>> {
    let sql = format!(
        "SELECT {USER}, m.role, m.created_at, {SEEN}
           FROM members m JOIN users u ON u.id = m.user_id
          WHERE m.workspace_id = :workspace AND u.public_id = :user"
    );
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":workspace": workspace, ":user": user }, team_member)
}

/// The member with this address.
pub(super) fn member_by_email(c: &Connection, workspace: WorkspaceId, email: &Email) -> db::Result<Option<TeamMember>> {
    let sql = format!(
        "SELECT {USER}, m.role, m.created_at, {SEEN}
           FROM members m JOIN users u ON u.id = m.user_id
          WHERE m.workspace_id = :workspace AND u.email = :email"
    );
    c.prepare_cached(&sql)?.maybe(
        named_params! { ":workspace": workspace, ":email": email.as_str() },
        team_member,
    )
}

/// Up to `limit` members whose name or address holds `text`, by name, from behind the member `after`.
pub(super) fn members(
    c: &Connection,
    workspace: WorkspaceId,
    text: &str,
    after: Option<&PublicId>,
    limit: usize,
) -> db::Result<TeamMembers> {
    let sql = format!(
        "SELECT {USER}, m.role, m.created_at, {SEEN}
           FROM members m JOIN users u ON u.id = m.user_id
          WHERE m.workspace_id = :workspace
            AND (:text = '' OR instr(lower(u.name), :text) OR instr(u.email, :text))
            AND (:after IS NULL OR (lower(u.name), u.id) > (SELECT lower(a.name), a.id
                   FROM users a JOIN members own ON own.user_id = a.id AND own.workspace_id = :workspace
                  WHERE a.public_id = :after))
          ORDER BY lower(u.name), u.id LIMIT :limit"
    );
    let shown: Vec<TeamMember> = c.prepare_cached(&sql)?.all(
        named_params! {
            ":workspace": workspace, ":text": text.trim().to_lowercase(), ":after": after,
            ":limit": i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
        },
        team_member,
    )?;
    let total = c
        .prepare_cached("SELECT COUNT(*) FROM members WHERE workspace_id = :workspace")?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    let page = Page::of(shown, limit, |last| last.user.public_id.clone());
    Ok(TeamMembers { page, total })
}

/// Addresses of everybody to notify about the workspace.
pub(super) fn addresses(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Email>> {
    let sql = format!(
        "SELECT {USER} FROM members m JOIN users u ON u.id = m.user_id
          WHERE m.workspace_id = :workspace AND u.platform_role <> 'guest' AND u.suspended_at IS NULL
          ORDER BY u.id"
    );
    c.prepare_cached(&sql)?
        .all(named_params! { ":workspace": workspace }, |row| {
            Ok(user_at(row, 0)?.email)
        })
}

/// The user's workspaces, suspended ones too, the oldest membership first.
pub(super) fn workspaces_of(c: &Connection, user: UserId) -> db::Result<Vec<WorkspaceSummary>> {
    let sql = format!(
        "SELECT {WORKSPACE}, m.role, (SELECT COUNT(*) FROM members o WHERE o.workspace_id = w.id)
           FROM members m JOIN workspaces w ON w.id = m.workspace_id
          WHERE m.user_id = :user
          ORDER BY m.created_at, w.id"
    );
    c.prepare_cached(&sql)?.all(named_params! { ":user": user }, |row| {
        Ok(WorkspaceSummary {
            workspace: workspace_at(row, 0)?,
            role: row.get(WORKSPACE_WIDTH)?,
            members: row.get(WORKSPACE_WIDTH + 1)?,
        })
    })
}

// Invitations.

const INVITATION: &str = "n.id, n.public_id, n.workspace_id, n.email, n.role, b.name, n.sent_at, n.expires_at";
const INVITATION_WIDTH: usize = 8;
const OPEN: &str = "n.accepted_at IS NULL AND n.revoked_at IS NULL";

fn invitation(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    let email: String = row.get(3)?;
    Ok(Invitation {
        id: row.get(0)?,
        public_id: row.get(1)?,
        workspace: row.get(2)?,
        // Stored addresses were checked before.
        email: Email::parse(&email).map_err(|_| rusqlite::Error::InvalidQuery)?,
        role: row.get(4)?,
        invited_by: row.get(5)?,
        sent_at: row.get(6)?,
        expires_at: row.get(7)?,
    })
}

/// Invitations that take a seat: those with a valid link.
pub(super) fn count_invited(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<u32> {
    let sql = format!(
        "SELECT COUNT(*) FROM invitations n WHERE n.workspace_id = :workspace AND {OPEN} AND n.expires_at > :now"
    );
    c.prepare_cached(&sql)?
        .one(named_params! { ":workspace": workspace, ":now": now }, |row| row.get(0))
}

/// Open invitations of the workspace, expired ones too, the newest first; never many, since they take seats.
pub(super) fn open_invitations(c: &Connection, workspace: WorkspaceId, limit: u32) -> db::Result<Vec<Invitation>> {
    let sql = format!(
        "SELECT {INVITATION} FROM invitations n LEFT JOIN users b ON b.id = n.invited_by
          WHERE n.workspace_id = :workspace AND {OPEN} ORDER BY n.id DESC LIMIT :limit"
    );
    c.prepare_cached(&sql)?
        .all(named_params! { ":workspace": workspace, ":limit": limit }, invitation)
}

/// The open invitation with this public id, expired or not.
pub(super) fn find_invitation(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Option<Invitation>> {
    let sql = format!(
        "SELECT {INVITATION} FROM invitations n LEFT JOIN users b ON b.id = n.invited_by
          WHERE n.workspace_id = :workspace AND n.public_id = :id AND {OPEN}"
    );
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":workspace": workspace, ":id": id }, invitation)
}

/// The open invitation of this address, expired or not.
pub(super) fn invitation_of(c: &Connection, workspace: WorkspaceId, email: &Email) -> db::Result<Option<Invitation>> {
    let sql = format!(
        "SELECT {INVITATION} FROM invitations n LEFT JOIN users b ON b.id = n.invited_by
          WHERE n.workspace_id = :workspace AND n.email = :email AND {OPEN}"
    );
    c.prepare_cached(&sql)?.maybe(
        named_params! { ":workspace": workspace, ":email": email.as_str() },
        invitation,
    )
}

fn invited(row: &Row<'_>) -> rusqlite::Result<Invited> {
    Ok(Invited {
        invitation: invitation(row)?,
        workspace: workspace_at(row, INVITATION_WIDTH)?,
        has_account: row.get(INVITATION_WIDTH + WORKSPACE_WIDTH)?,
        proves_address: row.get(INVITATION_WIDTH + WORKSPACE_WIDTH + 1)?,
    })
}

/// The invitation of a valid link. A suspended workspace accepts nobody.
pub(super) fn by_token(c: &Connection, hash: &[u8], now: UnixMs) -> db::Result<Option<Invited>> {
    let sql = format!(
        "SELECT {INVITATION}, {WORKSPACE},
                EXISTS (SELECT 1 FROM users u
                         WHERE u.email = n.email
                           AND (u.verified_at IS NOT NULL OR u.suspended_at IS NOT NULL OR l.proves_address = 0)),
                COALESCE(l.proves_address, 1)
           FROM invitations n
           LEFT JOIN invitation_links l ON l.token_hash = :hash
           JOIN workspaces w ON w.id = n.workspace_id AND w.suspended_at IS NULL
           LEFT JOIN users b ON b.id = n.invited_by
          WHERE n.id IN (SELECT id FROM invitations WHERE token_hash = :hash
                          UNION ALL SELECT invitation_id FROM invitation_links WHERE token_hash = :hash)
            AND {OPEN} AND n.expires_at > :now"
    );
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":hash": hash, ":now": now }, invited)
}

/// The open invitations of this address; only one of them when `id` is given.
pub(super) fn waiting_for(
    c: &Connection,
    email: &Email,
    id: Option<&PublicId>,
    now: UnixMs,
) -> db::Result<Vec<Invited>> {
    let sql = format!(
        "SELECT {INVITATION}, {WORKSPACE}, 1, 1
           FROM invitations n
           JOIN workspaces w ON w.id = n.workspace_id AND w.suspended_at IS NULL
           LEFT JOIN users b ON b.id = n.invited_by
          WHERE n.email = :email AND {OPEN} AND n.expires_at > :now AND (:id IS NULL OR n.public_id = :id)
          ORDER BY n.id DESC LIMIT 50"
    );
    c.prepare_cached(&sql)?.all(
        named_params! { ":email": email.as_str(), ":id": id, ":now": now },
        invited,
    )
}

pub(super) struct NewInvitation<'a> {
    pub workspace: WorkspaceId,
    pub email: &'a Email,
    pub role: MemberRole,
    pub token_hash: &'a [u8],
    pub invited_by: UserId,
    pub now: UnixMs,
    pub expires: UnixMs,
}

/// Adds an invitation, or renews an expired one of this address, whose links end.
pub(super) fn put_invitation(c: &Connection, new: &NewInvitation<'_>) -> db::Result<PublicId> {
    let sql = "INSERT INTO invitations (public_id, workspace_id, email, role, token_hash, invited_by, created_at,
                                        sent_at, expires_at)
               VALUES (:public, :workspace, :email, :role, :hash, :by, :now, :now, :expires)
               ON CONFLICT (workspace_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL
               DO UPDATE SET role = excluded.role, token_hash = excluded.token_hash, invited_by = excluded.invited_by,
                             sent_at = excluded.sent_at, expires_at = excluded.expires_at
               RETURNING id, public_id";
    let (id, public_id) = c.prepare_cached(sql)?.query_row(
        named_params! {
            ":public": PublicId::new("inv"), ":workspace": new.workspace, ":email": new.email.as_str(),
            ":role": new.role, ":hash": new.token_hash, ":by": new.invited_by, ":now": new.now,
            ":expires": new.expires,
        },
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    drop_links(c, id)?;
    Ok(public_id)
}

/// Another link for the same invitation; the earlier ones end.
pub(super) fn renew(c: &Connection, id: InvitationId, hash: &[u8], now: UnixMs, expires: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE invitations SET token_hash = :hash, sent_at = :now, expires_at = :expires WHERE id = :id",
    )?
    .execute(named_params! { ":id": id, ":hash": hash, ":now": now, ":expires": expires })?;
    drop_links(c, id)
}

/// Links per invitation that can be shared by hand; beyond that the oldest are deleted.
const MOST_LINKS: u32 = 10;

/// Adds a link to the invitation, beside the mailed one.
pub(super) fn put_link(c: &Connection, id: InvitationId, hash: &[u8], proves: bool, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO invitation_links (token_hash, invitation_id, proves_address, created_at)
         VALUES (:hash, :id, :proves, :now)",
    )?
    .execute(named_params! { ":hash": hash, ":id": id, ":proves": proves, ":now": now })?;
    c.prepare_cached(
        "DELETE FROM invitation_links WHERE invitation_id = :id AND token_hash NOT IN (
             SELECT token_hash FROM invitation_links WHERE invitation_id = :id
              ORDER BY token_hash = :hash DESC, created_at DESC LIMIT :most)",
    )?
    .execute(named_params! { ":id": id, ":hash": hash, ":most": MOST_LINKS })?;
    Ok(())
}

fn drop_links(c: &Connection, id: InvitationId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM invitation_links WHERE invitation_id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

pub(super) fn revoke(c: &Connection, id: InvitationId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE invitations SET revoked_at = :now WHERE id = :id AND accepted_at IS NULL")?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}

pub(super) fn accept(c: &Connection, id: InvitationId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE invitations SET accepted_at = :now WHERE id = :id")?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}

/// Revokes the invitations of a former owner.
pub(super) fn revoke_all_by(c: &Connection, workspace: WorkspaceId, user: UserId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE invitations SET revoked_at = :now
          WHERE workspace_id = :workspace AND invited_by = :user AND accepted_at IS NULL AND revoked_at IS NULL",
    )?
    .execute(named_params! { ":workspace": workspace, ":user": user, ":now": now })?;
    Ok(())
}

// Emails of invitations.

/// When the `nth` newest email to a mailbox was written; `None` when there were fewer since `since`.
pub(super) fn nth_mail_to(c: &Connection, mailbox: &[u8], nth: u32, since: UnixMs) -> db::Result<Option<UnixMs>> {
    let sql = "SELECT at FROM invitation_mails WHERE mailbox = :key AND at > :since ORDER BY at DESC
                LIMIT 1 OFFSET :nth - 1";
    nth_mail(c, sql, &mailbox, nth, since)
}

/// The same for the emails of a workspace.
pub(super) fn nth_mail_of(c: &Connection, key: WorkspaceId, nth: u32, since: UnixMs) -> db::Result<Option<UnixMs>> {
    let sql = "SELECT at FROM invitation_mails WHERE workspace_id = :key AND at > :since ORDER BY at DESC
                LIMIT 1 OFFSET :nth - 1";
    nth_mail(c, sql, &key, nth, since)
}

/// The same for the emails that a machine requested.
pub(super) fn nth_mail_by(c: &Connection, machine: &str, nth: u32, since: UnixMs) -> db::Result<Option<UnixMs>> {
    let sql = "SELECT at FROM invitation_mails WHERE machine = :key AND at > :since ORDER BY at DESC
                LIMIT 1 OFFSET :nth - 1";
    nth_mail(c, sql, &machine, nth, since)
}

fn nth_mail(c: &Connection, sql: &str, key: &dyn ToSql, nth: u32, since: UnixMs) -> db::Result<Option<UnixMs>> {
    c.prepare_cached(sql)?
        .maybe(named_params! { ":key": key, ":nth": nth, ":since": since }, |row| {
            row.get(0)
        })
}

pub(super) fn count_mail(
    c: &Connection,
    workspace: WorkspaceId,
    mailbox: &[u8],
    machine: Option<&str>,
    now: UnixMs,
) -> db::Result<()> {
    let sql = "INSERT INTO invitation_mails (workspace_id, mailbox, machine, at)
               VALUES (:workspace, :mailbox, :machine, :now)";
    c.prepare_cached(sql)?
        .execute(named_params! { ":workspace": workspace, ":mailbox": mailbox, ":machine": machine, ":now": now })?;
    Ok(())
}

/// Emails from before `before` no longer count.
pub(super) fn forget_mails(c: &Connection, before: UnixMs) -> db::Result<()> {
    c.prepare_cached("DELETE FROM invitation_mails WHERE at <= :before")?
        .execute(named_params! { ":before": before })?;
    Ok(())
}
