//! Simulates a crash by copying the files while the store is open: what is only in memory is not in the copy.

use std::sync::Arc;

use bytes::Bytes;
use sqlite::DbError;
use tempfile::TempDir;
use wacore::store::traits::{PendingInboundKey, PendingInboundRow, ProtocolStore, SignalStore};

use super::{file, open};
use crate::SessionId;
use crate::store::{KeyStore, KeyStoreError, SessionStore};

const SESSION: SessionId = SessionId(1);
const ROW: PendingInboundRow<'static> = PendingInboundRow {
    chat: "c",
    sender: "s",
    id: "M1",
    message: b"hello",
};
const KEY: PendingInboundKey<'static> = PendingInboundKey {
    chat: "c",
    sender: "s",
    id: "M1",
};

/// What a start after a power cut would find.
fn crashed(dir: &TempDir) -> (TempDir, KeyStore, Arc<SessionStore>) {
    let copy = TempDir::new().unwrap();
    for name in ["wa.db", "wa.db-wal"] {
        std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    let store = open(&file(&copy));
    let session = store.session(SESSION);
    (copy, store, session)
}

async fn pending(store: &SessionStore) -> Option<Vec<u8>> {
    store.get_pending_inbound("c", "s", "M1").await.unwrap()
}

async fn move_ratchet(store: &SessionStore) {
    store
        .put_sessions_batch(&[("a".into(), Bytes::from_static(b"ratchet"))])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_ratchet_reaches_the_disk_only_with_the_messages_it_has_passed() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let session = store.session(SESSION);
    session.store_pending_inbound_batch(&[ROW]).await.unwrap();
    session.store_sent_message("c", "S1", b"sent").await.unwrap();

    let (_copy, _store, before) = crashed(&dir);
    assert_eq!(
        (pending(&before).await, before.get_session("a").await.unwrap()),
        (None, None)
    );

    move_ratchet(&session).await;
    let (_copy, _store, after) = crashed(&dir);
    assert_eq!(after.get_session("a").await.unwrap().as_deref(), Some(&b"ratchet"[..]));
    assert_eq!(pending(&after).await.as_deref(), Some(&b"hello"[..]));
    assert_eq!(
        after.take_sent_message("c", "S1").await.unwrap().as_deref(),
        Some(&b"sent"[..])
    );
}

#[tokio::test]
async fn a_message_announced_while_the_flush_of_its_ratchet_has_begun_goes_with_it() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let session = store.session(SESSION);
    let ((), announced) = tokio::join!(move_ratchet(&session), session.store_pending_inbound_batch(&[ROW]));
    announced.unwrap();
    let (_copy, _store, after) = crashed(&dir);
    assert!(after.has_session("a").await.unwrap());
    assert_eq!(pending(&after).await.as_deref(), Some(&b"hello"[..]));
}

#[tokio::test]
async fn a_message_that_was_committed_before_the_ratchet_moved_is_never_written() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let session = store.session(SESSION);
    let before = store.stats().jobs;
    session.store_pending_inbound_batch(&[ROW]).await.unwrap();
    session.delete_pending_inbound_batch(&[KEY]).await.unwrap();
    assert_eq!(store.stats().jobs, before, "no separate transaction");

    move_ratchet(&session).await;
    let (_copy, _store, after) = crashed(&dir);
    assert_eq!(pending(&after).await, None);
}

#[tokio::test]
async fn after_a_crash_undid_a_deletion_the_message_is_returned_again() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let session = store.session(SESSION);
    session.store_pending_inbound_batch(&[ROW]).await.unwrap();
    move_ratchet(&session).await;
    session.delete_pending_inbound_batch(&[KEY]).await.unwrap();
    assert_eq!(pending(&session).await, None, "deleted for the one who deleted it");

    let (_copy, _store, after) = crashed(&dir);
    assert_eq!(pending(&after).await.as_deref(), Some(&b"hello"[..]));
    session.flush().await.unwrap();
    let (_copy, _store, after) = crashed(&dir);
    assert_eq!(pending(&after).await, None);
}

#[tokio::test]
async fn a_message_waits_for_a_full_disk_and_is_written_together_with_its_ratchet() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let session = store.session(SESSION);
    session.store_pending_inbound_batch(&[ROW]).await.unwrap();
    set_max_pages(&store, 1).await;
    let big = Bytes::from(vec![1; 1 << 20]);
    let refused = session.put_sessions_batch(&[("a".into(), big)]).await.unwrap_err();
    assert!(
        std::error::Error::source(&refused)
            .unwrap()
            .to_string()
            .contains("disk is full"),
        "{refused:?}"
    );
    assert!(!store.health().is_ok());

    set_max_pages(&store, 100_000).await;
    move_ratchet(&session).await;
    assert!(store.health().is_ok());
    let (_copy, _store, after) = crashed(&dir);
    assert_eq!(pending(&after).await.as_deref(), Some(&b"hello"[..]));
}

async fn set_max_pages(store: &KeyStore, pages: i64) {
    let set = move |tx: &rusqlite::Transaction<'_>| {
        tx.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            .map_err(DbError::from)
    };
    store.db().write(set).await.unwrap();
}

#[tokio::test]
async fn of_two_callers_one_gets_the_message_whether_it_was_on_disk_or_not() {
    let dir = TempDir::new().unwrap();
    let session = open(&file(&dir)).session(SESSION);
    for on_disk in [false, true] {
        session.store_sent_message("c", "S1", b"sent").await.unwrap();
        if on_disk {
            session.flush().await.unwrap();
        }
        let (one, other) = tokio::join!(
            session.take_sent_message("c", "S1"),
            session.take_sent_message("c", "S1")
        );
        let got = [one.unwrap(), other.unwrap()];
        assert_eq!(got.iter().flatten().count(), 1, "on disk: {on_disk}");
    }
}

#[tokio::test]
async fn closing_writes_what_was_in_memory_and_a_copy_has_it_too() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let session = store.session(SESSION);
    session.store_pending_inbound_batch(&[ROW]).await.unwrap();
    let copy = dir.path().join("copy.db");
    store.backup_to(&copy).await.unwrap();
    assert!(pending(&open(&copy).session(SESSION)).await.is_some());
    store.close().await;
    assert!(pending(&open(&file(&dir)).session(SESSION)).await.is_some());
}

#[tokio::test]
async fn a_client_that_ends_late_cannot_bring_forgotten_rows_back() {
    let dir = TempDir::new().unwrap();
    let store = open(&file(&dir));
    let late = store.session(SESSION);
    move_ratchet(&late).await;
    late.store_pending_inbound_batch(&[ROW]).await.unwrap();
    store.forget(SESSION).await.unwrap();

    let refused = late.put_session("a", b"late").await.unwrap_err();
    let reason = std::error::Error::source(&refused).unwrap().downcast_ref();
    assert!(matches!(reason, Some(KeyStoreError::Forgotten)), "{refused:?}");
    let fresh = store.session(SESSION);
    assert_eq!(
        (fresh.get_session("a").await.unwrap(), pending(&fresh).await),
        (None, None)
    );
    move_ratchet(&fresh).await;
}
