//! Requesting an export, showing its progress, downloading it.

pub mod views;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

pub use self::views::Progress;
use crate::clock::{Clock, UnixMs};
use crate::export::{Export, ExportError, ExportState, Exports};
use crate::ids::PublicId;
use crate::web::auth::Actor;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::PageFrame;
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::{RenderMode, html};

const PAGE: &str = "/settings/account";
/// Bytes read and sent at a time.
const CHUNK: usize = 64 * 1024;

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        let detail = error.text();
        match error {
            ExportError::NotFound => Self::not_found(),
            ExportError::TooSoon(wait) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "export-too-soon", detail).again_after(wait)
            }
            ExportError::Gone => Self::new(StatusCode::GONE, "export-gone", detail),
            ExportError::Forbidden(_) => Self::forbidden("not-the-person", detail),
            ExportError::Stopped => Self::new(StatusCode::CONFLICT, "export-stopped", detail),
            ExportError::Io(_) => Self::internal(error),
            ExportError::Db(error) => error.into(),
        }
    }
}

/// The newest export on the page.
#[must_use]
pub fn progress_of(frame: &PageFrame, export: Option<&Export>, now: UnixMs) -> Progress {
    let t = frame.t;
    let share = |export: &Export| match export.total {
        0 => 0,
        total => u8::try_from((export.done * 100 / total).min(100)).unwrap_or(100),
    };
    let rows = |export: &Export| {
        let (done, total) = (t.number(export.done), t.number(export.total.max(export.done)));
        t.with_all("export-rows", &[("done", &done), ("total", &total)])
    };
    Progress {
        t,
        csrf: frame.csrf.clone(),
        read_only: frame.read_only,
        state: export.map(|export| match export.state {
            ExportState::Ready if export.expires_at.is_some_and(|at| at <= now) => ExportState::Expired,
            state => state,
        }),
        id: export.map(|export| export.public_id.to_string()).unwrap_or_default(),
        percent: export.map(share).unwrap_or_default(),
        rows: export.filter(|export| export.total > 0).map(rows).unwrap_or_default(),
        size: export
            .and_then(|export| export.size)
            .map(|size| t.size(size))
            .unwrap_or_default(),
        made: export
            .and_then(|export| export.finished_at)
            .map(|at| t.full(at))
            .unwrap_or_default(),
        until: export
            .and_then(|export| export.expires_at)
            .map(|at| t.full(at))
            .unwrap_or_default(),
        failure: export.and_then(|export| export.failure.clone()).unwrap_or_default(),
        running: t.get(frame.mailed("export-running-line", "export-running-line-kept")),
        again: export
            .and_then(|export| export.next_at(now))
            .map(|at| t.with("export-again-at", "time", t.clock(at.to_minute()))),
    }
}

/// `POST /settings/account/export`.
pub async fn begin(request: HttpRequest, frame: PageFrame, actor: Actor, exports: Data<Exports>) -> PageResult {
    exports.begin(&actor.0).await?;
    let said = frame.t.get(frame.mailed("export-begun", "export-begun-kept"));
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}

/// `GET /settings/account/export`: the part with the progress, or a redirect to the page.
pub async fn progress(
    mode: RenderMode,
    frame: PageFrame,
    actor: Actor,
    exports: Data<Exports>,
    clock: Data<Clock>,
) -> PageResult {
    if mode == RenderMode::Page {
        return Ok(htmx::see_other(PAGE));
    }
    let latest = exports.latest(actor.0.user.id).await?;
    Ok(html(StatusCode::OK, &progress_of(&frame, latest.as_ref(), clock.now())))
}

/// `POST /settings/account/export/{export}/stop`.
pub async fn stop(
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    export: Path<PublicId>,
    exports: Data<Exports>,
) -> PageResult {
    exports.stop(actor.0.user.id, export.into_inner()).await?;
    let said = frame.t.get("export-stopped-toast");
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Info, &said))
}

/// `GET /export/{export}/download`.
pub async fn download(actor: Actor, export: Path<PublicId>, exports: Data<Exports>) -> PageResult {
    let (export, path) = exports.fetch(&actor.0, export.into_inner()).await?;
    let file = File::open(path).await.map_err(ExportError::from)?;
    let length = file.metadata().await.map_err(ExportError::from)?.len();
    let name = format!("wamanager-{}.zip", export.created_at.to_utc().format("%Y-%m-%d"));
    let chunks = stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then_some((Bytes::from(chunk), file)))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/zip"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_LENGTH, length))
        .streaming(chunks))
}
