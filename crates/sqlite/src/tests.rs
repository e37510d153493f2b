use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;

use rusqlite::{Connection, Transaction};
use tempfile::TempDir;

use crate::queue::Priority;
use crate::{Db, DbError, Health, Options};

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("test.db")
}

fn open(path: &Path) -> Db {
    Db::open_with(path, Options::default(), |conn| {
        conn.execute_batch("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body BLOB) STRICT")
            .map_err(DbError::from)
    })
    .unwrap()
}

async fn insert(db: &Db, id: i64, size: usize) -> Result<(), DbError> {
    db.write(move |tx| {
        tx.execute(
            "INSERT INTO t (id, body) VALUES (?1, zeroblob(?2))",
            (id, i64::try_from(size).unwrap()),
        )?;
        Ok(())
    })
    .await
}

async fn ids(db: &Db) -> Vec<i64> {
    db.read(|conn| {
        let mut rows = conn.prepare_cached("SELECT id FROM t ORDER BY id")?;
        let ids = rows.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        Ok::<_, DbError>(ids)
    })
    .await
    .unwrap()
}

/// Keeps the writer busy until the returned sender is used, so that everything sent meanwhile forms one group.
async fn hold_writer(db: &Db) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel();
    let (running, runs) = tokio::sync::oneshot::channel();
    let held = db.clone();
    tokio::spawn(async move {
        held.write(move |_| {
            running.send(()).unwrap();
            released.recv().unwrap();
            Ok::<_, DbError>(())
        })
        .await
    });
    runs.await.unwrap();
    release
}

#[tokio::test]
async fn what_was_written_is_read_by_the_next_read_and_after_reopening() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    insert(&db, 1, 10).await.unwrap();
    assert_eq!(ids(&db).await, [1]);
    db.close().await;
    assert_eq!(ids(&open(&file(&dir))).await, [1]);
}

#[tokio::test]
async fn waiting_jobs_share_one_transaction() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    let release = hold_writer(&db).await;
    let writes: Vec<_> = (0..50)
        .map(|id: i64| {
            let insert = move |tx: &Transaction<'_>| tx.execute("INSERT INTO t (id) VALUES (?1)", [id]);
            db.submit(Priority::Interactive, move |tx| insert(tx).map_err(DbError::from))
        })
        .collect();
    release.send(()).unwrap();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(ids(&db).await.len(), 50);
    let stats = db.stats();
    assert_eq!(stats.jobs, 51);
    // One, were it not for the time limit of a group, which a loaded machine may reach.
    assert!(stats.groups <= 5, "51 jobs took {} transactions", stats.groups);
}

#[tokio::test]
async fn a_failing_and_a_panicking_job_are_undone_alone() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    let release = hold_writer(&db).await;
    let (first, failing, panicking, last) = tokio::join!(
        insert(&db, 1, 1),
        db.write(|tx| {
            tx.execute("INSERT INTO t (id) VALUES (2)", [])?;
            Err::<(), _>(DbError::NotFound)
        }),
        db.write(|tx| {
            tx.execute("INSERT INTO t (id) VALUES (3)", [])?;
            if tx.changes() == 1 {
                panic!("on purpose");
            }
            Ok::<_, DbError>(())
        }),
        async {
            release.send(()).unwrap();
            insert(&db, 4, 1).await
        },
    );
    first.unwrap();
    last.unwrap();
    assert!(matches!(failing, Err(DbError::NotFound)));
    assert!(matches!(panicking, Err(DbError::Panicked(why)) if why == "on purpose"));
    assert_eq!(ids(&db).await, [1, 4]);
    assert!(db.health().is_ok());
}

#[tokio::test]
async fn interactive_jobs_go_before_background_ones() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let order = Arc::clone(&order);
        move |_: &Transaction<'_>| {
            order.lock().unwrap().push(what);
            Ok::<_, DbError>(())
        }
    };
    let release = hold_writer(&db).await;
    let (a, b, c, ()) = tokio::join!(
        db.write_background(note("background")),
        db.write(note("interactive 1")),
        db.write(note("interactive 2")),
        async { release.send(()).unwrap() },
    );
    a.and(b).and(c).unwrap();
    assert_eq!(*order.lock().unwrap(), ["interactive 1", "interactive 2", "background"]);
}

#[tokio::test]
async fn a_reader_cannot_write_and_survives_a_panic() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    let written = db
        .read(|conn| conn.execute("DELETE FROM t", []).map_err(DbError::from))
        .await;
    assert!(matches!(written, Err(DbError::ReadOnly)), "{written:?}");
    for _ in 0..Options::default().readers {
        let panicked = db.read(|_| -> Result<(), DbError> { panic!("on purpose") }).await;
        assert!(matches!(panicked, Err(DbError::Panicked(_))));
    }
    assert_eq!(ids(&db).await, [0; 0]);
}

#[tokio::test]
async fn a_full_disk_fails_the_write_flips_health_and_heals() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    insert(&db, 1, 10).await.unwrap();
    set_max_pages(&db, 4).await;
    assert!(matches!(insert(&db, 2, 1 << 20).await, Err(DbError::DiskFull)));
    assert!(matches!(db.health(), Health::Failing(DbError::DiskFull)));
    assert_eq!(ids(&db).await, [1], "reading goes on");

    // A commit that changes nothing is no sign of health.
    db.write(|tx| tx.execute("DELETE FROM t WHERE id = 99", []).map_err(DbError::from))
        .await
        .unwrap();
    assert!(!db.health().is_ok());

    set_max_pages(&db, 100_000).await;
    insert(&db, 2, 1 << 20).await.unwrap();
    assert!(db.health().is_ok());
    assert_eq!(ids(&db).await, [1, 2]);
}

#[tokio::test]
async fn health_sees_a_full_disk_behind_another_error_type_and_a_probe_ends_it() {
    #[derive(Debug)]
    struct Opaque;
    impl From<DbError> for Opaque {
        fn from(_: DbError) -> Self {
            Self
        }
    }
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    set_max_pages(&db, 3).await;
    db.write(|tx| {
        tx.execute("INSERT INTO t (body) VALUES (zeroblob(1000000))", [])
            .map_err(DbError::from)?;
        Ok::<_, Opaque>(())
    })
    .await
    .unwrap_err();
    assert!(!db.health().is_ok());
    assert!(db.probe().await.is_ok());
}

async fn set_max_pages(db: &Db, pages: i64) {
    db.write(move |tx| {
        tx.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            .map_err(DbError::from)
    })
    .await
    .unwrap();
}

#[test]
fn a_file_that_is_no_database_is_named_so() {
    let dir = TempDir::new().unwrap();
    std::fs::write(file(&dir), vec![b'x'; 8192]).unwrap();
    let opened = Db::open(&file(&dir), Options::default());
    assert!(matches!(opened, Err(DbError::NotADatabase)), "{:?}", opened.err());
}

#[tokio::test]
async fn a_damaged_first_page_is_found_at_open() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    insert(&db, 1, 10).await.unwrap();
    db.close().await;
    let mut bytes = std::fs::read(file(&dir)).unwrap();
    bytes[100..200].fill(0xff);
    std::fs::write(file(&dir), bytes).unwrap();
    let opened = Db::open(&file(&dir), Options::default());
    assert!(matches!(opened, Err(DbError::Corrupt)), "{:?}", opened.err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_inner_page_is_found_by_the_check() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    for id in 0..40 {
        insert(&db, id, 3000).await.unwrap();
    }
    db.close().await;
    let mut bytes = std::fs::read(file(&dir)).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xff);
    std::fs::write(file(&dir), bytes).unwrap();
    let db = open(&file(&dir));
    let checked = tokio::task::spawn_blocking(move || db.check_blocking()).await.unwrap();
    assert!(matches!(checked, Err(DbError::Corrupt)), "{checked:?}");
}

/// A table and a full-text index that reads its text there and leaves rows without text out.
const INDEXED: &str = "CREATE TABLE texts (id INTEGER PRIMARY KEY, body TEXT) STRICT;
     CREATE VIRTUAL TABLE texts_search USING fts5 (body, content = 'texts', content_rowid = 'id');";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_changed_since_it_was_last_searched_is_no_damage() {
    let dir = TempDir::new().unwrap();
    let options = Options {
        readers: 1,
        ..Options::default()
    };
    let prepare = |conn: &mut Connection| conn.execute_batch(INDEXED).map_err(DbError::from);
    let db = Db::open_with(&file(&dir), options, prepare).unwrap();
    let fill = async |from: i64| {
        for id in from..from + 40 {
            let insert = move |tx: &Transaction<'_>| {
                tx.execute(
                    "INSERT INTO texts (id, body) VALUES (?1, 'hello there'), (-?1, NULL)",
                    [id],
                )?;
                tx.execute(
                    "INSERT INTO texts_search (rowid, body) VALUES (?1, 'hello there')",
                    [id],
                )?;
                Ok::<_, DbError>(())
            };
            db.write(insert).await.unwrap();
        }
    };
    let found = async || {
        let search = |conn: &Connection| {
            let sql = "SELECT COUNT(*) FROM texts_search WHERE texts_search MATCH 'hello'";
            Ok::<i64, DbError>(conn.query_row(sql, [], |row| row.get(0))?)
        };
        db.read(search).await.unwrap()
    };
    fill(1).await;
    assert_eq!(found().await, 40);
    // So much that the index merges what the reader has seen of it.
    fill(41).await;
    let checked = db.clone();
    let checked = tokio::task::spawn_blocking(move || checked.check_blocking())
        .await
        .unwrap();
    assert!(checked.is_ok(), "{checked:?}");
    assert_eq!(found().await, 80);
}

#[test]
fn a_missing_directory_is_named_with_its_path() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("missing").join("test.db");
    let Err(DbError::CannotOpen { path: named, .. }) = Db::open(&path, Options::default()) else {
        panic!("opened");
    };
    assert_eq!(named, path);
}

#[cfg(unix)]
#[test]
fn the_file_belongs_to_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let _db = open(&file(&dir));
    for name in ["test.db", "test.db-wal"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_lock_held_by_another_process_is_busy_and_not_ill_health() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    // The default of seconds is for people, not for tests.
    db.write(|tx| tx.busy_timeout(std::time::Duration::ZERO).map_err(DbError::from))
        .await
        .unwrap();
    let other = Connection::open(file(&dir)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = insert(&db, 1, 1).await;
    assert!(matches!(refused, Err(DbError::Busy)), "{refused:?}");
    assert!(db.health().is_ok(), "a lock goes away by itself");
    other.execute_batch("ROLLBACK").unwrap();
    insert(&db, 1, 1).await.unwrap();
}

#[tokio::test]
async fn a_backup_is_complete_private_and_openable_while_writers_go_on() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    for id in 0..20 {
        insert(&db, id, 5000).await.unwrap();
    }
    let copy = dir.path().join("copy.db");
    let (copied, written) = tokio::join!(db.backup_to(&copy), insert(&db, 100, 1));
    copied.unwrap();
    written.unwrap();
    let restored = open(&copy);
    assert_eq!(ids(&restored).await[..20], (0..20).collect::<Vec<i64>>());
    assert!(!dir.path().join("copy.db.partial").exists());
}

#[tokio::test]
async fn closing_finishes_what_waits_and_refuses_what_comes_later() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    let release = hold_writer(&db).await;
    let (written, ()) = tokio::join!(insert(&db, 1, 1), async {
        release.send(()).unwrap();
        db.close().await;
    });
    written.unwrap();
    assert!(matches!(insert(&db, 2, 1).await, Err(DbError::Closed)));
    assert!(matches!(db.read(|_| Ok::<_, DbError>(())).await, Err(DbError::Closed)));
    db.close().await;
    assert!(
        !dir.path().join("test.db-wal").exists(),
        "the last connection emptied the WAL"
    );
}

#[test]
fn commands_without_a_runtime_write_and_read() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    db.write_blocking(|tx| tx.execute("INSERT INTO t (id) VALUES (7)", []).map_err(DbError::from))
        .unwrap();
    let n: i64 = db
        .read_blocking(|c| c.query_row("SELECT id FROM t", [], |r| r.get(0)).map_err(DbError::from))
        .unwrap();
    assert_eq!(n, 7);
}

#[tokio::test]
async fn a_row_that_breaks_a_rule_is_a_constraint_and_a_missing_one_not_found() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    insert(&db, 1, 1).await.unwrap();
    assert!(insert(&db, 1, 1).await.unwrap_err().is_constraint());
    let missing = db
        .read(|c| {
            c.query_row("SELECT id FROM t WHERE id = 9", [], |r| r.get::<_, i64>(0))
                .map_err(DbError::from)
        })
        .await;
    assert!(matches!(missing, Err(DbError::NotFound)));
}

/// How often one statement was compiled again while it looked twenty values up in a table with statistics.
fn compiled_again(tx: &Transaction<'_>) -> Result<i32, DbError> {
    let mut statement = tx.prepare("SELECT COUNT(*) FROM s WHERE n = ?1")?;
    for value in 0..20 {
        statement.query_row([value], |row| row.get::<_, i64>(0))?;
    }
    Ok(statement.get_status(rusqlite::StatementStatus::RePrepare))
}

#[tokio::test]
async fn a_statement_is_compiled_once_whatever_values_it_looks_up() {
    let dir = TempDir::new().unwrap();
    let db = open(&file(&dir));
    db.write(|tx| {
        let sql = "CREATE TABLE s (n INTEGER); CREATE INDEX s_n ON s (n);
                   INSERT INTO s WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 500)
                   SELECT n % 7 FROM r; ANALYZE";
        tx.execute_batch(sql).map_err(DbError::from)
    })
    .await
    .unwrap();
    let (ours, as_shipped) = db
        .write(|tx| {
            let ours = compiled_again(tx)?;
            tx.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, false)?;
            Ok::<_, DbError>((ours, compiled_again(tx)?))
        })
        .await
        .unwrap();
    assert_eq!(ours, 0);
    // Else the test would prove nothing.
    assert!(as_shipped > 0);
}
