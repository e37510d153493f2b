//! SQL of who appears in messages: everybody with both addresses.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, Row, named_params};
use wa_client::Address;

use super::{listing, people};
use crate::chats::listing::{Cast, Conversation, Party};
use crate::chats::model::{ChatKind, Message, Person};
use crate::db::{self, Rows as _};
use crate::ids::{ContactId, PublicId, SessionId, WorkspaceId};

/// Name and addresses of the contact `c`; a number that WhatsApp uses comes before one that was only typed.
macro_rules! party {
    () => {
        "c.public_id, COALESCE(c.name, c.push_name),
         (SELECT p.address FROM contact_addresses p WHERE p.contact_id = c.id AND p.kind = 'phone'
           ORDER BY p.typed LIMIT 1),
         (SELECT l.address FROM contact_addresses l WHERE l.contact_id = c.id AND l.kind = 'lid'
           ORDER BY l.typed LIMIT 1)"
    };
}

fn party_from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Party> {
    let phone: Option<String> = row.get(first + 2)?;
    Ok(Party {
        contact: row.get(first)?,
        name: row.get(first + 1)?,
        phone: phone.as_deref().and_then(super::read::digits),
        lid: row.get(first + 3)?,
    })
}

/// Everybody in these messages of one number.
pub(in crate::chats) fn of_messages(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    messages: &[Message],
) -> db::Result<Cast> {
    let mut contacts = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    for message in messages {
        let quoted = message.quoted.as_ref().and_then(|quoted| quoted.sender.as_ref());
        let answered = message.answers.iter().filter_map(|answered| answered.sender.as_ref());
        contacts.extend(
            message
                .sender
                .iter()
                .chain(quoted)
                .chain(answered)
                .map(|sender| sender.contact.0),
        );
        addresses.extend(message.people.iter().map(|person| person.address.to_string()));
    }
    let chats: BTreeSet<&PublicId> = messages.iter().map(|message| &message.chat).collect();
    let ours: Vec<_> = messages.iter().filter(|m| m.from_me).map(|m| m.id).collect();
    Ok(Cast {
        own: own(c, session)?,
        by_contact: by_contact(c, workspace, &contacts)?,
        by_address: by_address(c, workspace, &addresses)?,
        conversations: conversations(c, workspace, &chats)?,
        times: listing::times(c, &ours)?.into_iter().collect(),
    })
}

/// These people, whom a message names by their addresses.
pub(in crate::chats) fn of_people<'a>(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    people: impl Iterator<Item = &'a Person>,
) -> db::Result<Cast> {
    let addresses = people.map(|person| person.address.to_string()).collect();
    Ok(Cast {
        own: own(c, session)?,
        by_address: by_address(c, workspace, &addresses)?,
        ..Cast::default()
    })
}

/// Whom the conversations are with.
pub(in crate::chats) fn of_chats(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    chats: &BTreeSet<&PublicId>,
) -> db::Result<Cast> {
    Ok(Cast {
        own: own(c, session)?,
        conversations: conversations(c, workspace, chats)?,
        ..Cast::default()
    })
}

fn own(c: &Connection, session: SessionId) -> db::Result<Party> {
    let mut party = Party::default();
    for address in people::own(c, session)? {
        match address {
            Address::Phone(digits) => party.phone = Some(digits),
            lid => party.lid = Some(lid.to_string()),
        }
    }
    Ok(party)
}

fn by_contact(
    c: &Connection,
    workspace: WorkspaceId,
    contacts: &BTreeSet<i64>,
) -> db::Result<HashMap<ContactId, Party>> {
    if contacts.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = super::json(contacts)?;
    c.prepare_cached(CONTACTS_SQL)?
        .all(named_params! { ":ids": ids, ":workspace": workspace }, |row| {
            Ok((row.get(0)?, party_from_row(row, 1)?))
        })
}

/// A contact that was merged into another is that one.
pub(in crate::chats) const CONTACTS_SQL: &str = concat!(
    "SELECT n.value, ",
    party!(),
    " FROM json_each(:ids) n CROSS JOIN contacts s CROSS JOIN contacts c
      WHERE s.id = n.value AND c.id = COALESCE(s.merged_into, s.id) AND c.workspace_id = :workspace"
);

fn by_address(
    c: &Connection,
    workspace: WorkspaceId,
    addresses: &BTreeSet<String>,
) -> db::Result<HashMap<String, Party>> {
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    let addresses = super::json(addresses)?;
    c.prepare_cached(ADDRESSES_SQL)?.all(
        named_params! { ":addresses": addresses, ":workspace": workspace },
        |row| Ok((row.get(0)?, party_from_row(row, 1)?)),
    )
}

pub(in crate::chats) const ADDRESSES_SQL: &str = concat!(
    "SELECT n.value, ",
    party!(),
    " FROM json_each(:addresses) n CROSS JOIN contact_addresses a CROSS JOIN contacts c
      WHERE a.workspace_id = :workspace AND a.address = n.value AND c.id = a.contact_id"
);

fn conversations(
    c: &Connection,
    workspace: WorkspaceId,
    chats: &BTreeSet<&PublicId>,
) -> db::Result<HashMap<PublicId, Conversation>> {
    let ids = super::json(&chats.iter().map(|id| id.as_str()).collect::<Vec<_>>())?;
    c.prepare_cached(CONVERSATIONS_SQL)?
        .all(named_params! { ":ids": ids, ":workspace": workspace }, |row| {
            let (address, contact): (String, Option<PublicId>) = (row.get(2)?, row.get(4)?);
            let party = match contact {
                Some(_) => party_from_row(row, 4)?,
                None => Party::default(),
            };
            let chat = Conversation {
                kind: row.get(1)?,
                subject: row.get(3)?,
                party: party.or_at(&address),
                address,
            };
            Ok((row.get(0)?, chat))
        })
}

pub(in crate::chats) const CONVERSATIONS_SQL: &str = concat!(
    "SELECT ch.public_id, ch.kind, ch.address, ch.name, ",
    party!(),
    " FROM json_each(:ids) n CROSS JOIN chats ch LEFT JOIN contacts c ON c.id = ch.contact_id
      WHERE ch.public_id = n.value AND ch.workspace_id = :workspace"
);

impl Party {
    /// This, with what the address itself says where nothing else is known.
    fn or_at(mut self, address: &str) -> Self {
        match address.parse() {
            Ok(Address::Phone(digits)) => {
                self.phone.get_or_insert(digits);
            }
            Ok(lid @ Address::Lid(_)) => {
                self.lid.get_or_insert_with(|| lid.to_string());
            }
            _ => {}
        }
        self
    }
}

impl Conversation {
    #[must_use]
    pub fn is_group(&self) -> bool {
        self.kind == ChatKind::Group
    }
}
