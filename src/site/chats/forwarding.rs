//! Forwarding a message to other chats, several at once.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::acting::{is_forwardable, said};
use super::inbox::Inbox;
use super::{plain, render};
use crate::chats::{Chat, ChatFilter, ChatKind, Chats, Message};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::outbox::{Content, Outbox, OutboxError, SendOptions};
use crate::web::filters;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{Avatar, PageFrame, Section};
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::fragments;

/// Chats that one message is forwarded to at once; WhatsApp allows as many.
const MOST_FORWARDED: usize = 5;

fragments!(ForwardList);

#[derive(Template)]
#[template(path = "chats/forward.html", blocks = ["main"])]
pub struct ForwardPage {
    frame: PageFrame,
    id: String,
    back: String,
    words: String,
    query: String,
    list: ForwardList,
    error: Option<String>,
}

/// The chats to choose from: the ticked ones first, whatever is sought.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_forward_list.html")]
pub struct ForwardList {
    t: T,
    chats: Vec<ForwardTo>,
}

#[derive(Clone, Debug)]
struct ForwardTo {
    id: String,
    ticked: bool,
    name: String,
    avatar: Avatar,
    line: String,
}

/// `GET /chats/messages/{message}/forward?q=`: the chats to choose from, the ones that were used last first; as a fragment
/// the list alone. Those that are ticked already are keys of the address.
pub async fn choose(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    asked: Query<BTreeMap<String, String>>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let message = chats.message(inbox.scope, &id).await?;
    if !is_forwardable(&message) || message.deleted {
        return Err(Problem::not_found().into());
    }
    let asked = asked.into_inner();
    let (query, ticked) = (asked.get("q").cloned().unwrap_or_default(), ticked(asked));
    if mode == RenderMode::Fragment {
        return Ok(html(
            StatusCode::OK,
            &forward_list(&inbox, &query, &ticked, &chats).await?,
        ));
    }
    let page = forward_page(inbox, &message, query, &ticked, &chats, None).await?;
    Ok(html(StatusCode::OK, &page))
}

/// More are not read from a form; they are too many for one message anyhow.
const MOST_TICKED: usize = 50;

fn ticked(form: BTreeMap<String, String>) -> Vec<PublicId> {
    let keys = form.into_keys().filter(|key| key.starts_with("chat_"));
    keys.filter_map(|key| key.parse().ok()).take(MOST_TICKED).collect()
}

async fn forward_list(
    inbox: &Inbox,
    query: &str,
    ticked: &[PublicId],
    chats: &Chats,
) -> Result<ForwardList, PageError> {
    let t = inbox.frame.t;
    let filter = ChatFilter {
        search: Some(query.trim().to_owned()).filter(|query| !query.is_empty()),
        ..ChatFilter::default()
    };
    let found = chats.list(inbox.scope, filter, None).await?.rows;
    let to = |chat: &Chat, ticked| ForwardTo {
        id: chat.public_id.to_string(),
        ticked,
        name: render::name(t, chat),
        avatar: render::avatar(t, chat),
        line: render::line(t, chat),
    };
    let mut rows = Vec::with_capacity(found.len() + ticked.len());
    for id in ticked {
        rows.push(to(&chats.get(inbox.scope, id).await?, true));
    }
    let others = found
        .iter()
        .filter(|chat| chat.kind != ChatKind::Other && !ticked.contains(&chat.public_id));
    rows.extend(others.map(|chat| to(chat, false)));
    Ok(ForwardList { t, chats: rows })
}

async fn forward_page(
    inbox: Inbox,
    message: &Message,
    query: String,
    ticked: &[PublicId],
    chats: &Chats,
    error: Option<String>,
) -> Result<ForwardPage, PageError> {
    let t = inbox.frame.t;
    Ok(ForwardPage {
        id: message.public_id.to_string(),
        back: format!("/chats/{}?at={}", message.chat, message.public_id),
        words: plain::one_line(&said(t, message), 120),
        list: forward_list(&inbox, &query, ticked, chats).await?,
        query,
        error,
        frame: inbox.frame.at(Section::Chats),
    })
}

/// `POST /chats/messages/{message}/forward`: the ticked chats, each a key of the form.
pub async fn forward(
    request: HttpRequest,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<BTreeMap<String, String>>,
    chats: Data<Chats>,
    outbox: Data<Outbox>,
) -> Result<HttpResponse, PageError> {
    let message = chats.message(inbox.scope, &id).await?;
    let t = inbox.frame.t;
    let to = ticked(form.into_inner());
    let mut refused = match to.len() {
        0 => Some(t.get("forward-none")),
        count if count > MOST_FORWARDED => Some(t.count("forward-too-many", MOST_FORWARDED as u64)),
        _ => None,
    };
    // Those that have it are not ticked any more: pressing the button again sends it to nobody twice.
    let mut left = Vec::new();
    for chat in to.iter().filter(|_| refused.is_none()) {
        let content = Content::Forward(message.public_id.clone());
        match outbox.send_in(inbox.scope, chat, content, SendOptions::default()).await {
            Ok(_) => {}
            Err(
                error @ (OutboxError::Unfit(_)
                | OutboxError::NotLinked
                | OutboxError::ReadOnly
                | OutboxError::Closed(_)),
            ) => {
                left.push((chat.clone(), t.text(&error.text())));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let sent = to.len() - left.len();
    if let Some((_, why)) = left.first() {
        refused = Some(match sent {
            0 => why.clone(),
            sent => format!("{}. {why}", t.count("forward-done", sent as u64)),
        });
    }
    if let Some(why) = refused {
        let ticked = if left.is_empty() {
            to
        } else {
            left.into_iter().map(|(chat, _)| chat).collect()
        };
        let page = forward_page(inbox, &message, String::new(), &ticked, &chats, Some(why)).await?;
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let (place, said) = match &to[..] {
        [only] => (format!("/chats/{only}"), t.count("forward-done", 1)),
        several => (
            format!("/chats/{}?at={id}", message.chat),
            t.count("forward-done", several.len() as u64),
        ),
    };
    Ok(with_toast(htmx::go_to(&request, &place), Tone::Good, &said))
}
