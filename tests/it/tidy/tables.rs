//! Table ownership in `app.db`: a store writes the tables of its own room and reads those of rooms below.

use std::collections::{BTreeMap, BTreeSet};

use super::rooms::floor;
use super::sources;

const OWNS: &[(&str, &[&str])] = &[
    (
        "accounts",
        &[
            "installation",
            "known_devices",
            "links",
            "login_challenges",
            "logins",
            "members",
            "recovery_codes",
            "second_factors",
            "setup_links",
            "users",
            "workspaces",
        ],
    ),
    ("access", &["api_keys", "idempotency", "refresh_tokens"]),
    ("audit", &["audit_log"]),
    ("backup", &["master_key"]),
    (
        "billing",
        &[
            "billing_customers",
            "billing_ends",
            "billing_events",
            "checkouts",
            "invoices",
            "subscriptions",
        ],
    ),
    (
        "chats",
        &[
            "answers",
            "chat_acts",
            "chat_counts",
            "chat_labels",
            "chats",
            "drafts",
            "former_chats",
            "group_members",
            "group_states",
            "group_words",
            "labels",
            "media",
            "message_words",
            "messages",
            "notes",
            "outgoing",
            "pins",
            "quick_replies",
            "reactions",
            "read_marks",
            "receipts",
            "scheduled_files",
            "scheduled_messages",
            "search_backlog",
            "waiting_changes",
        ],
    ),
    ("contacts", &["contact_addresses", "contact_words", "contacts"]),
    ("events", &["events"]),
    ("export", &["exports"]),
    ("jobs", &["jobs", "schedule_lines"]),
    ("mail", &["mails"]),
    (
        "media",
        &[
            "media_files",
            "media_objects",
            "media_rules",
            "media_strays",
            "media_sweep",
            "media_uploads",
        ],
    ),
    ("outbox", &["outbox"]),
    (
        "plans",
        &["plans", "usage_days", "workspace_plans", "workspace_storage"],
    ),
    ("sessions", &["session_health", "session_states", "sessions"]),
    ("team", &["invitation_links", "invitation_mails", "invitations"]),
];

/// Rooms that write a table of another room. This list only gets shorter.
const WRITES_ABROAD: &[(&str, &str)] = &[
    // A restored copy must not revive these rows, so they are deleted before it is used.
    ("backup", "idempotency"),
    ("backup", "login_challenges"),
    ("backup", "logins"),
    ("backup", "mails"),
    ("backup", "messages"),
    ("backup", "recovery_codes"),
    ("backup", "second_factors"),
    ("backup", "sessions"),
    // A deleted workspace is removed in short batches.
    ("export", "contacts"),
    ("export", "contact_words"),
    ("export", "events"),
    // The current day continues while a new time zone waits for its midnight.
    ("plans", "workspaces"),
];

/// Rooms that read a table of a room that is not below. This list only gets shorter.
const READS_ABOVE: &[(&str, &str)] = &[
    ("accounts", "sessions"),
    ("audit", "members"),
    ("audit", "users"),
    ("audit", "workspaces"),
    ("contacts", "chats"),
    ("jobs", "workspaces"),
    ("plans", "sessions"),
];

fn owners() -> BTreeMap<&'static str, &'static str> {
    let pairs = OWNS
        .iter()
        .flat_map(|(room, tables)| tables.iter().map(|table| (*table, *room)));
    pairs.collect()
}

#[test]
fn every_table_has_one_owner() {
    let (mut made, mut migrations) = (BTreeSet::new(), sources(&["migrations"], "sql"));
    migrations.sort_by(|one, other| one.path.cmp(&other.path));
    for migration in migrations {
        made.extend(names_after(
            &migration.text,
            &["CREATE TABLE ", "CREATE VIRTUAL TABLE "],
        ));
        for gone in names_after(&migration.text, &["DROP TABLE "]) {
            made.remove(&gone);
        }
    }
    let owned: Vec<String> = OWNS
        .iter()
        .flat_map(|(_, tables)| tables.iter())
        .map(ToString::to_string)
        .collect();
    assert_eq!(owned.len(), owners().len(), "a table stands with two owners");
    assert_eq!(
        made,
        owned.into_iter().collect(),
        "the tables that migrations make and those that OWNS lists"
    );
}

#[test]
fn stores_write_their_own_tables_and_read_those_below() {
    let owners = owners();
    let (mut writing, mut reading) = (BTreeSet::new(), BTreeSet::new());
    for source in sources(&["src"], "rs").iter().chain(&sources(&["src/chats"], "sql")) {
        let room = source.room().expect("below src").to_owned();
        // The operator's benchmarks read the file from outside.
        if source.path.starts_with("src/operator/bench/") {
            continue;
        }
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        let writes = [
            "INSERT INTO ",
            "INSERT OR IGNORE INTO ",
            "INSERT OR REPLACE INTO ",
            "UPDATE ",
            "DELETE FROM ",
        ];
        for table in names_after(&code, &writes) {
            if owners.get(table.as_str()).is_some_and(|owner| *owner != room) {
                writing.insert((room.clone(), table));
            }
        }
        for table in names_after(&code, &["FROM ", "JOIN "]) {
            let above = |owner: &&str| *owner != room && floor(owner) >= floor(&room);
            if owners.get(table.as_str()).is_some_and(above) {
                reading.insert((room.clone(), table));
            }
        }
    }
    assert_eq!(
        writing,
        pairs(WRITES_ABROAD),
        "rooms that write tables of others, and WRITES_ABROAD"
    );
    reading.retain(|pair| !writing.contains(pair));
    assert_eq!(
        reading,
        pairs(READS_ABOVE),
        "rooms that read tables of rooms above, and READS_ABOVE"
    );
}

fn pairs(list: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    list.iter()
        .map(|(room, table)| ((*room).to_owned(), (*table).to_owned()))
        .collect()
}

/// The word that follows each of `openings`.
fn names_after(text: &str, openings: &[&str]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for opening in openings {
        for (at, _) in text.match_indices(opening) {
            if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                continue;
            }
            let after = text[at + opening.len()..]
                .trim_start_matches("IF NOT EXISTS ")
                .trim_start_matches("IF EXISTS ");
            let name: String = after
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if name.starts_with(|c: char| c.is_ascii_lowercase()) {
                names.insert(name);
            }
        }
    }
    names
}
