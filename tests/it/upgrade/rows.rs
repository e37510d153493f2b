//! Rows of a database file, whatever its schema.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// What a later release has changed on purpose: table, column (or `*` for the whole table), and why. A migration that
/// has to change people's data gets its line here.
const CHANGED: &[(&str, &str, &str)] = &[
    (
        "plans",
        "description",
        "shipped plans no longer speak of what they do not have yet",
    ),
    (
        "early_changes",
        "*",
        "a change that waits is its own message, named in waiting_changes",
    ),
];

/// Tables that belong to a full-text index.
const INDEX_PARTS: [&str; 7] = ["_data", "_idx", "_content", "_docsize", "_config", "_search", "_words"];

type Row = BTreeMap<String, String>;

/// Every row of every table.
pub struct Rows(BTreeMap<String, Vec<Row>>);

fn open(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn tables(c: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = c.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

pub fn empty_tables(path: &Path) -> Vec<String> {
    let c = open(path);
    let is_empty = |name: &String| {
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {name})");
        c.query_row(&sql, [], |row| row.get::<_, bool>(0)).unwrap()
    };
    tables(&c).into_iter().filter(is_empty).collect()
}

pub fn all(path: &Path) -> Rows {
    let c = open(path);
    let kept = |name: &String| !INDEX_PARTS.iter().any(|part| name.ends_with(part));
    let read = |name: String| {
        let mut statement = c.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let rows = statement.query_map([], |row| {
            let cell = |(at, column): (usize, &String)| (column.clone(), text(row.get_ref_unwrap(at)));
            Ok(columns.iter().enumerate().map(cell).collect())
        });
        let rows = rows.unwrap().map(Result::unwrap).collect();
        (name, rows)
    };
    Rows(tables(&c).into_iter().filter(kept).map(read).collect())
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(value) => String::from_utf8_lossy(value).into_owned(),
        ValueRef::Blob(value) => value.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// Every row of `before` is in `after`, with every value. Tables, columns and rows may have been added.
pub fn assert_kept(file: &str, before: &Rows, after: &Rows) {
    let changed = |table: &str, column: &str| {
        CHANGED
            .iter()
            .any(|(name, which, _)| *name == table && (*which == "*" || *which == column))
    };
    for (table, rows) in before.0.iter().filter(|(table, _)| !changed(table, "*")) {
        let Some(now) = after.0.get(table) else {
            panic!("{file}: the table {table} is gone");
        };
        let same = |row: &Row| -> Vec<(String, String)> {
            let columns = rows[0].keys().filter(|column| !changed(table, column));
            columns
                .map(|column| {
                    (
                        column.clone(),
                        row.get(column).cloned().unwrap_or_else(|| "gone".to_owned()),
                    )
                })
                .collect()
        };
        let now: BTreeSet<_> = now.iter().map(same).collect();
        for row in rows {
            assert!(
                now.contains(&same(row)),
                "{file}: a row of {table} is gone or another: {row:?}"
            );
        }
    }
}
