//! Malicious and malformed input.

use std::collections::BTreeSet;

use super::{Browser, Reply};

/// Must never be returned unescaped.
pub const SCRIPT: &str = "<script>alert(1)</script>";
const INJECTED: &str = "x-injected";

/// A form of a page: its address and its fields.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Form {
    pub action: String,
    pub fields: Vec<String>,
}

/// A field's value.
#[derive(Clone)]
pub enum Value {
    Missing,
    /// The field twice.
    Twice,
    /// Percent-encoded bytes that are not UTF-8.
    NoText,
    Text(String),
}

pub fn values() -> Vec<Value> {
    let texts = [
        String::new(),
        " \u{a0}\u{2003}\t".to_owned(),
        "a".repeat(10_000),
        "🦀".repeat(2_500),
        "👩‍👩‍👧‍👦 \u{202e}drowssap\u{202c} e\u{301}\u{302}\u{303} مرحبا \u{200b}\u{feff}\u{fffd}".to_owned(),
        "nul\0byte\u{7}\u{1b}[31m".to_owned(),
        format!("line\r\n{INJECTED}: yes\r\nBcc: victim@example.com\r\n\r\nbody"),
        format!("\"'>{SCRIPT}{{{{7*7}}}}"),
        "'; DROP TABLE users; --".to_owned(),
        "1' OR '1'='1' UNION SELECT password_hash FROM users".to_owned(),
        "-99999999999999999999999".to_owned(),
        "18446744073709551616".to_owned(),
        "NaN".to_owned(),
        "1e308".to_owned(),
        "null".to_owned(),
        "[{\"$gt\":\"\"}]".to_owned(),
        "../../../../etc/passwd%00".to_owned(),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "9999-99-99T99:99".to_owned(),
        "%s%n%x{0}${jndi:ldap://x}".to_owned(),
    ];
    let mut all = vec![Value::Missing, Value::Twice, Value::NoText];
    all.extend(texts.map(Value::Text));
    all
}

/// The forms of a page that change something.
pub fn forms_in(page: &str) -> BTreeSet<Form> {
    let mut forms = BTreeSet::new();
    for form in page.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap();
        let (head, body) = form.split_once('>').unwrap_or((form, ""));
        let Some(action) = attribute(head, "action").filter(|_| head.contains("method=\"post\"")) else {
            continue;
        };
        let named: BTreeSet<String> = body
            .split('<')
            .filter_map(|tag| attribute(tag.split('>').next().unwrap(), "name"))
            .filter(|name| name != "csrf")
            .collect();
        let fields = named.into_iter().collect();
        forms.insert(Form { action, fields });
    }
    forms
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&#38;", "&"))
}

/// Sends the form with `value` in the named fields, and ordinary values in the others.
pub async fn send(browser: &Browser, form: &Form, hostile: &[&str], value: &Value, usual: &[(&str, &str)]) -> Reply {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let csrf = browser.csrf();
    body.append_pair("csrf", &csrf);
    let mut raw = String::new();
    for field in &form.fields {
        let usual = usual
            .iter()
            .find(|(name, _)| name == field)
            .map_or("x", |(_, value)| *value);
        if !hostile.contains(&field.as_str()) {
            body.append_pair(field, usual);
            continue;
        }
        match value {
            Value::Missing => {}
            Value::Twice => {
                body.append_pair(field, usual).append_pair(field, usual);
            }
            Value::NoText => raw.push_str(&format!("&{field}=%ff%fe%80")),
            Value::Text(text) => {
                body.append_pair(field, text);
            }
        }
    }
    let body = body.finish() + &raw;
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    browser.send("POST", &form.action, &headers, &body).await
}

/// It is refused or accepted, never a server error; and the response contains nothing that a browser would execute.
#[track_caller]
pub fn assert_harmless(reply: &Reply, what: &str) {
    assert!(reply.status < 500, "{what}: {} {}", reply.status, reply.body);
    assert!(!reply.body.contains(SCRIPT), "{what}: a script came back");
    assert!(!reply.headers.contains_key(INJECTED), "{what}: a header came back");
}
