//! What WhatsApp says of a number reaches its page, programs and the command line, and the outbox obeys.

use serde_json::json;
use wa_client::{LinkEvent, ProxyTrouble, Quota};
use wa_network::faults::{FaultKind, FaultSpec};
use wa_network::hub::CallState;
use wamanager::chats::{Kind, Wait};
use wamanager::sessions::{CallRule, Reason, State};

use crate::support::{TestApp, World, within};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_up_quota_is_obeyed_shown_and_told_to_programs() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/health");
    let before = api.get(&path).await.expect(200).json();
    assert_eq!(
        (&before["state"], &before["locked_until"]),
        (&json!("connected"), &json!(null))
    );
    assert!(
        before["last_frame_at"].is_string() && before["linked_at"].is_string(),
        "{before}"
    );

    let quota = FaultSpec::new(FaultKind::PushCapping).for_session(SHOP);
    world.network.hub().inject_fault(quota);
    let restricted = world.session_is(&session, State::Restricted).await;
    assert_eq!(restricted.reason, Some(Reason::QuotaUsed));
    let told = api.get(&path).await.expect(200).json();
    assert_eq!(
        (&told["quota"]["total"], &told["quota"]["used"]),
        (&json!(100), &json!(100))
    );
    assert_eq!(told["quota"]["extension"], "ELIGIBLE");
    assert!(told["quota"]["used_up_until"].is_string(), "{told}");
    assert_eq!(told["history"][0]["reason"], "quota_used");

    let sent = world.app.outbox.send_to(world.scope, &session, ANA, "buy now");
    let sent = sent.await.unwrap();
    let waits = async || {
        let message = world.app.chats.message(world.scope, &sent.message).await.unwrap();
        message.waits.filter(|waits| waits.why == Wait::Quota)
    };
    let until = world.until("it waits for the next cycle", waits).await.until;
    assert_eq!(Some(until), restricted.until);
    // Whoever wrote is answered all the same.
    world.write(ANA, SHOP, "do you have bread?").await;
    let (chat, _) = world.stored("do you have bread?").await;
    world
        .app
        .outbox
        .send_text(world.scope, &chat.public_id, "fresh from the oven")
        .await
        .unwrap();
    let used_again = json!({"total_quota": 100, "used_quota": 12, "capping_status": "NONE"});
    let quota = FaultSpec::new(FaultKind::PushCapping)
        .for_session(SHOP)
        .data(used_again);
    world.network.hub().inject_fault(quota);
    world.session_is(&session, State::Connected).await;
    world.arrived(ANA, "buy now").await;
    world.arrived(ANA, "fresh from the oven").await;
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_new_chat_waits_until_the_end_that_whatsapp_names() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let hub = world.network.hub();
    hub.inject_fault(FaultSpec::new(FaultKind::Timelock463).for_session(SHOP));
    let ends = 1_900_000_000_i64;
    let lock = json!({"is_active": true, "time_enforcement_ends": ends.to_string()});
    let sent = world.app.outbox.send_to(world.scope, &session, ANA, "buy now");
    let sent = sent.await.unwrap();
    hub.inject_fault(FaultSpec::new(FaultKind::PushTimelock).for_session(SHOP).data(lock));
    let waits = async || {
        let message = world.app.chats.message(world.scope, &sent.message).await.unwrap();
        message
            .waits
            .filter(|waits| waits.why == Wait::Lock && waits.until.0 == ends * 1000)
    };
    world.until("it waits until then", waits).await;
    let locked = world.session_is(&session, State::Restricted).await;
    assert_eq!(locked.until.map(|until| until.0), Some(ends * 1000));
    world.end().await;
}

#[tokio::test]
async fn the_page_names_the_way_out_and_the_history_and_strangers_see_nothing() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let session = app.connected(&ada, "5511900000001").await;
    let path = format!("/sessions/{}/health", session.public_id);
    let page = ada.browser.get(&path).await.expect(200).body;
    assert!(page.contains("WhatsApp hasn’t said yet"), "{page}");
    let ends = app.app.clock.now().plus(std::time::Duration::from_secs(86_400));
    let quota = Quota {
        total: Some(100),
        used: 100,
        ends_at_ms: Some(ends.0),
        extension: Some("ELIGIBLE".into()),
        ..Quota::default()
    };
    let client = wa_client::SessionId(session.id.0);
    assert!(app.gateway.emit(client, LinkEvent::ClientRetires { at_ms: ends.0 }));
    assert!(app.gateway.emit(client, LinkEvent::Quota(quota)));
    app.session_is(&ada, &session.public_id, State::Restricted).await;
    app.app.sessions.pause(ada.scope, &session.public_id).await.unwrap();
    let page = ada.browser.get(&path).await.expect(200).body;
    for said in [
        "100 of 100 used",
        "one-time extension",
        "stops accepting this version",
        "Paused by your team.",
        "limit for new chats",
    ] {
        assert!(page.contains(said), "{said:?} is not on {page}");
    }
    assert!(ada.browser.get("/sessions").await.expect(200).body.contains(&path));
    bob.browser.get(&path).await.expect(404);
    let line = app.operator(&["session", "health", session.name.as_str()]).await;
    assert_eq!(
        (&line["quota"]["used"], &line["number"]["state"]),
        (&json!(100), &json!("paused"))
    );
    assert_eq!(line["history"][0]["state"], "paused");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_rejected_with_a_text_and_shows_as_missed() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let rule = CallRule {
        rejects: true,
        reply: Some("Please write to us.".into()),
    };
    world
        .app
        .sessions
        .set_call_rule(world.scope, &session, rule)
        .await
        .unwrap();
    world.network.hub().call(ANA, SHOP, true).unwrap();
    world.arrived(ANA, "Please write to us.").await;
    assert_eq!(world.network.hub().calls_of(ANA)[0].state, CallState::Rejected);
    let missed = async || {
        let messages = world.messages().await;
        messages.into_iter().find(|message| message.kind == Kind::Notice)
    };
    let missed = world.until("the call is noted", missed).await;
    assert!(missed.unread && !missed.from_me);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_proxy_is_named_wherever_a_number_is_shown_and_removing_it_connects() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}");
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let set = json!({ "proxy": format!("socks5://anna:hidden@{gone}") });
    let kept = api.put(&format!("{path}/proxy"), set).await.expect(200).json();
    assert_eq!(kept, json!({ "proxy": format!("socks5://{gone}"), "has_login": true }));
    let lost = async || {
        let session = world.session(&session).await;
        (session.reason == Some(Reason::ProxyUnreachable)).then_some(session)
    };
    let lost = world.until("it misses its proxy", lost).await;
    assert_eq!(lost.state, State::Reconnecting);
    assert!(!lost.detail.unwrap_or_default().contains("hidden"));
    let status = api.get(&format!("{path}/status")).await.expect(200).json();
    assert_eq!(status["reason"], "proxy_unreachable");
    assert!(status["why"].as_str().unwrap().contains("proxy") && status["hint"].as_str().unwrap().contains("remove"));
    let health = api.get(&format!("{path}/health")).await.expect(200).json();
    let told = |past: &serde_json::Value| past["reason"] == "proxy_unreachable";
    assert!(health["history"].as_array().unwrap().iter().any(told), "{health}");
    api.delete(&format!("{path}/proxy"), None).await.expect(204);
    world.session_is(&session, State::Connected).await;
    let none = api.get(&format!("{path}/proxy")).await.expect(200).json();
    assert_eq!(none, json!({ "proxy": null, "has_login": false }));
    pages.stop().await;
    world.end().await;
}

#[tokio::test]
async fn the_pages_of_a_number_say_that_its_proxy_is_what_is_wrong_and_remove_it() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let session = app.connected(&ada, "5511900000001").await;
    let id = &session.public_id;
    let typed = "http://10.0.0.1:3128";
    let form = [("proxy", typed)];
    ada.browser
        .post(&format!("/sessions/{id}/proxy"), &form)
        .await
        .expect(303);
    let client = wa_client::SessionId(session.id.0);
    within("a new link", async {
        while app.gateway.opened(client) < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let failed = LinkEvent::ProxyFailed {
        trouble: ProxyTrouble::Login,
        why: "the proxy does not accept the user name and password (407)".into(),
        retry_in: None,
    };
    assert!(app.gateway.emit(client, failed));
    app.session_is(&ada, id, State::Reconnecting).await;
    let said = "doesn’t accept the user name and password";
    for page in ["/sessions".to_owned(), format!("/sessions/{id}/health")] {
        let page = ada.browser.get(&page).await.expect(200).body;
        assert!(page.contains(said) && page.contains("or remove it"), "{page}");
    }
    let settings = format!("/sessions/{id}/settings");
    let page = ada.browser.get(&settings).await.expect(200).body;
    assert!(
        page.contains("http://10.0.0.1:3128") && page.contains("Remove the proxy"),
        "{page}"
    );
    // Nothing typed is no proxy, and removing is its own button.
    ada.browser
        .post(&format!("/sessions/{id}/proxy"), &[("proxy", "")])
        .await
        .expect(422);
    ada.browser
        .post(&format!("/sessions/{id}/proxy"), &[("proxy", ""), ("remove", "yes")])
        .await
        .expect(303);
    let page = ada.browser.get(&settings).await.expect(200).body;
    assert!(
        page.contains("connects directly") && !page.contains("Remove the proxy"),
        "{page}"
    );
    app.stop().await;
}
