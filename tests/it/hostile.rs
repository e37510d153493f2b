//! Every form and every route that takes one, with missing, overlong, wrong, duplicate and hostile values.

use std::collections::{BTreeSet, HashMap};

use wamanager::accounts::{MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Scope};
use wamanager::audit::Admin;
use wamanager::ids::PublicId;
use wamanager::site::routes::{Demo, Route, Verb, all};

use crate::support::app::{PASSWORD, Person};
use crate::support::hostile::{self, Form, Value, assert_harmless, forms_in};
use crate::support::{Browser, TestApp};
use crate::walk::{FIELDS, path_of, unknown};

/// A program with a user who may do everything, logged in again whenever a form has logged them out.
struct Stage {
    app: TestApp,
    browser: Browser,
    /// Ids of things in the person's workspace, by parameter name.
    own: HashMap<&'static str, PublicId>,
    made: u32,
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let browser = app.anonymous();
        let mut stage = Self::before(app, browser);
        stage.enter().await;
        stage
    }

    /// A program where nobody is logged in yet.
    fn before(app: TestApp, browser: Browser) -> Self {
        let own = HashMap::new();
        Self {
            app,
            browser,
            own,
            made: 0,
        }
    }

    /// An administrator who owns a workspace, new each time: the one before may have been deleted.
    async fn enter(&mut self) {
        self.made += 1;
        let email = format!("all-powerful-{}@example.com", self.made);
        let user = NewUser {
            name: "Owner".into(),
            email: email.clone(),
            password: Password::new(PASSWORD),
            platform_role: PlatformRole::Admin,
        };
        let user = self.app.accounts.create_user(Admin::operator(), user).await.unwrap();
        let shop = NewWorkspace {
            name: "Shop".into(),
            time_zone: "UTC".into(),
            country: "DE".into(),
        };
        let workspace = self
            .app
            .accounts
            .create_workspace(Admin::operator(), user.id, shop)
            .await
            .unwrap();
        self.browser = self.app.anonymous();
        self.browser.log_in(&email, PASSWORD).await;
        let person = Person {
            browser: self.browser.clone(),
            scope: Scope::person(workspace.id, user.id, MemberRole::Owner),
            workspace,
            email,
        };
        self.own = self.app.one_of_each(&person).await;
    }

    /// The route's path with known ids of the person.
    fn path(&self, route: &Route) -> String {
        path_of(route, &|name: &str| {
            self.own.get(name).map_or_else(|| unknown(name), ToString::to_string)
        })
    }

    async fn stay_in(&mut self) {
        if self.browser.get("/settings").await.status != 200 {
            self.enter().await;
        }
    }

    /// Every hostile value in every field, one at a time.
    async fn attack(&mut self, form: &Form) -> usize {
        let mut sent = 0;
        for field in &form.fields {
            for value in hostile::values() {
                self.send(form, &[field], &value).await;
                sent += 1;
            }
            self.stay_in().await;
        }
        sent
    }

    async fn send(&self, form: &Form, fields: &[&str], value: &Value) {
        let reply = hostile::send(&self.browser, form, fields, value, FIELDS).await;
        let what = match value {
            Value::Missing => "missing".to_owned(),
            Value::Twice => "twice".to_owned(),
            Value::NoText => "no text".to_owned(),
            Value::Text(text) => text.chars().take(40).collect(),
        };
        assert_harmless(&reply, &format!("{} {fields:?} {what:?}", form.action));
    }
}

#[tokio::test]
async fn hostile_input_makes_no_route_fail() {
    let mut stage = Stage::new().await;
    let fields: Vec<String> = FIELDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut walked = 0;
    for route in all(Demo::Off).filter(|route| route.verb == Verb::Post) {
        let form = Form {
            action: stage.path(route),
            fields: fields.clone(),
        };
        let names: Vec<&str> = fields.iter().map(String::as_str).collect();
        for value in hostile::values() {
            stage.send(&form, &names, &value).await;
        }
        stage.stay_in().await;
        walked += 1;
    }
    assert!(walked >= 20, "the table has too few routes");
}

#[tokio::test]
async fn hostile_input_makes_no_form_fail() {
    let mut stage = Stage::new().await;
    let mut forms = BTreeSet::new();
    for route in all(Demo::Off).filter(|route| route.verb == Verb::Get) {
        // Streams do not end, and files contain no forms.
        if route.path == "/events" || route.path.starts_with("/v1") || route.path.contains('.') {
            continue;
        }
        let path = stage.path(route);
        for browser in [&stage.browser, &stage.app.anonymous()] {
            forms.extend(forms_in(&browser.get(&path).await.body));
        }
    }
    forms.retain(|form| form.action != "/logout");
    let known: BTreeSet<&str> = forms.iter().map(|form| form.action.as_str()).collect();
    for expected in [
        "/login",
        "/register",
        "/forgot",
        "/settings/profile",
        "/settings/email",
        "/settings/password",
    ] {
        assert!(known.contains(expected), "{expected} is not among {known:?}");
    }
    let mut sent = 0;
    for form in &forms {
        sent += stage.attack(form).await;
    }
    println!("{sent} requests for {} forms: {known:?}", forms.len());
    assert!(sent > 500, "only {sent} requests for {} forms", forms.len());
}

#[tokio::test]
async fn hostile_input_makes_no_form_behind_a_mailed_link_fail() {
    let mut stage = Stage::new().await;
    let owner = stage.app.owner("Mailed").await;
    let anonymous = stage.app.anonymous();
    anonymous.post("/forgot", &[("email", &owner.email)]).await.expect(303);
    stage.app.settle().await;
    let emails = stage.app.emails_to(&owner.email).await;
    let link = emails.last().unwrap().link();
    let page = anonymous.get(&link).await.expect(200).body;
    let forms = forms_in(&page);
    assert!(!forms.is_empty(), "{page}");
    for form in &forms {
        stage.attack(form).await;
    }
}

#[tokio::test]
async fn hostile_input_does_not_make_the_set_up_form_fail() {
    let app = TestApp::new().await;
    let token = app.accounts.offer_setup().await.unwrap().unwrap();
    let browser = app.anonymous();
    let page = browser.get(&format!("/setup/{token}")).await.expect(200).body;
    let mut stage = Stage::before(app, browser);
    let form = forms_in(&page).into_iter().next().unwrap();
    assert!(form.fields.len() >= 6, "{form:?}");
    for field in &form.fields {
        for value in hostile::values() {
            stage.send(&form, &[field], &value).await;
        }
    }
    stage.enter().await;
}
