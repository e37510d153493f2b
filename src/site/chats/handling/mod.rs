//! Whose a chat is and whether it is done with: the bar above the conversation, its actions, and its history.

pub(super) mod bar;
pub mod notes;
pub mod panel;
pub mod quick;
pub(super) mod tabs;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::inbox::Inbox;
use super::when::{self, Quick};
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
    /// A word of [`Quick`].
    quick: String,
    /// A time in the workspace's zone.
    until: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ActForm {
    act: String,
}

/// What happens to a chat, and where the reader goes then.
struct Acting<'a> {
    request: &'a HttpRequest,
    mode: RenderMode,
    inbox: &'a Inbox,
    chats: &'a Chats,
    handling: &'a Handling,
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
        if leaves {
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
    let (zone, now) = (inbox.frame.t.zone, inbox.now());
    let quick = form.quick.parse::<Quick>().ok().map(|quick| quick.at(zone, now));
    let until = quick.or_else(|| when::typed(&form.until, zone));
    let acting = Acting {
        request: &request,
        mode,
        inbox: &inbox,
        chats: &chats,
        handling: &handling,
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
    };
    acting.act(&id, bar::change_of(&form.act)).await
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
