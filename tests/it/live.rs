//! The live stream: who receives it, where it resumes, when it ends.

use std::time::Duration;

use wamanager::accounts::MemberRole;
use wamanager::audit::Admin;
use wamanager::events::Transient;
use wamanager::ids::PublicId;

use crate::support::TestApp;
use crate::support::live::LiveStream;

fn typing() -> Transient {
    Transient::Typing {
        chat: PublicId::new("chat"),
        active: true,
        recording: false,
    }
}

#[tokio::test]
async fn events_arrive_in_order_with_their_ids() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    let mut stream = LiveStream::open(&owner.browser, "/events", &[]).await;
    for _ in 0..3 {
        let id = app.happen(owner.workspace.id).await;
        let message = stream.next().await.unwrap();
        assert_eq!(
            (message.id, message.event.as_deref()),
            (Some(id.0), Some("chat_changed"))
        );
    }
    app.app.bus.transient(owner.workspace.id, typing());
    let message = stream.next().await.unwrap();
    assert_eq!((message.id, message.data.as_str()), (None, "Typing"));
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_seen() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    let seen = app.happen(owner.workspace.id).await;
    let missed = app.happen(owner.workspace.id).await;
    let id = seen.to_string();
    let mut back = LiveStream::open(&owner.browser, "/events", &[("last-event-id", &id)]).await;
    assert_eq!(back.next().await.unwrap().id, Some(missed.0));
    let mut drawn = LiveStream::open(&owner.browser, &format!("/events?after={seen}"), &[]).await;
    assert_eq!(drawn.next().await.unwrap().id, Some(missed.0));
    // The header is newer: the address is that of the page's first load.
    let path = format!("/events?after={seen}");
    let mut both = LiveStream::open(&owner.browser, &path, &[("last-event-id", &missed.to_string())]).await;
    let next = app.happen(owner.workspace.id).await;
    assert_eq!(both.next().await.unwrap().id, Some(next.0));
}

#[tokio::test]
async fn a_new_stream_starts_with_future_events() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    app.happen(owner.workspace.id).await;
    let mut stream = LiveStream::open(&owner.browser, "/events", &[]).await;
    let next = app.happen(owner.workspace.id).await;
    assert_eq!(stream.next().await.unwrap().id, Some(next.0));
}

#[tokio::test]
async fn a_client_that_missed_too_much_is_asked_to_reload_the_page() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    let first = app.happen(owner.workspace.id).await;
    let last = app.happen_times(owner.workspace.id, 1_001).await;
    let mut stream = LiveStream::open(&owner.browser, &format!("/events?after={first}"), &[]).await;
    let message = stream.next().await.unwrap();
    assert_eq!((message.id, message.event.as_deref()), (Some(last.0), Some("stale")));
}

#[tokio::test]
async fn events_of_another_workspace_are_not_received_at_all() {
    let app = TestApp::with_echo().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let mut stream = LiveStream::open(&ada.browser, "/events?after=0", &[]).await;
    app.happen(bob.workspace.id).await;
    app.app.bus.transient(bob.workspace.id, typing());
    let mine = app.happen(ada.workspace.id).await;
    assert_eq!(stream.next().await.unwrap().id, Some(mine.0));
}

#[tokio::test]
async fn a_stream_ends_with_its_login() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    let mut stream = LiveStream::open(&owner.browser, "/events", &[]).await;
    owner.browser.post("/logout", &[]).await.expect(303);
    assert_eq!(stream.next().await.unwrap().event.as_deref(), Some("bye"));
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_stream_that_reconnects_without_a_login_is_refused() {
    let app = TestApp::with_echo().await;
    let headers = [
        ("accept", "text/html, text/event-stream"),
        ("hx-request", "true"),
        ("last-event-id", "3"),
    ];
    let reply = app
        .anonymous()
        .send("GET", "/events?after=0", &headers, "")
        .await
        .expect(401);
    assert!(reply.header("hx-redirect").starts_with("/login"));
}

#[tokio::test]
async fn a_stream_ends_when_the_role_behind_it_changes() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let mut stream = LiveStream::open(&agent.browser, "/events", &[]).await;
    let user = app.accounts.find_user(Admin::operator(), &agent.email).await.unwrap();
    app.accounts
        .put_member(
            Admin::operator(),
            owner.workspace.public_id.clone(),
            user.id,
            MemberRole::Manager,
        )
        .await
        .unwrap();
    assert_eq!(stream.next().await.unwrap().event.as_deref(), Some("bye"));
}

#[tokio::test]
async fn an_expired_login_ends_its_stream() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    let mut stream = LiveStream::open(&owner.browser, "/events", &[]).await;
    app.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
    assert_eq!(stream.next().await.unwrap().event.as_deref(), Some("bye"));
}

#[tokio::test]
async fn a_stopping_server_says_goodbye_and_stops() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    let mut stream = LiveStream::open(&owner.browser, "/events", &[]).await;
    app.stop().await;
    assert_eq!(stream.next().await.unwrap().event.as_deref(), Some("bye"));
    assert_eq!(stream.next().await, None);
}
