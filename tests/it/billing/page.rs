//! The page of the plan: what a workspace is on, uses and pays, each shown once.

use wamanager::accounts::MemberRole;
use wamanager::audit::Admin;
use wamanager::operator::{self, command};
use wamanager::plans::Limit;

use super::stripe_server::shop_at;
use super::{billing_page, choose, plan, plan_of};
use crate::support::TestApp;
use crate::support::app::Person;

const NOBODY: &str = "http://127.0.0.1:9/";

/// The part of the page about the plan in force.
fn standing(page: &str) -> &str {
    let begin = page.find("id=\"billing-plan\"").expect("the plan in force");
    let end = page[begin..].find("</section>").unwrap();
    &page[begin..begin + end]
}

async fn given(app: &TestApp, person: &Person, code: &str) {
    let (home, plan) = (&person.workspace.public_id, plan(app, code).await);
    app.app.plans.assign(Admin::operator(), home, &plan).await.unwrap();
    app.settle().await;
}

#[tokio::test]
async fn a_plan_without_a_subscription_shows_no_price() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let page = billing_page(&ada).await;
    let free = standing(&page);
    assert!(
        free.contains("Free of charge") && !free.contains("No subscription"),
        "{free}"
    );
    // Set by the command line or an upgrade: there is a plan without a subscription.
    given(&app, &ada, "business").await;
    let page = billing_page(&ada).await;
    let told = standing(&page);
    assert!(told.contains("Set by the administrator"), "{told}");
    for wrong in ["No subscription", "$49.00", "no paid plan"] {
        assert!(!told.contains(wrong), "{wrong:?} in {told}");
    }
    // By hand with a subscription: the same text.
    let business = plan(&app, "business").await;
    let home = &ada.workspace.public_id;
    app.app
        .billing
        .set_manual(Admin::operator(), home, &business, None)
        .await
        .unwrap();
    let page = billing_page(&ada).await;
    let told = standing(&page);
    assert!(
        told.contains("Set by the administrator") && !told.contains("$49.00"),
        "{told}"
    );
    app.stop().await;
}

#[tokio::test]
async fn there_is_one_page_with_one_list_of_plans_and_numbers_and_prices_are_written_one_way() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let old = ada.browser.get("/settings/plan").await;
    assert_eq!((old.status, old.header("location")), (308, "/settings/billing"));
    given(&app, &ada, "business").await;
    let page = billing_page(&ada).await;
    for text in [
        "0 of 1,000",
        "1,000 messages a day",
        "$19.00 a month",
        "Messages in the last 30 days",
    ] {
        assert!(page.contains(text), "no {text:?}");
    }
    for text in ["1000 ", "USD", "/settings/plan"] {
        assert!(!page.contains(text), "{text:?} in {page}");
    }
    let pro = format!("/settings/billing/choose/{}", plan(&app, "pro").await);
    assert_eq!(page.matches(&pro).count(), 1, "one list of plans");
    // The current plan's card has a footer like the others.
    let cards: Vec<_> = page.split("<article").skip(1).collect();
    assert_eq!(cards.len(), 3);
    assert!(
        cards
            .iter()
            .all(|card| card.contains("class=\"button\"") || card.contains("class=\"button "))
    );
    app.stop().await;
}

#[tokio::test]
async fn a_member_who_may_not_choose_sees_plan_and_usage_but_no_payments() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let agent = app.member(&ada.workspace, MemberRole::Agent).await;
    let page = agent.browser.get("/settings/billing").await.expect(200).body;
    assert!(page.contains("0 of 50") && page.contains("A workspace owner"));
    for wrong in ["/settings/billing/choose/", "Invoices", "Withdraw"] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_granted_plan_is_given_up_without_a_request() {
    let app = TestApp::new().await;
    app.admin().await;
    let ada = app.owner("Ada").await;
    given(&app, &ada, "business").await;
    let path = format!("/settings/billing/choose/{}", plan(&app, "free").await);
    let page = ada.browser.get(&path).await.expect(200).body;
    assert!(!page.contains("Ask the administrator"), "{page}");
    choose(&app, &ada, "free").await.expect(303);
    app.settle().await;
    assert_eq!(plan_of(&app, &ada).await, "free");
    assert!(app.app.billing.requests(Admin::operator()).await.unwrap().is_empty());
    assert!(app.emails_to("admin@example.com").await.is_empty());
    assert!(!billing_page(&ada).await.contains("Requested"));
    app.stop().await;
}

#[tokio::test]
async fn a_refused_choice_answers_with_a_page_or_a_fragment_as_requested() {
    let app = shop_at(NOBODY).await;
    let ada = app.owner("Ada").await;
    let path = format!("/settings/billing/choose/{}", plan(&app, "pro").await);
    let csrf = ada.browser.csrf();
    for (kind, whole) in [("full", true), ("partial", false)] {
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("hx-request", "true"),
            ("hx-request-type", kind),
        ];
        let reply = ada.browser.post_raw(&path, &[("csrf", csrf.as_str())], &headers).await;
        assert_eq!(reply.status, 422, "{}", reply.body);
        assert!(reply.body.contains("cannot be reached"), "{}", reply.body);
        assert_eq!(reply.body.contains("<main"), whole, "{kind}: {}", reply.body);
    }
    app.stop().await;
}

#[tokio::test]
async fn no_page_offers_a_feature_that_is_not_built() {
    let app = TestApp::new().await;
    let (admin, shop) = (app.admin().await, app.owner("Shop").await);
    let business = app.app.plans.find("business").await.unwrap();
    given(&app, &shop, "business").await;
    let unbuilt = [
        "ampaign",
        "hatbot",
        "Webhooks",
        "webhooks",
        "riority support",
        "priority_support",
        "verything there is",
    ];
    let free = app.app.plans.find("free").await.unwrap();
    for (browser, path) in [
        (&shop.browser, "/settings/billing".to_owned()),
        (&shop.browser, format!("/settings/billing/choose/{}", free.public_id)),
        (&shop.browser, "/settings/keys".to_owned()),
        (&shop.browser, "/v1/plans".to_owned()),
        (&app.anonymous(), "/register".to_owned()),
        (&admin, "/admin/plans".to_owned()),
        (&admin, "/admin/plans/new".to_owned()),
        (&admin, format!("/admin/plans/{}", business.public_id)),
        (&admin, format!("/admin/workspaces/{}", shop.workspace.public_id)),
    ] {
        let page = browser.get(&path).await.expect(200).body;
        for word in unbuilt {
            assert!(!page.contains(word), "{path} speaks of {word:?}");
        }
    }
    let (news, _heard) = tokio::sync::mpsc::channel(1);
    let list = command(&["plan", "list"]).unwrap().into();
    let result = operator::handle(&app.app, &list, &news)
        .await
        .expect("the list of plans")
        .result;
    for word in unbuilt {
        assert!(
            !result.to_string().contains(word),
            "the command line speaks of {word:?}: {result}"
        );
    }
    // Features that a row reserves for later survive an edit of its plan.
    let form = [
        ("name", "Business"),
        ("price", "49"),
        ("currency", "USD"),
        ("interval", "month"),
        ("seats", "50"),
        ("api", "on"),
    ];
    admin
        .post(&format!("/admin/plans/{}", business.public_id), &form)
        .await
        .expect(303);
    let edited = app.app.plans.find("business").await.unwrap();
    assert_eq!(
        (edited.limits.seats, edited.features.len()),
        (Limit::Of(50), business.features.len())
    );
    let edit = command(&["plan", "edit", "business", "--feature", "campaigns"])
        .unwrap()
        .into();
    let refused = operator::handle(&app.app, &edit, &news).await;
    assert!(refused.is_err_and(|failure| failure.message.contains("is not a feature")));
    app.stop().await;
}
