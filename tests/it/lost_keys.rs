//! A number whose keys are lost, damaged or another number's says so, and only has to be linked again.

use std::path::Path;

use serde_json::Value;
use wamanager::app::{self, App};
use wamanager::ids::PublicId;
use wamanager::operator::{self, command};
use wamanager::sessions::{Fix, Session, State};

use crate::cli;
use crate::support::world::owner;
use crate::support::{World, within};

const NUMBER: &str = "351910000001";
const OTHER: &str = "351910000002";

/// `wa.db` and its log files.
fn remove_keys(dir: &Path) {
    for name in ["wa.db", "wa.db-wal", "wa.db-shm"] {
        let _ = std::fs::remove_file(dir.join(name));
    }
}

impl World {
    async fn wants_a_link(&self, session: &PublicId, reason: &str) -> Session {
        let found = self.session_is(session, State::NeedsAttention).await;
        assert_eq!(found.reason.map(|reason| reason.word()), Some(reason));
        assert_eq!(found.fix(), Fix::Link);
        found
    }

    /// The doctor's finding about the number: severity and reason.
    async fn diagnosed(&self, session: &PublicId) -> (String, String) {
        let (news, _heard) = tokio::sync::mpsc::channel(16);
        let doctor = command(&["doctor"]).unwrap().into();
        let result = operator::handle(&self.app, &doctor, &news).await.unwrap().result;
        let findings = result["findings"].as_array().unwrap();
        let name = self.app.sessions.get(self.scope, session).await.unwrap().name;
        let subject = format!("number {name}");
        let found = findings.iter().find(|finding| finding["subject"] == subject).unwrap();
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        (text("severity"), text("detail"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_without_its_keys_says_so_everywhere_and_is_linked_again() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    let world = world
        .restart_after(async |config| {
            remove_keys(&config.data_dir);
            // No server runs: the command line reads the files itself.
            let run = |args: &'static [&str]| {
                let mut command = cli::command(args);
                command.arg("--data-dir").arg(&config.data_dir);
                command.args(["--whatsapp-url", config.whatsapp_url.as_ref().unwrap().as_str()]);
                tokio::task::spawn_blocking(move || command.output().unwrap())
            };
            let listed = cli::json(&run(&["session", "list", "--json"]).await.unwrap());
            assert_eq!(
                (&listed[0]["state"], &listed[0]["reason"]),
                (&"needs_attention".into(), &"keys_lost".into())
            );
            let looked: Value = cli::json(&run(&["doctor", "--json"]).await.unwrap());
            let number = looked["findings"]
                .as_array()
                .unwrap()
                .iter()
                .find(|finding| finding["subject"].as_str().unwrap().starts_with("number "));
            assert_eq!(number.unwrap()["severity"], "problem");
        })
        .await;
    let lost = world.wants_a_link(&session, "keys_lost").await;
    assert_eq!(lost.phone.as_deref(), Some(NUMBER), "its chats stay that number's");
    let (severity, detail) = world.diagnosed(&session).await;
    assert_eq!(severity, "problem");
    assert!(detail.contains("keys"), "{detail}");
    world.pair(&session, NUMBER).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_another_number_are_not_used_and_the_right_ones_work_when_they_are_back() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    // An installation with the same master key, whose first number is another.
    world.phone(OTHER, "Ana");
    let elsewhere = tempfile::tempdir().unwrap();
    let mut config = world.config.clone();
    config.data_dir = elsewhere.path().to_owned();
    let app = App::open(&config, app::Network::of(&config)).await.unwrap();
    let scope = owner(&app).await;
    app.start().await.unwrap();
    let theirs = app.sessions.create(scope, "Elsewhere").await.unwrap();
    app.sessions.pair(scope, &theirs.public_id).await.unwrap();
    let mut codes = app.sessions.watch_qr(scope, &theirs.public_id).await.unwrap();
    let qr = within("a code", codes.wait_for(Option::is_some))
        .await
        .unwrap()
        .clone()
        .unwrap();
    world.phones().scan(OTHER, &qr.code).await.unwrap();
    let mut news = app.bus.subscribe(scope.workspace);
    within("the other number connects", async {
        while app.sessions.get(scope, &theirs.public_id).await.unwrap().state != State::Connected {
            news.next().await;
        }
    })
    .await;
    app.stop().await;

    let kept = elsewhere.path().join("kept.db");
    let world = world
        .restart_after(async |config| {
            let keys = config.data_dir.join("wa.db");
            std::fs::copy(&keys, &kept).unwrap();
            remove_keys(&config.data_dir);
            std::fs::copy(elsewhere.path().join("wa.db"), &keys).unwrap();
        })
        .await;
    world.wants_a_link(&session, "keys_foreign").await;
    let world = world
        .restart_after(async |config| {
            remove_keys(&config.data_dir);
            std::fs::copy(&kept, config.data_dir.join("wa.db")).unwrap();
        })
        .await;
    let back = world.session_is(&session, State::Connected).await;
    assert_eq!(back.phone.as_deref(), Some(NUMBER));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_do_not_open_are_reported_and_the_number_is_linked_again() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    let world = world
        .restart_after(async |config| {
            let keys = rusqlite::Connection::open(config.data_dir.join("wa.db")).unwrap();
            let changed = keys.execute("UPDATE devices SET device = zeroblob(200)", []).unwrap();
            assert_eq!(changed, 1);
        })
        .await;
    world.wants_a_link(&session, "keys_unreadable").await;
    world.pair(&session, NUMBER).await;
    world.end().await;
}

#[test]
fn a_damaged_key_store_is_reported_with_what_to_do_and_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let list = || cli::command(&["user", "list", "--data-dir", path]).output().unwrap();
    cli::install(dir.path());
    let keys = dir.path().join("wa.db");
    std::fs::write(
        &keys,
        b"this is a text, not a database; somebody has overwritten the file",
    )
    .unwrap();
    let before = std::fs::read(&keys).unwrap();
    cli::refused(&list(), 7, &["wa.db", "linked again", "chats stay"]);
    assert_eq!(std::fs::read(&keys).unwrap(), before);
}
