//! `/docs/api`: the reference, made from the document, one operation at a time, with a form to send it. `/docs/errors`:
//! every code explained.

mod schema;
mod shown;
pub mod views;

use actix_web::http::header::{CACHE_CONTROL, HOST};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use self::shown::Reader;
use self::views::{CodePage, CodeView, ErrorsPage, OperationView, ReferencePage};
use crate::access::{ACCESS_LIFETIME, Access};
use crate::i18n::T;
use crate::web::api::codes::{self, Code};
use crate::web::auth::{Actor, transport_of};
use crate::web::https::PublicUrl;
use crate::web::layout::PageFrame;
use crate::web::problem::{ApiResult, PageResult, Problem};
use crate::web::render_mode::RenderMode;

/// `GET /docs/errors`.
pub async fn errors(mode: RenderMode, frame: PageFrame) -> HttpResponse {
    let page = ErrorsPage {
        codes: codes::ALL.iter().map(|code| view(code, &frame.t)).collect(),
        frame,
    };
    mode.html(&page, page.as_main())
}

/// `GET /docs/errors/{code}`.
pub async fn code(mode: RenderMode, frame: PageFrame, code: Path<String>) -> PageResult {
    let code = codes::find(&code).ok_or_else(Problem::not_found)?;
    let page = CodePage {
        code: view(code, &frame.t),
        frame,
    };
    Ok(mode.html(&page, page.as_main()))
}

fn view(code: &Code, t: &T) -> CodeView {
    CodeView {
        code: code.code,
        status: code.status,
        means: code.means(t),
        fix: code.fix(t),
        on_pages: !code.api,
    }
}

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /docs/api`.
pub async fn reference(
    request: HttpRequest,
    mode: RenderMode,
    frame: PageFrame,
    search: Query<Search>,
) -> HttpResponse {
    let page = page(&request, frame, &search.q, None);
    mode.html(&page, page.as_main())
}

/// `GET /docs/api/{operation}`.
///
/// # Errors
/// When there is no such operation.
pub async fn operation(
    request: HttpRequest,
    mode: RenderMode,
    frame: PageFrame,
    operation: Path<String>,
) -> PageResult {
    let base = base_of(&request);
    let current = frame.workspaces.iter().find(|choice| choice.current);
    let reader = Reader {
        t: &frame.t,
        base: &base,
        workspace: current.map(|choice| choice.id.as_str()),
    };
    let shown = shown::operation(&operation, &reader).ok_or_else(Problem::not_found)?;
    let page = page(&request, frame, "", Some(shown));
    Ok(mode.html(&page, page.as_main()))
}

fn page(request: &HttpRequest, frame: PageFrame, query: &str, operation: Option<OperationView>) -> ReferencePage {
    let groups = shown::groups(query.trim(), operation.as_ref().map(|operation| operation.id.as_str()));
    ReferencePage {
        version: shown::version().to_owned(),
        base: base_of(request),
        query: query.trim().to_owned(),
        found: groups.iter().map(|group| group.entries.len() as u64).sum(),
        groups,
        operation,
        frame,
    }
}

/// The installation's address for the reader: its public address, else this page's own.
fn base_of(request: &HttpRequest) -> String {
    if let Some(public) = PublicUrl::of(request) {
        return public.shown().to_owned();
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    format!("{}://{}", transport_of(request).scheme(), host.unwrap_or("localhost"))
}

/// The token that the page sends requests with: held by its script until it expires, and stored nowhere.
#[derive(Serialize)]
struct OwnToken {
    access_token: String,
    expires_in: u64,
}

/// `POST /docs/api/token`: an access token for the reader's own login.
///
/// # Errors
/// While an administrator impersonates somebody.
pub async fn token(actor: Actor, access: Data<Access>) -> ApiResult {
    let token = OwnToken {
        access_token: access.token_of(&actor.0).await?,
        expires_in: ACCESS_LIFETIME.as_secs(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(token))
}
