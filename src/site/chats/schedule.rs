//! Messages for later: the menu beside the send button, what waits at the end of a conversation, and the list of all.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::when::{self, Quick};
use crate::accounts::Scope;
use crate::chats::{Scheduled, Unsent};
use crate::clock::{Clock, UnixMs};
use crate::i18n::{T, phone};
use crate::ids::PublicId;
use crate::outbox::Scheduler;
use crate::web::filters;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::fragments;

fragments!(ScheduledInChat);

const PAGE: &str = "/scheduled";

/// What waits in a conversation, after its messages.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_scheduled.html")]
pub struct ScheduledInChat {
    pub t: T,
    pub chat: String,
    pub rows: Vec<Waiting>,
}

#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: String,
    pub chat: String,
    pub to: String,
    pub text: String,
    pub author: Option<String>,
    pub at: String,
    /// The same as a field takes it.
    pub field: String,
    /// Why it did not go out at its time.
    pub failure: Option<String>,
}

/// `GET /scheduled`.
#[derive(Template)]
#[template(path = "chats/scheduled.html", blocks = ["main"])]
pub struct ScheduledPage {
    pub frame: PageFrame,
    pub rows: Vec<Waiting>,
    /// The earliest time that a field takes.
    pub earliest: String,
    /// A guest only looks.
    pub can_change: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ScheduleForm {
    text: String,
    /// A word of [`Quick`].
    quick: String,
    /// A time in the workspace's zone.
    at: String,
}

impl ScheduleForm {
    fn time(&self, t: T, now: UnixMs) -> Option<UnixMs> {
        let quick = self.quick.parse::<Quick>().ok();
        quick
            .map(|quick| quick.at(t.zone, now))
            .or_else(|| when::typed(&self.at, t.zone))
    }
}

fn waiting(t: T, scheduled: &Scheduled) -> Waiting {
    let failure = scheduled.failure.map(|why| match why {
        Unsent::NotLinked => "scheduled-not-linked",
        Unsent::ReadOnly => "scheduled-read-only",
        Unsent::Restored => "scheduled-restored",
    });
    let to = scheduled.to.clone().or_else(|| scheduled.phone.as_deref().map(phone));
    Waiting {
        id: scheduled.id.to_string(),
        chat: scheduled.chat.to_string(),
        to: to.unwrap_or_else(|| t.get("chats-unknown")),
        text: scheduled.body.clone(),
        author: scheduled.author.clone(),
        at: t.full(scheduled.due_at),
        field: when::field(scheduled.due_at, t.zone),
        failure: failure.map(|key| t.get(key)),
    }
}

pub(super) fn in_chat(t: T, chat: &PublicId, rows: &[Scheduled]) -> ScheduledInChat {
    ScheduledInChat {
        t,
        chat: chat.to_string(),
        rows: rows.iter().map(|row| waiting(t, row)).collect(),
    }
}

/// `POST /chats/{chat}/schedule`: the response is what waits in the conversation.
pub async fn schedule(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<ScheduleForm>,
    (scheduler, clock): (Data<Scheduler>, Data<Clock>),
) -> Result<HttpResponse, PageError> {
    let at = form.time(frame.t, clock.now());
    scheduler.schedule(scope, &id, &form.text, at).await?;
    if mode == RenderMode::Page {
        return Ok(htmx::see_other(&format!("/chats/{id}")));
    }
    let rows = scheduler.of_chat(scope, &id).await?;
    Ok(html(StatusCode::OK, &in_chat(frame.t, &id, &rows)))
}

pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    (scheduler, clock): (Data<Scheduler>, Data<Clock>),
) -> Result<HttpResponse, PageError> {
    let rows = scheduler.list(scope).await?;
    let t = frame.t;
    let page = ScheduledPage {
        rows: rows.iter().map(|row| waiting(t, row)).collect(),
        earliest: when::field(clock.now(), t.zone),
        can_change: !frame.read_only,
        frame: frame.at(Section::Chats),
    };
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /scheduled/{scheduled}`: another text, another time.
pub async fn change(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<ScheduleForm>,
    (scheduler, clock): (Data<Scheduler>, Data<Clock>),
) -> Result<HttpResponse, PageError> {
    let at = form.time(frame.t, clock.now());
    scheduler.change(scope, &id, &form.text, at).await?;
    Ok(done(&request, &frame, "settings-saved"))
}

/// `POST /scheduled/{scheduled}/cancel`.
pub async fn cancel(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    scheduler: Data<Scheduler>,
) -> Result<HttpResponse, PageError> {
    scheduler.cancel(scope, &id).await?;
    Ok(done(&request, &frame, "scheduled-cancelled"))
}

/// `POST /scheduled/{scheduled}/send`: at once.
pub async fn send(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    scheduler: Data<Scheduler>,
) -> Result<HttpResponse, PageError> {
    scheduler.send_now(scope, &id).await?;
    Ok(done(&request, &frame, "scheduled-sent"))
}

/// Back to the list, which says what was done.
fn done(request: &HttpRequest, frame: &PageFrame, key: &str) -> HttpResponse {
    with_toast(htmx::go_to(request, PAGE), Tone::Good, &frame.t.get(key))
}
