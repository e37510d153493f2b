//! `/held`: messages that waited in a restored backup, and the decision about them.

pub mod views;

use actix_web::HttpRequest;
use actix_web::web::Data;

use self::views::{HeldPage, HeldRow};
use crate::accounts::Scope;
use crate::clock::Clock;
use crate::outbox::{HeldMessage, Outbox};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;

const PAGE: &str = "/held";

/// `GET /held`.
pub async fn held(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    outbox: Data<Outbox>,
    clock: Data<Clock>,
) -> PageResult {
    let (count, messages) = outbox.held(scope).await?;
    let (t, now) = (frame.t, clock.now());
    let row = |message: HeldMessage| HeldRow {
        href: format!("/chats/{}", message.chat),
        to: message.to,
        text: message.text,
        at: t.short(message.at, now),
    };
    let rows: Vec<HeldRow> = messages.into_iter().map(row).collect();
    let more = count.saturating_sub(rows.len() as u64);
    let page = HeldPage {
        summary: t.count("held-summary", count),
        more: (more > 0).then(|| t.count("held-more", more)),
        rows,
        frame: frame.at(Section::Chats),
    };
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /held/resume`.
pub async fn resume(request: HttpRequest, frame: PageFrame, scope: Scope, outbox: Data<Outbox>) -> PageResult {
    let messages = outbox.resume_held(scope).await?;
    let said = frame.t.count("held-resumed", messages);
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}

/// `POST /held/discard`.
pub async fn discard(request: HttpRequest, frame: PageFrame, scope: Scope, outbox: Data<Outbox>) -> PageResult {
    let messages = outbox.discard_held(scope).await?;
    let said = frame.t.count("held-discarded", messages);
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}
