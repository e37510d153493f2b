//! The beginning of a chat: what came before it is on the number's phone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::inbox::Inbox;
use crate::chats::{Chats, Older, OlderState};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::web::htmx;
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::fragments;

fragments!(Beginning);

/// Fewer messages may leave the beginning in view, which nobody has scrolled to.
const FILLS_A_SCREEN: usize = 30;

/// Above the first message: asks for what came before it, and says what became of that.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_history.html")]
pub struct Beginning {
    pub t: T,
    pub chat: String,
    /// The message below.
    pub from: String,
    pub said: Option<String>,
    /// Nothing is asked while an answer is awaited, or once there is nothing more.
    pub asks: bool,
    /// Whoever scrolls here asks.
    pub by_itself: bool,
    pub csrf: String,
}

/// How a page came to the beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// With so many messages below it.
    AtOnce(usize),
    ByScrolling,
    /// It is there already and says something new.
    Already,
}

pub(super) fn beginning(t: T, chat: &PublicId, from: &PublicId, older: Option<&Older>, reached: Reached) -> Beginning {
    let state = older.map(|older| older.state);
    let said = match state {
        None | Some(OlderState::Came) => None,
        Some(OlderState::Asked) => Some("older-asked"),
        Some(OlderState::NoAnswer) => Some("older-no-answer"),
        Some(OlderState::NotConnected) => Some("older-not-connected"),
        Some(OlderState::Ended) => Some("older-ended"),
    };
    let scrolled = match reached {
        Reached::AtOnce(below) => below >= FILLS_A_SCREEN,
        Reached::ByScrolling => true,
        Reached::Already => false,
    };
    Beginning {
        t,
        chat: chat.to_string(),
        from: from.to_string(),
        said: said.map(|key| t.get(key)),
        asks: !matches!(state, Some(OlderState::Asked | OlderState::Ended)),
        // After a failure a person decides.
        by_itself: scrolled && said.is_none(),
        csrf: String::new(),
    }
}

/// `POST /chats/{chat}/history`: asks the phone for messages before the first one.
pub async fn ask(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let asked = chats.ask_older(inbox.scope, &id).await?;
    Ok(match (mode, asked) {
        (RenderMode::Fragment, Some(older)) => {
            let block = beginning(inbox.frame.t, &id, &older.from, Some(&older), Reached::Already);
            let csrf = inbox.frame.csrf.clone();
            html(StatusCode::OK, &Beginning { csrf, ..block })
        }
        (RenderMode::Fragment, None) => HttpResponse::NoContent().finish(),
        (RenderMode::Page, _) => htmx::see_other(&format!("/chats/{id}")),
    })
}
