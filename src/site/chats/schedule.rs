//! Messages for later: the menu beside the send button, what waits at the end of a conversation, and the list of all.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use askama::Template;
use serde::Deserialize;

use super::attach::{self, MessageForm};
use super::when::{self, Quick};
use super::{plain, render};
use crate::accounts::Scope;
use crate::chats::{Groups, Kind, Scheduled, Unsent};
use crate::clock::{Clock, UnixMs};
use crate::i18n::{T, phone};
use crate::ids::{PublicId, TimeCursor};
use crate::outbox::{OutboxError, Scheduler};
use crate::web::act::Act;
use crate::web::filters;
use crate::web::htmx;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::{Pager, fragments};

fragments!(ScheduledInChat);

const PAGE: &str = "/scheduled";
/// Rows of one page.
const ROWS: u32 = 25;
/// Those that stand at the end of their conversation.
const IN_CHAT: usize = 20;
/// A longer text is changed on a page of its own.
const SHORT_CHARS: usize = 1_000;
/// What a list shows of a longer one.
const BEGINNING: usize = 300;

/// What waits in a conversation, after its messages.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_scheduled.html")]
pub struct ScheduledInChat {
    pub t: T,
    pub chat: String,
    pub rows: Vec<Waiting>,
    /// There are more of them than stand here.
    pub more: bool,
}

#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: String,
    pub chat: String,
    pub to: String,
    /// All of it, or only its beginning.
    pub text: String,
    pub whole: bool,
    pub author: Option<String>,
    /// What it is, where it is no text: its icon and its name.
    pub kind: Option<(&'static str, String)>,
    /// Addresses of its files.
    pub files: Vec<String>,
    /// Its words can be changed here.
    pub has_words: bool,
    /// A text cannot be empty.
    pub needs_words: bool,
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
    pub pager: Pager,
    /// The earliest time that a field takes.
    pub earliest: String,
    /// A guest only looks.
    pub can_change: bool,
}

/// Which of them a page shows.
#[derive(Deserialize)]
pub struct Asked {
    /// The first one, by its place in the list or by its id.
    from: Option<String>,
    /// Only this one, with all of its text.
    edit: Option<PublicId>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ScheduleForm {
    text: String,
    files: String,
    reply_to: String,
    once: String,
    /// A word of [`Quick`].
    quick: String,
    /// A time in the workspace's zone.
    at: String,
}

/// The time that a form names. One that the clocks skip is none.
pub(super) fn time(t: T, now: UnixMs, quick: &str, at: &str) -> Result<Option<UnixMs>, Problem> {
    if let Ok(quick) = quick.parse::<Quick>() {
        return Ok(Some(quick.at(t.zone, now)));
    }
    when::typed(at, t.zone).map_err(|skipped| Problem::invalid(skipped.text(t.zone), Vec::new()))
}

/// `most`: a text with more characters is shown by its beginning.
fn waiting(t: T, scheduled: &Scheduled, most: usize) -> Waiting {
    let failure = scheduled.failure.map(|why| match why {
        Unsent::NotLinked => "scheduled-not-linked",
        Unsent::ReadOnly => "scheduled-read-only",
        Unsent::Restored => "scheduled-restored",
        Unsent::Unfit => "scheduled-unfit",
    });
    let whole = scheduled.body.chars().nth(most).is_none();
    let to = scheduled.to.clone().or_else(|| scheduled.phone.as_deref().map(phone));
    Waiting {
        id: scheduled.id.to_string(),
        chat: scheduled.chat.to_string(),
        to: to.map_or_else(|| t.get("chats-unknown"), |to| plain::name(&to)),
        text: if whole {
            scheduled.body.clone()
        } else {
            scheduled.body.chars().take(BEGINNING).chain(['…']).collect()
        },
        whole,
        kind: render::icon(scheduled.kind).map(|icon| (icon, render::kind_word(t, scheduled.kind))),
        files: scheduled.files.iter().map(|file| format!("/media/{file}")).collect(),
        has_words: scheduled.has_words(),
        needs_words: scheduled.kind == Kind::Text,
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
        rows: rows
            .iter()
            .take(IN_CHAT)
            .map(|row| waiting(t, row, BEGINNING))
            .collect(),
        more: rows.len() > IN_CHAT,
    }
}

/// `POST /chats/{chat}/schedule`: the response is what waits in the conversation.
pub async fn schedule(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<ScheduleForm>,
    (scheduler, clock, groups): (Data<Scheduler>, Data<Clock>, Data<Groups>),
) -> Result<HttpResponse, PageError> {
    // A chat that does not exist comes before a time that does not.
    scheduler.of_chat(scope, &id).await?;
    let at = time(frame.t, clock.now(), &form.quick, &form.at)?;
    let ScheduleForm {
        text,
        files,
        reply_to,
        once,
        ..
    } = form.into_inner();
    let (text, mentions) = groups.mentioned(scope, &id, &text).await?;
    let message = MessageForm {
        text,
        mentions,
        files,
        reply_to,
        once,
        ..MessageForm::default()
    };
    scheduler.schedule(scope, &id, attach::contents(&message)?, at).await?;
    if mode == RenderMode::Page {
        return Ok(htmx::see_other(&format!("/chats/{id}")));
    }
    let rows = scheduler.of_chat(scope, &id).await?;
    Ok(html(StatusCode::OK, &in_chat(frame.t, &id, &rows)))
}

/// Where the list begins; one that is gone is no place.
async fn place(scheduler: &Scheduler, scope: Scope, from: &str) -> Result<Option<TimeCursor>, OutboxError> {
    if let Ok(place) = from.parse() {
        return Ok(Some(place));
    }
    let Ok(id) = from.parse() else { return Ok(None) };
    match scheduler.get(scope, &id).await {
        Ok(scheduled) => Ok(Some(scheduled.place())),
        Err(OutboxError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    asked: Query<Asked>,
    (scheduler, clock): (Data<Scheduler>, Data<Clock>),
) -> Result<HttpResponse, PageError> {
    let Asked { from, edit } = asked.into_inner();
    let (rows, most) = match edit {
        Some(_) => (1, usize::MAX),
        None => (ROWS, SHORT_CHARS),
    };
    let from = match edit.as_ref().map(PublicId::as_str).or(from.as_deref()) {
        Some(from) => place(&scheduler, scope, from).await?,
        None => None,
    };
    let (is_first, count) = (from.is_none(), scheduler.count(scope).await?);
    let found = scheduler.list(scope, None, from, rows).await?;
    let t = frame.t;
    let pager = Pager {
        t,
        summary: t.count("scheduled-summary", count),
        first: (!is_first).then(|| PAGE.to_owned()),
        next: found.next.map(|next| format!("{PAGE}?from={next}")),
    };
    let page = ScheduledPage {
        rows: found.rows.iter().map(|row| waiting(t, row, most)).collect(),
        pager,
        earliest: when::field(clock.now(), t.zone),
        can_change: !frame.read_only,
        frame: frame.at(Section::Chats),
    };
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /scheduled/{scheduled}`: another text, another time.
pub async fn change(
    act: Act<Scope>,
    form: Form<ScheduleForm>,
    (scheduler, clock): (Data<Scheduler>, Data<Clock>),
) -> Result<HttpResponse, PageError> {
    // One that does not exist comes before a time that does not.
    scheduler.get(act.who, &act.id).await?;
    let at = time(act.frame.t, clock.now(), &form.quick, &form.at)?;
    scheduler.change(act.who, &act.id, Some(&form.text), at).await?;
    Ok(act.done(PAGE, "settings-saved"))
}

/// `POST /scheduled/{scheduled}/cancel`.
pub async fn cancel(act: Act<Scope>, scheduler: Data<Scheduler>) -> Result<HttpResponse, PageError> {
    scheduler.cancel(act.who, &act.id).await?;
    Ok(act.done(PAGE, "scheduled-cancelled"))
}

/// `POST /scheduled/{scheduled}/send`: at once.
pub async fn send(act: Act<Scope>, scheduler: Data<Scheduler>) -> Result<HttpResponse, PageError> {
    scheduler.send_now(act.who, &act.id).await?;
    Ok(act.done(PAGE, "scheduled-sent"))
}
