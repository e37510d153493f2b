//! Cross-site request forgery: only our own pages may send requests that change something.
//!
//! Two independent checks apply to such a request: the browser's own header (`Sec-Fetch-Site`, else `Origin`), and for
//! a logged-in browser the token that only our pages know, in the `X-CSRF-Token` header or the form field `csrf`.

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use actix_web::web::Bytes;

use super::body_timeout;
use super::problem::Problem;
use super::security::Transport;
use crate::crypto;
use crate::i18n::Text;

pub const HEADER: &str = "x-csrf-token";
pub const FIELD: &str = "csrf";

/// Methods that only read.
#[must_use]
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// `transport` is how the site is reached according to the operator, whatever a proxy in front says.
pub fn check_origin(headers: &HeaderMap, transport: Transport) -> Result<(), Problem> {
    if comes_from_here(headers, transport) {
        Ok(())
    } else {
        Err(refused(Text::new("problem-other-site")))
    }
}

fn comes_from_here(headers: &HeaderMap, transport: Transport) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    // Every browser sends one of the two with a POST; a client that sends neither is a program without a login cookie.
    let Some(origin) = text(ORIGIN.as_str()) else {
        return true;
    };
    let host = origin
        .strip_prefix(transport.scheme())
        .and_then(|rest| rest.strip_prefix("://"));
    host.is_some() && host == text(HOST.as_str())
}

/// What a request acts on, and so what its token has to name besides the login.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// The person, whichever workspace their page showed.
    Login,
    /// The current workspace: another tab may have switched it since the page was rendered.
    Workspace,
}

/// Looks for the token in header and form, and restores a body that it read.
pub async fn check_token(req: &mut ServiceRequest, expected: &str, bound: Bound) -> Result<(), Problem> {
    let in_header = req.headers().get(HEADER).map(|value| value.as_bytes().to_vec());
    let presented = match in_header {
        Some(token) => Some(token),
        None if is_form(req.headers()) => token_in_form(req).await?,
        None => None,
    };
    let (secret, workspace) = parts(expected.as_bytes());
    match presented.as_deref().map(parts) {
        Some((token, shown)) if crypto::constant_time_eq(token, secret) => match bound {
            Bound::Workspace if shown != workspace => Err(refused(Text::new("problem-other-workspace"))),
            _ => Ok(()),
        },
        _ => Err(refused(Text::new("problem-out-of-date"))),
    }
}

/// The secret of the login, and the workspace behind the dot.
fn parts(token: &[u8]) -> (&[u8], &[u8]) {
    let dot = token.iter().position(|byte| *byte == b'.').unwrap_or(token.len());
    token.split_at(dot)
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|text| {
        text.trim_start()
            .to_ascii_lowercase()
            .starts_with("application/x-www-form-urlencoded")
    })
}

async fn token_in_form(req: &mut ServiceRequest) -> Result<Option<Vec<u8>>, Problem> {
    let body = req.extract::<Bytes>().await.map_err(|error| {
        let slow = error.as_error::<PayloadError>().is_some_and(body_timeout::is_timeout);
        if slow {
            Problem::too_slow()
        } else {
            Problem::too_large()
        }
    })?;
    let token = url::form_urlencoded::parse(&body)
        .find(|(name, _)| name == FIELD)
        .map(|(_, value)| value.into_owned());
    req.set_payload(Payload::from(body));
    Ok(token.map(String::into_bytes))
}

fn refused(detail: Text) -> Problem {
    Problem::forbidden("csrf", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn the_browsers_origin_headers_decide() {
        for (pairs, ours) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (
                &[
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://a.example"),
                    ("host", "a.example"),
                ],
                false,
            ),
            (&[("sec-fetch-site", "cross-site")], false),
            (
                &[("origin", "https://shop.example:8443"), ("host", "shop.example:8443")],
                true,
            ),
            (&[("origin", "https://evil.example"), ("host", "shop.example")], false),
            (&[("origin", "null"), ("host", "shop.example")], false),
            (&[("host", "shop.example")], true),
            (&[("origin", "http://shop.example"), ("host", "shop.example")], false),
            (&[("origin", "shop.example"), ("host", "shop.example")], false),
        ] {
            let checked = check_origin(&headers(pairs), Transport::Https);
            assert_eq!(checked.is_ok(), ours, "{pairs:?}");
        }
        let local = headers(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]);
        assert!(check_origin(&local, Transport::Http).is_ok());
    }

    #[actix_web::test]
    async fn a_token_is_found_in_the_form_and_the_body_is_still_there_for_the_handler() {
        let request = actix_web::test::TestRequest::post()
            .insert_header((CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8"))
            .set_payload("name=Ada&csrf=right");
        let mut request = request.to_srv_request();
        assert!(check_token(&mut request, "right", Bound::Login).await.is_ok());
        let body = request.extract::<Bytes>().await.unwrap();
        assert_eq!(&body[..], b"name=Ada&csrf=right");
    }

    #[actix_web::test]
    async fn a_page_of_another_workspace_acts_on_the_person_only() {
        for (token, bound, accepted) in [
            ("right.wsp_1", Bound::Workspace, true),
            ("right.wsp_2", Bound::Workspace, false),
            ("right.wsp_2", Bound::Login, true),
            ("right", Bound::Workspace, false),
            ("wrong.wsp_1", Bound::Login, false),
        ] {
            let request = actix_web::test::TestRequest::post().insert_header((HEADER, token));
            let checked = check_token(&mut request.to_srv_request(), "right.wsp_1", bound).await;
            assert_eq!(checked.is_ok(), accepted, "{token} {bound:?}");
        }
    }

    #[actix_web::test]
    async fn a_wrong_or_absent_token_is_refused() {
        let wrong = actix_web::test::TestRequest::post().insert_header((HEADER, "other"));
        assert!(
            check_token(&mut wrong.to_srv_request(), "right", Bound::Login)
                .await
                .is_err()
        );
        let absent = actix_web::test::TestRequest::post()
            .insert_header((CONTENT_TYPE, "text/plain"))
            .set_payload("csrf=right");
        assert!(
            check_token(&mut absent.to_srv_request(), "right", Bound::Login)
                .await
                .is_err()
        );
    }
}
