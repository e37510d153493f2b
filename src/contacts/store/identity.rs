//! Who is behind an address, and which addresses are one person's.

use rusqlite::{Connection, named_params};
use wa_client::{Address, PersonNews};

use super::{index, insert};
use crate::clock::UnixMs;
use crate::contacts::model::{Identity, Known};
use crate::db::{self, Rows as _};
use crate::ids::{ContactId, WorkspaceId};

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

/// The address to send to for `address`; `None` when no contact has it.
pub fn filed_in(c: &Connection, workspace: WorkspaceId, address: &Address) -> db::Result<Option<Address>> {
    let filed: Option<String> = c
        .prepare_cached(
            "SELECT COALESCE(CASE WHEN a.typed THEN (
                        SELECT b.address FROM contact_addresses b
                         WHERE b.contact_id = a.contact_id AND b.kind = 'phone' AND b.typed = 0 LIMIT 1) END, a.address)
               FROM contact_addresses a WHERE a.workspace_id = :workspace AND a.address = :address",
        )?
        .maybe(
            named_params! { ":workspace": workspace, ":address": address.to_string() },
            |row| row.get(0),
        )?;
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

fn owner_of(c: &Connection, workspace: WorkspaceId, address: &Address) -> db::Result<Option<ContactId>> {
    c.prepare_cached("SELECT contact_id FROM contact_addresses WHERE workspace_id = :workspace AND address = :address")?
        .maybe(
            named_params! { ":workspace": workspace, ":address": address.to_string() },
            |row| row.get(0),
        )
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
