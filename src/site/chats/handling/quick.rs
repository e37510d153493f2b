//! Quick replies under the composer, while somebody types `/` and the start of a shortcut.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::accounts::Scope;
use crate::chats::{ChatKind, Chats, Handling};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::web::layout::PageFrame;
use crate::web::problem::PageError;
use crate::web::render_mode::html;

#[derive(Template)]
#[template(path = "chats/_quick_replies.html")]
pub struct QuickReplies {
    pub t: T,
    pub replies: Vec<Offered>,
    /// The workspace has none at all: where they are made.
    pub none_yet: bool,
}

pub struct Offered {
    pub shortcut: String,
    /// As it will be sent.
    pub text: String,
}

#[derive(Deserialize)]
pub struct Typed {
    /// What stands behind the slash.
    #[serde(default)]
    q: String,
}

/// `GET /chats/{chat}/quick-replies?q=…`.
pub async fn offer(
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    typed: Query<Typed>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, PageError> {
    let chat = chats.get(scope, &id).await?;
    let found = handling.quick_replies(scope, Some(typed.q.trim())).await?;
    // A group has a subject, and nobody is called by it.
    let name = chat.title.as_deref().filter(|_| chat.kind == ChatKind::Direct);
    let offered = QuickReplies {
        t: frame.t,
        none_yet: found.is_empty() && typed.q.trim().is_empty(),
        replies: found
            .iter()
            .map(|reply| Offered {
                shortcut: reply.shortcut.clone(),
                text: reply.filled(name),
            })
            .collect(),
    };
    Ok(html(StatusCode::OK, &offered))
}
