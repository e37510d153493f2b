//! Flash messages: the result of an action, for the next page that the browser loads.
//!
//! A fragment or a boosted page brings its toast in a header. A plain form ends in a redirect, whose headers no page
//! sees: the message travels in a cookie, is rendered with the page, and is removed with it.

use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::htmx::Tone;
use super::render_mode::RenderMode;

const COOKIE: &str = "said";
/// A redirect is followed at once; a later page shows nothing outdated.
const LIFETIME: Duration = Duration::seconds(30);
/// Cookies have little room, and a toast is one sentence.
const MOST_CHARS: usize = 400;

#[derive(Serialize, Deserialize)]
struct Said {
    tone: String,
    text: String,
}

/// Stores the message for the page that `reply` redirects to.
pub(super) fn leave(reply: &mut HttpResponse, tone: Tone, text: &str) {
    let said = Said {
        tone: tone.word().to_owned(),
        text: text.chars().take(MOST_CHARS).collect(),
    };
    let json = serde_json::to_vec(&said).unwrap_or_default();
    let cookie = cookie(URL_SAFE_NO_PAD.encode(json), LIFETIME);
    if let Err(error) = reply.add_cookie(&cookie) {
        tracing::warn!(%error, "a message for the next page was lost");
    }
}

/// The message that the previous page stored.
pub(super) fn left(request: &HttpRequest) -> Option<(Tone, String)> {
    let json = URL_SAFE_NO_PAD.decode(request.cookie(COOKIE)?.value()).ok()?;
    let said: Said = serde_json::from_slice(&json).ok()?;
    Some((Tone::from_word(&said.tone), said.text))
}

/// Middleware: removes the message once a page has shown it.
///
/// # Errors
/// Those of the service inside.
pub async fn forget<B: MessageBody>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let page = req.method() == Method::GET && RenderMode::of(req.request()) == RenderMode::Page;
    let told = page && req.cookie(COOKIE).is_some();
    let mut response = next.call(req).await?;
    let is_html = |value: &header::HeaderValue| value.as_bytes().starts_with(b"text/html");
    let drawn = response.headers().get(header::CONTENT_TYPE).is_some_and(is_html);
    if told && drawn && !response.status().is_redirection() {
        response
            .response_mut()
            .add_cookie(&cookie(String::new(), Duration::ZERO))?;
    }
    Ok(response)
}

fn cookie(value: String, lifetime: Duration) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path("/")
        .same_site(SameSite::Lax)
        .http_only(true)
        .max_age(lifetime)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_flash_message_is_read_by_the_page_after_the_redirect() {
        let mut reply = HttpResponse::SeeOther().finish();
        leave(&mut reply, Tone::Good, "Gespeichert – „Laden“ 🎉");
        let cookie = reply.cookies().next().unwrap().into_owned();
        let request = TestRequest::default().cookie(cookie).to_http_request();
        assert_eq!(
            left(&request),
            Some((Tone::Good, "Gespeichert – „Laden“ 🎉".to_owned()))
        );
    }

    #[test]
    fn a_forged_flash_cookie_is_ignored() {
        for value in ["", "x", "e30", "bm90IGpzb24"] {
            let request = TestRequest::default()
                .cookie(Cookie::new(COOKIE, value))
                .to_http_request();
            assert_eq!(left(&request), None, "{value}");
        }
    }
}
