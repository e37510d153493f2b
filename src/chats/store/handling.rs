//! SQL of what a team does with its chats.

use rusqlite::{Connection, Row, named_params};

use super::read::read_json;
use super::{labels, notes, scheduled};
use crate::chats::handling::{Act, Assignee, ChatState, Counts, Did, Doer, Handled, Label};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{ChatId, PublicId, UserId, WorkspaceId};

/// Members who can have chats: a guest only looks, and a suspended person cannot.
const MEMBERS: &str = "members m JOIN users u ON u.id = m.user_id
    WHERE m.workspace_id = :workspace AND u.platform_role <> 'guest' AND u.suspended_at IS NULL";

/// Everybody whom a chat can be assigned to, by name.
pub fn members(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Assignee>> {
    let sql = format!("SELECT u.public_id, u.name FROM {MEMBERS} ORDER BY lower(u.name), u.id");
    let mut statement = c.prepare_cached(&sql)?;
    statement.all(named_params! { ":workspace": workspace }, |row| {
        Ok(Assignee {
            user: row.get(0)?,
            name: row.get(1)?,
        })
    })
}

/// One of them.
pub(in crate::chats) fn member_of(
    c: &Connection,
    workspace: WorkspaceId,
    user: UserId,
) -> db::Result<Option<Assignee>> {
    let sql = format!("SELECT u.public_id, u.name FROM {MEMBERS} AND u.id = :user");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":workspace": workspace, ":user": user }, |row| {
            Ok(Assignee {
                user: row.get(0)?,
                name: row.get(1)?,
            })
        })
}

/// A person's name, while they are there.
pub(in crate::chats) fn name_of(c: &Connection, user: UserId) -> db::Result<Option<String>> {
    c.prepare_cached("SELECT name FROM users WHERE id = :user")?
        .maybe(named_params! { ":user": user }, |row| row.get(0))
}

pub(in crate::chats) fn member(c: &Connection, workspace: WorkspaceId, user: &PublicId) -> db::Result<Option<UserId>> {
    let sql = format!("SELECT u.id FROM {MEMBERS} AND u.public_id = :user");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":workspace": workspace, ":user": user }, |row| {
            row.get(0)
        })
}

/// The columns of [`handled_at`], and where they come from.
pub(super) const HANDLED: &str = "ch.handling, ch.snoozed_until, ch.pinned, ch.muted, us.public_id, us.name,
    (SELECT json_group_array(json_object('id', lb.public_id, 'name', lb.name, 'colour', lb.colour))
       FROM chat_labels own CROSS JOIN labels lb ON lb.id = own.label_id WHERE own.chat_id = ch.id)";
pub(super) const ASSIGNEE: &str = "LEFT JOIN users us ON us.id = ch.assignee_id";

/// Reads [`HANDLED`] from the column `at`.
pub(super) fn handled_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Handled> {
    let (user, name): (Option<PublicId>, Option<String>) = (row.get(at + 4)?, row.get(at + 5)?);
    let mut labels: Vec<Label> = read_json(row.get(at + 6)?).unwrap_or_default();
    labels.sort_by_key(|label| label.name.to_lowercase());
    Ok(Handled {
        labels,
        state: row.get(at)?,
        snoozed_until: row.get(at + 1)?,
        pinned: row.get(at + 2)?,
        muted: row.get(at + 3)?,
        assignee: user.zip(name).map(|(user, name)| Assignee { user, name }),
    })
}

/// Whether that was somebody else's, or nobody's.
pub(in crate::chats) fn assign(c: &Connection, chat: ChatId, user: UserId) -> db::Result<bool> {
    let changed = c
        .prepare_cached("UPDATE chats SET assignee_id = :user WHERE id = :chat AND assignee_id <> :user")?
        .execute(named_params! { ":chat": chat, ":user": user })?;
    Ok(changed > 0)
}

pub(in crate::chats) fn set_state(
    c: &Connection,
    chat: ChatId,
    state: ChatState,
    until: Option<UnixMs>,
) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "UPDATE chats SET handling = :state, snoozed_until = :until
              WHERE id = :chat AND (handling <> :state OR snoozed_until IS NOT :until)",
        )?
        .execute(named_params! { ":chat": chat, ":state": state, ":until": until })?;
    Ok(changed > 0)
}

pub(in crate::chats) fn set_pinned(c: &Connection, chat: ChatId, pinned: bool) -> db::Result<bool> {
    let changed = c
        .prepare_cached("UPDATE chats SET pinned = :pinned WHERE id = :chat AND pinned <> :pinned")?
        .execute(named_params! { ":chat": chat, ":pinned": pinned })?;
    Ok(changed > 0)
}

pub(in crate::chats) fn set_muted(c: &Connection, chat: ChatId, muted: bool) -> db::Result<bool> {
    let changed = c
        .prepare_cached("UPDATE chats SET muted = :muted WHERE id = :chat AND muted <> :muted")?
        .execute(named_params! { ":chat": chat, ":muted": muted })?;
    Ok(changed > 0)
}

/// The contact's newest message is unread again; false where there is none, or it is unread already.
pub(in crate::chats) fn mark_unread(c: &Connection, chat: ChatId) -> db::Result<bool> {
    let marked = c
        .prepare_cached(
            "UPDATE messages SET unread = 1
              WHERE unread = 0 AND id = (SELECT id FROM messages
                                          WHERE chat_id = :chat AND shown = 1 AND origin = 'contact' AND kind <> 'line'
                                          ORDER BY at DESC, id DESC LIMIT 1)",
        )?
        .execute(named_params! { ":chat": chat })?;
    if marked > 0 {
        c.prepare_cached("UPDATE chats SET unread = unread + 1 WHERE id = :chat")?
            .execute(named_params! { ":chat": chat })?;
    }
    Ok(marked > 0)
}

/// After a message of the contact.
pub(in crate::chats) fn reopen(c: &Connection, chat: ChatId) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "UPDATE chats SET handling = 'open', snoozed_until = NULL
              WHERE id = :chat AND (handling IN ('resolved', 'snoozed') OR (handling = 'archived' AND muted = 0))",
        )?
        .execute(named_params! { ":chat": chat })?;
    Ok(changed > 0)
}

/// The chat's time to come back has come. One that was snoozed again meanwhile has a job of its own.
pub(in crate::chats) fn wake(c: &Connection, chat: ChatId, now: UnixMs) -> db::Result<Option<(WorkspaceId, PublicId)>> {
    c.prepare_cached(
        "UPDATE chats SET handling = 'open', snoozed_until = NULL
          WHERE id = :chat AND handling = 'snoozed' AND snoozed_until <= :now
         RETURNING workspace_id, public_id",
    )?
    .maybe(named_params! { ":chat": chat, ":now": now }, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// A line of a chat's history.
#[derive(Clone)]
pub(in crate::chats) struct NewAct {
    pub did: Did,
    pub doer: Doer,
    pub user: Option<UserId>,
    pub whom: Option<UserId>,
    pub until: Option<UnixMs>,
    pub label: Option<String>,
}

impl NewAct {
    pub(in crate::chats) const fn new(did: Did, doer: Doer) -> Self {
        Self {
            did,
            doer,
            user: None,
            whom: None,
            until: None,
            label: None,
        }
    }

    pub(in crate::chats) fn whom(self, user: UserId) -> Self {
        Self {
            whom: Some(user),
            ..self
        }
    }

    pub(in crate::chats) fn until(self, until: UnixMs) -> Self {
        Self {
            until: Some(until),
            ..self
        }
    }
}

pub(in crate::chats) fn record(
    c: &Connection,
    workspace: WorkspaceId,
    chat: ChatId,
    act: &NewAct,
    now: UnixMs,
) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO chat_acts (workspace_id, chat_id, did, doer, user_id, whom_id, until, label, at)
         VALUES (:workspace, :chat, :did, :doer, :user, :whom, :until, :label, :now)",
    )?
    .execute(named_params! {
        ":workspace": workspace, ":chat": chat, ":did": act.did, ":doer": act.doer, ":user": act.user,
        ":whom": act.whom, ":until": act.until, ":label": act.label, ":now": now,
    })?;
    Ok(())
}

pub(in crate::chats) const ACTS_SQL: &str = "SELECT a.did, a.doer, u.name, w.name, a.until, a.label, a.at
   FROM chat_acts a LEFT JOIN users u ON u.id = a.user_id LEFT JOIN users w ON w.id = a.whom_id
  WHERE a.chat_id = :chat AND a.workspace_id = :workspace ORDER BY a.id DESC LIMIT :limit";

pub(in crate::chats) fn acts(c: &Connection, workspace: WorkspaceId, chat: ChatId, limit: u32) -> db::Result<Vec<Act>> {
    let mut statement = c.prepare_cached(ACTS_SQL)?;
    statement.all(
        named_params! { ":chat": chat, ":workspace": workspace, ":limit": limit },
        |row| {
            Ok(Act {
                did: row.get(0)?,
                doer: row.get(1)?,
                who: row.get(2)?,
                whom: row.get(3)?,
                until: row.get(4)?,
                label: row.get(5)?,
                at: row.get(6)?,
            })
        },
    )
}

/// A row for each person and state, kept by triggers: no chat is read, except those of a number that is being deleted, which
/// no list shows any more.
pub fn counts(c: &Connection, workspace: WorkspaceId) -> db::Result<Counts> {
    let mut statement = c.prepare_cached(
        "SELECT handling, assignee_id, chats - (
                SELECT COUNT(*) FROM sessions s JOIN chats ch ON ch.session_id = s.id
                 WHERE s.workspace_id = cc.workspace_id AND s.deleted_at IS NOT NULL AND ch.handling = cc.handling
                   AND ch.assignee_id = cc.assignee_id AND ch.last_message_at > 0) AS shown
           FROM chat_counts cc WHERE workspace_id = :workspace AND chats > 0 AND shown > 0",
    )?;
    let rows = statement.query_map(named_params! { ":workspace": workspace }, |row| {
        let chats: i64 = row.get(2)?;
        Ok((row.get(0)?, row.get(1)?, u64::try_from(chats).unwrap_or(0)))
    })?;
    Ok(Counts(rows.collect::<Result<_, _>>()?))
}

/// Two chats become one: what is open, assigned or pinned in either stays so.
pub(super) fn merge(c: &Connection, from: ChatId, into: ChatId) -> db::Result<()> {
    labels::merge(c, from, into)?;
    notes::merge(c, from, into)?;
    scheduled::merge(c, from, into)?;
    c.prepare_cached("UPDATE OR IGNORE drafts SET chat_id = :into WHERE chat_id = :from")?
        .execute(named_params! { ":into": into, ":from": from })?;
    c.prepare_cached("UPDATE chat_acts SET chat_id = :into WHERE chat_id = :from")?
        .execute(named_params! { ":into": into, ":from": from })?;
    c.prepare_cached(
        "UPDATE chats SET
             assignee_id = CASE chats.assignee_id WHEN 0 THEN gone.assignee_id ELSE chats.assignee_id END,
             handling = CASE gone.handling WHEN 'open' THEN 'open' ELSE chats.handling END,
             snoozed_until = CASE gone.handling WHEN 'open' THEN NULL ELSE chats.snoozed_until END,
             pinned = MAX(chats.pinned, gone.pinned), muted = MIN(chats.muted, gone.muted)
           FROM chats gone WHERE gone.id = :from AND chats.id = :into",
    )?
    .execute(named_params! { ":into": into, ":from": from })?;
    Ok(())
}
