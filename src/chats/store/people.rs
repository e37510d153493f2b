//! Who is behind an address.

use rusqlite::{Connection, named_params};
use wa_client::{Address, Line};

use super::{OURSELVES, read};
use crate::chats::model::Person;
use crate::db::{self, Rows as _};
use crate::ids::{ChatId, ContactId, SessionId, WorkspaceId};

/// The contact that has this address, if one is known.
pub(in crate::chats) fn contact_of(
    c: &Connection,
    workspace: WorkspaceId,
    address: &Address,
) -> db::Result<Option<ContactId>> {
    c.prepare_cached("SELECT contact_id FROM contact_addresses WHERE workspace_id = :workspace AND address = :address")?
        .maybe(
            named_params! { ":workspace": workspace, ":address": address.to_string() },
            |row| row.get(0),
        )
}

/// Every address of a person; of our own account for [`OURSELVES`].
pub(in crate::chats) fn addresses_of(c: &Connection, session: SessionId, who: ContactId) -> db::Result<Vec<Address>> {
    if who == OURSELVES {
        return own(c, session);
    }

    let addresses: Vec<String> = c
        .prepare_cached(
            "SELECT address FROM contact_addresses
          WHERE contact_id = COALESCE((SELECT merged_into FROM contacts WHERE id = :contact), :contact)",
        )?
        .all(named_params! { ":contact": who }, |row| row.get::<_, String>(0))?;
    Ok(addresses.iter().filter_map(|address| address.parse().ok()).collect())
}

/// The addresses of our own account.
pub(in crate::chats) fn own(c: &Connection, session: SessionId) -> db::Result<Vec<Address>> {
    let (phone, lid): (Option<String>, Option<String>) = c
        .prepare_cached("SELECT phone, lid FROM sessions WHERE id = :session")?
        .query_row(named_params! { ":session": session }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let account = |text: &str| text.split(['@', ':']).next().unwrap_or_default().to_owned();
    let phone = phone.map(|digits| Address::Phone(account(&digits)));
    let lid = lid.map(|lid| Address::Lid(account(&lid)));
    Ok(phone.into_iter().chain(lid).collect())
}

pub(super) fn workspace_of(c: &Connection, chat: ChatId) -> db::Result<WorkspaceId> {
    c.prepare_cached("SELECT workspace_id FROM chats WHERE id = :chat")?
        .one(named_params! { ":chat": chat }, |row| row.get(0))
}

/// A person of whom only the address is known; [`name`] completes it.
pub(in crate::chats) fn nobody(address: Address) -> Person {
    Person {
        phone: match &address {
            Address::Phone(digits) => Some(digits.clone()),
            _ => None,
        },
        address,
        ours: false,
        name: None,
    }
}

/// Looks up the names of people: one query for all of them.
pub(in crate::chats) fn name(c: &Connection, workspace: WorkspaceId, people: &mut [Person]) -> db::Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let addresses: Vec<String> = people.iter().map(|person| person.address.to_string()).collect();
    let addresses =
        serde_json::to_string(&addresses).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    let mut statement = c.prepare_cached(NAMES_SQL)?;
    let rows = statement.query_map(
        named_params! { ":workspace": workspace, ":addresses": addresses },
        |row| {
            let place: i64 = row.get(0)?;
            let (name, phone, ours): (Option<String>, Option<String>, bool) = (row.get(1)?, row.get(2)?, row.get(3)?);
            Ok((place, name, phone, ours))
        },
    )?;
    for row in rows {
        let (place, name, phone, ours) = row?;
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let Some(person) = people.get_mut(place) else { continue };
        person.name = name;
        person.ours = ours;
        if let Some(digits) = phone.as_deref().and_then(read::digits) {
            person.phone = Some(digits);
        }
    }
    Ok(())
}

/// A number of this workspace is "ours", whichever it is.
pub(in crate::chats) const NAMES_SQL: &str = "SELECT n.key, c.shown_name,
        (SELECT p.address FROM contact_addresses p WHERE p.contact_id = c.id AND p.kind = 'phone' ORDER BY p.typed LIMIT 1),
        EXISTS (SELECT 1 FROM sessions s WHERE s.workspace_id = :workspace AND s.deleted_at IS NULL
                   AND n.value IN (s.phone || '@s.whatsapp.net', s.lid, s.lid || '@lid'))
   FROM json_each(:addresses) n
   LEFT JOIN contact_addresses a ON a.workspace_id = :workspace AND a.address = n.value
   LEFT JOIN contacts c ON c.id = a.contact_id";

/// Whom a line speaks of.
pub(super) fn of_line(line: &Line) -> Vec<Address> {
    let several: Vec<&String> = match line {
        Line::Added { people } | Line::Removed { people } | Line::Promoted { people } | Line::Demoted { people } => {
            people.iter().collect()
        }
        Line::Left { person } | Line::Joined { person } => vec![person],
        Line::NumberChanged { from, to } => vec![from, to],
        _ => Vec::new(),
    };
    several.into_iter().filter_map(|address| address.parse().ok()).collect()
}
