//! What a person sets for a number.

use wa_client::ProxyError;

use super::*;
use crate::db::DbError;

const PROXY: &str = "socks5://anna:hidden@proxy.example:1080";

impl Stage {
    async fn opened_times(&self, session: &Session, times: usize) {
        within("a new link", async {
            while self.gateway.opened(Self::client(session)) < times {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_number_connects_anew_through_its_proxy_whose_login_is_sealed() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let (scope, id, client) = (stage.scope, &session.public_id, Stage::client(&session));
    assert_eq!(stage.gateway.proxy(client), None);
    stage.sessions.set_proxy(scope, id, PROXY).await.unwrap();
    stage.opened_times(&session, 2).await;
    let used = stage.gateway.proxy(client).unwrap();
    assert_eq!(
        (used.shown().as_str(), used.port),
        ("socks5://proxy.example:1080", 1080)
    );
    assert_eq!(used.login.unwrap().password, "hidden");
    let shown = stage.sessions.proxy(scope, id).await.unwrap().unwrap();
    assert_eq!(shown.host, "proxy.example");
    let number = session.id;
    let stored = move |c: &rusqlite::Connection| {
        let sql = "
            SELECT proxy FROM sessions WHERE id = ?1";
        Ok::<_, DbError>(c.query_row(sql, [number], |row| row.get::<_, Vec<u8>>(0))?)
    };
    let stored = stage.db.read(stored).await.unwrap();
    for secret in [&b"hidden"[..], b"anna", b"proxy.example"] {
        assert!(!stored.windows(secret.len()).any(|part| part == secret));
    }
    let none = stage.sessions.set_proxy(scope, id, " ").await;
    assert!(matches!(none, Err(SessionError::BadProxy(ProxyError::NotAnAddress))));
    stage.sessions.remove_proxy(scope, id).await.unwrap();
    stage.opened_times(&session, 3).await;
    assert_eq!(stage.gateway.proxy(client), None);
    let bad = stage.sessions.set_proxy(scope, id, "ftp://proxy.example:21").await;
    assert!(matches!(bad, Err(SessionError::BadProxy(ProxyError::Kind))));
    let foreign = stage.sessions.proxy(stage.stranger(), id).await;
    assert!(matches!(foreign, Err(SessionError::NotFound)));
}

#[tokio::test]
async fn a_number_whose_proxy_cannot_be_read_does_not_connect_without_it() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    stage.sessions.pause(stage.scope, &session.public_id).await.unwrap();
    let number = session.id;
    let damage = move |tx: &rusqlite::Transaction<'_>| {
        let sql = "
            UPDATE sessions SET proxy = x'00' WHERE id = ?1";
        tx.execute(sql, [number]).map_err(DbError::from)
    };
    stage.db.write(damage).await.unwrap();
    stage.sessions.reconnect(stage.scope, &session.public_id).await.unwrap();
    let stopped = stage.becomes(&session.public_id, State::NeedsAttention).await;
    assert_eq!(stopped.reason, Some(Reason::ProxyUnreadable));
    assert_eq!(stage.gateway.opened(Stage::client(&session)), 1);
    stage
        .sessions
        .set_proxy(stage.scope, &session.public_id, PROXY)
        .await
        .unwrap();
    stage.opened_times(&session, 2).await;
}
