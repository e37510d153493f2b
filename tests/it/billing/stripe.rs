//! The whole flow with Stripe: checkout, webhooks, upgrades, downgrades, failed payments.

use std::time::Duration;

use serde_json::json;
use wamanager::billing::{Compare, SubscriptionStatus};
use wamanager::clock::UnixMs;

use super::stripe_server::{StripeServer, WEBHOOK_SECRET, shop, shop_at, stripe_or_skip};
use super::{acts, billing_page, choose, plan_of, sign, times, upkeep};
use crate::support::app::Person;
use crate::support::{PASSWORD, Reply, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_plan_is_in_force_once_stripe_has_confirmed_the_payment_and_not_before() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    assert_eq!(plan_of(&app, &ada).await, "free");

    let reply = choose(&app, &ada, "pro").await.expect(303);
    assert_eq!(reply.header("location"), "/settings/billing/pay");
    // Returning from the checkout proves nothing.
    let waiting = ada
        .browser
        .get("/settings/billing/return?session_id=cs_1")
        .await
        .expect(200)
        .body;
    assert!(waiting.contains("Waiting for confirmation") && waiting.contains("hx-trigger=\"load delay:2s\""));
    assert_eq!(plan_of(&app, &ada).await, "free");
    assert!(billing_page(&ada).await.contains("Waiting for payment"));

    stripe.pay(&ada).await;
    assert_eq!(plan_of(&app, &ada).await, "pro");
    let limits = app.app.plans.plan(ada.scope).await.unwrap().limits;
    assert_eq!(serde_json::to_value(limits.sessions).unwrap(), json!(3));
    let back = ada.browser.get("/settings/billing/return").await.expect(200).body;
    assert!(back.contains("You’re now on Pro.") && !back.contains("hx-trigger=\"load"));

    let page = billing_page(&ada).await;
    for part in [
        "Active",
        "$19.00 a month",
        "Next payment",
        "LS-",
        "Paid",
        "/settings/billing/invoices/bill_",
    ] {
        assert!(page.contains(part), "no {part:?} in {page}");
    }
    let log = acts(&app, &ada).await;
    for act in [
        "billing.checkout_started",
        "billing.subscription_started",
        "billing.payment_succeeded",
    ] {
        assert!(log.iter().any(|found| found == act), "no {act} in {log:?}");
    }
    let emails = app.emails_to(&ada.email).await;
    assert!(
        emails.iter().any(|email| email.subject == "Ada is now on Pro"),
        "{emails:?}"
    );

    assert_eq!(plan_of(&app, &bob).await, "free");
    assert!(billing_page(&bob).await.contains("No invoices yet"));
    app.stop().await;
}

#[tokio::test]
async fn an_event_that_comes_twice_is_applied_once() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    stripe.pay(&ada).await;
    let (before, rows) = (acts(&app, &ada).await, events(&app).await);
    for kind in [
        "customer.subscription.created",
        "checkout.session.completed",
        "invoice.paid",
    ] {
        let sent = stripe.events(kind).await;
        assert_eq!(sent.len(), 1, "{kind}");
        stripe.play("resend", json!({ "event": sent[0] })).await;
    }
    let told = stripe.idle().await;
    assert_eq!(told.len(), 3);
    assert!(
        told.iter().all(|told| told.ends_with("successfully delivered")),
        "{told:?}"
    );
    assert_eq!((acts(&app, &ada).await, events(&app).await), (before, rows));
    app.stop().await;
}

#[tokio::test]
async fn a_webhook_without_a_fresh_stripe_signature_is_refused_and_changes_nothing() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    let now = app.clock.now().0 / 1000;
    let body = json!({
        "id": "evt_forged", "type": "customer.subscription.created", "created": now,
        "data": {"object": {
            "id": "sub_forged", "customer": "cus_1", "status": "active", "current_period_end": now + 1000,
            "metadata": {"workspace": ada.workspace.public_id}, "items": {"data": [{"price": {"id": "price_pro"}}]},
        }},
    })
    .to_string();
    let signed = |at: i64, secret: &str| format!("t={at},v1={}", sign(secret, &format!("{at}.{body}")));
    for (what, header) in [
        ("no signature", String::new()),
        ("another's secret", signed(now, "whsec_other")),
        (
            "another body",
            format!("t={now},v1={}", sign(WEBHOOK_SECRET, &format!("{now}.{{}}"))),
        ),
        ("an old one", signed(now - 301, WEBHOOK_SECRET)),
    ] {
        let reply = post(&app, &header, &body).await;
        assert_eq!(
            (reply.status, reply.json()["code"].as_str()),
            (400, Some("bad-signature")),
            "{what}"
        );
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
    assert_eq!((plan_of(&app, &ada).await.as_str(), events(&app).await), ("free", 0));
    let huge = "x".repeat(300 * 1024);
    assert_eq!(post(&app, &signed(now, WEBHOOK_SECRET), &huge).await.status, 413);
    // The very same event with a signature is accepted, so the signature was the reason.
    post(&app, &signed(now, WEBHOOK_SECRET), &body).await.expect(200);
    assert_eq!((plan_of(&app, &ada).await.as_str(), events(&app).await), ("pro", 1));
    app.stop().await;
}

#[tokio::test]
async fn a_board_whose_clock_is_behind_takes_a_payment_and_takes_it_once() {
    let app = shop_at("http://127.0.0.1:9/").await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let days = 500 * 24 * 60 * 60;
    // The true time, which this board does not know yet.
    let now = app.clock.now().0 / 1000 + days;
    let paid = |id: &str, workspace: &Person, at: i64| {
        let body = json!({
            "id": format!("evt_{id}"), "type": "customer.subscription.created", "created": at,
            "data": {"object": {
                "id": format!("sub_{id}"), "customer": format!("cus_{id}"), "status": "active",
                "current_period_start": at, "current_period_end": at + 30 * 86_400,
                "metadata": {"workspace": workspace.workspace.public_id},
                "items": {"data": [{"id": "si_1", "price": {"id": "price_pro"}}]},
            }},
        })
        .to_string();
        (
            format!("t={at},v1={}", sign(WEBHOOK_SECRET, &format!("{at}.{body}"))),
            body,
        )
    };
    let (header, body) = paid("ada", &ada, now);
    post(&app, &header, &body).await.expect(200);
    assert_eq!((plan_of(&app, &ada).await.as_str(), events(&app).await), ("pro", 1));
    // A repeat is the same event.
    let before = acts(&app, &ada).await;
    post(&app, &header, &body).await.expect(200);
    assert_eq!((acts(&app, &ada).await, events(&app).await), (before, 1));
    // The provider's time is known now: anything signed long before it is old, even by this clock.
    let (header_of_bob, body_of_bob) = paid("bob", &bob, now - 301);
    assert_eq!(post(&app, &header_of_bob, &body_of_bob).await.status, 400);
    assert_eq!(plan_of(&app, &bob).await, "free");
    // Once the clock is corrected, the event is still known, and five minutes later it is old.
    app.clock
        .advance(Duration::from_secs(u64::try_from(days).unwrap() + 200));
    upkeep(&app).await;
    post(&app, &header, &body).await.expect(200);
    assert_eq!(events(&app).await, 1);
    app.clock.advance(Duration::from_secs(101));
    assert_eq!(post(&app, &header, &body).await.status, 400);
    app.stop().await;
}

#[tokio::test]
async fn a_dearer_plan_begins_when_the_difference_is_paid() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let subscription = stripe.pay(&ada).await;
    let path = format!("/settings/billing/choose/{}", super::plan(&app, "business").await);
    let page = ada.browser.get(&path).await.expect(200).body;
    assert!(page.contains("About $29.") || page.contains("About $30.00"), "{page}");

    // A declined card changes nothing, and leads to the page where the invoice can be paid.
    let customer = stripe.play("subscription", json!({ "id": subscription })).await["customer"].clone();
    stripe
        .play("change_card", json!({ "customer": customer, "number": "bad" }))
        .await;
    let declined = choose(&app, &ada, "business").await.expect(303);
    assert_eq!(declined.header("location"), "/settings/billing/pay");
    stripe.settled().await;
    let pay = ada.browser.get("/settings/billing/pay").await.expect(200);
    assert!(pay.link_with("invoice.stripe.example").starts_with("https://"));
    assert_eq!(plan_of(&app, &ada).await, "pro");

    stripe
        .play("change_card", json!({ "customer": customer, "number": "good" }))
        .await;
    choose(&app, &ada, "business").await.expect(303);
    stripe.settled().await;
    assert_eq!(plan_of(&app, &ada).await, "business");
    let page = billing_page(&ada).await;
    assert!(page.contains("$49.00 a month") && !page.contains("Waiting for payment"));
    app.stop().await;
}

#[tokio::test]
async fn a_cheaper_plan_begins_with_the_next_period() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "business").await.expect(303);
    let subscription = stripe.pay(&ada).await;

    choose(&app, &ada, "pro").await.expect(303);
    stripe.settled().await;
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "business");
    let told = stripe.play("subscription", json!({ "id": subscription })).await;
    assert_eq!(told["items"]["data"][0]["price"]["id"], "price_pro");
    assert!(billing_page(&ada).await.contains("then switch to Pro"));

    // Cancelled, and chosen again.
    ada.browser.post("/settings/billing/keep", &[]).await.expect(303);
    stripe.settled().await;
    let told = stripe.play("subscription", json!({ "id": subscription })).await;
    assert_eq!(told["items"]["data"][0]["price"]["id"], "price_business");
    assert!(!billing_page(&ada).await.contains("then switch to Pro"));
    choose(&app, &ada, "pro").await.expect(303);
    stripe.settled().await;

    pass(&app, &stripe, &[&ada], 32).await;
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "pro");
    // The renewal confirms it and charges the smaller plan.
    stripe.play("renew", json!({ "id": subscription })).await;
    stripe.settled().await;
    assert_eq!(plan_of(&app, &ada).await, "pro");
    app.stop().await;
}

#[tokio::test]
async fn a_cancelled_plan_stays_until_the_paid_period_ends() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let subscription = stripe.pay(&ada).await;

    choose(&app, &ada, "free").await.expect(303);
    stripe.settled().await;
    let told = stripe.play("subscription", json!({ "id": subscription })).await;
    assert_eq!(told["cancel_at_period_end"], json!(true));
    let page = billing_page(&ada).await;
    assert!(
        page.contains("Cancelled. You keep") && page.contains("Keep Pro"),
        "{page}"
    );
    ada.browser.post("/settings/billing/keep", &[]).await.expect(303);
    stripe.settled().await;
    assert!(billing_page(&ada).await.contains("Renews automatically"));

    choose(&app, &ada, "free").await.expect(303);
    stripe.settled().await;
    assert_eq!(times(&app, &ada, "billing.subscription_cancelled").await, 2);
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "pro");

    pass(&app, &stripe, &[&ada], 32).await;
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "free");
    stripe.play("renew", json!({ "id": subscription })).await;
    stripe.settled().await;
    assert_eq!(times(&app, &ada, "billing.subscription_ended").await, 1);
    assert!(billing_page(&ada).await.contains("Your last subscription has ended."));
    app.stop().await;
}

#[tokio::test]
async fn after_a_failed_payment_the_plan_stays_for_the_grace_period_and_a_payment_restores_it() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let agent = app.member(&ada.workspace, wamanager::accounts::MemberRole::Agent).await;
    for person in [&ada, &bob] {
        choose(&app, person, "pro").await.expect(303);
    }
    let (subscription, _) = (stripe.pay(&ada).await, stripe.pay(&bob).await);
    let customer = stripe.play("subscription", json!({ "id": subscription })).await["customer"].clone();
    stripe
        .play("change_card", json!({ "customer": customer, "number": "bad" }))
        .await;

    pass(&app, &stripe, &[&ada, &agent], 32).await;
    stripe.play("renew", json!({ "id": subscription })).await;
    stripe.settled().await;
    let standing = app.app.billing.subscription(ada.scope).await.unwrap().unwrap();
    assert_eq!(standing.status, SubscriptionStatus::PastDue);
    // The provider counts in whole seconds, and the later of both clocks decides.
    let (grace, week) = (standing.grace_until.unwrap(), app.clock.now().plus(7 * DAY));
    assert!(
        grace >= week && grace.since(week) <= Duration::from_secs(1),
        "{grace:?} after {week:?}"
    );
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "pro");
    // Owners are notified on every page and by mail, with where to pay.
    let page = ada.browser.get("/sessions").await.expect(200).body;
    assert!(page.contains("A payment failed. You keep your plan until"), "{page}");
    assert!(
        !agent
            .browser
            .get("/sessions")
            .await
            .expect(200)
            .body
            .contains("A payment failed.")
    );
    assert!(billing_page(&ada).await.contains("/settings/billing/portal"));
    let portal = ada.browser.get("/settings/billing/portal").await.expect(303);
    assert!(
        portal
            .header("location")
            .starts_with(&format!("{}/p/session/", stripe.url))
    );
    let emails = app.emails_to(&ada.email).await;
    assert!(
        emails.iter().any(|email| email.subject == "A payment for Ada failed"),
        "{emails:?}"
    );
    // No upgrade while a payment is due.
    assert_eq!(choose(&app, &ada, "business").await.status, 422);

    pass(&app, &stripe, &[&ada], 8).await;
    upkeep(&app).await;
    assert_eq!(
        (plan_of(&app, &ada).await.as_str(), plan_of(&app, &bob).await.as_str()),
        ("free", "pro")
    );
    assert!(
        !ada.browser
            .get("/sessions")
            .await
            .expect(200)
            .body
            .contains("A payment failed.")
    );
    let emails = app.emails_to(&ada.email).await;
    assert!(
        emails.iter().any(|email| email.subject == "Ada is now on Free"),
        "{emails:?}"
    );

    stripe.play("settle", json!({ "id": subscription })).await;
    stripe.settled().await;
    assert_eq!(plan_of(&app, &ada).await, "pro");
    assert!(billing_page(&ada).await.contains("Renews automatically"));
    app.stop().await;
}

#[tokio::test]
async fn a_lost_webhook_is_compensated_by_asking_the_provider() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    // Webhooks get lost from here on.
    let page = ada.browser.get("/settings/billing/pay").await.expect(200);
    let session = page.link_with("/c/pay/").rsplit('/').next().unwrap().to_owned();
    stripe.tell_nobody().await;
    let subscription = stripe.play("pay", json!({ "session": session })).await["subscription"].clone();
    stripe.idle().await;
    app.settle().await;
    assert_eq!(plan_of(&app, &ada).await, "free");
    app.clock.advance(Duration::from_secs(16 * 60));
    app.settle().await;
    assert_eq!(plan_of(&app, &ada).await, "pro");

    stripe.play("cancel_now", json!({ "id": subscription })).await;
    stripe.idle().await;
    app.clock.advance(DAY);
    Compare::enqueue(app.app.jobs.clone()).await.unwrap();
    app.settle().await;
    assert_eq!(plan_of(&app, &ada).await, "free");
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_workspace_is_not_charged_any_more() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let subscription = stripe.pay(&ada).await;
    let workspace = ada.workspace.id;
    let delete = move |tx: &rusqlite::Transaction<'_>| {
        tx.execute("DELETE FROM subscriptions WHERE workspace_id = ?1", [workspace])?;
        Ok::<_, wamanager::db::DbError>(())
    };
    app.app.db.write(delete).await.unwrap();
    upkeep(&app).await;
    let told = stripe.play("subscription", json!({ "id": subscription })).await;
    assert_eq!(told["status"], "canceled");
    // The webhook about it concerns no workspace here.
    stripe.settled().await;
    app.stop().await;
}

#[tokio::test]
async fn a_provider_that_does_not_answer_changes_nothing_and_says_so() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    drop(stripe);
    let reply = choose(&app, &ada, "pro").await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("cannot be reached") && reply.body.contains("Nothing was changed"));
    assert_eq!(plan_of(&app, &ada).await, "free");
    assert!(!billing_page(&ada).await.contains("Waiting for payment"));
    app.stop().await;
}

/// Advances the clock by days, here and at Stripe. Logins do not last that long.
async fn pass(app: &TestApp, stripe: &StripeServer, people: &[&Person], days: u32) {
    app.clock.advance(days * DAY);
    let real = wamanager::clock::Clock::System.now();
    let ahead = UnixMs(app.clock.now().0 - real.0).0 / 1000;
    stripe.play("ahead", json!({ "seconds": ahead })).await;
    for person in people {
        person.browser.log_in(&person.email, PASSWORD).await;
    }
}

async fn post(app: &TestApp, signature: &str, body: &str) -> Reply {
    let headers = [("stripe-signature", signature), ("content-type", "application/json")];
    app.anonymous().send("POST", "/webhooks/stripe", &headers, body).await
}

/// The number of stored events.
async fn events(app: &TestApp) -> i64 {
    let count =
        |c: &rusqlite::Connection| Ok(c.query_row("SELECT COUNT(*) FROM billing_events", [], |row| row.get(0))?);
    app.app.db.read::<_, wamanager::db::DbError, _>(count).await.unwrap()
}
