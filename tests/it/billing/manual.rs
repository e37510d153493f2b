//! Without a payment provider, the administrator assigns plans by hand.

use std::time::Duration;

use wamanager::audit::Admin;

use super::{billing_page, choose, plan, plan_of, times, upkeep};
use crate::support::TestApp;

#[tokio::test]
async fn a_chosen_plan_is_requested_from_the_administrator_who_grants_it() {
    let app = TestApp::new().await;
    app.admin().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    for _ in 0..2 {
        choose(&app, &ada, "pro").await.expect(303);
    }
    assert_eq!(plan_of(&app, &ada).await, "free");
    assert!(billing_page(&ada).await.contains("Requested"));
    let asked = app.app.billing.requests(Admin::operator()).await.unwrap();
    let found: Vec<_> = asked
        .iter()
        .map(|r| (r.workspace_name.as_str(), r.plan_name.as_str()))
        .collect();
    assert_eq!(found, [("Ada", "Pro")]);
    // Requested twice, notified once.
    let admin = admin_address(&app).await;
    let emails = app.emails_to(&admin).await;
    assert_eq!(
        emails
            .iter()
            .filter(|email| email.subject == "Ada asks to switch to Pro")
            .count(),
        1,
        "{emails:?}"
    );

    let (pro, until) = (
        plan(&app, "pro").await,
        app.clock.now().plus(Duration::from_secs(30 * 86_400)),
    );
    app.app
        .billing
        .set_manual(Admin::operator(), &ada.workspace.public_id, &pro, Some(until))
        .await
        .unwrap();
    assert_eq!(
        (plan_of(&app, &ada).await.as_str(), plan_of(&app, &bob).await.as_str()),
        ("pro", "free")
    );
    assert!(app.app.billing.requests(Admin::operator()).await.unwrap().is_empty());
    assert!(billing_page(&ada).await.contains("Set by the administrator"));
    assert_eq!(times(&app, &ada, "plan.granted").await, 1);
    // Nothing was bought: the request was recorded as what it is.
    assert_eq!(times(&app, &ada, "billing.checkout_started").await, 0);
    assert!(times(&app, &ada, "billing.plan_asked").await > 0);

    app.clock.advance(Duration::from_secs(30 * 86_400));
    upkeep(&app).await;
    assert_eq!(plan_of(&app, &ada).await, "free");
    app.stop().await;
}

#[tokio::test]
async fn a_request_can_be_withdrawn() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    choose(&app, &ada, "business").await.expect(303);
    ada.browser.post("/settings/billing/withdraw", &[]).await.expect(303);
    assert!(app.app.billing.requests(Admin::operator()).await.unwrap().is_empty());
    assert!(!billing_page(&ada).await.contains("Requested"));
    app.stop().await;
}

#[tokio::test]
async fn invoices_come_in_pages_and_belong_to_one_workspace() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let workspace = ada.workspace.id;
    let fill = move |tx: &rusqlite::Transaction<'_>| {
        for number in 0..25 {
            let sql = "INSERT INTO invoices (public_id, workspace_id, provider, provider_id, number, amount_minor,
                                             currency, status, hosted_url, issued_at, heard_at)
                       VALUES (?1, ?2, 'stripe', ?1, ?3, 1900, 'USD', 'paid', 'https://invoice.stripe.example/i', ?4, 1)";
            let (id, name) = (wamanager::ids::PublicId::new("bill"), format!("No-{number:02}"));
            // Two per day, so that the time alone does not determine the order.
            tx.execute(sql, rusqlite::params![id, workspace, name, (number / 2) * 86_400_000])?;
        }
        Ok::<_, wamanager::db::DbError>(())
    };
    app.app.db.write(fill).await.unwrap();
    let first = ada.browser.get("/settings/billing").await.expect(200);
    let second = ada.browser.get(&first.link_with("cursor=")).await.expect(200);
    let shown = |body: &str| {
        (0..25)
            .filter(|n| body.contains(&format!("No-{n:02}<")))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (shown(&first.body), shown(&second.body)),
        ((5..25).collect(), (0..5).collect())
    );

    let invoice = first.link_with("/settings/billing/invoices/");
    let reply = ada.browser.get(&invoice).await.expect(303);
    assert_eq!(reply.header("location"), "https://invoice.stripe.example/i");
    bob.browser.get(&invoice).await.expect(404);
    bob.browser.get(&first.link_with("cursor=")).await.expect(404);
    app.stop().await;
}

async fn admin_address(app: &TestApp) -> String {
    let users = app.accounts.list_users(Admin::operator()).await.unwrap();
    let admin = users
        .into_iter()
        .find(|user| user.platform_role == wamanager::accounts::PlatformRole::Admin);
    admin.unwrap().email.to_string()
}
