//! Stripe subscriptions with more lines than the plan's, added by the seller or in the portal.

use serde_json::{Value, json};

use super::stripe_server::{StripeServer, shop, stripe_or_skip};
use super::{billing_page, choose, plan_of, upkeep};
use crate::support::TestApp;

/// Id and price of each line, in their order.
async fn lines(stripe: &StripeServer, subscription: &str) -> Vec<(String, String)> {
    let told = stripe.play("subscription", json!({ "id": subscription })).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |line: &Value| (text(&line["id"]), text(&line["price"]["id"]));
    told["items"]["data"].as_array().unwrap().iter().map(line).collect()
}

/// Sets these prices as the subscription's lines.
async fn set(stripe: &StripeServer, subscription: &str, prices: &[&str]) -> Vec<(String, String)> {
    stripe
        .play("lines", json!({ "id": subscription, "prices": prices }))
        .await;
    stripe.settled().await;
    lines(stripe, subscription).await
}

/// The same lines, with other prices.
fn repriced(lines: &[(String, String)], prices: [&str; 2]) -> Vec<(String, String)> {
    let ids = lines.iter().map(|(id, _)| id.clone());
    ids.zip(prices.map(str::to_owned)).collect()
}

#[tokio::test]
async fn an_upgrade_in_the_portal_is_granted_wherever_the_plans_line_stands() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let subscription = stripe.pay(&ada).await;
    set(&stripe, &subscription, &["price_support", "price_pro"]).await;
    assert_eq!(plan_of(&app, &ada).await, "pro");
    set(&stripe, &subscription, &["price_support", "price_business"]).await;
    assert_eq!(plan_of(&app, &ada).await, "business");
    assert!(billing_page(&ada).await.contains("$49.00 a month"));
    set(&stripe, &subscription, &["price_pro", "price_support"]).await;
    assert_eq!(plan_of(&app, &ada).await, "pro");
    app.stop().await;
}

#[tokio::test]
async fn another_plan_reprices_the_plans_own_line_and_no_other() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let subscription = stripe.pay(&ada).await;
    let began = set(&stripe, &subscription, &["price_support", "price_pro"]).await;

    choose(&app, &ada, "business").await.expect(303);
    stripe.settled().await;
    let up = repriced(&began, ["price_support", "price_business"]);
    assert_eq!(lines(&stripe, &subscription).await, up);
    assert_eq!(plan_of(&app, &ada).await, "business");

    choose(&app, &ada, "pro").await.expect(303);
    stripe.settled().await;
    upkeep(&app).await;
    assert_eq!(lines(&stripe, &subscription).await, began);
    assert_eq!(plan_of(&app, &ada).await, "business");
    ada.browser.post("/settings/billing/keep", &[]).await.expect(303);
    stripe.settled().await;
    assert_eq!(lines(&stripe, &subscription).await, up);
    app.stop().await;
}

#[tokio::test]
async fn a_line_with_a_former_price_is_still_the_plans_line() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "pro").await.expect(303);
    let subscription = stripe.pay(&ada).await;
    let began = set(&stripe, &subscription, &["price_support", "price_pro"]).await;
    // New subscribers pay more; existing ones keep the price.
    let dearer = |draft: &mut wamanager::plans::PlanDraft| draft.stripe_price = Some("price_pro_2027".to_owned());
    super::stripe_server::sell(&app, "pro", dearer).await;
    set(&stripe, &subscription, &["price_support", "price_pro"]).await;
    assert_eq!(plan_of(&app, &ada).await, "pro");

    choose(&app, &ada, "business").await.expect(303);
    stripe.settled().await;
    let up = repriced(&began, ["price_support", "price_business"]);
    assert_eq!(lines(&stripe, &subscription).await, up);
    assert_eq!(plan_of(&app, &ada).await, "business");
    app.stop().await;
}

#[tokio::test]
async fn of_two_plans_in_one_subscription_the_dearer_counts_and_the_administrator_is_notified_once() {
    let stripe = stripe_or_skip!();
    let app = shop(&stripe).await;
    let (admin, ada) = (app.admin().await, app.owner("Ada").await);
    choose(&app, &ada, "pro").await.expect(303);
    let subscription = stripe.pay(&ada).await;
    for _ in 0..2 {
        set(
            &stripe,
            &subscription,
            &["price_pro", "price_support", "price_business"],
        )
        .await;
        assert_eq!(plan_of(&app, &ada).await, "business");
    }
    let told = async |app: &TestApp| {
        let emails = app.emails_to("admin@example.com").await;
        emails
            .iter()
            .filter(|email| email.subject == "Ada is charged for two plans")
            .count()
    };
    assert_eq!(told(&app).await, 1);
    let path = format!("/admin/workspaces/{}", ada.workspace.public_id);
    let said = "charges for Business and for Pro";
    assert!(admin.get(&path).await.expect(200).body.contains(said));

    set(&stripe, &subscription, &["price_support", "price_business"]).await;
    assert_eq!(plan_of(&app, &ada).await, "business");
    assert!(!admin.get(&path).await.expect(200).body.contains(said));
    assert_eq!(told(&app).await, 1);
    app.stop().await;
}
