//! An installation filled with invented messages.

use std::path::Path;

use rusqlite::Connection;

use crate::cli::{Server, command, json, refused};

fn count(dir: &Path, table: &str) -> i64 {
    let c = Connection::open(dir.join("app.db")).unwrap();
    c.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0))
        .unwrap()
}

#[test]
fn seed_fills_an_installation_that_no_server_uses() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("data");
    let seed = |more: &[&str]| {
        let mut command = command(&["seed", "--messages", "400", "--chats", "50", "--json"]);
        command.args(more).arg("--data-dir").arg(&dir).output().unwrap()
    };
    let first = json(&seed(&[]));
    assert_eq!(first["messages"], 400);
    assert!(
        first["password"].as_str().is_some_and(|password| password.len() > 8),
        "{first}"
    );
    assert_eq!((count(&dir, "messages"), count(&dir, "chats")), (400, 50));
    assert!(count(&dir, "message_words") > 300);
    // The same messages again are the same messages.
    assert_eq!(json(&seed(&[]))["password"], serde_json::Value::Null);
    assert_eq!(count(&dir, "messages"), 400);
    let server = Server::start(&dir);
    refused(&seed(&["--seed", "2"]), 5, &["already running"]);
    drop(server);
    assert_eq!(count(&dir, "messages"), 400);
}
