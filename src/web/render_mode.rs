//! Page or fragment: the same handler serves both, by one request header.

use crate::i18n::T;
use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;

/// What the browser does with the reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RenderMode {
    /// Show it as a whole page (a plain request, a boosted link, a history step).
    Page,
    /// Swap it into an element of the current page.
    Fragment,
}

impl FromRequest for RenderMode {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

impl RenderMode {
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let kind = request
            .headers()
            .get("HX-Request-Type")
            .and_then(|value| value.to_str().ok());
        if kind == Some("partial") {
            Self::Fragment
        } else {
            Self::Page
        }
    }

    /// Renders `page`, or only `fragment`, usually the page's own main block (`page.as_main()`).
    pub fn html(self, page: &impl Template, fragment: impl Template) -> HttpResponse {
        self.with_status(StatusCode::OK, page, fragment)
    }

    /// A rejected form, rendered again with its errors: `422`.
    pub fn refused(self, page: &impl Template, fragment: impl Template) -> HttpResponse {
        self.with_status(StatusCode::UNPROCESSABLE_ENTITY, page, fragment)
    }

    pub fn with_status(self, status: StatusCode, page: &impl Template, fragment: impl Template) -> HttpResponse {
        match self {
            Self::Page => html(status, page),
            Self::Fragment => html(status, &fragment),
        }
    }
}

/// Any template as a reply. It depends on the visitor and the render mode, so nothing may cache it.
pub fn html(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(body) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::VARY, "HX-Request-Type, Cookie"))
            .body(body),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().body(T::default().get("request-failed"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    async fn mode(header: Option<&str>) -> RenderMode {
        let mut request = TestRequest::default();
        if let Some(kind) = header {
            request = request.insert_header(("HX-Request-Type", kind));
        }
        let Ok(mode) = RenderMode::from_request(&request.to_http_request(), &mut Payload::None).await;
        mode
    }

    #[actix_web::test]
    async fn only_a_partial_request_gets_a_fragment() {
        assert_eq!(mode(Some("partial")).await, RenderMode::Fragment);
        assert_eq!(mode(Some("full")).await, RenderMode::Page);
        assert_eq!(mode(None).await, RenderMode::Page);
    }
}
