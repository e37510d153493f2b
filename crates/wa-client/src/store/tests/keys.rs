//! The master key, seals and sessions.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tempfile::TempDir;
use wacore::store::Device;
use wacore::store::traits::{
    AppStateSyncKey, AppSyncStore, DeviceStore, MsgSecretStore, ProtocolStore, SignalStore, TcTokenEntry,
};

use super::{file, key, open};
use crate::SessionId;
use crate::store::key_store::TABLES;
use crate::store::{KeyStore, KeyStoreError, MasterKey, SessionStore};

/// 32 bytes that do not occur by chance.
const SECRET: [u8; 32] = *b"this must never be on the disk!!";

/// One secret in every sealed column.
async fn store_secrets(session: &SessionStore) {
    session.put_identity("a", SECRET).await.unwrap();
    session.put_session("a", &SECRET).await.unwrap();
    session.store_prekey(1, &SECRET, true).await.unwrap();
    session.store_signed_prekey(1, &SECRET).await.unwrap();
    session.put_sender_key("a", &SECRET).await.unwrap();
    let key = AppStateSyncKey {
        key_data: SECRET.to_vec(),
        fingerprint: SECRET.to_vec(),
        timestamp: 1,
    };
    session.set_sync_key(b"k", key).await.unwrap();
    session.save_base_key("a", "m", &SECRET).await.unwrap();
    session.put_group_metadata("g", &SECRET).await.unwrap();
    let token = TcTokenEntry {
        token: SECRET.to_vec(),
        token_timestamp: 1,
        sender_timestamp: None,
    };
    session.put_tc_token("a", &token).await.unwrap();
    session.store_sent_message("c", "m", &SECRET).await.unwrap();
    session.store_pending_inbound("c", "s", "m", &SECRET).await.unwrap();
    session.put_msg_secret("c", "s", "m", &SECRET).await.unwrap();
    let mut device = Device::new();
    device.adv_secret_key = SECRET;
    device.push_name = String::from_utf8(SECRET.to_vec()).unwrap();
    session.save(&device).await.unwrap();
    session.flush().await.unwrap();
}

fn assert_no_secret(dir: &Path) {
    // Also as JSON would write the bytes: "116,104,105,…".
    let as_json = SECRET[..8].iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for needle in [&SECRET[..8], as_json.as_bytes(), b"noise_key"] {
            assert!(
                !bytes.windows(needle.len()).any(|window| window == needle),
                "a secret is in {path:?}"
            );
        }
    }
}

#[tokio::test]
async fn no_stored_secret_is_in_the_files() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    store_secrets(&store.session(SessionId(1))).await;
    assert_no_secret(dir.path());
    store.close().await;
    assert_no_secret(dir.path());
    // Verifies the search itself: the lookup keys are there in the clear.
    let bytes = std::fs::read(file(&dir)).unwrap();
    assert!(bytes.windows(15).any(|window| window == b"signal_sessions"));
}

#[tokio::test]
async fn a_sealed_record_moved_to_another_row_session_or_table_does_not_open() {
    let dir = TempDir::new().unwrap();
    let moves = [
        "UPDATE signal_sessions SET record = (SELECT record FROM signal_sessions WHERE session = 2)",
        "UPDATE signal_sessions SET record = (SELECT record FROM sender_keys WHERE session = 1)",
        "UPDATE signal_sessions SET address = 'b' WHERE session = 1",
        "UPDATE signal_sessions SET record = x'01'",
    ];
    for sql in moves {
        let path = dir.path().join(format!("{}.db", sql.len()));
        let store = open(&path);
        store.session(SessionId(1)).put_session("a", b"one").await.unwrap();
        store.session(SessionId(1)).put_sender_key("a", b"one").await.unwrap();
        store.session(SessionId(2)).put_session("a", b"two").await.unwrap();
        store.close().await;
        Connection::open(&path).unwrap().execute(sql, []).unwrap();

        let session = open(&path).session(SessionId(1));
        let address = if sql.contains("'b'") { "b" } else { "a" };
        let refused = session.get_session(address).await.unwrap_err();
        let reason = std::error::Error::source(&refused).unwrap().downcast_ref();
        assert!(
            matches!(reason, Some(KeyStoreError::Sealed("signal_sessions.record"))),
            "{sql}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn the_wrong_master_key_is_named_at_once_and_changes_nothing() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    store.session(SessionId(1)).put_session("a", b"one").await.unwrap();
    store.close().await;
    let opened = KeyStore::open(&file(&dir), &MasterKey::from([8; 32]));
    assert!(matches!(opened, Err(KeyStoreError::WrongMasterKey)));
    assert!(
        open(&file(&dir))
            .session(SessionId(1))
            .get_session("a")
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn forgetting_one_session_leaves_no_row_of_it_and_all_rows_of_the_other() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    for session in [1, 2] {
        store_secrets(&store.session(SessionId(session))).await;
    }
    let others = rows(&file(&dir), 2);
    assert!(others > 12);
    store.forget(SessionId(1)).await.unwrap();
    assert_eq!((rows(&file(&dir), 1), rows(&file(&dir), 2)), (0, others));
}

fn rows(path: &Path, session: i64) -> i64 {
    let conn = Connection::open(path).unwrap();
    let count = |table: &str| -> i64 {
        conn.query_row(
            &format!("SELECT count(*) FROM {table} WHERE session = ?1"),
            [session],
            |row| row.get(0),
        )
        .unwrap()
    };
    tables_with_sessions(&conn).iter().map(|table| count(table)).sum()
}

fn tables_with_sessions(conn: &Connection) -> Vec<String> {
    let sql = "SELECT DISTINCT t.name FROM sqlite_schema t, pragma_table_info(t.name) c
                WHERE t.type = 'table' AND c.name = 'session' ORDER BY t.name";
    conn.prepare(sql)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn every_table_of_sessions_is_cleared_when_one_is_forgotten() {
    let dir = TempDir::new().unwrap();
    let _store = open(&file(&dir));
    assert_eq!(tables_with_sessions(&Connection::open(file(&dir)).unwrap()), TABLES);
}

#[tokio::test]
async fn a_session_is_paired_once_its_device_has_a_number_and_until_it_is_forgotten() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let id = SessionId(1);
    assert!(!store.is_paired(id).await.unwrap());
    let session = store.session(id);
    session.create().await.unwrap();
    assert!(!store.is_paired(id).await.unwrap());
    let mut device = session.load().await.unwrap().unwrap();
    device.pn = Some("15550000001:7@s.whatsapp.net".parse().unwrap());
    session.save(&device).await.unwrap();
    session.create().await.unwrap();
    assert!(store.is_paired(id).await.unwrap(), "creating again changes nothing");
    assert!(!store.is_paired(SessionId(2)).await.unwrap());
    store.forget(id).await.unwrap();
    assert!(!store.is_paired(id).await.unwrap());
}

#[test]
fn a_session_in_use_has_one_store() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let session = store.session(SessionId(1));
    assert!(Arc::ptr_eq(&session, &store.session(SessionId(1))));
    assert!(!Arc::ptr_eq(&session, &store.session(SessionId(2))));
}

#[test]
fn a_master_key_is_not_printed() {
    assert_eq!(format!("{:?}", key()), "MasterKey(…)");
}
