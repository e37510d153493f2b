//! The whole flow with Razorpay.

use std::time::Duration;

use serde_json::{Value, json};
use wamanager::config::{BillingConfig, RazorpayConfig, Secret};

use super::razorpay_server::{KEY_ID, KEY_SECRET, RazorpayServer, WEBHOOK_SECRET};
use super::stripe_server::sell;
use super::{acts, billing_page, choose, plan_of, sign, times, upkeep};
use crate::support::{Reply, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn shop(razorpay: &RazorpayServer) -> TestApp {
    let app = TestApp::with_billing(BillingConfig {
        stripe: None,
        razorpay: Some(RazorpayConfig {
            key_id: KEY_ID.to_owned(),
            key_secret: Secret::new(KEY_SECRET),
            webhook_secret: Secret::new(WEBHOOK_SECRET),
            api_url: razorpay.url.parse().unwrap(),
        }),
        grace_days: 7,
    })
    .await;
    for (code, price) in [("pro", "plan_RzpPro"), ("business", "plan_RzpBusiness")] {
        sell(&app, code, |draft| draft.razorpay_plan = Some(price.to_owned())).await;
    }
    app
}

/// Sends a webhook as Razorpay does, signed.
async fn tell(app: &TestApp, id: &str, kind: &str, payload: Value) -> Reply {
    let created = app.clock.now().0 / 1000;
    let body = json!({"entity": "event", "event": kind, "payload": payload, "created_at": created}).to_string();
    let signature = sign(WEBHOOK_SECRET, &body);
    post(app, id, &signature, &body).await
}

async fn post(app: &TestApp, id: &str, signature: &str, body: &str) -> Reply {
    let headers = [
        ("x-razorpay-signature", signature),
        ("x-razorpay-event-id", id),
        ("content-type", "application/json"),
    ];
    app.anonymous().send("POST", "/webhooks/razorpay", &headers, body).await
}

fn payment(invoice: &str, status: &str) -> Value {
    json!({"entity": {"id": "pay_1", "amount": 160_000, "currency": "INR", "status": status, "invoice_id": invoice}})
}

/// The subscription is paid for 30 days from now.
fn paid(app: &TestApp, razorpay: &RazorpayServer, id: &str) -> Value {
    let now = app.clock.now().0 / 1000;
    let changes = json!({"status": "active", "current_start": now, "current_end": now + 30 * 86_400});
    json!({"subscription": {"entity": razorpay.set(id, &changes)}, "payment": payment("inv_1", "captured")})
}

#[tokio::test]
async fn a_subscription_is_paid_at_razorpay_and_followed_by_its_webhooks() {
    let razorpay = RazorpayServer::start();
    let app = shop(&razorpay).await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    choose(&app, &ada, "pro").await.expect(303);
    let page = ada.browser.get("/settings/billing/pay").await.expect(200);
    page.link_with("https://rzp.example/i/sub_Rzp");
    assert_eq!(plan_of(&app, &ada).await, "free");

    let id = razorpay.only()["id"].as_str().unwrap().to_owned();
    assert_eq!(razorpay.only()["notes"]["workspace"], ada.workspace.public_id.as_str());
    let payload = paid(&app, &razorpay, &id);
    tell(&app, "evt_1", "subscription.activated", payload.clone())
        .await
        .expect(200);
    assert_eq!(
        (plan_of(&app, &ada).await.as_str(), plan_of(&app, &bob).await.as_str()),
        ("pro", "free")
    );
    assert!(billing_page(&ada).await.contains("₹1,600.00"));
    let before = acts(&app, &ada).await;
    for id in ["evt_1", "evt_1_replayed_under_another_id"] {
        tell(&app, id, "subscription.activated", payload.clone())
            .await
            .expect(200);
    }
    assert_eq!(plan_of(&app, &ada).await, "pro");
    assert_eq!(
        acts(&app, &ada).await.len(),
        before.len() + 1,
        "a paid invoice is recorded again, a plan is not"
    );

    // A dearer plan starts at once, a cheaper one later.
    choose(&app, &ada, "business").await.expect(303);
    assert_eq!(plan_of(&app, &ada).await, "pro");
    let payload = json!({"subscription": {"entity": razorpay.only()}});
    app.clock.advance(Duration::from_secs(2));
    tell(&app, "evt_2", "subscription.updated", payload).await.expect(200);
    assert_eq!(plan_of(&app, &ada).await, "business");
    choose(&app, &ada, "pro").await.expect(303);
    assert_eq!(razorpay.only()["has_scheduled_changes"], json!(true));
    assert_eq!(plan_of(&app, &ada).await, "business");
    app.clock.advance(31 * DAY);
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "pro");
    app.stop().await;
}

#[tokio::test]
async fn pending_and_halted_payments_have_a_grace_period() {
    let razorpay = RazorpayServer::start();
    let app = shop(&razorpay).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let id = razorpay.only()["id"].as_str().unwrap().to_owned();
    tell(&app, "evt_1", "subscription.activated", paid(&app, &razorpay, &id))
        .await
        .expect(200);

    for (days, event, status) in [
        (30, "subscription.pending", "pending"),
        (2, "subscription.halted", "halted"),
    ] {
        app.clock.advance(days * DAY);
        let payload = json!({"subscription": {"entity": razorpay.set(&id, &json!({ "status": status }))}});
        tell(&app, event, event, payload).await.expect(200);
        upkeep(&app).await;
        assert_eq!(plan_of(&app, &ada).await, "pro", "{event}");
    }
    tell(
        &app,
        "evt_failed",
        "payment.failed",
        json!({ "payment": payment("inv_1", "failed") }),
    )
    .await
    .expect(200);
    assert_eq!(times(&app, &ada, "billing.payment_failed").await, 1);
    app.clock.advance(6 * DAY);
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "free");

    tell(&app, "evt_paid", "subscription.charged", paid(&app, &razorpay, &id))
        .await
        .expect(200);
    assert_eq!(plan_of(&app, &ada).await, "pro");
    app.clock.advance(DAY);
    let ended = json!({"subscription": {"entity": razorpay.set(&id, &json!({"status": "cancelled"}))}});
    tell(&app, "evt_end", "subscription.cancelled", ended).await.expect(200);
    assert_eq!(plan_of(&app, &ada).await, "free");
    app.stop().await;
}

#[tokio::test]
async fn a_late_event_does_not_revert_newer_ones() {
    let razorpay = RazorpayServer::start();
    let app = shop(&razorpay).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let id = razorpay.only()["id"].as_str().unwrap().to_owned();
    let early = app.clock.now().0 / 1000;
    let stale = json!({"entity": "event", "event": "subscription.halted", "created_at": early, "payload": {
        "subscription": {"entity": razorpay.set(&id, &json!({"status": "halted"}))}}});
    app.clock.advance(Duration::from_secs(60));
    tell(&app, "evt_1", "subscription.activated", paid(&app, &razorpay, &id))
        .await
        .expect(200);
    let body = stale.to_string();
    post(&app, "evt_0", &sign(WEBHOOK_SECRET, &body), &body)
        .await
        .expect(200);
    assert_eq!(times(&app, &ada, "billing.payment_failed").await, 0);
    assert!(billing_page(&ada).await.contains("Renews automatically"));
    app.stop().await;
}

#[tokio::test]
async fn a_webhook_without_razorpays_signature_is_refused() {
    let razorpay = RazorpayServer::start();
    let app = shop(&razorpay).await;
    let body = json!({"event": "subscription.activated", "created_at": 1, "payload": {}}).to_string();
    for signature in ["", "00", &sign("another secret", &body), &sign(WEBHOOK_SECRET, "{}")] {
        assert_eq!(post(&app, "evt_1", signature, &body).await.status, 400, "{signature:?}");
    }
    // Without an id a repeat could not be detected.
    assert_eq!(post(&app, "", &sign(WEBHOOK_SECRET, &body), &body).await.status, 400);
    post(&app, "evt_1", &sign(WEBHOOK_SECRET, &body), &body)
        .await
        .expect(200);
    // A provider that is not configured has no route.
    let headers = [("stripe-signature", "t=1,v1=00")];
    app.anonymous()
        .send("POST", "/webhooks/stripe", &headers, &body)
        .await
        .expect(404);
    app.stop().await;
}

#[tokio::test]
async fn a_cancellation_at_razorpay_cannot_be_undone_and_the_page_says_so_before() {
    let razorpay = RazorpayServer::start();
    let app = shop(&razorpay).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let id = razorpay.only()["id"].as_str().unwrap().to_owned();
    tell(&app, "evt_1", "subscription.activated", paid(&app, &razorpay, &id))
        .await
        .expect(200);
    let path = format!("/settings/billing/choose/{}", super::plan(&app, "free").await);
    assert!(
        ada.browser
            .get(&path)
            .await
            .expect(200)
            .body
            .contains("can’t be undone")
    );
    choose(&app, &ada, "free").await.expect(303);
    assert!(
        razorpay
            .asked
            .lock()
            .unwrap()
            .iter()
            .any(|asked| asked.ends_with("/cancel"))
    );
    assert!(!billing_page(&ada).await.contains("Keep Pro"));
    let refused = ada.browser.post("/settings/billing/keep", &[]).await.expect(422).body;
    assert!(
        refused.contains("cannot be taken back") && refused.contains("<main"),
        "{refused}"
    );
    app.clock.advance(31 * DAY);
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "free");
    app.stop().await;
}
