//! Every page reads by an index: no table is scanned and nothing is sorted.

use rusqlite::Connection;

use super::cast::{ADDRESSES_SQL, CONTACTS_SQL, CONVERSATIONS_SQL};
use super::details::pictures_sql;
use super::handling::ACTS_SQL;
use super::listing::{TIMES_SQL, listing_sql};
use super::messages::{ANSWERS_SQL, REACTIONS_SQL, by_ids_sql, thread_sql};
use super::notes::between_sql;
use super::people::NAMES_SQL;
use super::read::{UNREAD_SQL, list_sql};
use super::recall::IN_CHAT;
use super::search::TEXT_SQL;
use super::search::find::{GROUPS_SQL, IN_CHAT_SQL, search_sql};
use super::standing::ANSWERED_SQL;
use crate::chats::handling::{ChatState, Shelf, Tab};
use crate::chats::listing::Listing;
use crate::chats::model::{Author, ChatFilter, Kind, MessageFilter, Shown, Window};
use crate::clock::UnixMs;
use crate::ids::{ContactId, PublicId, UserId};

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
fn a_shelf_is_read_in_the_order_of_an_index_whatever_narrows_it() {
    let (_dir, c) = database();
    for tab in Tab::ALL.iter().copied() {
        let shelf = ChatFilter {
            shelf: Some(Shelf {
                tab,
                state: ChatState::Open,
                user: UserId(1),
            }),
            ..ChatFilter::default()
        };
        let unread = ChatFilter {
            unread: true,
            ..shelf.clone()
        };
        let session = ChatFilter {
            session: Some(PublicId::new("ses")),
            ..shelf.clone()
        };
        let label = ChatFilter {
            label: Some(PublicId::new("lbl")),
            ..shelf.clone()
        };
        let whole = if tab == Tab::All {
            "chats_handled_by_time"
        } else {
            "chats_assigned_by_time"
        };
        for (filter, index) in [
            (shelf, whole),
            (unread, "chats_unread_by_time"),
            (session, "chats_of_session_handled"),
            (label, "chat_labels_by_time"),
        ] {
            for continued in [false, true] {
                let plan = plan(&c, &list_sql(&filter, continued));
                assert!(plan.contains(index), "{tab} {plan}");
                assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{tab} {plan}");
            }
        }
    }
    let history = plan(&c, ACTS_SQL);
    assert!(
        history.contains("chat_acts_of_chat") && !history.contains("SCAN") && !history.contains("TEMP B-TREE"),
        "{history}"
    );
    let notes = plan(&c, &between_sql());
    assert!(
        notes.contains("notes_of_chat") && !notes.contains("SCAN") && !notes.contains("TEMP B-TREE"),
        "{notes}"
    );
    let pictures = plan(&c, &pictures_sql());
    assert!(
        pictures.contains("messages_with_pictures") && !pictures.contains("SCAN") && !pictures.contains("TEMP B-TREE"),
        "{pictures}"
    );
    let unread = plan(&c, UNREAD_SQL);
    assert!(unread.contains("USING COVERING INDEX chats_unread_by_time"), "{unread}");
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
    for sql in [REACTIONS_SQL, ANSWERS_SQL] {
        let plan = plan(&c, sql);
        assert!(plan.contains("SEARCH r USING PRIMARY KEY"), "{plan}");
    }
    let plan = plan(&c, NAMES_SQL);
    assert!(!plan.contains("SCAN a") && !plan.contains("SCAN c"), "{plan}");
}

#[test]
fn a_numbers_messages_are_read_in_the_order_of_an_index_whatever_the_filter() {
    let (_dir, c) = database();
    let of_chat = Listing {
        chat: Some(PublicId::new("chat")),
        ..Listing::default()
    };
    for (listing, index) in [
        (Listing::default(), "messages_of_session"),
        (of_chat, "messages_in_thread"),
    ] {
        let dated = Listing {
            since: Some(UnixMs(1)),
            until: Some(UnixMs(2)),
            from_me: Some(true),
            kinds: vec![Kind::Image],
            statuses: vec![Shown::Failed],
            ..listing.clone()
        };
        for (listing, continued) in [(&listing, false), (&listing, true), (&dated, false), (&dated, true)] {
            let plan = plan(&c, &listing_sql(listing, continued));
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}

#[test]
fn what_a_listing_adds_is_looked_up_row_by_row() {
    let (_dir, c) = database();
    let by_ids = by_ids_sql();
    for sql in [
        by_ids.as_str(),
        TIMES_SQL,
        CONTACTS_SQL,
        ADDRESSES_SQL,
        CONVERSATIONS_SQL,
    ] {
        let plan = plan(&c, sql);
        assert!(plan.starts_with("SCAN n VIRTUAL TABLE"), "{plan}");
        assert_eq!(plan.matches("SCAN").count(), 1, "{plan}");
    }
}

#[test]
fn a_message_is_found_by_its_whatsapp_id_without_a_scan() {
    let (_dir, c) = database();
    let plan = plan(&c, &format!("SELECT 1 {IN_CHAT}"));
    assert!(plan.contains("messages_by_wa_id"), "{plan}");
    assert!(!plan.contains("SCAN"), "{plan}");
}

#[test]
fn a_search_reads_the_index_and_the_rows_that_it_finds() {
    let (_dir, c) = database();
    let narrow = MessageFilter {
        session: Some(PublicId::new("ses")),
        chat: Some(PublicId::new("chat")),
        from: Some(Author::Us),
        kinds: vec![Kind::Image],
        since: Some(UnixMs(1)),
        until: Some(UnixMs(2)),
        before: Some(PublicId::new("msg")),
    };
    for (filter, senders) in [(MessageFilter::default(), vec![]), (narrow, vec![ContactId(1)])] {
        let plan = plan(&c, &search_sql(&filter, &senders));
        assert!(plan.starts_with("SCAN f VIRTUAL TABLE"), "{plan}");
        assert!(plan.contains("SEARCH m USING INTEGER PRIMARY KEY"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
        let scans = plan.matches("SCAN").count() - plan.matches("SCAN json_each VIRTUAL TABLE").count();
        assert_eq!(scans, 1, "{plan}");
    }
    let groups = plan(&c, GROUPS_SQL);
    assert!(
        groups.starts_with("SCAN g VIRTUAL TABLE") && groups.contains("SEARCH ch USING INTEGER PRIMARY KEY"),
        "{groups}"
    );
    let chat = plan(&c, IN_CHAT_SQL);
    assert!(!chat.contains("SCAN ch") && !chat.contains("SCAN f"), "{chat}");
    let text = plan(&c, TEXT_SQL);
    assert!(!text.contains("SCAN"), "{text}");
}

#[test]
fn who_answered_is_read_from_an_index() {
    let (_dir, c) = database();
    let answered = plan(&c, ANSWERED_SQL);
    assert!(answered.contains("SEARCH chats USING INDEX"), "{answered}");
    assert!(
        !answered.contains("SCAN chats") && !answered.contains("TEMP B-TREE"),
        "{answered}"
    );
}
