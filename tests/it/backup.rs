//! Backups as an operator makes and restores them: with the binary, beside a server and without one.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::cli::{Server, command, json, refused};

fn wamanager(dir: &Path, args: &[&str]) -> Output {
    command(args).arg("--data-dir").arg(dir).output().unwrap()
}

/// The output of a command that must succeed.
fn answer(dir: &Path, args: &[&str]) -> Value {
    let output = wamanager(dir, &[args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {output:?}");
    json(&output)
}

fn add_user(dir: &Path, name: &str) {
    let email = format!("{name}@example.com");
    answer(dir, &["user", "create", &email, "--name", name]);
}

fn users(dir: &Path) -> Vec<String> {
    let users = answer(dir, &["user", "list"]);
    let mut names: Vec<_> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn file_of(made: &Value) -> PathBuf {
    made["file"].as_str().unwrap().into()
}

#[test]
fn a_restore_brings_the_backups_rows_back_and_deletes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    add_user(dir.path(), "Ada");
    let made = answer(dir.path(), &["backup", "create"]);
    assert!(made["verified_at"].is_string(), "{made}");
    add_user(dir.path(), "Bo");

    let restored = answer(dir.path(), &["backup", "restore", "latest", "--yes"]);
    assert_eq!(restored["restored"]["contents"]["users"], 1);
    assert_eq!(users(dir.path()), ["Ada"]);

    // The replaced files are complete: they can be restored like any backup once the log is checkpointed.
    let aside = PathBuf::from(restored["replaced"].as_str().unwrap());
    assert!(aside.join("app.db").is_file() && aside.join("wa.db").is_file());
    let wal = aside.join("app.db-wal");
    assert!(!wal.exists() || std::fs::metadata(&wal).unwrap().len() == 0);
    let replaced = aside.join("app.db");
    answer(dir.path(), &["backup", "restore", replaced.to_str().unwrap(), "--yes"]);
    assert_eq!(users(dir.path()), ["Ada", "Bo"]);
}

#[test]
fn beside_a_running_server_backups_are_made_and_none_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    add_user(dir.path(), "Ada");
    let mut server = Server::start(dir.path());
    // The server opens its socket a moment after it prints its address.
    while !wamanager(dir.path(), &["user", "list"]).status.success() {}
    let elsewhere = tempfile::tempdir().unwrap();
    let to = elsewhere.path().join("usb");
    let made = answer(dir.path(), &["backup", "create", "--to", to.to_str().unwrap()]);
    let file = file_of(&made);
    assert!(file.starts_with(&to), "{}", file.display());

    let text = file.to_str().unwrap();
    refused(
        &wamanager(dir.path(), &["backup", "restore", text, "--yes"]),
        5,
        &["already running"],
    );
    refused(
        &wamanager(dir.path(), &["backup", "create", "--same-instant"]),
        11,
        &["Stop the server"],
    );
    let verified = answer(dir.path(), &["backup", "verify", text]);
    assert_eq!(verified["contents"]["users"], 1);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_damaged_file_is_refused_and_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    add_user(dir.path(), "Ada");
    let file = file_of(&answer(dir.path(), &["backup", "create"]));
    let text = file.to_str().unwrap();
    let good = std::fs::read(&file).unwrap();

    let mut bad = good.clone();
    let middle = bad.len() / 2 / 4096 * 4096;
    bad[middle..].fill(0xff);
    for (bytes, what) in [
        (bad, "damaged pages"),
        (good[..5_000].to_vec(), "cut off"),
        (b"hello".to_vec(), "a text"),
    ] {
        std::fs::write(&file, &bytes).unwrap();
        for verb in [
            &["backup", "verify", text][..],
            &["backup", "restore", text, "--yes"][..],
        ] {
            let output = wamanager(dir.path(), verb);
            refused(&output, 7, &["is not a good backup"]);
            assert!(!output.stderr.is_empty(), "{what}");
        }
    }
    assert_eq!(users(dir.path()), ["Ada"]);
    assert!(!dir.path().join("app.db.restoring").exists());
}

#[test]
fn missing_backups_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    add_user(dir.path(), "Ada");
    refused(
        &wamanager(dir.path(), &["backup", "verify", "latest"]),
        10,
        &["backup create"],
    );
    refused(
        &wamanager(dir.path(), &["backup", "verify", "gone.db"]),
        10,
        &["gone.db"],
    );
    assert_eq!(answer(dir.path(), &["backup", "list"]), serde_json::json!([]));
    answer(dir.path(), &["backup", "create"]);
    let listed = answer(dir.path(), &["backup", "list"]);
    assert_eq!(listed[0]["kind"], "manual");
    // There is no terminal to ask at.
    refused(&wamanager(dir.path(), &["backup", "restore", "latest"]), 2, &["--yes"]);
}

#[test]
fn keys_are_restored_only_from_the_same_instant() {
    let dir = tempfile::tempdir().unwrap();
    add_user(dir.path(), "Ada");
    let plain = file_of(&answer(dir.path(), &["backup", "create"]));
    let refusal = wamanager(
        dir.path(),
        &["backup", "restore", plain.to_str().unwrap(), "--same-instant", "--yes"],
    );
    refused(&refusal, 11, &["link the numbers again"]);

    let pair = answer(dir.path(), &["backup", "create", "--same-instant"]);
    assert_eq!(pair["with_keys"], true);
    let moved = tempfile::tempdir().unwrap();
    std::fs::copy(dir.path().join("master.key"), moved.path().join("master.key")).unwrap();
    let file = file_of(&pair);
    answer(
        moved.path(),
        &["backup", "restore", file.to_str().unwrap(), "--same-instant", "--yes"],
    );
    assert_eq!(users(moved.path()), ["Ada"]);
}
