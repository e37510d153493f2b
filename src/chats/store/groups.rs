//! SQL of groups: their subjects, who is in them, and whether we are.

use rusqlite::{Connection, named_params};
use wa_client::{Group, GroupChange, GroupMember, PersonNews};

use super::{OURSELVES, people, search};
use crate::chats::groups::{Closed, GroupEnd};
use crate::chats::model::Status;
use crate::clock::UnixMs;
use crate::contacts::Identity;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, ContactId, MessageId, PublicId, SessionId, WorkspaceId};

/// What WhatsApp says of a group now. It becomes a conversation that can be found by its name, though it stands in no
/// list before somebody writes.
pub(in crate::chats) fn write(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    group: &Group,
    now: UnixMs,
) -> db::Result<()> {
    let who = Identity {
        address: &group.address,
        alt: None,
        push_name: None,
    };
    let place = super::place(c, workspace, session, who, now)?;
    let before = told(c, place.chat)?;
    let subject: Option<String> = c
        .prepare_cached("SELECT name FROM chats WHERE id = :chat")?
        .query_row(named_params! { ":chat": place.chat }, |row| row.get(0))?;
    if subject.as_deref() != Some(&group.subject) {
        search::name_group_in(c, place.chat, &group.subject)?;
    }
    let mut now_in: Vec<Told> = group
        .members
        .iter()
        .map(|member| (member.address.to_string(), alt_of(member), member.admin))
        .collect();
    now_in.sort_unstable();
    if before != now_in {
        replace(c, place.chat, group)?;
        for member in &group.members {
            // Mentions and lines may name a contact by the other address.
            if let Some(alt) = &member.alt {
                super::learn(
                    c,
                    workspace,
                    &PersonNews::same(member.address.clone(), alt.clone()),
                    now,
                )?;
            }
        }
    }
    c.prepare_cached("UPDATE chats SET members_read_at = :now WHERE id = :chat")?
        .execute(named_params! { ":chat": place.chat, ":now": now })?;
    let is_news = set_state(c, place.chat, group)?;
    if is_news || subject.as_deref() != Some(&group.subject) || before != now_in {
        let chat = place.public_id;
        events::append(c, workspace, &Event::ChatChanged { chat }, now)?;
    }
    Ok(())
}

/// A member as stored: both addresses, and whether an administrator.
type Told = (String, Option<String>, bool);

fn alt_of(member: &GroupMember) -> Option<String> {
    member.alt.as_ref().map(ToString::to_string)
}

fn told(c: &Connection, chat: ChatId) -> db::Result<Vec<Told>> {
    let mut statement =
        c.prepare_cached("SELECT address, alt, admin FROM group_members WHERE chat_id = :chat ORDER BY address")?;
    statement.all(named_params! { ":chat": chat }, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

fn replace(c: &Connection, chat: ChatId, group: &Group) -> db::Result<()> {
    empty(c, chat)?;
    add(c, chat, &group.members)
}

fn empty(c: &Connection, chat: ChatId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM group_members WHERE chat_id = :chat")?
        .execute(named_params! { ":chat": chat })?;
    Ok(())
}

fn add(c: &Connection, chat: ChatId, members: &[GroupMember]) -> db::Result<()> {
    let mut insert = c.prepare_cached(
        "INSERT INTO group_members (chat_id, address, alt, admin) VALUES (:chat, :address, :alt, :admin)
         ON CONFLICT DO NOTHING",
    )?;
    for member in members {
        insert.execute(named_params! {
            ":chat": chat, ":address": member.address.to_string(),
            ":alt": alt_of(member), ":admin": member.admin,
        })?;
    }
    Ok(())
}

/// What a group says beside its subject and members, and that we are in it. Returns whether that is news.
fn set_state(c: &Connection, chat: ChatId, group: &Group) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "INSERT INTO group_states (chat_id, description, admins_only, locked)
             VALUES (:chat, :description, :admins_only, :locked)
             ON CONFLICT (chat_id) DO UPDATE
                SET description = excluded.description, admins_only = excluded.admins_only, locked = excluded.locked,
                    gone = NULL, gone_at = NULL
              WHERE description IS NOT excluded.description OR admins_only <> excluded.admins_only
                 OR locked <> excluded.locked OR gone IS NOT NULL",
        )?
        .execute(named_params! {
            ":chat": chat, ":description": group.description, ":admins_only": group.admins_only,
            ":locked": group.locked,
        })?;
    Ok(changed > 0)
}

/// Follows what somebody has changed. `about_me`: we are among those who came or went.
pub(in crate::chats) fn apply(
    c: &Connection,
    chat: ChatId,
    change: &GroupChange,
    about_me: bool,
    now: UnixMs,
) -> db::Result<()> {
    c.prepare_cached("INSERT INTO group_states (chat_id) VALUES (:chat) ON CONFLICT DO NOTHING")?
        .execute(named_params! { ":chat": chat })?;
    match change {
        GroupChange::Created { subject } => {
            search::name_group_in(c, chat, subject)?;
            come_back(c, chat)
        }
        GroupChange::Subject(subject) => search::name_group_in(c, chat, subject),
        GroupChange::Description(text) => {
            c.prepare_cached("UPDATE group_states SET description = :text WHERE chat_id = :chat")?
                .execute(named_params! { ":chat": chat, ":text": text })?;
            Ok(())
        }
        GroupChange::AdminsOnly(on) => {
            c.prepare_cached("UPDATE group_states SET admins_only = :on WHERE chat_id = :chat")?
                .execute(named_params! { ":chat": chat, ":on": on })?;
            Ok(())
        }
        GroupChange::Locked(on) => {
            c.prepare_cached("UPDATE group_states SET locked = :on WHERE chat_id = :chat")?
                .execute(named_params! { ":chat": chat, ":on": on })?;
            Ok(())
        }
        GroupChange::Added(_) | GroupChange::Joined(_) if about_me => come_back(c, chat),
        GroupChange::Added(members) if members_are_read(c, chat)? => add(c, chat, members),
        GroupChange::Joined(member) if members_are_read(c, chat)? => add(c, chat, std::slice::from_ref(member)),
        GroupChange::Removed(_) if about_me => leave(c, chat, GroupEnd::Removed, now),
        GroupChange::Left(_) if about_me => leave(c, chat, GroupEnd::Left, now),
        GroupChange::Ended => leave(c, chat, GroupEnd::Ended, now),
        GroupChange::Removed(members) => remove(c, chat, members),
        GroupChange::Left(member) => remove(c, chat, std::slice::from_ref(member)),
        GroupChange::Promoted(members) => set_admin(c, chat, members, true),
        GroupChange::Demoted(members) => set_admin(c, chat, members, false),
        GroupChange::Added(_)
        | GroupChange::Joined(_)
        | GroupChange::Picture { .. }
        | GroupChange::Timer(_)
        | GroupChange::Renumbered => Ok(()),
    }
}

fn members_are_read(c: &Connection, chat: ChatId) -> db::Result<bool> {
    let read: Option<UnixMs> = c
        .prepare_cached("SELECT members_read_at FROM chats WHERE id = :chat")?
        .query_row(named_params! { ":chat": chat }, |row| row.get(0))?;
    Ok(read.is_some())
}

fn come_back(c: &Connection, chat: ChatId) -> db::Result<()> {
    c.prepare_cached("UPDATE group_states SET gone = NULL, gone_at = NULL WHERE chat_id = :chat")?
        .execute(named_params! { ":chat": chat })?;
    Ok(())
}

/// We are no longer in it: who is in it now is not told any more.
pub(in crate::chats) fn leave(c: &Connection, chat: ChatId, end: GroupEnd, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO group_states (chat_id, gone, gone_at) VALUES (:chat, :end, :now)
         ON CONFLICT (chat_id) DO UPDATE SET gone = :end, gone_at = :now WHERE gone IS NULL",
    )?
    .execute(named_params! { ":chat": chat, ":end": end, ":now": now })?;
    c.prepare_cached("UPDATE chats SET members_read_at = NULL WHERE id = :chat")?
        .execute(named_params! { ":chat": chat })?;
    empty(c, chat)
}

/// We are in no groups but `in_them`, as WhatsApp said when it was asked at `asked`.
pub(in crate::chats) fn leave_others(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    in_them: &[Group],
    asked: UnixMs,
    now: UnixMs,
) -> db::Result<()> {
    let addresses: Vec<String> = in_them.iter().map(|group| group.address.to_string()).collect();
    let others: Vec<(ChatId, PublicId)> = {
        let mut statement = c.prepare_cached(
            "SELECT ch.id, ch.public_id FROM chats ch LEFT JOIN group_states g ON g.chat_id = ch.id
              WHERE ch.session_id = :session AND ch.kind = 'group' AND g.gone IS NULL
                AND MAX(ch.created_at, COALESCE(ch.members_read_at, 0)) < :asked
                AND ch.address NOT IN (SELECT value FROM json_each(:addresses))",
        )?;
        let params = named_params! { ":session": session, ":asked": asked, ":addresses": super::json(&addresses)? };
        let rows = statement.query_map(params, |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    for (chat, public_id) in others {
        leave(c, chat, GroupEnd::Away, now)?;
        events::append(c, workspace, &Event::ChatChanged { chat: public_id }, now)?;
    }
    Ok(())
}

fn named(members: &[GroupMember]) -> db::Result<String> {
    let addresses: Vec<String> = members
        .iter()
        .flat_map(|member| std::iter::once(&member.address).chain(&member.alt))
        .map(ToString::to_string)
        .collect();
    super::json(&addresses)
}

fn remove(c: &Connection, chat: ChatId, members: &[GroupMember]) -> db::Result<()> {
    c.prepare_cached(
        "DELETE FROM group_members WHERE chat_id = :chat
            AND (address IN (SELECT value FROM json_each(:named)) OR alt IN (SELECT value FROM json_each(:named)))",
    )?
    .execute(named_params! { ":chat": chat, ":named": named(members)? })?;
    Ok(())
}

fn set_admin(c: &Connection, chat: ChatId, members: &[GroupMember], admin: bool) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE group_members SET admin = :admin WHERE chat_id = :chat
            AND (address IN (SELECT value FROM json_each(:named)) OR alt IN (SELECT value FROM json_each(:named)))",
    )?
    .execute(named_params! { ":chat": chat, ":named": named(members)?, ":admin": admin })?;
    Ok(())
}

/// Why nothing can be written in a group, if nothing can.
pub fn closed(c: &Connection, session: SessionId, chat: ChatId) -> db::Result<Option<Closed>> {
    let state: Option<(Option<GroupEnd>, bool)> = c
        .prepare_cached("SELECT gone, admins_only FROM group_states WHERE chat_id = :chat")?
        .maybe(named_params! { ":chat": chat }, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(match state {
        Some((Some(end), _)) => Some(Closed::Gone(end)),
        Some((None, true)) if is_no_admin(c, session, chat, OURSELVES)? => Some(Closed::AdminsOnly),
        _ => None,
    })
}

/// Whether a person is known not to be an administrator of the group. Before its members were read, nobody is.
pub(in crate::chats) fn is_no_admin(
    c: &Connection,
    session: SessionId,
    chat: ChatId,
    who: ContactId,
) -> db::Result<bool> {
    if !members_are_read(c, chat)? {
        return Ok(false);
    }
    let mut is_admin = c.prepare_cached(
        "SELECT 1 FROM group_members WHERE chat_id = :chat AND admin = 1 AND (address = :who OR alt = :who)",
    )?;
    for address in people::addresses_of(c, session, who)? {
        let params = named_params! { ":chat": chat, ":who": address.to_string() };
        if is_admin.maybe(params, |_| Ok(()))?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What all members together have done with a message of ours: the least of them decides. `None` until all have it, or
/// when the members are not known.
pub(in crate::chats) fn reached(
    c: &Connection,
    session: SessionId,
    chat: ChatId,
    message: MessageId,
) -> db::Result<Option<Status>> {
    let own: Vec<String> = people::own(c, session)?.iter().map(ToString::to_string).collect();
    let (members, have, read): (u32, u32, u32) = c.prepare_cached(REACHED_SQL)?.query_row(
        named_params! { ":chat": chat, ":message": message, ":own": super::json(&own)? },
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    Ok(match members {
        0 => None,
        members if read == members => Some(Status::Read),
        members if have == members => Some(Status::Delivered),
        _ => None,
    })
}

const REACHED_SQL: &str = "SELECT COUNT(*), COUNT(*) FILTER (WHERE status IS NOT NULL),
        COUNT(*) FILTER (WHERE status <> 'delivered')
   FROM (SELECT (SELECT MAX(r.status) FROM receipts r
                  WHERE r.message_id = :message AND r.address IN (g.address, g.alt)) AS status
           FROM group_members g
          WHERE g.chat_id = :chat AND g.address NOT IN (SELECT value FROM json_each(:own))
            AND COALESCE(g.alt, '') NOT IN (SELECT value FROM json_each(:own)))";
