//! localstripe, an independent Stripe, as a process; what it lacks is added in `tests/tools/stripe_stand_in.py`.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use wamanager::audit::Admin;
use wamanager::config::{BillingConfig, Secret, StripeConfig};
use wamanager::plans::PlanDraft;

use crate::support::app::Person;
use crate::support::{Browser, Reply, TestApp, skip};

pub const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

pub struct StripeServer {
    child: Child,
    pub url: String,
    browser: Browser,
}

impl Drop for StripeServer {
    fn drop(&mut self) {
        // It ends with its input; a process that has ended already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the tests' Python packages are.
fn python() -> Option<PathBuf> {
    let bin = std::env::var_os("PYTHON_TOOLS").map_or_else(|| "tests/tools/.venv/bin".into(), PathBuf::from);
    let python = bin.join("python");
    python.exists().then_some(python)
}

impl StripeServer {
    /// `None` where it cannot run, which is reported.
    pub async fn start() -> Option<Self> {
        let Some(python) = python() else {
            skip(
                "paying by Stripe",
                "the Python packages of tests/tools are not installed",
            );
            return None;
        };
        let mut child = Command::new(python)
            .arg("tests/tools/stripe_stand_in.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).expect("the stand-in says where it listens");
        let url = told["url"].as_str().unwrap().to_owned();
        let server = Self {
            browser: Browser::new(&url),
            child,
            url,
        };
        server
            .api(
                "/v1/products",
                &[("id", "prod_wa"), ("name", "WA"), ("type", "service")],
            )
            .await;
        for (id, amount) in [
            ("price_pro", "1900"),
            ("price_business", "4900"),
            // What a seller adds to a subscription besides the plan.
            ("price_support", "9900"),
        ] {
            let plan = [
                ("id", id),
                ("amount", amount),
                ("currency", "usd"),
                ("interval", "month"),
            ];
            server
                .api("/v1/plans", &[&plan[..], &[("product", "prod_wa")]].concat())
                .await;
        }
        Some(server)
    }

    /// A call by the seller, as from Stripe's dashboard.
    async fn api(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let authorized = [("authorization", "Bearer sk_test_tests")];
        self.browser.post_raw(path, form, &authorized).await.expect(200)
    }

    /// An event caused by the buyer, the bank or the clock.
    pub async fn play(&self, deed: &str, with: Value) -> Value {
        let json = [("content-type", "application/json")];
        let path = format!("/_config/test/{deed}");
        self.browser
            .send("POST", &path, &json, &with.to_string())
            .await
            .expect(200)
            .json()
    }

    /// Returns once no webhook is in flight, with the results.
    pub async fn idle(&self) -> Vec<String> {
        let told = self.browser.get("/_config/idle").await.expect(200).json();
        let all = told["delivered"].as_array().unwrap().iter();
        all.map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    /// Sends webhooks to the program from now on.
    pub async fn tell(&self, app: &TestApp) {
        self.idle().await;
        let url = format!("{}/webhooks/stripe", app.base);
        let form = [("url", url.as_str()), ("secret", WEBHOOK_SECRET)];
        self.browser
            .post_raw("/_config/webhooks/tests", &form, &[])
            .await
            .expect(200);
    }

    /// Loses webhooks from now on.
    pub async fn tell_nobody(&self) {
        self.idle().await;
        let form = [("url", "http://127.0.0.1:9/"), ("secret", "none")];
        self.browser
            .post_raw("/_config/webhooks/tests", &form, &[])
            .await
            .expect(200);
    }

    /// The buyer pays on the page that the program linked to; returns the subscription's id.
    pub async fn pay(&self, person: &Person) -> String {
        let page = person.browser.get("/settings/billing/pay").await.expect(200);
        let checkout = page.link_with("/c/pay/");
        assert!(checkout.starts_with(&self.url), "{checkout}");
        let session = checkout.rsplit('/').next().unwrap();
        let paid = self.play("pay", json!({ "session": session })).await;
        self.settled().await;
        paid["subscription"].as_str().unwrap().to_owned()
    }

    /// Waits until all webhooks were delivered and accepted.
    pub async fn settled(&self) {
        for told in self.idle().await {
            assert!(told.ends_with("successfully delivered"), "{told}");
        }
    }

    /// The ids of events of this kind.
    pub async fn events(&self, kind: &str) -> Vec<String> {
        let told = self.play("events", json!({ "kind": kind })).await;
        let all = told["events"].as_array().unwrap().iter();
        all.map(|id| id.as_str().unwrap().to_owned()).collect()
    }
}

macro_rules! stripe_or_skip {
    () => {
        match $crate::billing::stripe_server::StripeServer::start().await {
            Some(stripe) => stripe,
            None => return,
        }
    };
}
pub(super) use stripe_or_skip;

/// A program that sells its plans through this Stripe.
pub async fn shop(stripe: &StripeServer) -> TestApp {
    let app = shop_at(&stripe.url).await;
    stripe.tell(&app).await;
    app
}

/// A program that sells its plans through the Stripe at this address.
pub async fn shop_at(url: &str) -> TestApp {
    let app = TestApp::with_billing(BillingConfig {
        stripe: Some(StripeConfig {
            secret_key: Secret::new("sk_test_tests"),
            webhook_secret: Secret::new(WEBHOOK_SECRET),
            api_url: url.parse().unwrap(),
        }),
        razorpay: None,
        grace_days: 7,
    })
    .await;
    for (code, price) in [("pro", "price_pro"), ("business", "price_business")] {
        sell(&app, code, |draft| draft.stripe_price = Some(price.to_owned())).await;
    }
    app
}

/// Sets a plan's price at a provider, as an administrator does.
pub async fn sell(app: &TestApp, code: &str, price: impl FnOnce(&mut PlanDraft)) {
    let plan = app.app.plans.find(code).await.unwrap();
    let mut draft = PlanDraft {
        code: plan.code,
        name: plan.name,
        description: plan.description,
        price_minor: plan.price_minor,
        currency: plan.currency,
        interval: plan.interval,
        limits: plan.limits,
        features: plan.features,
        stripe_price: plan.stripe_price,
        razorpay_plan: plan.razorpay_plan,
    };
    price(&mut draft);
    app.app
        .plans
        .edit(Admin::operator(), &plan.public_id, draft)
        .await
        .unwrap();
}
