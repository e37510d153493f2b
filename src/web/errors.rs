//! Problems as pages, for browsers.

use std::time::Duration;

use actix_web::http::header::{ACCEPT, ALLOW, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::timeout;

use super::address::login_then;
use super::auth::{self, visit_of};
use super::csrf;
use super::frame::{frame_for, reader_of, theme_of};
use super::htmx::{self, Tone, is_htmx};
use super::https::PublicUrl;
use super::layout::PageFrame;
use super::problem::{self, PageError, PageResult, Problem};
use super::render_mode::{RenderMode, html};
use super::views::{ErrorPage, Fault, FramedErrorPage, ToastView};
use crate::i18n::{T, Text};

/// How long an error page waits for its frame; a stuck database must not hold it up.
const FRAME_WAIT: Duration = Duration::from_secs(2);

/// For paths that no route has.
pub async fn not_found() -> PageResult {
    Err(PageError(Problem::not_found()))
}

/// The same, below `/v1`.
pub async fn not_found_here(request: HttpRequest) -> HttpResponse {
    problem::response_for(request.path(), &Problem::not_found())
}

/// For an existing path with a wrong method; `allowed` lists the right ones. A browser that opens the address of a form
/// is redirected to the form's page: the first `page` parts of the path.
#[must_use]
pub fn wrong_method(request: &HttpRequest, allowed: &str, page: Option<usize>) -> HttpResponse {
    let opened = request.method() == Method::GET && accepts(request, "text/html") && !is_htmx(request);
    if let Some(parts) = page.filter(|_| opened) {
        let mut ends = request.uri().path().match_indices('/').map(|(at, _)| at).skip(1);
        let end = ends.nth(parts.saturating_sub(1)).filter(|_| parts > 0).unwrap_or(1);
        return htmx::see_other(&request.uri().path()[..end]);
    }
    let detail = if problem::is_api(request.path()) {
        Text::new("api-wrong-method")
    } else {
        Text::new("problem-wrong-method")
    };
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", detail);
    let mut response = problem::response_for(request.path(), &problem);
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// A problem in the form that the browser expects: a whole page, a toast, or a redirect to the log-in page.
pub(super) async fn page(request: &HttpRequest, problem: &Problem, request_id: &str) -> HttpResponse {
    if problem.status == StatusCode::UNAUTHORIZED {
        return to_login(request);
    }
    // A toast beside a form keeps what was typed; but a request for a page gets a page with its own address.
    let is_page = csrf::is_safe(request.method()) && RenderMode::of(request) == RenderMode::Page;
    if is_htmx(request) && !is_page {
        toast(request, problem, request_id)
    } else {
        whole(request, problem, request_id).await
    }
}

/// Redirects to the log-in page, with the way back if the request was for a page.
fn to_login(request: &HttpRequest) -> HttpResponse {
    let partial = RenderMode::of(request) == RenderMode::Fragment;
    // A fragment's address is not a page to return to; the page that contains it is.
    let wanted = if partial {
        current_page(request)
    } else {
        request.uri().path_and_query().map(ToString::to_string)
    };
    let is_page = partial || request.method() == Method::GET;
    let login = match wanted.filter(|path| is_page && path != "/") {
        Some(path) => login_then(&path),
        None => "/login".to_owned(),
    };
    if wants_stream(request) {
        // A reconnecting live stream would take a redirect's 200 for a stream, so it needs the status.
        return HttpResponse::Unauthorized()
            .insert_header(("HX-Redirect", login))
            .finish();
    }
    htmx::reload_to(request, &login)
}

fn wants_stream(request: &HttpRequest) -> bool {
    accepts(request, "text/event-stream")
}

fn accepts(request: &HttpRequest, kind: &str) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|text| text.contains(kind))
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
    let t = reader_of(visit_of(request).as_ref());
    let view = ToastView {
        t,
        tone: if problem.status.is_server_error() {
            Tone::Bad
        } else {
            Tone::Warn
        },
        text: t.text(&problem.detail),
        code: problem.status.is_server_error().then(|| code_of(problem, request_id)),
    };
    let mut reply = html(problem.status, &view);
    for (name, value) in [("hx-retarget", "#toasts"), ("hx-reswap", "beforeend")] {
        reply
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    reply
}

async fn whole(request: &HttpRequest, problem: &Problem, request_id: &str) -> HttpResponse {
    let framed = timeout(FRAME_WAIT, frame_of(request)).await.ok().flatten();
    let visit = visit_of(request);
    let t = reader_of(visit.as_ref());
    let fault = Fault {
        status: problem.status.as_u16(),
        title: t.get(title_of(problem)),
        detail: t.text(&problem.detail),
        code: code_of(problem, request_id),
        action: action_for(request, problem, t),
    };
    match framed {
        Some(frame) => html(problem.status, &FramedErrorPage { frame, fault }),
        None => {
            let frame = PageFrame::public(t, String::new(), theme_of(request));
            html(problem.status, &ErrorPage { frame, fault })
        }
    }
}

/// The frame for a logged-in visitor. It is read from the database, which may be what failed.
async fn frame_of(request: &HttpRequest) -> Option<PageFrame> {
    auth::recognise(request).await?;
    frame_for(request).await.ok()
}

/// The action to offer, where that is not to go home.
fn action_for(request: &HttpRequest, problem: &Problem, t: T) -> Option<(String, String)> {
    let (to, word) = match problem.code {
        "no-workspace" => ("/workspaces".to_owned(), "team-workspaces-title"),
        "already-set-up" => ("/login".to_owned(), "error-log-in"),
        "https-needed" => (PublicUrl::of(request)?.page(request), "error-open-https"),
        _ => return None,
    };
    Some((to, t.get(word)))
}

fn title_of(problem: &Problem) -> &'static str {
    if problem.code == "https-needed" {
        return "problem-title-https";
    }
    match problem.status {
        StatusCode::NOT_FOUND => "problem-title-not-found",
        StatusCode::FORBIDDEN => "problem-title-forbidden",
        StatusCode::GONE => "problem-title-gone",
        StatusCode::TOO_MANY_REQUESTS => "problem-title-too-many",
        StatusCode::INSUFFICIENT_STORAGE => "problem-title-disk-full",
        status if status.is_server_error() => "problem-title-internal",
        _ => "problem-title-other",
    }
}
