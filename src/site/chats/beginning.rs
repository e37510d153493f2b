//! A new chat: which of our numbers, and with whom.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::accounts::Scope;
use crate::contacts::{Contact, Contacts};
use crate::i18n::{T, Text, phone};
use crate::ids::PublicId;
use crate::outbox::{Outbox, OutboxError};
use crate::sessions::{Session, Sessions};
use crate::web::filters;
use crate::web::htmx;
use crate::web::layout::{Avatar, PageFrame, Section};
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::{Field, fragments};

fragments!(NewChat);

/// `GET /chats/new`.
#[derive(Template)]
#[template(path = "chats/new.html")]
pub struct NewChatPage {
    pub frame: PageFrame,
    pub form: NewChat,
}

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_new_chat.html")]
pub struct NewChat {
    pub t: T,
    pub csrf: String,
    /// Our linked numbers.
    pub numbers: Vec<NumberChoice>,
    pub to: Field,
}

#[derive(Clone, Debug)]
pub struct NumberChoice {
    pub id: String,
    pub name: String,
    pub chosen: bool,
}

/// People whom the workspace knows already.
#[derive(Template)]
#[template(path = "chats/_people.html")]
pub struct People {
    pub people: Vec<Known>,
}

pub struct Known {
    pub id: String,
    pub avatar: Avatar,
    pub name: String,
    pub phone: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NewChatForm {
    session: String,
    to: String,
    /// A contact that was chosen from the list.
    contact: String,
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    to: String,
}

/// The form for numbers that can send.
pub(super) fn form(t: T, csrf: &str, numbers: &[Session], chosen: &str, to: Field) -> NewChat {
    let linked = numbers.iter().filter(|session| session.is_linked());
    let choice = |session: &Session| NumberChoice {
        id: session.public_id.to_string(),
        name: session.name.clone(),
        chosen: session.public_id.as_str() == chosen,
    };
    NewChat {
        t,
        csrf: csrf.to_owned(),
        numbers: linked.map(choice).collect(),
        to,
    }
}

pub async fn show(frame: PageFrame, scope: Scope, sessions: Data<Sessions>) -> Result<HttpResponse, PageError> {
    let numbers = sessions.list(scope).await?;
    let form = form(frame.t, &frame.csrf, &numbers, "", Field::default());
    let frame = frame.at(Section::Chats);
    Ok(html(StatusCode::OK, &NewChatPage { frame, form }))
}

/// `POST /chats/new`: opens the chat. Who cannot be reached comes back in the field, with what would work.
pub async fn open(
    request: HttpRequest,
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    fields: Form<NewChatForm>,
    (sessions, outbox): (Data<Sessions>, Data<Outbox>),
) -> Result<HttpResponse, PageError> {
    let wanted = if fields.contact.is_empty() {
        &fields.to
    } else {
        &fields.contact
    };
    let wrong = match fields.session.parse::<PublicId>() {
        Err(_) => frame.t.get("new-chat-no-number"),
        Ok(session) => match outbox.open_chat(scope, &session, wanted).await {
            Ok(chat) => return Ok(htmx::go_to(&request, &format!("/chats/{chat}"))),
            Err(error @ (OutboxError::Recipient(_) | OutboxError::NotOnWhatsApp | OutboxError::NotLinked)) => {
                frame.t.text(&error.text())
            }
            Err(OutboxError::ReadOnly) => frame.t.text(&Text::new("new-chat-read-only")),
            Err(error) => return Err(error.into()),
        },
    };
    let numbers = sessions.list(scope).await?;
    let to = Field::new(fields.to.as_str(), Some(wrong));
    let form = form(frame.t, &frame.csrf, &numbers, &fields.session, to);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    if mode == RenderMode::Fragment {
        return Ok(html(status, &form));
    }
    let frame = frame.at(Section::Chats);
    Ok(html(status, &NewChatPage { frame, form }))
}

/// `GET /chats/new/people?to=…`: contacts whose name or number holds what was typed.
pub async fn people(
    scope: Scope,
    frame: PageFrame,
    typed: Query<Typed>,
    contacts: Data<Contacts>,
) -> Result<HttpResponse, PageError> {
    let found = contacts
        .find(scope, &typed.to)
        .await
        .map_err(|_| Problem::not_found())?;
    let known = |contact: &Contact| {
        let digits = contact.phone.as_deref().map(phone);
        let name = contact.display_name().or_else(|| digits.clone());
        Known {
            id: contact.public_id.to_string(),
            name: name.clone().unwrap_or_else(|| frame.t.get("chats-unknown")),
            avatar: Avatar::of(contact.public_id.as_str(), name.as_deref().unwrap_or_default()),
            phone: digits.filter(|digits| Some(digits) != name.as_ref()),
        }
    };
    let people = found.iter().map(known).collect();
    Ok(html(StatusCode::OK, &People { people }))
}
