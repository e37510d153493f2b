//! Every form of every page, sent wrongly in a real browser. The forms are those that a walk along the links finds, and
//! the table of routes says which a walk must have found.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use totp_rs::{Builder, Secret, Totp};
use wamanager::accounts::{Installation, MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Scope, User};
use wamanager::app::{self, App};
use wamanager::clock::Clock;
use wamanager::db;
use wamanager::web::auth::Access;
use wamanager::web::routes::{Demo, Route, Verb, all};

use super::{ANA, EMAIL, SHOP, Site};
use crate::support::chrome::{Chrome, DESK, ENTER};
use crate::support::{Browser, PASSWORD};

/// Forms that no page shows, or only while something runs or is owed.
const UNSEEN: &[&str] = &[
    // Sent by the page itself, while somebody types, reads or presses a button beside a message.
    "/password-strength",
    "/chats/{chat}/read",
    "/chats/{chat}/typing",
    "/chats/messages/{message}/retry",
    "/demo/phone/{number}/{peer}/typing",
    // While a file is being made, and while a paid plan ends.
    "/settings/account/export/{export}/stop",
    "/settings/billing/keep",
    // After a restore, while something waits for a word.
    "/held/resume",
    "/held/discard",
    "/admin/held/resume",
    "/admin/held/discard",
];

/// Far longer than an answer takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Walks along the links of the pages from `starts`; gives their forms. Pages of one kind are looked at a few times.
const WALK: &str = r#"
    const [starts, follow] = arguments, done = arguments[arguments.length - 1];
    const queue = [...starts], seen = new Set(), kinds = new Map(), forms = [];
    const kind = (url) => url.pathname.replace(/[a-z]+_[0-9a-hjkmnp-tv-z]{20,}/g, "{id}") + "?" + [...url.searchParams.keys()].sort();
    const look = async (path) => {
        const reply = await fetch(path, { headers: { accept: "text/html" } });
        if (!(reply.headers.get("content-type") || "").startsWith("text/html")) return;
        const at = new URL(reply.url);
        if (at.origin !== location.origin) return;
        const doc = new DOMParser().parseFromString(await reply.text(), "text/html");
        doc.querySelectorAll("noscript").forEach((node) => node.remove());
        for (const form of doc.querySelectorAll("form:not([data-operation])")) {
            const method = (form.getAttribute("method") || "get").toLowerCase();
            if (method === "dialog") continue;
            const action = new URL(form.getAttribute("action") || at.href, at).pathname;
            const fields = [...form.elements].filter((f) => f.name && f.type !== "hidden").length;
            forms.push({ page: at.pathname + at.search, method, action, fields });
        }
        if (!follow) return;
        for (const link of doc.querySelectorAll("a[href]")) {
            const to = new URL(link.getAttribute("href"), at);
            if (to.origin === location.origin && !to.pathname.startsWith("/docs/")) queue.push(to.pathname + to.search);
        }
    };
    (async () => {
        while (queue.length) {
            const path = queue.shift();
            if (seen.has(path)) continue;
            seen.add(path);
            const name = kind(new URL(path, location.href));
            kinds.set(name, (kinds.get(name) || 0) + 1);
            if (kinds.get(name) > 8) continue;
            try { await look(path); } catch { /* Another site. */ }
        }
        done(forms);
    })()"#;

/// Fills the form wrongly and sends it; false when the page has no such form.
const SUBMIT: &str = r#"
    const [method, action, how] = arguments;
    const form = [...document.forms].find((f) => (f.getAttribute("method") || "get").toLowerCase() === method
        && new URL(f.getAttribute("action") || location.href, location.href).pathname === action);
    if (!form) return false;
    window.before = true;
    window.replies = 0;
    document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
        // Once the whole page was replaced, its body stands for the form.
        if (ctx.sourceElement === form || !form.isConnected) window.replies += 1;
    });
    form.noValidate = true;
    for (const field of form.elements) {
        if (!field.name) continue;
        if (how === "stale") {
            if (field.name === "csrf") field.value = "of another login";
        } else if (how === "bad" && /select|checkbox|radio/.test(field.type)) continue;
        else if (field.type === "checkbox" || field.type === "radio") field.checked = false;
        else if (field.tagName === "SELECT") field.add(new Option("", how === "empty" ? "" : "nope", true, true));
        else if (field.tagName !== "BUTTON" && field.type !== "hidden") {
            if (field.tagName === "INPUT") field.type = "text";
            field.removeAttribute("maxlength");
            field.value = how === "empty" ? "" : how === "bad" ? "n\u0000<" : "long ".repeat(method === "get" ? 1000 : 15000);
        }
    }
    if (how === "stale") document.body.setAttribute("hx-headers:inherited", '{"X-CSRF-Token":"of another login"}');
    form.requestSubmit();
    return true"#;

const ANSWERED: &str = "document.readyState === 'complete' && (!window.before || window.replies > 0)";

/// What is left of the page.
const VERDICT: &str = r#"
    const seen = (css) => [...document.querySelectorAll(css)].some((e) => e.checkVisibility() && e.innerText.trim());
    return {
        main: seen("main"),
        rail: seen("nav.nav .entry"),
        told: seen(".error, [role=alert], .toast, .fault, .notice"),
        at: (location.pathname + location.search).slice(0, 80),
    }"#;

const AGAIN: &str = r#"
    const done = arguments[arguments.length - 1];
    fetch(location.href, { headers: { accept: "text/html" } }).then((reply) => done(reply.status), () => done(0))"#;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Form {
    method: String,
    action: String,
    page: String,
    fields: u64,
}

/// The walk with what it found.
struct Walk<'a> {
    chrome: &'a Chrome,
    base: String,
    /// Patterns of the table whose forms were sent.
    covered: BTreeSet<&'static str>,
    wrong: Vec<String>,
    sent: u32,
}

impl Walk<'_> {
    async fn forms(&self, starts: &[String], follow: bool) -> Vec<Form> {
        let ask = json!({ "script": WALK, "args": [starts, follow] });
        let Value::Array(found) = self.chrome.ask("/execute/async", ask).await else {
            panic!("the walk gave no list")
        };
        let text = |form: &Value, name: &str| form[name].as_str().unwrap().to_owned();
        // Of each kind of form, one on each of two kinds of page.
        let mut kinds: BTreeMap<String, BTreeMap<String, Form>> = BTreeMap::new();
        for form in &found {
            let form = Form {
                method: text(form, "method"),
                action: text(form, "action"),
                page: text(form, "page"),
                fields: form["fields"].as_u64().unwrap(),
            };
            let pages = kinds
                .entry(format!("{} {}", form.method, kind(&form.action)))
                .or_default();
            let page = kind(form.page.split('?').next().unwrap());
            if pages.len() < 2 {
                pages.entry(page).or_insert(form);
            }
        }
        kinds.into_values().flat_map(BTreeMap::into_values).collect()
    }

    /// Sends the forms of these pages wrongly, in every way.
    async fn send_all(&mut self, starts: &[String], follow: bool, rail: bool) {
        for form in self.forms(starts, follow).await {
            if form.method == "post" {
                let route = route_of(&form.action).unwrap_or_else(|| panic!("{form:?} leads nowhere"));
                self.covered.insert(route.path);
            }
            let ways: &[&str] = match (form.method.as_str(), form.fields, rail) {
                ("get", ..) => &["bad", "long"],
                ("post", 0, true) => &["stale"],
                ("post", 0, false) => &[],
                ("post", _, true) => &["empty", "bad", "long", "stale"],
                _ => &["empty", "bad", "long"],
            };
            for how in ways {
                self.chrome.go(&format!("{}{}", self.base, form.page)).await;
                self.send(&form, how, rail).await;
            }
        }
    }

    /// Sends the form of the page that is open.
    async fn send(&mut self, form: &Form, how: &str, rail: bool) {
        // The pretended phone is a page of its own.
        let phone = form.page.starts_with("/demo/");
        let rail = rail && !phone;
        let what = format!("{} on {}, {how}", form.action, form.page);
        self.chrome.until("document.readyState === 'complete'").await;
        if self.chrome.run(SUBMIT, json!([form.method, form.action, how])).await != true {
            self.wrong.push(format!("{what}: the form is gone"));
            return;
        }
        self.sent += 1;
        if timeout(PATIENCE, self.chrome.until(ANSWERED)).await.is_err() {
            self.wrong.push(format!("{what}: no answer"));
            return;
        }
        let content = how != "stale" && (phone || TAKES_ANYTHING.contains(&form.action.as_str()));
        let must_tell = form.method == "post" && !content;
        let whole = format!(
            "(() => {{ const left = (() => {{ {VERDICT} }})();
            return left.main && left.rail >= {rail} && left.told >= {must_tell}; }})()"
        );
        // What does not come in this time is named below.
        let _ = timeout(PATIENCE, self.chrome.until(&whole)).await;
        let verdict = self.chrome.run(VERDICT, json!([])).await;
        for part in ["main", "rail", "told"] {
            let wanted = match part {
                "rail" => rail,
                "told" => must_tell,
                _ => true,
            };
            if wanted && verdict[part] != true {
                self.wrong.push(format!("{what}: no {part} at {}", verdict["at"]));
            }
        }
        let again = self
            .chrome
            .ask("/execute/async", json!({ "script": AGAIN, "args": [] }))
            .await;
        if again == 405 {
            self.wrong
                .push(format!("{what}: {} cannot be loaded again", verdict["at"]));
        }
    }
}

/// Forms that are content with whatever is in them, or say so by what the page then shows.
const TAKES_ANYTHING: &[&str] = &["/settings/theme", "/verify-email", "/forgot"];

/// The path with ids left out.
fn kind(path: &str) -> String {
    let part = |part: &str| match part.split_once('_') {
        Some((word, id)) if !word.is_empty() && id.len() >= 20 => "{id}".to_owned(),
        _ => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The row of the table that takes a form at this path.
fn route_of(path: &str) -> Option<&'static Route> {
    let fits = |route: &&Route| {
        let (pattern, path): (Vec<_>, Vec<_>) = (route.path.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len() && pattern.iter().zip(&path).all(|(p, s)| p.starts_with('{') || p == s)
    };
    let posts = || all(Demo::On).filter(|route| route.verb == Verb::Post).filter(fits);
    posts().min_by_key(|route| route.parameters().count())
}

/// A world in which every form of every page is to be seen by its owner, who owns the box, too.
async fn furnish(site: &Site, owner: &Browser) -> User {
    let (world, app, scope) = (&site.world, &site.world.app, site.world.scope);
    let user = |email: &str, name: &str| NewUser {
        name: name.into(),
        email: email.into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::User,
    };
    let place = |name: &str| NewWorkspace {
        name: name.into(),
        time_zone: "UTC".into(),
        country: "PT".into(),
    };
    // Other people: a member, an owner of another shop who asks ours to join, and one who was thrown out.
    let agent = app
        .accounts
        .create_user(user("agent@example.com", "Rui"))
        .await
        .unwrap();
    let other = app
        .accounts
        .create_user(user("other@example.com", "Eva"))
        .await
        .unwrap();
    let gone = app.accounts.create_user(user("gone@example.com", "Max")).await.unwrap();
    let home = app.accounts.find_user(EMAIL).await.unwrap();
    let elsewhere = app
        .accounts
        .create_workspace(other.id, place("Elsewhere"))
        .await
        .unwrap();
    let second = app.accounts.create_workspace(home.id, place("Second")).await.unwrap();
    let (flor, agent_id) = (scope.workspace, agent.id);
    let arrange = move |tx: &rusqlite::Transaction<'_>| {
        tx.execute(
            "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, 'agent', 1)",
            rusqlite::params![flor, agent_id],
        )?;
        tx.execute(
            "UPDATE users SET verified_at = NULL WHERE email = 'other@example.com'",
            [],
        )?;
        Ok::<_, db::DbError>(())
    };
    app.db.write(arrange).await.unwrap();
    let asks = Scope::person(elsewhere.id, other.id, MemberRole::Owner);
    app.team.invite(asks, EMAIL, MemberRole::Agent).await.unwrap();
    app.team
        .invite(scope, "invited@example.com", MemberRole::Agent)
        .await
        .unwrap();
    let tour = Installation {
        registration_open: true,
        guest_tour: true,
        guest_workspace: Some(second.id),
        free_workspaces: 2,
    };
    app.accounts.set_installation(scope, None, tour).await.unwrap();

    // Numbers: one that works, one that pauses, one that was never linked.
    let session = world.unlinked().await;
    world.pair(&session, SHOP).await;
    let resting = world.link("351910000200").await;
    app.sessions.pause(scope, &resting).await.unwrap();
    world.unlinked().await;
    site.write(ANA, "Hello").await;

    // Jobs in every state that a person can change, and what else is listed.
    let jobs = |tx: &rusqlite::Transaction<'_>| {
        for (id, state) in [("a", "dead"), ("b", "waiting"), ("c", "running")] {
            let sql = "INSERT INTO jobs (public_id, lane, kind, payload, state, max_attempts, due_at, created_at, lease_until, lease_token)
                       VALUES (?1, 'upkeep', 'mail', '{}', ?2, 3, 32503680000000, 1, 32503680000000, 1)";
            tx.execute(sql, rusqlite::params![format!("job_{}", id.repeat(26)), state])?;
        }
        Ok::<_, db::DbError>(())
    };
    app.db.write(jobs).await.unwrap();
    let plans = owner.get("/admin/plans").await.expect(200);
    let mut plans = plans.body.split("href=\"/admin/plans/plan_").skip(1);
    let mut plan = || format!("plan_{}", plans.next().unwrap().split('"').next().unwrap());
    let (_, dearer, gone_plan) = (plan(), plan(), plan());
    for (path, form) in [
        (
            "/settings/keys".to_owned(),
            vec![("key_name", "Till"), ("account_read", "on")],
        ),
        ("/settings/account/export".to_owned(), vec![]),
        (format!("/admin/users/{}/suspend", gone.public_id), vec![]),
        (format!("/admin/workspaces/{}/suspend", elsewhere.public_id), vec![]),
        (format!("/admin/plans/{gone_plan}/archive"), vec![]),
        (format!("/settings/billing/choose/{dearer}"), vec![]),
    ] {
        let reply = owner.post(&path, &form).await;
        assert!(reply.status < 400, "{path}: {} {}", reply.status, reply.body);
    }
    agent
}

/// The path of the newest link that was written to this address.
async fn link_to(site: &Site, email: &str, part: &str) -> String {
    let mail = &site.world.app.mail;
    for row in mail
        .list(None, None)
        .await
        .unwrap()
        .mails
        .iter()
        .filter(|row| row.to == email)
    {
        let text = mail.get(&row.public_id).await.unwrap().text.unwrap_or_default();
        if let Some(line) = text
            .lines()
            .find(|line| line.starts_with("http") && line.contains(part))
        {
            return line.parse::<url::Url>().unwrap().path().to_owned();
        }
    }
    panic!("nobody wrote a link with {part} to {email}");
}

fn code(page: &str) -> String {
    let secret = page
        .split("<code data-secret>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let totp: Totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret.replace(' ', "")).unwrap())
        .build()
        .unwrap();
    totp.generate(u64::try_from(Clock::System.now().0 / 1_000).unwrap())
        .to_string()
}

const FACTOR: &str = "/settings/security/second-factor";

/// A login of one's own, so that whoever is slowed down for wrong passwords slows nobody else down.
async fn somebody(site: &Site, email: &str) -> Browser {
    let new = NewUser {
        name: "Somebody".into(),
        email: email.into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::User,
    };
    site.world.app.accounts.create_user(new).await.unwrap();
    let browser = Browser::new(&site.url(""));
    browser.log_in(email, PASSWORD).await;
    browser
}

/// Begins to set up the second factor; gives the code that would turn it on.
async fn begin(browser: &Browser) -> String {
    let path = format!("{FACTOR}/begin");
    browser.post(&path, &[("password", PASSWORD)]).await.expect(303);
    code(&browser.get(FACTOR).await.expect(200).body)
}

/// From here on the window is this browser's.
async fn enter(chrome: &Chrome, site: &Site, browser: &Browser) {
    chrome.devtools("Network.clearBrowserCookies", json!({})).await;
    chrome.go(&site.url("/goodbye")).await;
    for name in ["login", "second-factor"] {
        if let Some(value) = browser.cookie(name) {
            let cookie = json!({ "cookie": { "name": name, "value": value, "path": "/" } });
            chrome.ask("/cookie", cookie).await;
        }
    }
}

/// The pages of who is logged out, with the links that were mailed to them.
async fn outside(site: &Site, owner: &Browser) -> Vec<String> {
    let stranger = Browser::new(&site.url(""));
    let registered = [("email", "ada@example.com"), ("password", PASSWORD), ("zone", "UTC")];
    stranger.post("/register", &registered).await.expect(303);
    let forgot = [("email", "agent@example.com")];
    stranger.post("/forgot", &forgot).await.expect(303);
    let change = [("email", "ines.duarte@example.com"), ("current_password", PASSWORD)];
    owner.post("/settings/email", &change).await.expect(303);
    let plain = ["/login", "/register", "/forgot", "/register/sent", "/forgot/sent"];
    let mut pages: Vec<String> = plain.map(ToOwned::to_owned).to_vec();
    pages.push("/verify-email/no-such-link".to_owned());
    for (email, part) in [
        ("ada@example.com", "/verify-email/"),
        ("agent@example.com", "/reset/"),
        ("ines.duarte@example.com", "/change-email/"),
        ("invited@example.com", "/invitations/"),
    ] {
        pages.push(link_to(site, email, part).await);
    }
    pages
}

/// The second factor: half set up, just set up, on, and asked for.
async fn send_factor(walk: &mut Walk<'_>, site: &Site) {
    let (chrome, here) = (walk.chrome, |path: &str| vec![path.to_owned()]);
    let half = somebody(site, "half@example.com").await;
    begin(&half).await;
    enter(chrome, site, &half).await;
    walk.send_all(&here(FACTOR), false, true).await;

    let whole = somebody(site, "whole@example.com").await;
    let code = begin(&whole).await;
    enter(chrome, site, &whole).await;
    chrome.go(&site.url(FACTOR)).await;
    chrome.fill("form[action$='/confirm'] [name=code]", &code).await;
    chrome.press(ENTER).await;
    chrome.until("document.querySelector('[data-recovery]')").await;
    let codes = Form {
        method: "post".into(),
        action: format!("{FACTOR}/codes.txt"),
        page: FACTOR.into(),
        fields: 0,
    };
    walk.send(&codes, "stale", true).await;
    walk.covered.insert("/settings/security/second-factor/codes.txt");
    walk.send_all(&here(FACTOR), false, true).await;

    let asked = somebody(site, "asked@example.com").await;
    let code = begin(&asked).await;
    asked
        .post(&format!("{FACTOR}/confirm"), &[("code", &code)])
        .await
        .expect(200);
    let again = Browser::new(&site.url(""));
    let log_in = [("email", "asked@example.com"), ("password", PASSWORD)];
    again.post("/login", &log_in).await.expect(303);
    enter(chrome, site, &again).await;
    walk.send_all(&here("/login/code"), false, false).await;
}

/// Before there is anybody: a program of its own.
async fn send_set_up(walk: &mut Walk<'_>, site: &Site) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = site.world.config.clone();
    config.data_dir = dir.path().to_owned();
    let fresh = App::open(&config, app::Network::of(&config)).await.unwrap();
    let token = fresh.accounts.offer_setup().await.unwrap().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    walk.base = format!("http://{}", listener.local_addr().unwrap());
    let pages = fresh.serve_pages(&config, listener, Demo::Off, |_| {}).unwrap();
    walk.chrome.go(&walk.base).await;
    walk.send_all(&[format!("/setup/{token}")], false, false).await;
    pages.stop().await;
    fresh.stop().await;
}

#[tokio::test]
async fn every_form_sent_wrongly_leaves_a_page_with_a_word() {
    let site = Site::demo().await;
    let owner = Browser::new(&site.url(""));
    owner.log_in(EMAIL, PASSWORD).await;
    let agent = furnish(&site, &owner).await;
    let Some(chrome) = Chrome::open("every_form_sent_wrongly_leaves_a_page_with_a_word", DESK).await else {
        return site.end().await;
    };
    chrome.ask("/timeouts", json!({ "script": 120_000 })).await;
    let mut walk = Walk {
        chrome: &chrome,
        base: site.url(""),
        covered: BTreeSet::new(),
        wrong: Vec::new(),
        sent: 0,
    };
    let outside = outside(&site, &owner).await;
    send_factor(&mut walk, &site).await;

    // In somebody else's place, with a login that ends there.
    let admin = Browser::new(&site.url(""));
    admin.log_in(EMAIL, PASSWORD).await;
    enter(&chrome, &site, &admin).await;
    chrome.go(&site.url(&format!("/admin/users/{}", agent.public_id))).await;
    chrome.click("form[action$='/impersonate'] button").await;
    chrome
        .until("document.querySelector('form[action=\"/impersonation/stop\"]')")
        .await;
    walk.send_all(&["/settings".to_owned()], false, true).await;

    // As the owner, everywhere.
    enter(&chrome, &site, &owner).await;
    let mut starts: Vec<String> = all(Demo::On)
        .filter(|route| route.verb == Verb::Get && route.access.needs_login() && !route.is_api())
        .filter(|route| route.parameters().next().is_none() && !route.path.ends_with("events"))
        .map(|route| route.path.to_owned())
        .collect();
    starts.push(format!("/demo/phone?number={ANA}&peer={SHOP}"));
    walk.send_all(&starts, true, true).await;

    chrome.devtools("Network.clearBrowserCookies", json!({})).await;
    chrome.go(&site.url("/login")).await;
    walk.send_all(&outside, false, false).await;
    send_set_up(&mut walk, &site).await;

    let asked: BTreeSet<&str> = all(Demo::On)
        .filter(|route| route.verb == Verb::Post && !route.is_api() && route.access != Access::Open)
        .map(|route| route.path)
        .filter(|path| !UNSEEN.contains(path))
        .collect();
    let missed: Vec<_> = asked.difference(&walk.covered).collect();
    let Walk { wrong, sent, .. } = walk;
    println!("{sent} forms sent wrongly");
    assert!(
        missed.is_empty() && wrong.is_empty(),
        "not found: {missed:#?}\nwrong: {wrong:#?}"
    );
    drop(chrome);
    site.end().await;
}
