//! Which numbers a plan's limit pauses, and what people are told of it.

use serde_json::json;
use wamanager::app::doctor;
use wamanager::audit::Admin;
use wamanager::sessions::{PlanHold, State};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_number_keeps_its_place_before_an_older_one_that_is_not_linked() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let (one, two) = (app.plan_of(50, 1).await, app.plan_of(50, 2).await);
    app.on_plan(&shop, &two.public_id).await;
    let sessions = &app.app.sessions;
    let unlinked = sessions.create(shop.scope, "Never linked").await.unwrap();
    let linked = app.connected(&shop, "5511900000001").await;
    let preview = shop.browser.get("/settings/billing").await.expect(200).body;
    assert!(
        preview.contains("1 number would be paused: one that isn’t linked, or else the newest."),
        "{preview}"
    );
    app.on_plan(&shop, &one.public_id).await;
    let blocked = sessions.get(shop.scope, &unlinked.public_id).await.unwrap();
    assert_eq!(
        (blocked.state, blocked.plan_hold),
        (State::Unlinked, Some(PlanHold::Blocked))
    );
    let kept = sessions.get(shop.scope, &linked.public_id).await.unwrap();
    assert_eq!((kept.state, kept.plan_hold), (State::Connected, None));
    app.on_plan(&shop, &two.public_id).await;
    let free = sessions.get(shop.scope, &unlinked.public_id).await.unwrap();
    assert_eq!(free.plan_hold, None);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_the_plan_pauses_has_the_same_reason_everywhere() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let (one, two) = (app.plan_of(50, 1).await, app.plan_of(50, 2).await);
    app.on_plan(&shop, &two.public_id).await;
    app.connected(&shop, "5511900000001").await;
    let held = app.connected(&shop, "5511900000002").await;
    app.on_plan(&shop, &one.public_id).await;
    app.session_is(&shop, &held.public_id, State::Paused).await;
    let said = "Paused: your plan has no room for this number.";
    let page = shop.browser.get("/sessions").await.expect(200).body;
    assert!(page.contains(said), "{page}");
    let list = app.operator(&["session", "list"]).await;
    let line = list
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["id"] == json!(held.public_id));
    let line = line.unwrap();
    assert_eq!(
        (&line["state"], &line["reason"], &line["why"], &line["fix"]),
        (&json!("paused"), &json!("over_plan"), &json!(said), &json!(null))
    );
    let findings = format!("{:?}", doctor::look(&app.app, Admin::operator()).await);
    assert!(findings.contains(said) && !findings.contains("your team"), "{findings}");
    app.stop().await;
}
