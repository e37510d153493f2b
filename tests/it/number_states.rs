//! The card of a number shows its true state, and its button helps.

use std::time::Duration;

use wa_client::LinkEvent;
use wamanager::db::DbError;
use wamanager::operator::{self, command};
use wamanager::sessions::{Session, State};

use crate::support::{Browser, Person, TestApp};

const PHONE: &str = "5511900000001";

fn client(session: &Session) -> wa_client::SessionId {
    wa_client::SessionId(session.id.0)
}

impl TestApp {
    /// Waits until a page of numbers contains this.
    async fn page_with(&self, browser: &Browser, path: &str, wanted: &str) -> String {
        for _ in 0..400 {
            let page = browser.get(path).await.expect(200).body;
            if page.contains(wanted) {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{wanted:?} is not on {path}:\n{}", browser.get(path).await.body);
    }

    pub async fn operator(&self, arguments: &[&str]) -> serde_json::Value {
        let (news, _heard) = tokio::sync::mpsc::channel(16);
        let request = command(arguments).expect("the command line can do this").into();
        match operator::handle(&self.app, &request, &news).await {
            Ok(answer) => answer.result,
            Err(failure) => panic!("{failure}"),
        }
    }

    async fn banned(&self, person: &Person) -> Session {
        let session = self.connected(person, PHONE).await;
        let ban = LinkEvent::Banned {
            why: "spam".into(),
            expires_in: None,
        };
        assert!(self.gateway.emit(client(&session), ban));
        let banned = self.session_is(person, &session.public_id, State::Banned).await;
        self.gateway.wait_until_closed(client(&session)).await;
        banned
    }
}

#[tokio::test]
async fn a_ban_without_a_named_end_says_so_and_try_again_tries_again() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let session = app.banned(&ada).await;
    let page = ada.browser.get("/sessions").await.expect(200).body;
    assert!(!page.contains("resume on its own"), "it never does");
    assert!(page.contains("didn’t say for how long"), "{page}");
    assert!(
        page.contains(">Try again<") || page.contains("</svg>Try again"),
        "{page}"
    );
    let path = format!("/sessions/{}/reconnect", session.public_id);
    ada.browser.post(&path, &[]).await.expect(303);
    app.gateway.wait_until_open(client(&session)).await;
    app.stop().await;
}

#[tokio::test]
async fn the_command_line_tries_a_banned_number_again() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let session = app.banned(&ada).await;
    let arguments = ["session", "reconnect", session.name.as_str()];
    let (line, ()) = tokio::join!(app.operator(&arguments), async {
        app.gateway.wait_until_open(client(&session)).await;
        assert!(app.gateway.emit(client(&session), LinkEvent::Connected));
    });
    assert_eq!(line["state"], "connected");
    app.stop().await;
}

#[tokio::test]
async fn a_state_that_needs_a_person_does_not_claim_to_recover_by_itself() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let session = app.connected(&ada, PHONE).await;
    let refused = LinkEvent::Refused {
        code: 500,
        why: "no".into(),
    };
    assert!(app.gateway.emit(client(&session), refused));
    app.session_is(&ada, &session.public_id, State::NeedsAttention).await;
    let page = ada.browser.get("/sessions").await.expect(200).body;
    assert!(!page.contains("keep retrying"), "nothing tries: {page}");
    assert!(page.contains("/reconnect"), "and a button does");
    app.stop().await;
}

#[tokio::test]
async fn a_number_that_was_never_linked_says_so_and_the_summary_counts_correctly() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    app.put_on_plan(&ada, "business").await;
    let linked = app.connected(&ada, PHONE).await;
    for name in ["Till", "Desk"] {
        app.app.sessions.create(ada.scope, name).await.unwrap();
    }
    let page = ada.browser.get("/sessions").await.expect(200).body;
    let till = page.split("<article").find(|card| card.contains(">Till<")).unwrap();
    assert!(!till.contains("again"), "it was never linked: {till}");
    assert!(till.contains("Not linked yet"), "{till}");
    assert!(page.contains("1 of 3 numbers is connected."), "{page}");
    assert!(!page.contains("1 number, connected."));
    app.app.sessions.pause(ada.scope, &linked.public_id).await.unwrap();
    app.stop().await;
}

/// Prevents the database from growing and fills it, as a full disk would.
async fn fill_the_disk(app: &TestApp, person: &Person) {
    pages(app, 1).await;
    let (workspace, now) = (person.scope.workspace, app.app.clock.now());
    let mut fits = 0;
    loop {
        let written = app.app.db.write(move |tx| {
            let event = wamanager::events::Event::ChatChanged {
                chat: wamanager::ids::PublicId::new("chat"),
            };
            wamanager::events::append(tx, workspace, &event, now).map(drop)
        });
        match written.await {
            Ok(()) => fits += 1,
            Err(DbError::DiskFull) => return,
            Err(error) => panic!("{error}"),
        }
        assert!(fits < 20_000, "the database still grows");
    }
}

async fn pages(app: &TestApp, most: i64) {
    let set = app.app.db.write(move |tx| {
        tx.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))
            .map_err(DbError::from)
    });
    set.await.unwrap();
}

#[tokio::test]
async fn a_full_disk_shows_on_the_card_and_the_health_page_and_state_changes_are_kept() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let admin = app.admin().await;
    let session = app.connected(&ada, PHONE).await;
    fill_the_disk(&app, &ada).await;
    assert!(app.gateway.emit(client(&session), LinkEvent::Replaced));
    let page = app.page_with(&ada.browser, "/sessions", "In use elsewhere").await;
    assert!(page.contains("server’s disk is full"), "{page}");
    let health = admin.get("/admin").await.expect(200).body;
    assert!(health.contains("server’s disk is full"), "{health}");

    pages(&app, 1_000_000).await;
    app.clock.advance(Duration::from_secs(10));
    let stored = async || {
        let id = session.public_id.clone();
        let state = app.app.db.read(move |c| {
            let sql = "SELECT state FROM sessions WHERE public_id = ?1";
            Ok::<_, DbError>(c.query_row(sql, [id], |row| row.get::<_, String>(0))?)
        });
        state.await.unwrap()
    };
    for _ in 0..400 {
        if stored().await == "replaced" {
            break;
        }
        app.clock.advance(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(stored().await, "replaced");
    let page = ada.browser.get("/sessions").await.expect(200).body;
    assert!(!page.contains("server’s disk is full"));
    app.stop().await;
}
