//! SQL of contacts and their addresses.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use wa_client::Address;

use super::model::{Contact, Identity, Known};
use crate::clock::UnixMs;
use crate::db;
use crate::fold::{self, Query};
use crate::ids::{ContactId, PublicId, WorkspaceId};

const COLUMNS: &str = "c.id, c.public_id, c.name, c.push_name, c.created_at,
    (SELECT a.address FROM contact_addresses a WHERE a.contact_id = c.id AND a.kind = 'phone' ORDER BY a.typed LIMIT 1)";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Contact> {
    let address: Option<String> = row.get(5)?;
    Ok(Contact {
        id: row.get(0)?,
        public_id: row.get(1)?,
        name: row.get(2)?,
        push_name: row.get(3)?,
        created_at: row.get(4)?,
        phone: address.and_then(|jid| jid.split_once('@').map(|(digits, _)| digits.to_owned())),
    })
}

pub(super) fn get(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Contact> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts c
          WHERE c.public_id = :id AND c.workspace_id = :workspace AND c.merged_into IS NULL"
    );
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, from_row)?)
}

/// The contact with this public id.
///
/// # Errors
/// `NotFound`, also for a contact of another workspace.
pub fn find_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<ContactId> {
    get(c, workspace, id).map(|contact| contact.id)
}

pub(super) fn rename(c: &Connection, workspace: WorkspaceId, id: &PublicId, name: &str) -> db::Result<Contact> {
    c.prepare_cached("UPDATE contacts SET name = :name WHERE public_id = :id AND workspace_id = :workspace")?
        .execute(named_params! { ":name": name, ":id": id, ":workspace": workspace })?;
    let contact = get(c, workspace, id)?;
    index(c, contact.id)?;
    Ok(contact)
}

/// The contact of an address, created if it is new. Stores the other address and the name that came with it.
pub fn known_in(c: &Connection, workspace: WorkspaceId, who: Identity<'_>, now: UnixMs) -> db::Result<Known> {
    let by_address = owner_of(c, workspace, who.address)?;
    let by_alt = who.alt.map(|alt| owner_of(c, workspace, alt)).transpose()?.flatten();
    let (contact, merged) = match (by_address, by_alt) {
        (Some(one), Some(other)) if one != other => {
            // The older contact stays: it is the one that people have seen and named.
            let (kept, gone) = if one < other { (one, other) } else { (other, one) };
            merge(c, kept, gone)?;
            (kept, Some(gone))
        }
        (Some(contact), _) | (None, Some(contact)) => (contact, None),
        (None, None) => (insert(c, workspace, now)?, None),
    };
    let mut news = merged.is_some();
    if by_address.is_none() {
        news |= add_address(c, workspace, contact, who.address)?;
    } else {
        // WhatsApp uses it now, even if it was only typed before.
        set_typed(c, workspace, who.address, false)?;
    }
    if let (Some(alt), None) = (who.alt, by_alt) {
        news |= add_address(c, workspace, contact, alt)?;
    }
    if let Some(name) = who.push_name.filter(|name| !name.trim().is_empty()) {
        news |= set_push_name(c, contact, name)?;
    }
    if news {
        index(c, contact)?;
    }
    Ok(Known { contact, merged })
}

/// Ids of up to `limit` contacts whose names and numbers match, newest first.
pub fn search_in(c: &Connection, workspace: WorkspaceId, query: &Query, limit: u32) -> db::Result<Vec<ContactId>> {
    let mut statement = c.prepare_cached(SEARCH_SQL)?;
    let params = named_params! { ":pattern": query.pattern(), ":workspace": workspace, ":limit": limit };
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const SEARCH_SQL: &str = "SELECT c.id FROM contact_words s CROSS JOIN contacts c
    WHERE contact_words MATCH :pattern AND c.id = s.rowid AND c.workspace_id = :workspace
    ORDER BY s.rowid DESC LIMIT :limit";

/// The contact, and those that turned out to be the same person; empty when the workspace has no such contact.
pub fn same_person_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Vec<ContactId>> {
    let sql = "SELECT id FROM contacts WHERE public_id = :id AND workspace_id = :workspace
                UNION
               SELECT m.id FROM contacts k JOIN contacts m ON m.merged_into = k.id
                WHERE k.public_id = :id AND k.workspace_id = :workspace";
    let mut statement = c.prepare_cached(sql)?;
    let rows = statement.query_map(named_params! { ":id": id, ":workspace": workspace }, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The address to send to for `address`; `None` when no contact has it.
pub fn filed_in(c: &Connection, workspace: WorkspaceId, address: &Address) -> db::Result<Option<Address>> {
    let filed: Option<String> = c
        .prepare_cached(
            "SELECT COALESCE(CASE WHEN a.typed THEN (
                        SELECT b.address FROM contact_addresses b
                         WHERE b.contact_id = a.contact_id AND b.kind = 'phone' AND b.typed = 0 LIMIT 1) END, a.address)
               FROM contact_addresses a WHERE a.workspace_id = :workspace AND a.address = :address",
        )?
        .query_row(
            named_params! { ":workspace": workspace, ":address": address.to_string() },
            |row| row.get(0),
        )
        .optional()?;
    Ok(filed.and_then(|address| address.parse().ok()))
}

/// Marks `address` as only typed: WhatsApp registers the account under another one.
pub fn typed_in(c: &Connection, workspace: WorkspaceId, address: &Address) -> db::Result<()> {
    set_typed(c, workspace, address, true)
}

fn set_typed(c: &Connection, workspace: WorkspaceId, address: &Address, typed: bool) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE contact_addresses SET typed = :typed
          WHERE workspace_id = :workspace AND address = :address AND typed <> :typed",
    )?
    .execute(named_params! { ":workspace": workspace, ":address": address.to_string(), ":typed": typed })?;
    Ok(())
}

/// Deletes a contact that was created at `made_at` and neither named nor heard from since. The caller has deleted its
/// messages.
pub fn drop_unused_in(c: &Connection, contact: ContactId, made_at: UnixMs) -> db::Result<()> {
    let dropped = c
        .prepare_cached(
            "DELETE FROM contacts
              WHERE id = :id AND created_at = :made_at AND name IS NULL AND push_name IS NULL AND merged_into IS NULL
                AND NOT EXISTS (SELECT 1 FROM contacts WHERE merged_into = :id)
                AND NOT EXISTS (SELECT 1 FROM chats WHERE contact_id = :id)",
        )?
        .execute(named_params! { ":id": contact, ":made_at": made_at })?;
    if dropped > 0 {
        c.prepare_cached("DELETE FROM contact_words WHERE rowid = :id")?
            .execute(named_params! { ":id": contact })?;
    }
    Ok(())
}

fn owner_of(c: &Connection, workspace: WorkspaceId, address: &Address) -> db::Result<Option<ContactId>> {
    Ok(c.prepare_cached(
        "SELECT contact_id FROM contact_addresses WHERE workspace_id = :workspace AND address = :address",
    )?
    .query_row(
        named_params! { ":workspace": workspace, ":address": address.to_string() },
        |row| row.get(0),
    )
    .optional()?)
}

fn insert(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<ContactId> {
    c.prepare_cached("INSERT INTO contacts (public_id, workspace_id, created_at) VALUES (:public, :workspace, :now)")?
        .execute(named_params! { ":public": PublicId::new("con"), ":workspace": workspace, ":now": now })?;
    Ok(ContactId(c.last_insert_rowid()))
}

/// Only people have addresses here: a group or a list is not a contact.
fn add_address(c: &Connection, workspace: WorkspaceId, contact: ContactId, address: &Address) -> db::Result<bool> {
    let kind = match address {
        Address::Phone(_) => "phone",
        Address::Lid(_) | Address::Group(_) | Address::Other(_) => "lid",
    };
    let added = c
        .prepare_cached(
            "INSERT INTO contact_addresses (workspace_id, address, contact_id, kind)
             VALUES (:workspace, :address, :contact, :kind) ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! {
            ":workspace": workspace, ":address": address.to_string(), ":contact": contact, ":kind": kind,
        })?;
    Ok(added > 0)
}

fn set_push_name(c: &Connection, contact: ContactId, name: &str) -> db::Result<bool> {
    let changed = c
        .prepare_cached("UPDATE contacts SET push_name = :name WHERE id = :id AND push_name IS NOT :name")?
        .execute(named_params! { ":name": name.trim(), ":id": contact })?;
    Ok(changed > 0)
}

fn merge(c: &Connection, kept: ContactId, gone: ContactId) -> db::Result<()> {
    c.prepare_cached("UPDATE contact_addresses SET contact_id = :kept WHERE contact_id = :gone")?
        .execute(named_params! { ":kept": kept, ":gone": gone })?;
    c.prepare_cached(
        "UPDATE contacts SET name = COALESCE(name, (SELECT name FROM contacts WHERE id = :gone)),
                push_name = COALESCE(push_name, (SELECT push_name FROM contacts WHERE id = :gone))
          WHERE id = :kept",
    )?
    .execute(named_params! { ":kept": kept, ":gone": gone })?;
    c.prepare_cached("UPDATE contacts SET merged_into = :kept WHERE id = :gone OR merged_into = :gone")?
        .execute(named_params! { ":kept": kept, ":gone": gone })?;
    c.prepare_cached("DELETE FROM contact_words WHERE rowid = :gone")?
        .execute(named_params! { ":gone": gone })?;
    Ok(())
}

/// Updates the contact's row in the search index.
fn index(c: &Connection, contact: ContactId) -> db::Result<()> {
    let mut words = String::new();
    let mut add = |folded: String| {
        words.push_str(&folded);
        words.push(' ');
    };
    let names: [Option<String>; 2] = c
        .prepare_cached("SELECT name, push_name FROM contacts WHERE id = :id")?
        .query_row(named_params! { ":id": contact }, |row| Ok([row.get(0)?, row.get(1)?]))?;
    names.iter().flatten().for_each(|name| add(fold::index_name(name)));
    let mut statement = c.prepare_cached(
        "SELECT substr(address, 1, instr(address, '@') - 1) FROM contact_addresses
          WHERE contact_id = :id AND kind = 'phone'",
    )?;
    let mut numbers = statement.query(named_params! { ":id": contact })?;
    while let Some(number) = numbers.next()? {
        add(fold::index_number(&number.get::<_, String>(0)?));
    }
    c.prepare_cached("INSERT OR REPLACE INTO contact_words (rowid, words) VALUES (:id, :words)")?
        .execute(named_params! { ":id": contact, ":words": words })?;
    Ok(())
}

/// Updates up to `limit` rows of the index for contacts with lower ids than `below`, the newest first. Returns the
/// lowest of them.
pub fn index_below_in(c: &Connection, below: i64, limit: u32) -> db::Result<Option<i64>> {
    let mut statement = c.prepare_cached(
        "SELECT id FROM contacts WHERE id < :below AND merged_into IS NULL ORDER BY id DESC LIMIT :limit",
    )?;
    let rows = statement.query_map(named_params! { ":below": below, ":limit": limit }, |row| row.get(0))?;
    let ids: Vec<ContactId> = rows.collect::<Result<_, _>>()?;
    for id in &ids {
        index(c, *id)?;
    }
    Ok(ids.last().map(|id| id.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: WorkspaceId = WorkspaceId(1);
    const NOW: UnixMs = UnixMs(1_000);

    fn database() -> Connection {
        let c = Connection::open_in_memory().unwrap();
        c.execute_batch("CREATE TABLE workspaces (id INTEGER PRIMARY KEY); INSERT INTO workspaces VALUES (1), (2);")
            .unwrap();
        c.execute_batch(include_str!("../../migrations/V004__contacts.sql"))
            .unwrap();
        c.execute_batch(include_str!("../../migrations/V021__typed_addresses.sql"))
            .unwrap();
        // The words of V027, which also needs the tables of chats.
        c.execute_batch(
            "CREATE VIRTUAL TABLE contact_words USING fts5 (
                 words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3');",
        )
        .unwrap();
        c
    }

    fn phone() -> Address {
        Address::Phone("5511999990001".into())
    }

    fn lid() -> Address {
        Address::Lid("77".into())
    }

    fn known(c: &Connection, address: &Address, alt: Option<&Address>, push_name: Option<&str>) -> Known {
        known_in(
            c,
            WORKSPACE,
            Identity {
                address,
                alt,
                push_name,
            },
            NOW,
        )
        .unwrap()
    }

    fn find(c: &Connection, workspace: WorkspaceId, text: &str) -> Vec<ContactId> {
        Query::parse(text).map_or_else(Vec::new, |query| search_in(c, workspace, &query, 10).unwrap())
    }

    #[test]
    fn both_addresses_of_a_person_lead_to_one_contact() {
        let c = database();
        let first = known(&c, &lid(), Some(&phone()), Some("Ana"));
        assert_eq!(known(&c, &phone(), None, None), first);
        assert_eq!(known(&c, &lid(), None, None), first);
    }

    #[test]
    fn a_typed_number_leads_to_the_one_that_whatsapp_knows() {
        let c = database();
        let typed = Address::Phone("55119999990001".into());
        assert_eq!(filed_in(&c, WORKSPACE, &typed).unwrap(), None);
        let contact = known(&c, &phone(), Some(&typed), None).contact;
        typed_in(&c, WORKSPACE, &typed).unwrap();
        assert_eq!(filed_in(&c, WORKSPACE, &typed).unwrap(), Some(phone()));
        assert_eq!(filed_in(&c, WORKSPACE, &phone()).unwrap(), Some(phone()));
        assert_eq!(filed_in(&c, WorkspaceId(2), &typed).unwrap(), None);
        let id: PublicId = c
            .query_row("SELECT public_id FROM contacts", [], |row| row.get(0))
            .unwrap();
        assert_eq!(get(&c, WORKSPACE, &id).unwrap().phone.as_deref(), Some("5511999990001"));
        assert_eq!(find(&c, WORKSPACE, "55119999990001"), [contact]);
        // Their account has moved to it.
        assert_eq!(known(&c, &typed, None, None).contact, contact);
        assert_eq!(filed_in(&c, WORKSPACE, &typed).unwrap(), Some(typed));
    }

    #[test]
    fn two_contacts_are_merged_when_a_message_identifies_them_as_one() {
        let c = database();
        let by_phone = known(&c, &phone(), None, None).contact;
        let by_lid = known(&c, &lid(), None, Some("Ana")).contact;
        assert_ne!(by_phone, by_lid);
        let both = known(&c, &lid(), Some(&phone()), None);
        assert_eq!(
            both,
            Known {
                contact: by_phone,
                merged: Some(by_lid)
            }
        );
        assert_eq!(
            known(&c, &lid(), None, None),
            Known {
                contact: by_phone,
                merged: None
            }
        );
        assert_eq!(find(&c, WORKSPACE, "ana"), [by_phone]);
    }

    #[test]
    fn the_same_number_is_another_contact_in_another_workspace() {
        let c = database();
        let here = known(&c, &phone(), None, None).contact;
        let identity = Identity {
            address: &phone(),
            alt: None,
            push_name: None,
        };
        assert_ne!(known_in(&c, WorkspaceId(2), identity, NOW).unwrap().contact, here);
    }

    #[test]
    fn a_contact_is_found_by_part_of_its_name_or_number_in_its_workspace_only() {
        let c = database();
        let ana = known(&c, &phone(), None, Some("Ana Souza")).contact;
        for text in [
            "souz",
            "99990",
            "an",
            "SOUZA",
            "souza ana",
            "ouza",
            "+55 11 99999-0001",
            "01",
        ] {
            assert_eq!(find(&c, WORKSPACE, text), [ana], "{text}");
            assert_eq!(find(&c, WorkspaceId(2), text), [], "{text}");
        }
        for text in ["\" OR words:", "%", "bob"] {
            assert_eq!(find(&c, WORKSPACE, text), [], "{text}");
        }
    }

    #[test]
    fn a_contact_is_found_by_its_newest_name_and_by_all_its_numbers() {
        let c = database();
        let ana = known(&c, &phone(), None, Some("Анна Ёлкина")).contact;
        assert_eq!(find(&c, WORKSPACE, "елкина анна"), [ana]);
        let id: PublicId = c
            .query_row("SELECT public_id FROM contacts", [], |row| row.get(0))
            .unwrap();
        known(&c, &lid(), Some(&phone()), Some("王小明"));
        assert_eq!(find(&c, WORKSPACE, "елкина"), []);
        for text in ["小明", "明", "5511999990001", "(11) 99999"] {
            assert_eq!(find(&c, WORKSPACE, text), [ana], "{text}");
        }
        rename(&c, WORKSPACE, &id, "Ming").unwrap();
        assert_eq!(find(&c, WORKSPACE, "ming 小明"), [ana]);
        assert_eq!(same_person_in(&c, WORKSPACE, &id).unwrap(), [ana]);
        assert_eq!(same_person_in(&c, WorkspaceId(2), &id).unwrap(), []);
    }

    #[test]
    fn names_from_before_are_folded_in_steps() {
        let c = database();
        let phones: Vec<Address> = (0..5).map(|n| Address::Phone(format!("551199999000{n}"))).collect();
        for phone in &phones {
            known(&c, phone, None, Some("Ana"));
        }
        c.execute_batch("DELETE FROM contact_words").unwrap();
        assert_eq!(index_below_in(&c, 6, 3).unwrap(), Some(3));
        assert_eq!(find(&c, WORKSPACE, "ana"), [ContactId(5), ContactId(4), ContactId(3)]);
        assert_eq!(index_below_in(&c, 3, 3).unwrap(), Some(1));
        assert_eq!(index_below_in(&c, 1, 3).unwrap(), None);
        assert_eq!(find(&c, WORKSPACE, "ana").len(), 5);
    }

    #[test]
    fn a_given_name_takes_precedence_over_the_contacts_own() {
        let c = database();
        known(&c, &phone(), None, Some("ana ✨"));
        let id: PublicId = c
            .query_row("SELECT public_id FROM contacts", [], |row| row.get(0))
            .unwrap();
        let contact = rename(&c, WORKSPACE, &id, "Ana Souza").unwrap();
        assert_eq!(contact.display_name(), Some("Ana Souza"));
        assert_eq!(contact.phone.as_deref(), Some("5511999990001"));
        assert!(matches!(
            rename(&c, WorkspaceId(2), &id, "x"),
            Err(db::DbError::NotFound)
        ));
    }
}
