//! The menu of a row of the list, fetched when it is opened.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::inbox::Inbox;
use super::super::render;
use super::bar::{self, Action};
use crate::chats::{Chats, Handling};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::web::filters;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::fragments;

fragments!(RowMenu);

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_row_menu.html")]
pub struct RowMenu {
    t: T,
    chat: String,
    /// For the forms without JavaScript.
    csrf: String,
    unread: bool,
    actions: Vec<Action>,
    /// The reader, unless it is their chat already.
    me: Option<String>,
}

/// The same without a script.
#[derive(Template)]
#[template(path = "chats/row_menu.html", blocks = ["main"])]
pub struct RowMenuPage {
    frame: PageFrame,
    name: String,
    menu: RowMenu,
}

/// `GET /chats/{chat}/menu`.
pub async fn menu(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, PageError> {
    let chat = chats.get(inbox.scope, &id).await?;
    let me = handling.member(inbox.scope).await?;
    let t = inbox.frame.t;
    let menu = RowMenu {
        t,
        chat: chat.public_id.to_string(),
        csrf: inbox.frame.csrf.clone(),
        unread: chat.unread > 0,
        actions: bar::of_row(t, &chat),
        me: me
            .filter(|me| chat.handled.assignee.as_ref() != Some(me))
            .map(|me| me.user.to_string()),
    };
    if mode == RenderMode::Fragment {
        return Ok(html(StatusCode::OK, &menu));
    }
    let page = RowMenuPage {
        name: render::name(t, &chat),
        menu,
        frame: inbox.frame.at(Section::Chats),
    };
    Ok(html(StatusCode::OK, &page))
}
