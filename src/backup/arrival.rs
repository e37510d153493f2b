//! Moves a restored database into place, so that a kill at any moment leaves either the old state or the new one.
//!
//! Everything new is prepared in `restoring/`. Renaming that directory to `restored/` is the decision: before it, its
//! content is garbage; after it, the next process that claims the data directory makes the remaining moves. The
//! database moves last, so as long as it is in `restored/`, the one in place is the old one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::restore::Keys;
use crate::clock::UnixMs;
use crate::db;

/// The file of the keys within the data directory.
pub(super) const KEYS_FILE: &str = "wa.db";
const PLAN: &str = "plan.json";

/// The remaining moves of `restored/`.
#[derive(Serialize, Deserialize)]
struct Plan {
    /// The name of the directory that receives the replaced files.
    aside: String,
    keys: Keys,
}

/// One move of a file; both are names below the data directory.
struct Move {
    from: PathBuf,
    to: PathBuf,
}

fn preparing(data_dir: &Path) -> PathBuf {
    data_dir.join("restoring")
}

fn decided(data_dir: &Path) -> PathBuf {
    data_dir.join("restored")
}

/// Whether a decided restore still has moves to make.
#[must_use]
pub fn is_arriving(data_dir: &Path) -> bool {
    decided(data_dir).join(db::FILE).exists()
}

/// An empty directory for the new files.
pub(super) fn prepare(data_dir: &Path) -> io::Result<PathBuf> {
    let dir = preparing(data_dir);
    remove(&dir)?;
    db::private_dir(&dir)?;
    Ok(dir)
}

/// Removes what [`prepare`] made.
pub(super) fn abandon(data_dir: &Path) {
    if let Err(error) = remove(&preparing(data_dir)) {
        tracing::warn!(%error, "the copy of a backup could not be removed");
    }
}

/// Moves the prepared files into place; the replaced ones go into a directory of their own, which is returned. `None`
/// when there was nothing to replace.
pub(super) fn decide(data_dir: &Path, keys: Keys, now: UnixMs) -> io::Result<Option<PathBuf>> {
    let dir = preparing(data_dir);
    let aside = free_name(data_dir, now);
    let plan = Plan {
        aside: aside.clone(),
        keys,
    };
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(dir.join(PLAN))?;
    file.write_all(&serde_json::to_vec(&plan)?)?;
    file.sync_all()?;
    sync(&dir)?;
    std::fs::rename(&dir, decided(data_dir))?;
    sync(data_dir)?;
    complete(data_dir)?;
    let aside = data_dir.join(aside);
    Ok(aside.exists().then_some(aside))
}

/// Completes an interrupted restore, or removes the files of one that was not decided. The caller holds the data
/// directory.
pub fn complete(data_dir: &Path) -> io::Result<()> {
    remove(&preparing(data_dir))?;
    let dir = decided(data_dir);
    if is_arriving(data_dir) {
        let plan: Plan = serde_json::from_slice(&std::fs::read(dir.join(PLAN))?)?;
        for step in moves(data_dir, &plan) {
            carry_out(data_dir, &step)?;
        }
    }
    // All moves are made.
    remove(&dir)
}

/// In the order in which they are made, without those made before.
fn moves(data_dir: &Path, plan: &Plan) -> Vec<Move> {
    let restored = PathBuf::from("restored");
    let mut moves = Vec::new();
    let away = |name: &str, moves: &mut Vec<Move>| {
        // A log belongs to its database and would damage another.
        for name in with_logs(name) {
            moves.push(Move {
                to: Path::new(&plan.aside).join(&name),
                from: name.into(),
            });
        }
    };
    let keys_arrive = data_dir.join(&restored).join(KEYS_FILE).exists();
    match plan.keys {
        Keys::Keep => {}
        Keys::LinkAgain => away(KEYS_FILE, &mut moves),
        // The ones in place are the new ones when no moves are left.
        Keys::SameInstant if !keys_arrive => {}
        Keys::SameInstant => {
            away(KEYS_FILE, &mut moves);
            moves.push(Move {
                from: restored.join(KEYS_FILE),
                to: KEYS_FILE.into(),
            });
        }
    }
    away(db::FILE, &mut moves);
    moves.push(Move {
        from: restored.join(db::FILE),
        to: db::FILE.into(),
    });
    moves.retain(|step| data_dir.join(&step.from).exists());
    moves
}

/// Each is on disk before the next begins, so that the order holds after a power failure, too.
fn carry_out(data_dir: &Path, step: &Move) -> io::Result<()> {
    let to = data_dir.join(&step.to);
    let dir = to.parent().unwrap_or(data_dir);
    db::private_dir(dir)?;
    std::fs::rename(data_dir.join(&step.from), &to)?;
    sync(dir)?;
    sync(data_dir)
}

/// A database's files, in the order in which they move: a database left without its log would lose its last commits,
/// while a log left without its database is deleted when a new one is created.
pub(super) fn with_logs(name: &str) -> [String; 3] {
    [name.to_owned(), format!("{name}-wal"), format!("{name}-shm")]
}

/// An unused name for the directory of replaced files.
pub(super) fn free_name(data_dir: &Path, now: UnixMs) -> String {
    let base = format!("replaced-{}", now.to_utc().format("%Y%m%dT%H%M%SZ"));
    let mut name = base.clone();
    let mut again = 1;
    while data_dir.join(&name).exists() {
        again += 1;
        name = format!("{base}-{again}");
    }
    name
}

fn remove(dir: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    /// A decided restore over an installation with logs.
    fn decided_in(dir: &Path, keys: Keys) -> Plan {
        for name in ["app.db", "app.db-wal", "wa.db", "wa.db-wal"] {
            std::fs::write(dir.join(name), format!("old {name}")).unwrap();
        }
        let plan = Plan {
            aside: "replaced-then".to_owned(),
            keys,
        };
        db::private_dir(&decided(dir)).unwrap();
        std::fs::write(decided(dir).join(PLAN), serde_json::to_vec(&plan).unwrap()).unwrap();
        std::fs::write(decided(dir).join("app.db"), "new app.db").unwrap();
        if keys == Keys::SameInstant {
            std::fs::write(decided(dir).join("wa.db"), "new wa.db").unwrap();
        }
        plan
    }

    #[test]
    fn a_restore_that_stops_after_any_move_is_completed_by_the_next_claim() {
        for keys in [Keys::LinkAgain, Keys::Keep, Keys::SameInstant] {
            for stopped_after in 0..=6 {
                let dir = tempfile::tempdir().unwrap();
                let dir = dir.path();
                let plan = decided_in(dir, keys);
                for step in moves(dir, &plan).iter().take(stopped_after) {
                    carry_out(dir, step).unwrap();
                }
                complete(dir).unwrap();
                complete(dir).unwrap();
                let what = format!("{keys:?}, stopped after {stopped_after}");
                let aside = |name: &str| text(&dir.join("replaced-then").join(name));
                assert_eq!(text(&dir.join("app.db")).as_deref(), Some("new app.db"), "{what}");
                assert_eq!(text(&dir.join("app.db-wal")), None, "{what}");
                assert_eq!(aside("app.db").as_deref(), Some("old app.db"), "{what}");
                assert_eq!(aside("app.db-wal").as_deref(), Some("old app.db-wal"), "{what}");
                let (here, moved) = match keys {
                    Keys::LinkAgain => (None, Some("old wa.db")),
                    Keys::Keep => (Some("old wa.db"), None),
                    Keys::SameInstant => (Some("new wa.db"), Some("old wa.db")),
                };
                assert_eq!(text(&dir.join("wa.db")).as_deref(), here, "{what}");
                assert_eq!(aside("wa.db").as_deref(), moved, "{what}");
                assert!(!decided(dir).exists(), "{what}");
            }
        }
    }

    #[test]
    fn an_undecided_restore_is_removed_and_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("app.db"), "old").unwrap();
        let made = prepare(dir.path()).unwrap();
        std::fs::write(made.join("app.db"), "new").unwrap();
        std::fs::write(made.join("app.db-journal"), "half").unwrap();
        complete(dir.path()).unwrap();
        assert_eq!(text(&dir.path().join("app.db")).as_deref(), Some("old"));
        assert!(!made.exists());
    }
}
