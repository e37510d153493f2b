//! A person's export, and what remains after their deletion.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};
use std::time::Duration;

use wamanager::accounts::MemberRole;
use wamanager::db::DbError;
use wamanager::export::ExportState;
use zip::ZipArchive;

use crate::support::{PASSWORD, Person, TestApp};

const PAGE: &str = "/settings/account";

/// Every file of an archive as text.
fn unzip(bytes: Vec<u8>) -> HashMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = HashMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

async fn state(app: &TestApp, person: &Person) -> ExportState {
    app.app.exports.latest(person.scope.user).await.unwrap().unwrap().state
}

async fn count(app: &TestApp, table: &'static str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let count = app
        .app
        .db
        .read(move |c| Ok::<_, DbError>(c.query_row(&sql, [], |row| row.get(0))?));
    count.await.unwrap()
}

fn files_on_disk(app: &TestApp) -> usize {
    std::fs::read_dir(app.app.data_dir().join("exports")).map_or(0, Iterator::count)
}

async fn make_and_fetch(app: &TestApp, person: &Person) -> HashMap<String, String> {
    person.browser.post(&format!("{PAGE}/export"), &[]).await.expect(303);
    app.settle().await;
    let page = person.browser.get(PAGE).await.expect(200).body;
    let link = page
        .split("href=\"/export/")
        .nth(1)
        .unwrap_or_else(|| panic!("no link in {page}"));
    let (status, bytes) = person
        .browser
        .download(&format!("/export/{}", link.split('"').next().unwrap()))
        .await;
    assert_eq!(status, 200);
    unzip(bytes)
}

#[tokio::test]
async fn an_owner_exports_everything_and_others_their_own_part() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let mine = app.one_of_each(&ada).await;
    app.one_of_each(&bob).await;
    let files = make_and_fetch(&app, &ada).await;
    let folder = format!("workspaces/{}", ada.workspace.public_id);
    assert!(files["profile.json"].contains(&ada.email) && !files["profile.json"].contains("password"));
    assert!(files["README.txt"].contains("contacts.csv"));
    let chats: serde_json::Value = serde_json::from_str(&files[&format!("{folder}/chats.json")]).unwrap();
    assert_eq!(chats.as_array().unwrap().len(), 1);
    // What the team made of it goes along.
    let chat = &chats[0];
    assert_eq!(
        (chat["state"].as_str(), chat["notes"][0]["text"].as_str()),
        (Some("open"), Some("Walked over"))
    );
    assert_eq!(chat["scheduled"][0]["text"], "Later");
    assert!(chat["labels"].is_array() && chat["history"].is_array(), "{chat}");
    assert!(files[&format!("{folder}/quick-replies.json")].contains("walk"));
    assert_eq!(files[&format!("{folder}/files/{}.txt", mine["file"])], ada.email);
    let messages = &files[&format!("{folder}/messages/{}.jsonl", mine["chat"])];
    assert_eq!(messages.lines().count(), 1);
    let message: serde_json::Value = serde_json::from_str(messages.trim()).unwrap();
    assert_eq!(
        (message["text"].as_str(), message["id"].as_str()),
        (Some("Hello"), Some(mine["message"].as_str()))
    );
    assert_eq!(files[&format!("{folder}/contacts.csv")].lines().count(), 2);
    let events = files[&format!("{folder}/events.jsonl")].lines().count();
    let workspace = ada.workspace.id;
    let counted: i64 = app
        .app
        .db
        .read(move |c| {
            let sql = "SELECT COUNT(*) FROM events WHERE workspace_id = ?1";
            Ok::<_, DbError>(c.query_row(sql, [workspace], |row| row.get(0))?)
        })
        .await
        .unwrap();
    assert_eq!(events as i64, counted);
    assert!(
        files
            .keys()
            .all(|name| !name.contains(bob.workspace.public_id.as_str()))
    );
    let emails = app.emails_to(&ada.email).await;
    assert!(
        emails
            .iter()
            .any(|email| email.subject == "Your data is ready to download")
    );

    let agent = app.member(&ada.workspace, MemberRole::Agent).await;
    let files = make_and_fetch(&app, &agent).await;
    assert!(files.contains_key(&format!("{folder}/my-messages.jsonl")));
    assert!(
        !files.contains_key(&format!("{folder}/contacts.csv")),
        "customers belong to the owner"
    );
}

#[tokio::test]
async fn a_file_is_kept_for_a_week_and_only_its_person_can_download_it() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    make_and_fetch(&app, &ada).await;
    let export = app.app.exports.latest(ada.scope.user).await.unwrap().unwrap();
    let link = format!("/export/{}/download", export.public_id);
    bob.browser.get(&link).await.expect(404);
    assert_eq!(files_on_disk(&app), 1);
    app.clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
    ada.browser.get(&link).await.expect(410);
    assert!(ada.browser.get(PAGE).await.expect(200).body.contains("kept for a week"));
    app.app.schedule().tick(&app.app.jobs, "prune-exports").await.unwrap();
    app.settle().await;
    assert_eq!(
        (state(&app, &ada).await, files_on_disk(&app)),
        (ExportState::Expired, 0)
    );
}

#[tokio::test]
async fn an_export_is_made_once_at_a_time_and_can_be_stopped() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    owner.browser.post(&format!("{PAGE}/export"), &[]).await.expect(303);
    let export = app.app.exports.latest(owner.scope.user).await.unwrap().unwrap();
    owner.browser.post(&format!("{PAGE}/export"), &[]).await.expect(303);
    assert_eq!(count(&app, "exports").await, 1);
    let page = owner.browser.get(PAGE).await.expect(200).body;
    assert!(page.contains("every 1s") && page.contains("progress"), "{page}");
    let headers = [("hx-request", "true"), ("hx-request-type", "partial")];
    let part = owner
        .browser
        .send("GET", &format!("{PAGE}/export"), &headers, "")
        .await
        .expect(200)
        .body;
    assert!(part.starts_with("<div id=\"export\""), "{part}");
    owner
        .browser
        .post(&format!("{PAGE}/export/{}/stop", export.public_id), &[])
        .await
        .expect(303);
    app.settle().await;
    assert_eq!(
        (state(&app, &owner).await, files_on_disk(&app)),
        (ExportState::Stopped, 0)
    );
    assert!(owner.browser.get(PAGE).await.body.contains("was stopped"));
}

#[tokio::test]
async fn the_newest_file_replaces_the_one_before_and_is_made_at_most_once_an_hour() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    make_and_fetch(&app, &owner).await;
    let first = app
        .app
        .exports
        .latest(owner.scope.user)
        .await
        .unwrap()
        .unwrap()
        .public_id;
    let page = owner.browser.get(PAGE).await.expect(200).body;
    assert!(
        page.contains("at 00:14") && !page.contains("Prepare a new download"),
        "the page says when instead of offering it: {page}"
    );
    let refused = owner.browser.post(&format!("{PAGE}/export"), &[]).await.expect(429);
    assert!(
        refused.body.contains("<main") && refused.body.contains("60 minutes"),
        "{}",
        refused.body
    );
    assert_eq!(refused.header("retry-after"), "3600");
    assert_eq!((count(&app, "exports").await, files_on_disk(&app)), (1, 1));

    app.clock.advance(Duration::from_secs(60 * 60));
    let page = owner.browser.get(PAGE).await.expect(200).body;
    assert!(page.contains("Prepare a new download"), "{page}");
    make_and_fetch(&app, &owner).await;
    assert_eq!(files_on_disk(&app), 1, "the newest replaces the one before");
    owner
        .browser
        .get(&format!("/export/{first}/download"))
        .await
        .expect(410);
}

/// Stopping is the person's choice and counts; a failure is not their fault and does not.
#[tokio::test]
async fn stopping_an_export_does_not_allow_the_next_one_earlier() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    owner.browser.post(&format!("{PAGE}/export"), &[]).await.expect(303);
    let export = app
        .app
        .exports
        .latest(owner.scope.user)
        .await
        .unwrap()
        .unwrap()
        .public_id;
    owner
        .browser
        .post(&format!("{PAGE}/export/{export}/stop"), &[])
        .await
        .expect(303);
    owner.browser.post(&format!("{PAGE}/export"), &[]).await.expect(429);
    assert_eq!(count(&app, "exports").await, 1);
}

#[tokio::test]
async fn the_only_owner_of_others_must_leave_them_an_owner_first() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let form = [("email", owner.email.as_str()), ("password", PASSWORD)];
    let page = owner
        .browser
        .post(&format!("{PAGE}/delete"), &form)
        .await
        .expect(422)
        .body;
    assert!(page.contains("You are the only owner of Shop"), "{page}");
    owner.browser.get("/settings").await.expect(200);
    // The agent may leave, and what the agent wrote stays.
    let form = [("email", agent.email.as_str()), ("password", PASSWORD)];
    agent.browser.post(&format!("{PAGE}/delete"), &form).await.expect(303);
    app.settle().await;
    assert_eq!((count(&app, "workspaces").await, count(&app, "users").await), (1, 1));
    owner
        .browser
        .post(
            &format!("{PAGE}/delete"),
            &[("email", &owner.email), ("password", PASSWORD)],
        )
        .await
        .expect(303);
}

#[tokio::test]
async fn deleting_an_account_deletes_what_only_it_owned_and_nothing_more() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    app.one_of_each(&ada).await;
    app.one_of_each(&bob).await;
    app.settle().await;
    let elsewhere = app.anonymous();
    elsewhere.log_in(&ada.email, PASSWORD).await;
    let wrong = [("email", bob.email.as_str()), ("password", PASSWORD)];
    ada.browser.post(&format!("{PAGE}/delete"), &wrong).await.expect(422);
    let wrong = [("email", ada.email.as_str()), ("password", "guess")];
    ada.browser.post(&format!("{PAGE}/delete"), &wrong).await.expect(422);
    let right = [("email", ada.email.as_str()), ("password", PASSWORD)];
    let done = ada.browser.post(&format!("{PAGE}/delete"), &right).await.expect(303);
    assert_eq!(done.header("location"), "/goodbye");
    ada.browser.get("/goodbye").await.expect(200);
    // At once: no login works, old or new.
    elsewhere.get("/settings").await.expect(303);
    app.anonymous().post("/login", &right).await.expect(422);
    let emails = app.emails_to(&ada.email).await;
    assert!(emails.iter().any(|email| email.subject == "Your account was deleted"));
    // Soon after: nothing of it is left, and everything of others is.
    app.settle().await;
    for table in [
        "users",
        "workspaces",
        "members",
        "sessions",
        "chats",
        "messages",
        "contacts",
        "contact_words",
    ] {
        assert_eq!(count(&app, table).await, 1, "{table}");
    }
    assert_eq!(files_on_disk(&app), 1, "Bob's");
    let named: i64 = app
        .app
        .db
        .read(|c| {
            let sql =
                "SELECT COUNT(*) FROM audit_log WHERE target LIKE '%owner-of-ada%' OR detail LIKE '%owner-of-ada%'";
            Ok::<_, DbError>(c.query_row(sql, [], |row| row.get(0))?)
        })
        .await
        .unwrap();
    assert_eq!(named, 0);
    bob.browser.get("/chats").await.expect(200);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let form = [("email", "admin@example.com"), ("password", PASSWORD)];
    let page = admin.post(&format!("{PAGE}/delete"), &form).await.expect(422).body;
    assert!(page.contains("the only administrator"), "{page}");
    admin.get("/settings").await.expect(200);
}

#[tokio::test]
async fn an_interrupted_deletion_continues() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    app.one_of_each(&ada).await;
    let right = [("email", ada.email.as_str()), ("password", PASSWORD)];
    ada.browser.post(&format!("{PAGE}/delete"), &right).await.expect(303);
    // As a crash between two steps leaves it: the number is hidden, its chats still exist.
    app.app
        .db
        .write(|tx| Ok::<_, DbError>(tx.execute("UPDATE sessions SET deleted_at = 1", [])?))
        .await
        .unwrap();
    app.settle().await;
    for table in ["users", "workspaces", "sessions", "chats", "messages", "contacts"] {
        assert_eq!(count(&app, table).await, 0, "{table}");
    }
}
