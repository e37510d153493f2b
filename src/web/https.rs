//! Where the site is reached by https, the login cookie is for https only, and a browser that came by plain http drops
//! it silently. A form sent that way is refused before anything happens.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN, REFERER};
use actix_web::web::Data;
use url::{Host, Position, Url};

use super::problem::Problem;
use crate::i18n::Text;

/// The site's public address, if it is an https one. Provided as `Data<Option<PublicUrl>>`.
#[derive(Clone, Debug)]
pub struct PublicUrl(pub Url);

impl PublicUrl {
    /// The public address of this server.
    #[must_use]
    pub fn of(req: &HttpRequest) -> Option<Self> {
        req.app_data::<Data<Option<Self>>>()?.get_ref().clone()
    }

    /// As people read it: `https://wa.example.com`.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.0[..Position::BeforePath].trim_end_matches('/')
    }

    /// The address of this request's page there.
    #[must_use]
    pub fn page(&self, req: &HttpRequest) -> String {
        format!("{}{}", self.shown(), req.path())
    }
}

/// # Errors
/// `https-needed` when the browser says that its page came by plain http.
pub fn check(req: &HttpRequest) -> Result<(), Problem> {
    let Some(public) = PublicUrl::of(req) else {
        return Ok(());
    };
    let Some(page) = page_of(req.headers()) else {
        return Ok(());
    };
    let own = page.host() == public.0.host()
        || req
            .headers()
            .get(HOST)
            .is_some_and(|host| is_host(&page, host.as_bytes()));
    if page.scheme() == "http" && own && !on_this_machine(&page) {
        let detail = Text::new("problem-https-needed").with("address", public.shown());
        return Err(Problem::new(StatusCode::FORBIDDEN, "https-needed", detail));
    }
    Ok(())
}

/// The form's page according to the browser's own headers, which no proxy changes.
fn page_of(headers: &HeaderMap) -> Option<Url> {
    let word = |name| headers.get(name)?.to_str().ok()?.parse::<Url>().ok();
    word(ORIGIN).or_else(|| word(REFERER))
}

fn is_host(page: &Url, host: &[u8]) -> bool {
    page[Position::BeforeHost..Position::AfterPort].as_bytes() == host
}

/// Where browsers treat plain http like https.
fn on_this_machine(page: &Url) -> bool {
    match page.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn told(headers: &[(&str, &str)]) -> bool {
        let public = Some(PublicUrl("https://wa.example.com/".parse().unwrap()));
        let mut request = TestRequest::default().app_data(Data::new(public));
        for header in headers {
            request = request.insert_header(*header);
        }
        check(&request.to_http_request()).is_err()
    }

    #[test]
    fn only_a_page_of_ours_that_came_by_plain_http_from_elsewhere_is_refused() {
        assert!(told(&[("origin", "http://wa.example.com")]));
        assert!(told(&[("origin", "http://192.0.2.7:8080"), ("host", "192.0.2.7:8080")]));
        assert!(told(&[
            ("origin", "null"),
            ("referer", "http://box:8080/login"),
            ("host", "box:8080")
        ]));
        assert!(!told(&[
            ("origin", "https://wa.example.com"),
            ("host", "127.0.0.1:8080")
        ]));
        assert!(!told(&[
            ("origin", "http://localhost:8080"),
            ("host", "localhost:8080")
        ]));
        assert!(!told(&[
            ("origin", "http://127.0.0.1:8080"),
            ("host", "127.0.0.1:8080")
        ]));
        assert!(!told(&[("origin", "http://[::1]:8080"), ("host", "[::1]:8080")]));
        // Another site's form is refused elsewhere, and programs send neither header.
        assert!(!told(&[("origin", "http://evil.example"), ("host", "wa.example.com")]));
        assert!(!told(&[]));
    }
}
