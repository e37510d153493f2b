//! A restore that is interrupted.

use std::path::{Path, PathBuf};

use super::{answer, backup_of, contents, count, run, wamanager};
use crate::cli::refused;
use crate::upgrade;

#[test]
fn a_restore_that_cannot_be_completed_changes_nothing() {
    let fixture = upgrade::newest();
    let dir = fixture.dir.path();
    // An older release's database is migrated first, which needs a directory for a copy; a file is in its place.
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = elsewhere.path().join("app-manual-20261124T101500Z.db");
    std::fs::copy(dir.join("app.db"), &backup).unwrap();
    answer(dir, &["user", "list"]);
    let _ = std::fs::remove_dir_all(dir.join("backups"));
    std::fs::write(dir.join("backups"), b"").unwrap();
    let before = contents(dir);
    let output = run(
        dir,
        &["backup", "restore", backup.to_str().unwrap(), "--keep-keys", "--yes"],
    );
    refused(&output, 7, &["backups", "nothing was changed"]);
    assert_eq!(contents(dir), before);
}

/// What a restore must never leave half done, as the next command finds it.
fn assert_old_or_whole(dir: &Path, what: &str) {
    // Any command completes an interrupted restore.
    answer(dir, &["user", "list"]);
    if count(dir, "SELECT COUNT(*) FROM users WHERE name = 'Not in the backup'") > 0 {
        assert!(dir.join("wa.db").is_file(), "{what}: the old keys are there");
        let linked = "SELECT COUNT(*) FROM sessions WHERE linked_at IS NOT NULL AND deleted_at IS NULL";
        assert!(count(dir, linked) > 0, "{what}");
        return;
    }
    let never = [
        "SELECT COUNT(*) FROM outbox WHERE state IN ('queued', 'sending', 'parked')",
        "SELECT COUNT(*) FROM mails WHERE state = 'queued'",
        "SELECT COUNT(*) FROM logins",
        "SELECT COUNT(*) FROM sessions WHERE linked_at IS NOT NULL AND deleted_at IS NULL",
    ];
    for sql in never {
        assert_eq!(count(dir, sql), 0, "{what}: {sql}");
    }
    let written = "SELECT COUNT(*) FROM audit_log WHERE action = 'system.backup_restored'";
    assert_eq!(count(dir, written), 1, "{what}");
    let aside = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<PathBuf> = aside
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("replaced-"))
        .collect();
    assert_eq!(aside.len(), 1, "{what}: {aside:?}");
    for name in ["app.db", "wa.db"] {
        assert!(aside[0].join(name).is_file(), "{what}: the replaced file is kept");
    }
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_state_or_the_whole_new_one() {
    use rand::{RngExt as _, SeedableRng as _};
    let template = upgrade::newest();
    let dir = template.dir.path();
    answer(dir, &["user", "list"]);
    let backup = backup_of(&template);
    let marked = rusqlite::Connection::open(dir.join("app.db")).unwrap();
    marked
        .execute("UPDATE users SET name = 'Not in the backup'", [])
        .unwrap();
    drop(marked);
    let text = backup.to_str().unwrap();
    let fresh = || {
        let to = tempfile::tempdir().unwrap();
        for name in ["app.db", "wa.db", "master.key"] {
            std::fs::copy(dir.join(name), to.path().join(name)).unwrap();
        }
        to
    };
    let whole = fresh();
    assert_old_or_whole(whole.path(), "before");
    let began = std::time::Instant::now();
    answer(whole.path(), &["backup", "restore", text, "--yes"]);
    let takes = began.elapsed();
    assert_old_or_whole(whole.path(), "not killed");

    let mut random = rand::rngs::StdRng::seed_from_u64(20_261_124);
    for round in 0..10 {
        let at = fresh();
        let mut child = wamanager(at.path(), &["backup", "restore", text, "--yes"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let after = takes.mul_f64(random.random_range(0.2..1.0));
        // The time of the kill is random; the assertions hold for every one.
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_old_or_whole(at.path(), &format!("round {round}, killed after {after:?}"));
    }
}
