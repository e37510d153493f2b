//! Whose a chat is and whether it is done with: the bar above the conversation, its actions, and its history.

pub(super) mod bar;
pub mod notes;
pub mod panel;
pub mod quick;
pub mod row;
pub(super) mod tabs;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::inbox::Inbox;
use super::schedule;
use crate::chats::{Change, Chats, Handling, HandlingError};
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::web::htmx;
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};

/// The value that stands for nobody in the list of members.
const NOBODY: &str = "nobody";

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AssignForm {
    member: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct SnoozeForm {
    /// A word of [`super::when::Quick`].
    quick: String,
    /// A time in the workspace's zone.
    until: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ActForm {
    act: String,
    /// From the menu of a row, beside which another chat may be open.
    row: String,
}

/// What happens to a chat, and where the reader goes then.
struct Acting<'a> {
    request: &'a HttpRequest,
    mode: RenderMode,
    inbox: &'a Inbox,
    chats: &'a Chats,
    handling: &'a Handling,
    /// The chat is open.
    open: bool,
}

impl Acting<'_> {
    /// `change` is `None` when nothing was chosen.
    async fn act(&self, chat: &PublicId, change: Option<Change>) -> Result<HttpResponse, PageError> {
        let scope = self.inbox.scope;
        // A chat that does not exist comes before a choice that was not made.
        self.chats.get(scope, chat).await?;
        let change = change.ok_or_else(|| Problem::invalid(Text::new("handling-nothing-chosen"), Vec::new()))?;
        let leaves = change == Change::MarkUnread;
        self.handling.change(scope, chat, change).await?;
        if leaves && self.open {
            // Whoever went on reading it would mark it as read.
            return Ok(htmx::go_to(self.request, "/chats"));
        }
        if self.mode == RenderMode::Page {
            return Ok(htmx::see_other(&format!("/chats/{chat}")));
        }
        let (chat, members) = (self.chats.get(scope, chat).await?, self.handling.members(scope).await?);
        let frame = &self.inbox.frame;
        Ok(html(
            StatusCode::OK,
            &bar::of(frame.t, &chat, &members, self.inbox.now()),
        ))
    }
}

/// `POST /chats/{chat}/assign`.
pub async fn assign(
    request: HttpRequest,
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<AssignForm>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, PageError> {
    let change = match form.member.as_str() {
        NOBODY => Some(Change::Assign(None)),
        member => member.parse().ok().map(|member| Change::Assign(Some(member))),
    };
    let acting = Acting {
        request: &request,
        mode,
        inbox: &inbox,
        chats: &chats,
        handling: &handling,
        open: true,
    };
    acting.act(&id, change).await
}

/// `POST /chats/{chat}/snooze`.
pub async fn snooze(
    request: HttpRequest,
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<SnoozeForm>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, PageError> {
    // A chat that does not exist comes before a time that does not.
    chats.get(inbox.scope, &id).await?;
    let until = schedule::time(inbox.frame.t, inbox.now(), &form.quick, &form.until)?;
    let acting = Acting {
        request: &request,
        mode,
        inbox: &inbox,
        chats: &chats,
        handling: &handling,
        open: true,
    };
    acting.act(&id, until.map(Change::Snooze)).await
}

/// `POST /chats/{chat}/handling`: resolves, opens, archives, pins, mutes, or marks as unread.
pub async fn act(
    request: HttpRequest,
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<ActForm>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, PageError> {
    let acting = Acting {
        request: &request,
        mode,
        inbox: &inbox,
        chats: &chats,
        handling: &handling,
        open: form.row.is_empty() || is_open(&request, &id),
    };
    acting.act(&id, bar::change_of(&form.act)).await
}

/// Whether the page that asks shows the chat.
fn is_open(request: &HttpRequest, chat: &PublicId) -> bool {
    let shown = request.headers().get("HX-Current-URL");
    let shown = shown.and_then(|shown| shown.to_str().ok());
    shown.is_none_or(|shown| shown.contains(chat.as_str()))
}

impl From<HandlingError> for Problem {
    fn from(error: HandlingError) -> Self {
        let text = error.text();
        match error {
            HandlingError::NotFound => Self::not_found(),
            HandlingError::NotAMember | HandlingError::NoTimeToComeBack => Self::invalid(text, Vec::new()),
            HandlingError::Invalid(field) => Self::invalid(text, vec![field]),
            HandlingError::Forbidden(_) => Self::forbidden("role", text),
            HandlingError::Db(error) => error.into(),
        }
    }
}
