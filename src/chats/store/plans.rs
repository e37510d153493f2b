//! Every page reads by an index: no table is scanned and nothing is sorted.

use rusqlite::Connection;

use super::read::{REACTIONS_SQL, list_sql, thread_sql};
use super::recall::IN_CHAT;
use crate::chats::model::{ChatFilter, Window};
use crate::ids::PublicId;

fn database() -> (tempfile::TempDir, Connection) {
    let dir = tempfile::tempdir().unwrap();
    drop(crate::db::open(dir.path()).unwrap());
    let c = Connection::open(dir.path().join(crate::db::FILE)).unwrap();
    (dir, c)
}

/// The query plan's steps, one per line.
fn plan(c: &Connection, sql: &str) -> String {
    let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    for n in 1..=statement.parameter_count() {
        statement.raw_bind_parameter(n, 1).unwrap();
    }
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>(3).unwrap());
    }
    steps.join("\n")
}

#[test]
fn a_page_of_the_list_is_read_in_the_order_of_an_index() {
    let (_dir, c) = database();
    let unread = ChatFilter {
        unread: true,
        ..ChatFilter::default()
    };
    let session = ChatFilter {
        session: Some(PublicId::new("ses")),
        ..ChatFilter::default()
    };
    for (filter, index) in [
        (ChatFilter::default(), "chats_by_time"),
        (unread, "chats_unread_by_time"),
        (session, "chats_of_session_by_time"),
    ] {
        for continued in [false, true] {
            let plan = plan(&c, &list_sql(&filter, continued));
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}

#[test]
fn a_page_of_a_thread_is_read_in_the_order_of_an_index() {
    let (_dir, c) = database();
    let id = PublicId::new("msg");
    for window in [Window::Latest, Window::Before(id.clone()), Window::After(id)] {
        let plan = plan(&c, &thread_sql(&window));
        assert!(plan.contains("messages_in_thread"), "{plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
    let plan = plan(&c, REACTIONS_SQL);
    assert!(plan.contains("SEARCH r USING PRIMARY KEY"), "{plan}");
}

#[test]
fn a_message_is_found_by_its_whatsapp_id_without_a_scan() {
    let (_dir, c) = database();
    let plan = plan(&c, &format!("SELECT 1 {IN_CHAT}"));
    assert!(plan.contains("messages_by_wa_id"), "{plan}");
    assert!(!plan.contains("SCAN"), "{plan}");
}
