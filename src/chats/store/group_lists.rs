//! SQL that shows groups.

use rusqlite::{Connection, Row, named_params};
use wa_client::Address;

use super::people;
use crate::chats::groups::{GroupInfo, Member};
use crate::clock::UnixMs;
use crate::db::{self, DbError, Rows as _};
use crate::ids::{ChatId, ContactId, PublicId, SessionId, WorkspaceId};

const COLUMNS: &str = "ch.id, ch.public_id, se.public_id, se.name, ch.address, ch.name, g.description,
    COALESCE(g.admins_only, 0), COALESCE(g.locked, 0), g.gone, ch.members_read_at,
    (SELECT COUNT(*) FROM group_members m WHERE m.chat_id = ch.id), ch.session_id";

const TABLES: &str = "chats ch JOIN sessions se ON se.id = ch.session_id AND se.deleted_at IS NULL
    LEFT JOIN group_states g ON g.chat_id = ch.id";

/// The group, its chat and its number.
fn from_row(row: &Row<'_>) -> rusqlite::Result<(ChatId, SessionId, GroupInfo)> {
    let address: String = row.get(4)?;
    let info = GroupInfo {
        chat: row.get(1)?,
        session: row.get(2)?,
        session_name: row.get(3)?,
        address: address.parse().unwrap_or(Address::Other(address)),
        subject: row.get(5)?,
        description: row.get(6)?,
        admins_only: row.get(7)?,
        locked: row.get(8)?,
        gone: row.get(9)?,
        is_read: row.get::<_, Option<UnixMs>>(10)?.is_some(),
        members: row.get(11)?,
        is_admin: false,
    };
    Ok((row.get(0)?, row.get(12)?, info))
}

fn complete(c: &Connection, (chat, session, info): (ChatId, SessionId, GroupInfo)) -> db::Result<GroupInfo> {
    let is_admin = info.is_read && !super::groups::is_no_admin(c, session, chat, super::OURSELVES)?;
    Ok(GroupInfo { is_admin, ..info })
}

/// # Errors
/// `NotFound` for a chat that is no group.
pub(in crate::chats) fn info(c: &Connection, workspace: WorkspaceId, chat: ChatId) -> db::Result<GroupInfo> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE ch.id = :chat AND ch.workspace_id = :workspace AND ch.kind = 'group'"
    );
    let found = c
        .prepare_cached(&sql)?
        .query_row(named_params! { ":chat": chat, ":workspace": workspace }, from_row)?;
    complete(c, found)
}

/// The groups of a number in the order in which they became known, from behind `after`.
pub(in crate::chats) fn list(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    after: Option<&PublicId>,
    limit: u32,
) -> db::Result<Vec<GroupInfo>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES}
          WHERE ch.session_id = :session AND ch.workspace_id = :workspace AND ch.kind = 'group'
            AND ch.id > COALESCE((SELECT x.id FROM chats x WHERE x.public_id = :after AND x.workspace_id = :workspace), 0)
          ORDER BY ch.id LIMIT :limit"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let params = named_params! { ":session": session, ":workspace": workspace, ":after": after, ":limit": limit };
    let rows: Vec<_> = statement.query_map(params, from_row)?.collect::<Result<_, _>>()?;
    rows.into_iter().map(|row| complete(c, row)).collect()
}

/// Everybody in a group: administrators first, then by what they are called.
pub(in crate::chats) fn members(c: &Connection, workspace: WorkspaceId, chat: ChatId) -> db::Result<Vec<Member>> {
    let rows: Vec<(Address, Option<Address>, bool)> = {
        let mut statement =
            c.prepare_cached("SELECT address, alt, admin FROM group_members WHERE chat_id = :chat ORDER BY address")?;
        let address = |text: String| text.parse().unwrap_or(Address::Other(text));
        let rows = statement.query_map(named_params! { ":chat": chat }, |row| {
            let alt: Option<String> = row.get(1)?;
            Ok((address(row.get(0)?), alt.map(address), row.get(2)?))
        })?;
        rows.collect::<Result<_, _>>()?
    };
    let is_phone = |address: &&Address| matches!(address, Address::Phone(_));
    let (mut people, mut others) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for (address, alt, _) in &rows {
        let both = || std::iter::once(address).chain(alt);
        let first = both().find(is_phone).unwrap_or(address);
        people.push(people::nobody(first.clone()));
        others.push(people::nobody(
            both().find(|one| *one != first).unwrap_or(first).clone(),
        ));
    }
    // A contact may be known by either address.
    people::name(c, workspace, &mut people)?;
    people::name(c, workspace, &mut others)?;
    let mut members: Vec<Member> = rows
        .into_iter()
        .zip(people.into_iter().zip(others))
        .map(|((address, _, admin), (mut person, other))| {
            person.name = person.name.or(other.name);
            person.phone = person.phone.or(other.phone);
            person.ours |= other.ours;
            Member { address, person, admin }
        })
        .collect();
    let called = |member: &Member| {
        let name = member.person.name.as_ref().map(|name| name.to_lowercase());
        (!member.admin, name.is_none(), name, member.person.phone.clone())
    };
    members.sort_by_cached_key(called);
    Ok(members)
}

/// The address at which WhatsApp knows a contact, by the number if it is known; and what the contact is called.
pub(in crate::chats) fn contact(c: &Connection, contact: ContactId) -> db::Result<(Address, Option<String>)> {
    let found: Option<(String, Option<String>)> = c
        .prepare_cached(
            "SELECT a.address, co.shown_name FROM contact_addresses a JOIN contacts co ON co.id = a.contact_id
              WHERE a.contact_id = :contact ORDER BY a.typed, a.kind = 'phone' DESC LIMIT 1",
        )?
        .maybe(named_params! { ":contact": contact }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let (address, name) = found.ok_or(DbError::NotFound)?;
    Ok((address.parse().map_err(|_| DbError::NotFound)?, name))
}

/// The country whose national numbers the workspace uses.
pub(in crate::chats) fn country(c: &Connection, workspace: WorkspaceId) -> db::Result<String> {
    Ok(
        c.prepare_cached("SELECT country FROM workspaces WHERE id = :workspace")?
            .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?,
    )
}

/// A group that was made here stands in the list, though nobody has written.
pub(in crate::chats) fn show(c: &Connection, chat: ChatId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE chats SET last_message_at = MAX(last_message_at, :now) WHERE id = :chat")?
        .execute(named_params! { ":chat": chat, ":now": now })?;
    Ok(())
}
