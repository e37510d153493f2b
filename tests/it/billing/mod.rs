//! Paying for plans: providers are called over real HTTP and send real signed webhooks.

mod lines;
mod manual;
mod page;
mod razorpay;
mod razorpay_server;
mod stripe;
mod stripe_server;

pub use stripe_server::sell;

use wamanager::audit::{Act, Filter, Reader};
use wamanager::billing::Upkeep;
use wamanager::ids::PublicId;

use crate::support::TestApp;
use crate::support::app::Person;

/// The public id of the plan with this code.
async fn plan(app: &TestApp, code: &str) -> PublicId {
    app.app.plans.find(code).await.unwrap().public_id
}

/// The code of the plan in force for the person's workspace.
async fn plan_of(app: &TestApp, person: &Person) -> String {
    app.app.plans.plan(person.scope).await.unwrap().code
}

async fn choose(app: &TestApp, person: &Person, code: &str) -> crate::support::Reply {
    let path = format!("/settings/billing/choose/{}", plan(app, code).await);
    person.browser.post(&path, &[]).await
}

/// Runs what the schedule does every few minutes.
async fn upkeep(app: &TestApp) {
    Upkeep::enqueue(app.app.jobs.clone()).await.unwrap();
    app.settle().await;
}

async fn billing_page(person: &Person) -> String {
    person.browser.get("/settings/billing").await.expect(200).body
}

/// The acts in the workspace's log, newest first.
async fn acts(app: &TestApp, person: &Person) -> Vec<String> {
    let reader = Reader::Workspace(person.scope.workspace);
    let page = app.app.audit.page(reader, Filter::default(), None, 200).await.unwrap();
    page.rows.iter().map(|act: &Act| act.action.word().to_owned()).collect()
}

/// How often the act is in the log.
async fn times(app: &TestApp, person: &Person, act: &str) -> usize {
    acts(app, person).await.iter().filter(|found| *found == act).count()
}

/// HMAC-SHA256 in hex.
pub fn sign(secret: &str, text: &str) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
