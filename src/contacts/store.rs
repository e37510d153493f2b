//! SQL of contacts and their addresses.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use wa_client::{Address, PersonNews};

use super::model::{Contact, Identity, Known};
use crate::clock::UnixMs;
use crate::db;
use crate::fold::{self, Query};
use crate::ids::{ContactId, PublicId, WorkspaceId};

const COLUMNS: &str = "c.id, c.public_id, c.name, c.book_name, c.push_name, c.username, c.created_at,
    (SELECT a.address FROM contact_addresses a WHERE a.contact_id = c.id AND a.kind = 'phone' ORDER BY a.typed LIMIT 1)";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Contact> {
    let address: Option<String> = row.get(7)?;
    Ok(Contact {
        id: row.get(0)?,
        public_id: row.get(1)?,
        name: row.get(2)?,
        book_name: row.get(3)?,
        push_name: row.get(4)?,
        username: row.get(5)?,
        created_at: row.get(6)?,
        phone: address.and_then(|jid| jid.split_once('@').map(|(digits, _)| digits.to_owned())),
    })
}

/// The contact behind a public id: itself, or the one that it was merged into.
const BY_PUBLIC_ID: &str = "(SELECT COALESCE(k.merged_into, k.id) FROM contacts k WHERE k.public_id = :id)";

pub(super) fn get(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Contact> {
    let sql = format!("SELECT {COLUMNS} FROM contacts c WHERE c.id = {BY_PUBLIC_ID} AND c.workspace_id = :workspace");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, from_row)?)
}

/// `None` for one that turned out to be somebody else.
pub(super) fn by_id(c: &Connection, workspace: WorkspaceId, id: ContactId) -> db::Result<Option<Contact>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts c
          WHERE c.id = :id AND c.workspace_id = :workspace AND c.merged_into IS NULL"
    );
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, from_row)
        .optional()?)
}

/// The contact with this public id.
///
/// # Errors
/// `NotFound`, also for a contact of another workspace.
pub fn find_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<ContactId> {
    get(c, workspace, id).map(|contact| contact.id)
}

pub(super) fn rename(c: &Connection, workspace: WorkspaceId, id: &PublicId, name: &str) -> db::Result<Contact> {
    let sql = format!("UPDATE contacts SET name = :name WHERE id = {BY_PUBLIC_ID} AND workspace_id = :workspace");
    c.prepare_cached(&sql)?
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

/// What came of news of a person.
pub struct Learned {
    pub contact: ContactId,
    /// Contacts that turned out to be the same person. The caller moves what it stores for them in the same transaction.
    pub merged: Vec<ContactId>,
}

/// Whether the news say anything new of somebody who is a contact, or becomes one by them. Reads only: most news are
/// known, and are not worth a transaction.
pub fn is_news_in(c: &Connection, workspace: WorkspaceId, news: &PersonNews) -> db::Result<bool> {
    let mut owners = Vec::new();
    for address in &news.addresses {
        owners.push(owner_of(c, workspace, address)?);
    }
    let Some(contact) = owners.iter().flatten().min().copied() else {
        return Ok(makes_contact(news));
    };
    let left = news.left.as_ref();
    let settled = |(owner, address): (&Option<ContactId>, &Address)| {
        *owner == if left == Some(address) { None } else { Some(contact) }
    };
    if !owners.iter().zip(&news.addresses).all(settled) {
        return Ok(true);
    }
    let sql = "SELECT 1 FROM contacts
                WHERE id = :id AND (book_name IS NOT COALESCE(:book_name, book_name)
                                    OR username IS NOT COALESCE(:username, username))";
    Ok(c.prepare_cached(sql)?.exists(named_params! {
        ":id": contact, ":book_name": news.book_name, ":username": news.username,
    })?)
}

fn makes_contact(news: &PersonNews) -> bool {
    !news.addresses.is_empty() && (news.is_met || news.book_name.is_some())
}

/// Stores news of a person: their contacts become one, with all of the addresses. `None` for somebody who is no contact
/// and does not become one.
pub fn learn_in(c: &Connection, workspace: WorkspaceId, news: &PersonNews, now: UnixMs) -> db::Result<Option<Learned>> {
    let mut owners = Vec::new();
    for address in &news.addresses {
        owners.extend(owner_of(c, workspace, address)?);
    }
    owners.sort_unstable();
    owners.dedup();
    let (contact, merged) = match owners.split_first() {
        Some((oldest, others)) => (*oldest, others.to_vec()),
        None if makes_contact(news) => (insert(c, workspace, now)?, Vec::new()),
        None => return Ok(None),
    };
    for gone in &merged {
        merge(c, contact, *gone)?;
    }
    for address in news
        .addresses
        .iter()
        .filter(|address| news.left.as_ref() != Some(address))
    {
        add_address(c, workspace, contact, address)?;
    }
    if let Some(left) = &news.left {
        c.prepare_cached(
            "DELETE FROM contact_addresses
              WHERE workspace_id = :workspace AND address = :left AND contact_id = :contact",
        )?
        .execute(named_params! { ":workspace": workspace, ":left": left.to_string(), ":contact": contact })?;
    }
    c.prepare_cached(
        "UPDATE contacts SET book_name = COALESCE(:book_name, book_name), username = COALESCE(:username, username)
          WHERE id = :id",
    )?
    .execute(named_params! { ":book_name": news.book_name, ":username": news.username, ":id": contact })?;
    index(c, contact)?;
    Ok(Some(Learned { contact, merged }))
}

/// The contact with this username.
pub fn find_username_in(c: &Connection, workspace: WorkspaceId, username: &str) -> db::Result<Option<ContactId>> {
    Ok(c.prepare_cached(
        "SELECT id FROM contacts WHERE workspace_id = :workspace AND username = :username AND merged_into IS NULL",
    )?
    .query_row(
        named_params! { ":workspace": workspace, ":username": username },
        |row| row.get(0),
    )
    .optional()?)
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
    let sql = format!(
        "SELECT id FROM contacts WHERE id = {BY_PUBLIC_ID} AND workspace_id = :workspace
          UNION
         SELECT id FROM contacts WHERE merged_into = {BY_PUBLIC_ID} AND workspace_id = :workspace"
    );
    let mut statement = c.prepare_cached(&sql)?;
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
              WHERE id = :id AND created_at = :made_at AND shown_name IS NULL AND merged_into IS NULL
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
        "UPDATE contacts SET
                (name, book_name, push_name, username) =
                (SELECT COALESCE(contacts.name, g.name), COALESCE(contacts.book_name, g.book_name),
                        COALESCE(contacts.push_name, g.push_name), COALESCE(contacts.username, g.username)
                   FROM contacts g WHERE g.id = :gone)
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
    let names: [Option<String>; 4] = c
        .prepare_cached("SELECT name, book_name, push_name, username FROM contacts WHERE id = :id")?
        .query_row(named_params! { ":id": contact }, |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })?;
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
        c.execute_batch(include_str!("../../migrations/V039__names.sql"))
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
        assert_eq!(contact.display_name().as_deref(), Some("Ana Souza"));
        assert_eq!(contact.phone.as_deref(), Some("5511999990001"));
        assert!(matches!(
            rename(&c, WorkspaceId(2), &id, "x"),
            Err(db::DbError::NotFound)
        ));
    }

    fn news(addresses: &[Address]) -> PersonNews {
        PersonNews {
            addresses: addresses.to_vec(),
            ..PersonNews::default()
        }
    }

    fn learn(c: &Connection, news: &PersonNews) -> Option<Learned> {
        let is_news = is_news_in(c, WORKSPACE, news).unwrap();
        let learned = learn_in(c, WORKSPACE, news, NOW).unwrap();
        assert!(!is_news_in(c, WORKSPACE, news).unwrap(), "what was learned is no news");
        learned.filter(|_| is_news)
    }

    fn only(c: &Connection) -> Contact {
        let id: PublicId = c
            .query_row("SELECT public_id FROM contacts WHERE merged_into IS NULL", [], |row| {
                row.get(0)
            })
            .unwrap();
        get(c, WORKSPACE, &id).unwrap()
    }

    #[test]
    fn a_name_is_taken_from_the_best_source_and_none_overwrites_another() {
        let c = database();
        let ana = known(&c, &lid(), None, None).contact;
        let shown = || -> Option<String> {
            c.query_row("SELECT shown_name FROM contacts", [], |row| row.get(0))
                .unwrap()
        };
        let same = |expected: Option<&str>| {
            assert_eq!(
                (shown().as_deref(), only(&c).display_name().as_deref()),
                (expected, expected)
            );
        };
        same(None);
        let called = |book_name: Option<&str>, username: Option<&str>| PersonNews {
            book_name: book_name.map(str::to_owned),
            username: username.map(str::to_owned),
            ..news(&[lid()])
        };
        assert!(learn(&c, &called(None, Some("ana.shop"))).is_some());
        same(Some("@ana.shop"));
        assert_eq!(only(&c).phone, None);
        known(&c, &lid(), None, Some("ana ✨"));
        same(Some("ana ✨"));
        assert!(learn(&c, &called(Some("Ana of the market"), None)).is_some());
        same(Some("Ana of the market"));
        known(&c, &lid(), None, Some("A."));
        same(Some("Ana of the market"));
        rename(&c, WORKSPACE, &only(&c).public_id, "Ana Souza").unwrap();
        same(Some("Ana Souza"));
        let all = only(&c);
        assert_eq!(
            (
                all.book_name.as_deref(),
                all.push_name.as_deref(),
                all.username.as_deref()
            ),
            (Some("Ana of the market"), Some("A."), Some("ana.shop"))
        );
        for text in ["souza", "market", "@ana.shop", "shop"] {
            assert_eq!(find(&c, WORKSPACE, text), [ana], "{text}");
        }
        assert_eq!(find_username_in(&c, WORKSPACE, "ana.shop").unwrap(), Some(ana));
        assert_eq!(find_username_in(&c, WorkspaceId(2), "ana.shop").unwrap(), None);
    }

    #[test]
    fn news_of_strangers_make_no_contact_unless_they_are_in_the_phone_or_met() {
        let c = database();
        assert!(learn(&c, &news(&[phone(), lid()])).is_none());
        let met = PersonNews {
            is_met: true,
            ..news(&[phone(), lid()])
        };
        let made = learn(&c, &met).unwrap().contact;
        assert_eq!(known(&c, &lid(), None, None).contact, made);
        assert_eq!(known(&c, &phone(), None, None).contact, made);
    }

    #[test]
    fn late_news_make_contacts_one_and_the_old_ids_find_it() {
        let c = database();
        let other_lid = Address::Lid("78".into());
        let ids: Vec<ContactId> = [phone(), lid(), other_lid.clone()]
            .iter()
            .map(|address| known(&c, address, None, None).contact)
            .collect();
        let public: Vec<PublicId> = c
            .prepare("SELECT public_id FROM contacts ORDER BY id")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        rename(&c, WORKSPACE, &public[2], "Ana").unwrap();
        let learned = learn(&c, &news(&[lid(), other_lid])).unwrap();
        assert_eq!((learned.contact, learned.merged.as_slice()), (ids[1], &ids[2..]));
        // And that one goes, too.
        let learned = learn(&c, &news(&[phone(), lid()])).unwrap();
        assert_eq!((learned.contact, learned.merged.as_slice()), (ids[0], &ids[1..2]));
        for id in &public {
            let contact = get(&c, WORKSPACE, id).unwrap();
            assert_eq!((&contact.public_id, contact.name.as_deref()), (&public[0], Some("Ana")));
            assert_eq!(same_person_in(&c, WORKSPACE, id).unwrap(), ids);
            assert!(matches!(get(&c, WorkspaceId(2), id), Err(db::DbError::NotFound)));
        }
    }

    #[test]
    fn whoever_has_a_new_number_leaves_the_old_one_to_others() {
        let c = database();
        let ana = known(&c, &phone(), Some(&lid()), Some("Ana")).contact;
        let new = Address::Phone("5511888880001".into());
        let moved = PersonNews {
            left: Some(phone()),
            ..news(&[new.clone(), phone(), lid()])
        };
        assert!(learn(&c, &moved).is_some());
        assert_eq!(known(&c, &new, None, None).contact, ana);
        assert_eq!(only(&c).phone.as_deref(), Some("5511888880001"));
        assert_ne!(known(&c, &phone(), None, None).contact, ana);
    }
}
