//! Follows the links, and submits each form with invalid input.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use wamanager::site::routes::{Demo, Route, Verb, all};

use crate::support::chrome::Chrome;

/// Far longer than a reply takes.
const PATIENCE: Duration = Duration::from_secs(25);

/// Follows the links of the pages from `starts` and returns their forms. Only a few pages of each kind are visited.
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
            if (kinds.get(name) > 40) continue;
            try { await look(path); } catch { /* Another site. */ }
        }
        done(forms);
    })()"#;

/// Fills the form with invalid input and submits it; false when the page has no such form.
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
    // A toast goes by itself; on a busy machine it may be gone before anybody looks.
    const told = () => [...document.querySelectorAll(".error, [role=alert], .toast, .fault, .notice")]
        .some((e) => e.checkVisibility() && e.innerText.trim());
    new MutationObserver(() => { window.told ||= told(); })
        .observe(document.documentElement, { subtree: true, childList: true, attributes: true });
    form.noValidate = true;
    const types = [...form.elements].filter((f) => f.name && f.type !== "hidden").map((f) => f.type);
    const chosen = types.every((type) => /select|checkbox|radio|button|submit/.test(type));
    for (const field of form.elements) {
        if (!field.name) continue;
        if (how === "stale") {
            if (field.name === "csrf") field.value = "of another login";
        } else if (how === "bad" && !chosen && /select|checkbox|radio/.test(field.type)) continue;
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

/// The state of the page afterwards.
const VERDICT: &str = r#"
    const seen = (css) => [...document.querySelectorAll(css)].some((e) => e.checkVisibility() && e.innerText.trim());
    return {
        main: seen("main"),
        rail: seen("nav.nav .entry"),
        told: Boolean(window.told) || seen(".error, [role=alert], .toast, .fault, .notice"),
        at: (location.pathname + location.search).slice(0, 80),
    }"#;

const AGAIN: &str = r#"
    const done = arguments[arguments.length - 1];
    fetch(location.href, { headers: { accept: "text/html" } }).then((reply) => done(reply.status), () => done(0))"#;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Form {
    pub method: String,
    pub action: String,
    pub page: String,
    pub fields: u64,
}

/// The walk and its results.
pub struct Walk<'a> {
    pub chrome: &'a Chrome,
    pub base: String,
    /// Route patterns whose forms were sent.
    pub covered: BTreeSet<&'static str>,
    pub wrong: Vec<String>,
    pub sent: u32,
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

    /// Submits the forms of these pages with every kind of invalid input.
    pub async fn send_all(&mut self, starts: &[String], follow: bool, rail: bool) {
        for form in self.forms(starts, follow).await {
            if form.method == "post" {
                let route = route_of(&form.action).unwrap_or_else(|| panic!("{form:?} leads nowhere"));
                self.covered.insert(route.path);
            }
            // Gone once the chat has been opened.
            if kind(&form.action) == "/chats/{id}/read" {
                continue;
            }
            let ways: &[&str] = match (form.method.as_str(), form.fields, rail) {
                ("get", ..) => &["bad", "long"],
                ("post", 0, true) => &["stale"],
                ("post", 0, false) => &[],
                // Only the page asks for the name.
                ("post", ..) if kind(&form.action) == "/settings/keys/{id}/revoke" => &["stale"],
                ("post", _, true) => &["empty", "bad", "long", "stale"],
                _ => &["empty", "bad", "long"],
            };
            for how in ways {
                self.chrome.go(&format!("{}{}", self.base, form.page)).await;
                self.send(&form, how, rail).await;
            }
        }
    }

    /// Submits the form of the open page.
    pub async fn send(&mut self, form: &Form, how: &str, rail: bool) {
        // The simulated phone has a page without the frame.
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
        // A message accepts any text, unless it is empty, and so does a note.
        let words = ["/chats/{id}/messages", "/chats/{id}/notes", "/chats/notes/{id}/edit"];
        let message = how == "bad" && words.contains(&kind(&form.action).as_str());
        let content = how != "stale" && (phone || message || TAKES_ANYTHING.contains(&form.action.as_str()));
        let must_tell = form.method == "post" && !content;
        let whole = format!(
            "(() => {{ const left = (() => {{ {VERDICT} }})();
            return left.main && left.rail >= {rail} && left.told >= {must_tell}; }})()"
        );
        // A timeout is reported below.
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

/// Forms that accept any input, or report errors only on the next page.
const TAKES_ANYTHING: &[&str] = &["/settings/theme", "/verify-email", "/forgot"];

/// The path without ids.
fn kind(path: &str) -> String {
    let part = |part: &str| match part.split_once('_') {
        Some((word, id)) if !word.is_empty() && id.len() >= 20 => "{id}".to_owned(),
        _ => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The row of the table for a form at this path.
fn route_of(path: &str) -> Option<&'static Route> {
    let fits = |route: &&Route| {
        let (pattern, path): (Vec<_>, Vec<_>) = (route.path.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len() && pattern.iter().zip(&path).all(|(p, s)| p.starts_with('{') || p == s)
    };
    let posts = || all(Demo::On).filter(|route| route.verb == Verb::Post).filter(fits);
    posts().min_by_key(|route| route.parameters().count())
}
