//! Restoring a backup with and without the master key that sealed it, and what waited in it.

mod killed;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::cli::{Server, command, json, refused};
use crate::upgrade::{self, Fixture};

const WRONG: &str = "3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b";

fn wamanager(dir: &Path, args: &[&str]) -> Command {
    let mut command = command(args);
    command.arg("--data-dir").arg(dir);
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    wamanager(dir, args).output().unwrap()
}

/// The output of a command that must succeed.
fn answer(dir: &Path, args: &[&str]) -> Value {
    let output = run(dir, &[args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {output:?}");
    json(&output)
}

/// Every file with its content, except what reading leaves: the lock, and the index of a log.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(contents(&path));
        } else if name != "lock" && !name.ends_with("-shm") {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

fn set_key(dir: &Path, key: &str) {
    let path = dir.join("master.key");
    std::fs::write(&path, key).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn backup_of(fixture: &Fixture) -> PathBuf {
    answer(fixture.dir.path(), &["backup", "create"])["file"]
        .as_str()
        .unwrap()
        .into()
}

fn count(dir: &Path, sql: &str) -> i64 {
    let c = rusqlite::Connection::open(dir.join("app.db")).unwrap();
    c.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn starting_under_another_key_is_refused_changes_nothing_and_the_right_key_works_again() {
    for migrated in [false, true] {
        let fixture = upgrade::newest();
        let dir = fixture.dir.path();
        if migrated {
            answer(dir, &["user", "list"]);
        }
        // Without the keys of numbers, which a restored installation does not have and which would also detect it.
        std::fs::remove_file(dir.join("wa.db")).unwrap();
        set_key(dir, WRONG);
        let before = contents(dir);
        for args in [&["user", "list"][..], &["doctor"][..], &["session", "list"][..]] {
            let output = run(dir, args);
            refused(
                &output,
                8,
                &[
                    "app.db",
                    "master.key",
                    "fingerprint",
                    "nothing was changed",
                    "second factor",
                ],
            );
        }
        let url = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--whatsapp-url",
            "ws://127.0.0.1:9/ws/chat",
        ];
        refused(&run(dir, &url), 8, &["app.db", "fingerprint"]);
        assert_eq!(contents(dir), before, "nothing was changed");

        set_key(dir, &"2a".repeat(32));
        assert!(!answer(dir, &["user", "list"]).as_array().unwrap().is_empty());
    }
}

#[test]
fn the_key_is_checked_wherever_it_comes_from() {
    let fixture = upgrade::newest();
    let dir = fixture.dir.path();
    answer(dir, &["user", "list"]);
    std::fs::remove_file(dir.join("wa.db")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("master-key");
    std::fs::write(&file, WRONG).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let given = wamanager(dir, &["user", "list"])
        .env("WAMANAGER_MASTER_KEY", WRONG)
        .output();
    refused(&given.unwrap(), 8, &["WAMANAGER_MASTER_KEY"]);
    let flag = run(dir, &["user", "list", "--master-key-file", file.to_str().unwrap()]);
    refused(&flag, 8, &[file.to_str().unwrap()]);
    let credential = wamanager(dir, &["user", "list"])
        .env("CREDENTIALS_DIRECTORY", elsewhere.path())
        .output();
    refused(&credential.unwrap(), 8, &["credential"]);
}

#[test]
fn a_key_store_left_by_a_start_under_a_wrong_key_does_not_block_the_start() {
    let (fixture, other) = (upgrade::newest(), tempfile::tempdir().unwrap());
    let dir = fixture.dir.path();
    set_key(other.path(), WRONG);
    assert!(
        run(other.path(), &["user", "create", "x@example.com", "--name", "X"])
            .status
            .success()
    );
    std::fs::copy(other.path().join("wa.db"), dir.join("wa.db")).unwrap();
    assert!(!answer(dir, &["user", "list"]).as_array().unwrap().is_empty());
}

#[test]
fn numbers_whose_keys_do_not_fit_the_master_key_are_linked_again_without_deleting_files() {
    let fixture = upgrade::newest();
    let (dir, other) = (fixture.dir.path(), tempfile::tempdir().unwrap());
    // A separate installation under another key, with the keys of this one's number.
    set_key(other.path(), WRONG);
    assert!(
        run(other.path(), &["user", "create", "x@example.com", "--name", "X"])
            .status
            .success()
    );
    for name in ["wa.db", "wa.db-wal", "wa.db-shm"] {
        let _ = std::fs::remove_file(other.path().join(name));
    }
    std::fs::copy(dir.join("wa.db"), other.path().join("wa.db")).unwrap();
    refused(
        &run(other.path(), &["user", "list"]),
        8,
        &["app.db", "wa.db", "backup link-again"],
    );
    answer(other.path(), &["backup", "link-again", "--yes"]);
    answer(other.path(), &["user", "list"]);
    let aside = std::fs::read_dir(other.path())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let aside = aside.into_iter().find(|path| path.join("wa.db").is_file());
    assert!(aside.is_some(), "the keys are kept");
}

#[test]
fn a_backup_of_another_key_is_named_by_verify_and_not_restored() {
    let fixture = upgrade::newest();
    let backup = backup_of(&fixture);
    let text = backup.to_str().unwrap();
    let verified = answer(fixture.dir.path(), &["backup", "verify", text]);
    assert_eq!(verified["master_key_fits"], true, "{verified}");
    let print = verified["master_key"].as_str().unwrap().to_owned();

    let other = tempfile::tempdir().unwrap();
    set_key(other.path(), WRONG);
    assert!(
        run(other.path(), &["user", "create", "x@example.com", "--name", "X"])
            .status
            .success()
    );
    let before = contents(other.path());
    for verb in [
        &["backup", "verify", text][..],
        &["backup", "restore", text, "--yes"][..],
    ] {
        refused(
            &run(other.path(), verb),
            8,
            &[&print, "master.key", "nothing was changed", "second factor"],
        );
    }
    assert_eq!(contents(other.path()), before);

    // After the loss of the key, the rest is restored without what it sealed.
    answer(other.path(), &["backup", "restore", text, "--yes", "--without-its-key"]);
    assert!(answer(other.path(), &["user", "list"]).as_array().unwrap().len() > 2);
    assert_eq!(count(other.path(), "SELECT COUNT(*) FROM second_factors"), 0);
}

#[test]
fn a_restore_without_a_master_key_says_so_at_once_and_leaves_nothing() {
    let fixture = upgrade::newest();
    let backup = backup_of(&fixture);
    let parent = tempfile::tempdir().unwrap();
    let fresh = parent.path().join("new");
    // The check comes before the confirmation, so --yes is not needed.
    let output = run(&fresh, &["backup", "restore", backup.to_str().unwrap()]);
    refused(
        &output,
        8,
        &["master key", "fingerprint", fresh.join("master.key").to_str().unwrap()],
    );
    assert!(!fresh.exists());
    let with_key = wamanager(&fresh, &["backup", "restore", backup.to_str().unwrap(), "--yes"])
        .env("WAMANAGER_MASTER_KEY", "2a".repeat(32))
        .output();
    assert!(with_key.unwrap().status.success());
}

#[test]
fn a_backup_older_than_fingerprints_is_checked_by_opening_a_sealed_value() {
    let fixture = upgrade::newest();
    let old = fixture.dir.path().join("app-manual-20261124T101500Z.db");
    std::fs::copy(fixture.dir.path().join("app.db"), &old).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    set_key(elsewhere.path(), WRONG);
    refused(
        &run(elsewhere.path(), &["backup", "restore", old.to_str().unwrap(), "--yes"]),
        8,
        &["opens nothing in it"],
    );
    set_key(elsewhere.path(), &"2a".repeat(32));
    let told = run(elsewhere.path(), &["backup", "restore", old.to_str().unwrap(), "--yes"]);
    assert!(told.status.success(), "{told:?}");
    assert!(
        String::from_utf8_lossy(&told.stdout).contains("older than fingerprints"),
        "{told:?}"
    );
}

#[test]
fn the_doctor_sees_a_key_that_is_gone_while_the_server_runs() {
    let fixture = upgrade::newest();
    let dir = fixture.dir.path();
    let mut server = Server::start(dir);
    let severity = || {
        let report = json(&run(dir, &["doctor", "--json"]));
        let findings = report["findings"].as_array().unwrap().clone();
        let found = findings.into_iter().find(|finding| finding["subject"] == "master key");
        found.unwrap_or_else(|| panic!("{report}"))["severity"].clone()
    };
    assert_eq!(severity(), "ok");
    set_key(dir, WRONG);
    assert_eq!(severity(), "problem");
    let ready = ureq::get(format!("{}readyz", server.url))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    assert!(ready.contains("master key"), "{ready}");
    set_key(dir, &"2a".repeat(32));
    assert_eq!(server.terminate(), Some(0));
}

/// A restored backup that contains a waiting message and a waiting mail.
fn restored_with_something_waiting() -> Fixture {
    let fixture = upgrade::newest();
    let dir = fixture.dir.path();
    let c = rusqlite::Connection::open(dir.join("app.db")).unwrap();
    c.execute(
        "UPDATE mails SET state = 'queued' WHERE id = (SELECT MIN(id) FROM mails WHERE body IS NOT NULL)",
        [],
    )
    .unwrap();
    drop(c);
    let backup = backup_of(&fixture);
    let told = answer(
        dir,
        &["backup", "restore", backup.to_str().unwrap(), "--keep-keys", "--yes"],
    );
    assert_eq!(
        (told["held"]["messages"].as_i64(), told["held"]["emails"].as_i64()),
        (Some(1), Some(1)),
        "{told}"
    );
    fixture
}

#[test]
fn messages_waiting_in_a_backup_are_held_until_released_or_discarded() {
    for (verb, message, queued) in [("resume", "pending", 1), ("discard", "failed", 0)] {
        let fixture = restored_with_something_waiting();
        let dir = fixture.dir.path();
        let waiting = fixture.fact("/waiting");
        let status = format!("SELECT COUNT(*) FROM messages WHERE public_id = '{waiting}' AND status = '{message}'");
        let due = "SELECT COUNT(*) FROM outbox WHERE state IN ('queued', 'sending', 'parked')";
        assert_eq!(count(dir, due), 0, "nothing is sent automatically");
        // The server leaves them alone as well, and reports them.
        let mut server = Server::start(dir);
        let held = answer(dir, &["backup", "held"]);
        assert_eq!(held, serde_json::json!({ "messages": 1, "emails": 1 }));
        let report = json(&run(dir, &["doctor", "--json"]));
        let findings = report["findings"].as_array().unwrap();
        assert!(
            findings.iter().any(|finding| finding["subject"] == "restored backup"),
            "{report}"
        );
        let args: &[&str] = if verb == "discard" { &["--yes"] } else { &[] };
        let told = answer(dir, &[&["backup", verb], args].concat());
        assert_eq!(told, serde_json::json!({ "messages": 1, "emails": 1 }));
        assert_eq!(
            answer(dir, &["backup", "held"]),
            serde_json::json!({ "messages": 0, "emails": 0 })
        );
        assert_eq!(server.terminate(), Some(0));
        assert_eq!(count(dir, &status), 1, "{verb}");
        assert_eq!(count(dir, due), queued, "{verb}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_and_the_administrator_decide_on_pages() {
    use crate::support::TestApp;
    for admin_decides in [false, true] {
        let fixture = restored_with_something_waiting();
        let now = wamanager::clock::Clock::System.now();
        let app = TestApp::on(fixture.dir.path(), now).await;
        // The mail's job runs, and leaves it alone.
        app.settle().await;
        assert_eq!(held_mails(&app).await, 1);
        let owner = app.anonymous();
        owner
            .log_in(fixture.fact("/owner/email"), fixture.fact("/password"))
            .await;
        let admin = app.anonymous();
        admin
            .log_in(fixture.fact("/admin/email"), fixture.fact("/password"))
            .await;
        let home = owner.get("/chats").await.expect(200).body;
        assert!(home.contains("1 message is on hold"), "{home}");
        let page = owner.get("/held").await.expect(200).body;
        assert!(page.contains(fixture.fact("/texts/waiting")), "{page}");
        // New ones go out as usual, even in the same chat.
        let path = format!("/chats/{}/messages", fixture.fact("/chat"));
        owner.post(&path, &[("text", "A new one.")]).await.expect(303);
        let sql = "SELECT m.body FROM outbox o JOIN messages m ON m.id = o.message_id WHERE o.state = 'queued'";
        let due = app
            .app
            .db
            .read(move |c| Ok::<_, wamanager::db::DbError>(c.query_row(sql, [], |row| row.get::<_, String>(0))?));
        assert_eq!(due.await.unwrap(), "A new one.");
        let health = admin.get("/admin").await.expect(200).body;
        assert!(health.contains("On hold since a backup was restored"), "{health}");
        if admin_decides {
            admin.post("/admin/held/discard", &[]).await.expect(303);
            assert_eq!(held_mails(&app).await, 0);
        } else {
            owner.post("/held/resume", &[]).await.expect(303);
            assert_eq!(held_mails(&app).await, 1, "only the administrator decides about mail");
        }
        let page = owner.get("/held").await.expect(200).body;
        assert!(page.contains("Nothing is on hold"), "{page}");
        assert!(!page.contains("were waiting to be sent"), "{page}");
        assert!(!owner.get("/chats").await.expect(200).body.contains("on hold"));
        app.stop().await;
    }
}

/// Unsent mails with a text.
async fn held_mails(app: &crate::support::TestApp) -> i64 {
    let sql = "SELECT COUNT(*) FROM mails WHERE state = 'failed' AND body IS NOT NULL";
    let count = app
        .app
        .db
        .read(move |c| Ok::<_, wamanager::db::DbError>(c.query_row(sql, [], |row| row.get(0))?));
    count.await.unwrap()
}

#[test]
fn an_empty_database_beside_the_keys_of_numbers_is_damage() {
    let fixture = upgrade::newest();
    let dir = fixture.dir.path();
    for empty in [true, false] {
        std::fs::write(dir.join("app.db"), b"").unwrap();
        if !empty {
            std::fs::remove_file(dir.join("app.db")).unwrap();
        }
        let before = contents(dir);
        for args in [
            &["user", "list"][..],
            &["user", "create", "x@example.com", "--name", "X"],
            &["doctor"],
        ] {
            refused(&run(dir, args), 7, &["app.db", "wa.db", "backup"]);
        }
        assert_eq!(contents(dir), before);
    }
}

#[test]
fn everything_in_the_data_directory_is_for_its_owner_alone() {
    let fixture = upgrade::newest();
    let dir = fixture.dir.path();
    // As a backup tool or a person would have created it.
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut server = Server::start(dir);
    answer(dir, &["backup", "create"]);
    answer(
        dir,
        &[
            "user",
            "export",
            fixture.fact("/owner/email"),
            "--to",
            dir.join("export.zip").to_str().unwrap(),
        ],
    );
    check_modes(dir);
    assert_eq!(server.terminate(), Some(0));
    answer(dir, &["mail", "test", "ada@example.com"]);
    answer(dir, &["backup", "create", "--same-instant"]);
    answer(dir, &["backup", "restore", "latest", "--yes"]);
    check_modes(dir);
    let kinds = ["backups", "mail"].map(|name| dir.join(name).is_dir());
    assert_eq!(kinds, [true, true]);
}

fn check_modes(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o777;
        let wanted = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, wanted, "{} has mode {mode:o}", path.display());
        if path.is_dir() {
            check_modes(&path);
        }
    }
}

#[test]
fn a_verb_that_only_reads_creates_no_installation() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("typo/deeper");
    for args in [
        &["doctor"][..],
        &["session", "list"],
        &["session", "pair", "Shop"],
        &["user", "list"],
        &["workspace", "list"],
        &["audit", "list"],
        &["jobs", "list"],
        &["key", "list"],
        &["mail", "list"],
        &["plan", "list"],
        &["billing", "show"],
        &["backup", "list"],
        &["backup", "create"],
        &["backup", "held"],
        &["backup", "resume"],
        &["backup", "link-again", "--yes"],
        &["send", "+5511999990001", "hi"],
    ] {
        let output = run(&dir, args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() == Some(2) {
            panic!("{args:?} is no command line: {text}");
        }
        refused(
            &output,
            4,
            &["There is no installation in", "typo/deeper", "wamanager serve"],
        );
        assert!(!parent.path().join("typo").exists(), "{args:?}");
    }
}

#[test]
fn the_doctor_does_not_say_that_something_runs_when_nothing_does() {
    let fixture = upgrade::newest();
    let report = json(&run(fixture.dir.path(), &["doctor", "--json"]));
    let findings = report["findings"].as_array().unwrap();
    let running = findings.iter().find(|finding| finding["subject"] == "running").unwrap();
    assert!(running["detail"].as_str().unwrap().contains("not running"), "{running}");
}

#[test]
fn a_reader_that_disappears_is_not_an_error() {
    for args in [&["openapi"][..], &["completions", "bash"]] {
        let mut child = command(args)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Its output is far larger than a pipe's buffer.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(
            output.stderr.is_empty(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}
