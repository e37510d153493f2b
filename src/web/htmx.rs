//! Replies that navigate the browser. Each has a form for browsers without JavaScript.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse};
use serde_json::json;

use super::{csrf, flash};

/// Whether htmx sent the request.
#[must_use]
pub fn is_htmx(request: &HttpRequest) -> bool {
    request.headers().contains_key("HX-Request")
}

/// Middleware: the address of a form, which only takes POST, never becomes the address of the page that htmx shows:
/// reloading it would fail.
pub async fn keep_address<B: MessageBody>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let sent = is_htmx(req.request()) && !csrf::is_safe(req.method());
    let mut response = next.call(req).await?;
    let name = HeaderName::from_static("hx-push-url");
    if sent && !response.headers().contains_key(&name) {
        response.headers_mut().insert(name, HeaderValue::from_static("false"));
    }
    Ok(response)
}

/// After a change: go to `path` without a full reload (`HX-Location`), or by a plain 303.
#[must_use]
pub fn go_to(request: &HttpRequest, path: &str) -> HttpResponse {
    if is_htmx(request) {
        // Without a target, htmx would put the whole page into the element that sent the request.
        let location = json!({ "path": path, "target": "body" });
        HttpResponse::NoContent()
            .insert_header(("HX-Location", ascii(&location.to_string())))
            .finish()
    } else {
        see_other(path)
    }
}

/// Go to `path` with a real page load: after log-in and log-out, when the old page's tokens are no longer valid.
#[must_use]
pub fn reload_to(request: &HttpRequest, path: &str) -> HttpResponse {
    if is_htmx(request) {
        HttpResponse::NoContent().insert_header(("HX-Redirect", path)).finish()
    } else {
        see_other(path)
    }
}

#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .finish()
}

/// Adds a toast to the page; `text` is already translated. If the browser loads another page, that one shows it.
pub fn with_toast(mut reply: HttpResponse, tone: Tone, text: &str) -> HttpResponse {
    let reloads = reply.headers().contains_key("hx-redirect");
    if reloads || reply.status() == StatusCode::SEE_OTHER {
        flash::leave(&mut reply, tone, text);
    }
    if reloads {
        return reply;
    }
    let event = json!({ "toast": { "text": text, "tone": tone.word() } });
    if let Ok(value) = HeaderValue::from_str(&ascii(&event.to_string())) {
        reply.headers_mut().insert(HeaderName::from_static("hx-trigger"), value);
    }
    reply
}

/// How good the news is. Colour is never its only sign: each tone has an icon.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tone {
    #[default]
    Plain,
    Info,
    Good,
    Warn,
    Bad,
}

impl Tone {
    const ALL: [Self; 5] = [Self::Plain, Self::Info, Self::Good, Self::Warn, Self::Bad];

    /// The tone of this word; plain for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|tone| tone.word() == word)
            .unwrap_or_default()
    }

    /// The word that the style sheets use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Plain | Self::Info => "info",
            Self::Good => "circle-check",
            Self::Warn => "triangle-alert",
            Self::Bad => "circle-alert",
        }
    }
}

/// Headers are ASCII only; JSON can escape the rest.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_toast_in_any_language_fits_into_a_header() {
        let reply = with_toast(HttpResponse::NoContent().finish(), Tone::Good, "Gespeichert – 🎉");
        let header = reply.headers().get("hx-trigger").unwrap().to_str().unwrap();
        let value: serde_json::Value = serde_json::from_str(header).unwrap();
        assert_eq!(value["toast"]["text"], "Gespeichert – 🎉");
        assert_eq!(value["toast"]["tone"], "good");
    }

    #[test]
    fn without_javascript_a_change_ends_in_a_plain_redirect() {
        let plain = go_to(&TestRequest::default().to_http_request(), "/sessions");
        assert_eq!(plain.status(), 303);
        assert_eq!(plain.headers().get("location").unwrap(), "/sessions");
        let request = TestRequest::default()
            .insert_header(("HX-Request", "true"))
            .to_http_request();
        let steered = go_to(&request, "/sessions");
        assert!(
            steered
                .headers()
                .get("hx-location")
                .unwrap()
                .to_str()
                .unwrap()
                .contains("/sessions")
        );
    }
}
