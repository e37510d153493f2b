//! Which LID (hidden id) belongs to which phone number.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wacore::store::traits::LidPnMappingEntry;

use super::SessionStore;
use super::error::Result;
use crate::Address;

pub(super) fn addresses(entry: &LidPnMappingEntry) -> (Address, Address) {
    let (phone, lid) = (entry.phone_number.to_string(), entry.lid.to_string());
    (Address::Phone(phone), Address::Lid(lid))
}

impl SessionStore {
    /// The same account's address in the other namespace. A store that does not answer knows none: the pair comes again.
    pub(crate) async fn other_address(&self, address: &Address) -> Option<Address> {
        let (session, address) = (self.session, address.clone());
        let look = move |conn: &Connection| match &address {
            Address::Lid(lid) => Ok(find_by_lid(conn, session, lid)?.map(|entry| addresses(&entry).0)),
            Address::Phone(phone) => Ok(find_by_phone(conn, session, phone)?.map(|entry| addresses(&entry).1)),
            Address::Group(_) | Address::Other(_) => Ok(None),
        };
        self.read(look).await.ok().flatten()
    }

    /// Phone number and LID of every account of which both are known.
    pub(crate) async fn known_pairs(&self) -> Vec<(Address, Address)> {
        let session = self.session;
        let known = self.read(move |conn| list(conn, session)).await;
        known.unwrap_or_default().iter().map(addresses).collect()
    }
}

/// Also deletes the LID's previous number, as the library's own store does.
pub(super) fn put_in(tx: &Connection, session: i64, entry: &LidPnMappingEntry) -> Result<()> {
    tx.prepare_cached(
        "DELETE FROM phone_lids
          WHERE session = ?1 AND phone <> ?3
            AND phone = (SELECT phone FROM lid_mappings WHERE session = ?1 AND lid = ?2)",
    )?
    .execute(params![session, entry.lid, entry.phone_number])?;
    tx.prepare_cached(
        "INSERT INTO phone_lids (session, phone, lid) VALUES (?1, ?2, ?3)
         ON CONFLICT (session, phone) DO UPDATE SET lid = excluded.lid",
    )?
    .execute(params![session, entry.phone_number, entry.lid])?;
    let (lid, phone, source) = (&entry.lid, &entry.phone_number, &entry.learning_source);
    tx.prepare_cached(
        "INSERT INTO lid_mappings (session, lid, phone, created_at, updated_at, source)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (session, lid) DO UPDATE SET
             phone = excluded.phone, created_at = excluded.created_at,
             updated_at = excluded.updated_at, source = excluded.source",
    )?
    .execute(params![session, lid, phone, entry.created_at, entry.updated_at, source])?;
    Ok(())
}

pub(super) fn find_by_lid(conn: &Connection, session: i64, lid: &str) -> Result<Option<LidPnMappingEntry>> {
    let mut statement = conn.prepare_cached(
        "SELECT lid, phone, created_at, updated_at, source FROM lid_mappings WHERE session = ?1 AND lid = ?2",
    )?;
    Ok(statement.query_row(params![session, lid], from_row).optional()?)
}

pub(super) fn find_by_phone(conn: &Connection, session: i64, phone: &str) -> Result<Option<LidPnMappingEntry>> {
    let mut statement = conn.prepare_cached(
        "SELECT m.lid, m.phone, m.created_at, m.updated_at, m.source
           FROM phone_lids p JOIN lid_mappings m ON m.session = p.session AND m.lid = p.lid
          WHERE p.session = ?1 AND p.phone = ?2",
    )?;
    Ok(statement.query_row(params![session, phone], from_row).optional()?)
}

pub(super) fn list(conn: &Connection, session: i64) -> Result<Vec<LidPnMappingEntry>> {
    let mut statement =
        conn.prepare_cached("SELECT lid, phone, created_at, updated_at, source FROM lid_mappings WHERE session = ?1")?;
    let rows = statement.query_map([session], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<LidPnMappingEntry> {
    Ok(LidPnMappingEntry {
        lid: row.get(0)?,
        phone_number: row.get(1)?,
        created_at: row.get(2)?,
        updated_at: row.get(3)?,
        learning_source: row.get(4)?,
    })
}
