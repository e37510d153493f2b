//! Settings → Inbox: the labels and quick replies of a workspace.

use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::plain;
use crate::accounts::Scope;
use crate::chats::{Colour, Handling, Label, NewLabel, NewQuickReply, QuickReply};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::site::subnav::{self, SettingsTab};
use crate::web::act::Act;
use crate::web::filters;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::RenderMode;
use crate::web::views::Subnav;

const PAGE: &str = "/settings/inbox";
/// Quick replies of one page.
const ROWS: usize = 20;
/// A longer one is changed where only it is open.
const SHORT_CHARS: usize = 500;
/// What a row shows of one.
const BEGINNING: usize = 100;

/// `GET /settings/inbox`.
#[derive(Template)]
#[template(path = "chats/settings.html", blocks = ["main"])]
pub struct InboxSettings {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub labels: Vec<LabelRow>,
    pub colours: Vec<ColourChoice>,
    pub replies: Vec<ReplyRow>,
    /// Where the next ones are.
    pub next: Option<String>,
    /// They do not begin with the first.
    pub is_part: bool,
    /// A guest only looks.
    pub can_change: bool,
    pub placeholder: &'static str,
}

pub struct ReplyRow {
    pub id: String,
    pub shortcut: String,
    pub beginning: String,
    /// To be changed in place.
    pub body: Option<String>,
    /// It was asked for.
    pub open: bool,
}

/// Which quick replies the page shows.
#[derive(Deserialize)]
pub struct Asked {
    /// The shortcut of the first one.
    from: Option<String>,
    /// The one that is open, which is the first one, too.
    reply: Option<PublicId>,
}

pub struct LabelRow {
    pub id: String,
    pub name: String,
    pub colour: &'static str,
    pub colours: Vec<ColourChoice>,
}

pub struct ColourChoice {
    pub word: &'static str,
    pub label: String,
    pub chosen: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LabelForm {
    name: String,
    colour: String,
}

impl From<LabelForm> for NewLabel {
    fn from(form: LabelForm) -> Self {
        Self {
            name: form.name,
            colour: form.colour,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct QuickReplyForm {
    shortcut: String,
    body: String,
}

impl From<QuickReplyForm> for NewQuickReply {
    fn from(form: QuickReplyForm) -> Self {
        Self {
            shortcut: form.shortcut,
            body: form.body,
        }
    }
}

fn colours(t: T, chosen: Colour) -> Vec<ColourChoice> {
    let choice = |colour: &Colour| ColourChoice {
        word: colour.word(),
        label: t.get(colour_key(*colour)),
        chosen: *colour == chosen,
    };
    Colour::ALL.iter().map(choice).collect()
}

const fn colour_key(colour: Colour) -> &'static str {
    match colour {
        Colour::Grey => "colour-grey",
        Colour::Red => "colour-red",
        Colour::Orange => "colour-orange",
        Colour::Yellow => "colour-yellow",
        Colour::Green => "colour-green",
        Colour::Blue => "colour-blue",
        Colour::Purple => "colour-purple",
        Colour::Pink => "colour-pink",
    }
}

pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    asked: Query<Asked>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    let Asked { from, reply: open } = asked.into_inner();
    let (labels, replies) = (
        handling.labels(scope).await?,
        handling.quick_replies(scope, None).await?,
    );
    let t = frame.t;
    let row = |label: &Label| LabelRow {
        id: label.id.to_string(),
        name: label.name.clone(),
        colour: label.colour.word(),
        colours: colours(t, label.colour),
    };
    let first = replies.iter().position(|reply| match &open {
        Some(open) => reply.id == *open,
        None => from.as_ref() == Some(&reply.shortcut),
    });
    let mut rows = replies.iter().skip(first.unwrap_or(0));
    let reply_row = |reply: &QuickReply| {
        let open = open.as_ref() == Some(&reply.id);
        let whole = !frame.read_only && (open || reply.body.chars().nth(SHORT_CHARS).is_none());
        ReplyRow {
            id: reply.id.to_string(),
            shortcut: reply.shortcut.clone(),
            beginning: plain::one_line(&reply.body, BEGINNING),
            body: whole.then(|| reply.body.clone()),
            open,
        }
    };
    let shown = rows.by_ref().take(ROWS).map(reply_row).collect();
    let next = rows.next().map(|next| {
        let query: String = url::form_urlencoded::byte_serialize(next.shortcut.as_bytes()).collect();
        format!("{PAGE}?from={query}#replies-title")
    });
    let page = InboxSettings {
        next,
        is_part: first.is_some_and(|first| first > 0),
        subnav: subnav::settings(&frame, SettingsTab::Inbox),
        labels: labels.iter().map(row).collect(),
        colours: colours(t, Colour::Green),
        replies: shown,
        can_change: !frame.read_only,
        placeholder: QuickReply::NAME,
        frame: frame.at(Section::Settings),
    };
    Ok(mode.html(&page, page.as_main()))
}

/// Back to the page, which says that it was done.
fn done(request: &HttpRequest, frame: &PageFrame) -> HttpResponse {
    with_toast(htmx::go_to(request, PAGE), Tone::Good, &frame.t.get("settings-saved"))
}

/// `POST /settings/labels`.
pub async fn create_label(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<LabelForm>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    handling.create_label(scope, &form.into_inner().into()).await?;
    Ok(done(&request, &frame))
}

/// `POST /settings/labels/{label}`.
pub async fn change_label(
    act: Act<Scope>,
    form: Form<LabelForm>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    handling
        .change_label(act.who, &act.id, &form.into_inner().into())
        .await?;
    Ok(act.done(PAGE, "settings-saved"))
}

/// `POST /settings/labels/{label}/delete`.
pub async fn delete_label(act: Act<Scope>, handling: Data<Handling>) -> Result<HttpResponse, PageError> {
    handling.delete_label(act.who, &act.id).await?;
    Ok(act.done(PAGE, "settings-saved"))
}

/// `POST /settings/quick-replies`.
pub async fn create_quick_reply(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<QuickReplyForm>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    handling.create_quick_reply(scope, &form.into_inner().into()).await?;
    Ok(done(&request, &frame))
}

/// `POST /settings/quick-replies/{reply}`.
pub async fn change_quick_reply(
    act: Act<Scope>,
    form: Form<QuickReplyForm>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    handling
        .change_quick_reply(act.who, &act.id, &form.into_inner().into())
        .await?;
    Ok(act.done(PAGE, "settings-saved"))
}

/// `POST /settings/quick-replies/{reply}/delete`.
pub async fn delete_quick_reply(act: Act<Scope>, handling: Data<Handling>) -> Result<HttpResponse, PageError> {
    handling.delete_quick_reply(act.who, &act.id).await?;
    Ok(act.done(PAGE, "settings-saved"))
}
