//! SQL of contacts: `identity` knows people by their addresses, `search` finds them by names and numbers.

mod identity;
mod search;

use rusqlite::{Connection, Row, named_params};

pub use self::identity::{Learned, filed_in, is_news_in, known_in, learn_in, typed_in};
use self::search::index;
pub use self::search::{index_below_in, search_in};
use super::model::Contact;
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
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
    c.prepare_cached(&sql)?
        .one(named_params! { ":id": id, ":workspace": workspace }, from_row)
}

/// `None` for one that turned out to be somebody else.
pub(super) fn by_id(c: &Connection, workspace: WorkspaceId, id: ContactId) -> db::Result<Option<Contact>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts c
          WHERE c.id = :id AND c.workspace_id = :workspace AND c.merged_into IS NULL"
    );
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":id": id, ":workspace": workspace }, from_row)
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

/// The contact with this username.
pub fn find_username_in(c: &Connection, workspace: WorkspaceId, username: &str) -> db::Result<Option<ContactId>> {
    c.prepare_cached(
        "SELECT id FROM contacts WHERE workspace_id = :workspace AND username = :username AND merged_into IS NULL",
    )?
    .maybe(
        named_params! { ":workspace": workspace, ":username": username },
        |row| row.get(0),
    )
}

/// The contact, and those that turned out to be the same person; empty when the workspace has no such contact.
pub fn same_person_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Vec<ContactId>> {
    let sql = format!(
        "SELECT id FROM contacts WHERE id = {BY_PUBLIC_ID} AND workspace_id = :workspace
          UNION
         SELECT id FROM contacts WHERE merged_into = {BY_PUBLIC_ID} AND workspace_id = :workspace"
    );
    c.prepare_cached(&sql)?
        .all(named_params! { ":id": id, ":workspace": workspace }, |row| row.get(0))
}

/// The contact with this id, or the one that it went into.
pub fn named_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Option<Contact>> {
    match get(c, workspace, id) {
        Err(db::DbError::NotFound) => Ok(None),
        found => found.map(Some),
    }
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

fn insert(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<ContactId> {
    c.prepare_cached("INSERT INTO contacts (public_id, workspace_id, created_at) VALUES (:public, :workspace, :now)")?
        .execute(named_params! { ":public": PublicId::new("con"), ":workspace": workspace, ":now": now })?;
    Ok(ContactId(c.last_insert_rowid()))
}

#[cfg(test)]
mod tests;
