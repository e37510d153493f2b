//! SQL of groups: their subjects and who is in them.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use wa_client::{Group, GroupMember};

use super::{people, search};
use crate::chats::model::Status;
use crate::clock::UnixMs;
use crate::contacts::Identity;
use crate::db;
use crate::events::{self, Event};
use crate::ids::{ChatId, ContactId, MessageId, SessionId, WorkspaceId};

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
    }
    c.prepare_cached("UPDATE chats SET members_read_at = :now WHERE id = :chat")?
        .execute(named_params! { ":chat": place.chat, ":now": now })?;
    if subject.as_deref() != Some(&group.subject) || before != now_in {
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
    let rows = statement.query_map(named_params! { ":chat": chat }, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn replace(c: &Connection, chat: ChatId, group: &Group) -> db::Result<()> {
    c.prepare_cached("DELETE FROM group_members WHERE chat_id = :chat")?
        .execute(named_params! { ":chat": chat })?;
    let mut insert = c.prepare_cached(
        "INSERT INTO group_members (chat_id, address, alt, admin) VALUES (:chat, :address, :alt, :admin)
         ON CONFLICT DO NOTHING",
    )?;
    for member in &group.members {
        insert.execute(named_params! {
            ":chat": chat, ":address": member.address.to_string(),
            ":alt": alt_of(member), ":admin": member.admin,
        })?;
    }
    Ok(())
}

/// Whether a person is known not to be an administrator of the group. Before its members were read, nobody is.
pub(in crate::chats) fn is_no_admin(
    c: &Connection,
    session: SessionId,
    chat: ChatId,
    who: ContactId,
) -> db::Result<bool> {
    let read: Option<UnixMs> = c
        .prepare_cached("SELECT members_read_at FROM chats WHERE id = :chat")?
        .query_row(named_params! { ":chat": chat }, |row| row.get(0))?;
    if read.is_none() {
        return Ok(false);
    }
    let mut is_admin = c.prepare_cached(
        "SELECT 1 FROM group_members WHERE chat_id = :chat AND admin = 1 AND (address = :who OR alt = :who)",
    )?;
    for address in people::addresses_of(c, session, who)? {
        let params = named_params! { ":chat": chat, ":who": address.to_string() };
        if is_admin.query_row(params, |_| Ok(())).optional()?.is_some() {
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
