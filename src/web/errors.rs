//! Problems as pages, for browsers.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use super::auth::visit_of;
use super::htmx::{self, Tone, is_htmx};
use super::layout::Shell;
use super::problem::{self, PageError, Problem};
use super::shell::{reader_of, theme_of};
use super::views::{ErrorPage, ToastView};
use super::want::html;

/// For paths that no route has.
///
/// # Errors
/// Always: there is nothing here.
pub async fn not_found() -> Result<HttpResponse, PageError> {
    Err(PageError(Problem::not_found()))
}

/// The same below `/v1`.
pub async fn not_found_here(request: HttpRequest) -> HttpResponse {
    problem::response_for(request.path(), &Problem::not_found())
}

/// For paths that a route has, but not with this method; `allowed` names those that it has.
#[must_use]
pub fn wrong_method(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let detail = "This address exists, but not for this kind of request.";
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", detail);
    let mut response = problem::response_for(request.path(), &problem);
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// A problem in the form that the browser asked for: a whole page, a toast, or the way to the log-in page.
pub(super) fn page(request: &HttpRequest, problem: &Problem, request_id: &str) -> HttpResponse {
    if problem.status == StatusCode::UNAUTHORIZED {
        return to_login(request);
    }
    if is_htmx(request) {
        toast(request, problem, request_id)
    } else {
        whole(request, problem, request_id)
    }
}

/// The log-in page leads back to where the person wanted to go, if that was a page.
fn to_login(request: &HttpRequest) -> HttpResponse {
    let partial = request
        .headers()
        .get("HX-Request-Type")
        .is_some_and(|kind| kind == "partial");
    // A fragment's address is no page to come back to; the page that it belongs to is.
    let wanted = if partial {
        current_page(request)
    } else {
        request.uri().path_and_query().map(ToString::to_string)
    };
    let is_page = partial || request.method() == actix_web::http::Method::GET;
    let login = match wanted.filter(|path| is_page && path != "/") {
        Some(path) => {
            let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            format!("/login?next={next}")
        }
        None => "/login".to_owned(),
    };
    if wants_stream(request) {
        // A live stream that comes back takes whatever succeeds for a stream, so it must be told plainly.
        return HttpResponse::Unauthorized()
            .insert_header(("HX-Redirect", login))
            .finish();
    }
    htmx::reload_to(request, &login)
}

fn wants_stream(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|text| text.contains("text/event-stream"))
}

fn current_page(request: &HttpRequest) -> Option<String> {
    let text = request.headers().get("HX-Current-URL")?.to_str().ok()?;
    let url = url::Url::parse(text).ok()?;
    Some(url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}

fn code_of(problem: &Problem, request_id: &str) -> String {
    format!("{} {request_id}", problem.code)
}

fn toast(request: &HttpRequest, problem: &Problem, request_id: &str) -> HttpResponse {
    let view = ToastView {
        t: reader_of(visit_of(request).as_ref()),
        tone: if problem.status.is_server_error() {
            Tone::Bad
        } else {
            Tone::Warn
        },
        text: problem.detail.clone(),
        code: Some(code_of(problem, request_id)),
    };
    let mut reply = html(problem.status, &view);
    for (name, value) in [("hx-retarget", "#toasts"), ("hx-reswap", "beforeend")] {
        reply
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    reply
}

fn whole(request: &HttpRequest, problem: &Problem, request_id: &str) -> HttpResponse {
    let visit = visit_of(request);
    let t = reader_of(visit.as_ref());
    // Without the badges: reading them may be what failed.
    let mut shell = Shell::public(t, String::new(), theme_of(request));
    if let Some(visit) = visit {
        shell = shell.with_visit(visit);
    }
    let page = ErrorPage {
        shell,
        status: problem.status.as_u16(),
        title: title_of(problem).to_owned(),
        detail: problem.detail.clone(),
        code: code_of(problem, request_id),
        action: (problem.code == "no-workspace")
            .then(|| ("/workspaces".to_owned(), t.get("team-workspaces-title").into_owned())),
    };
    html(problem.status, &page)
}

fn title_of(problem: &Problem) -> &'static str {
    match problem.status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::GONE => "No longer valid",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::INSUFFICIENT_STORAGE => "Disk full",
        status if status.is_server_error() => "Something went wrong",
        _ => "That did not work",
    }
}
