//! The search index of names and numbers.

use rusqlite::{Connection, named_params};

use crate::db::{self, Rows as _};
use crate::fold::{self, Query};
use crate::ids::{ContactId, WorkspaceId};

/// Ids of up to `limit` contacts whose names and numbers match, newest first.
pub fn search_in(c: &Connection, workspace: WorkspaceId, query: &Query, limit: u32) -> db::Result<Vec<ContactId>> {
    let params = named_params! { ":pattern": query.pattern(), ":workspace": workspace, ":limit": limit };
    c.prepare_cached(SEARCH_SQL)?.all(params, |row| row.get(0))
}

const SEARCH_SQL: &str = "SELECT c.id FROM contact_words s CROSS JOIN contacts c
    WHERE contact_words MATCH :pattern AND c.id = s.rowid AND c.workspace_id = :workspace
    ORDER BY s.rowid DESC LIMIT :limit";

/// Updates the contact's row in the search index.
pub(super) fn index(c: &Connection, contact: ContactId) -> db::Result<()> {
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
    let ids: Vec<ContactId> = c
        .prepare_cached(
            "SELECT id FROM contacts WHERE id < :below AND merged_into IS NULL ORDER BY id DESC LIMIT :limit",
        )?
        .all(named_params! { ":below": below, ":limit": limit }, |row| row.get(0))?;
    for id in &ids {
        index(c, *id)?;
    }
    Ok(ids.last().map(|id| id.0))
}
