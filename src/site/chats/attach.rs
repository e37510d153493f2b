//! What the composer sends beside words: files that were uploaded, places, contacts, polls.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use wa_client::{Address, MediaKind};

use super::inbox::Inbox;
use super::render;
use crate::accounts::Scope;
use crate::chats::Chats;
use crate::i18n::T;
use crate::ids::PublicId;
use crate::outbox::{Content, FileContent, Outbox, OutboxError, Queued, SendOptions, Unfit};
use crate::web::filters;
use crate::web::htmx;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::{fragments, partial};

/// What the composer sends.
#[derive(Deserialize, Clone, Default)]
pub struct MessageForm {
    #[serde(default)]
    pub text: String,
    /// JSON of [`Attached`] files.
    #[serde(default)]
    files: String,
    #[serde(default)]
    pub reply_to: String,
    /// Whom the text mentions.
    #[serde(skip)]
    pub mentions: Vec<Address>,
}

/// A file of the tray, as the page lists it.
#[derive(Deserialize)]
struct Attached {
    id: PublicId,
    #[serde(default)]
    name: String,
    /// Of a recording.
    #[serde(default)]
    waveform: Option<Vec<u8>>,
    #[serde(default)]
    document: bool,
}

/// Puts what the form says into the outbox: a text, or files of which the first has the text as its caption.
pub(super) async fn enqueue(
    outbox: &Outbox,
    scope: Scope,
    chat: &PublicId,
    form: &MessageForm,
) -> Result<Vec<Queued>, OutboxError> {
    let options = SendOptions {
        reply_to: match form.reply_to.is_empty() {
            true => None,
            false => Some(form.reply_to.parse().map_err(|_| Unfit::Reply)?),
        },
        mentions: form.mentions.clone(),
        ..SendOptions::default()
    };
    if form.files.is_empty() {
        let content = Content::Text(form.text.clone());
        return Ok(vec![outbox.send_in(scope, chat, content, options).await?]);
    }
    let attached: Vec<Attached> = serde_json::from_str(&form.files).map_err(|_| Unfit::File)?;
    let mut words = Some(form.text.clone()).filter(|text| !text.trim().is_empty());
    let mut files: Vec<FileContent> = Vec::with_capacity(attached.len());
    let recorded = attached.iter().any(|file| file.waveform.is_some());
    for file in attached {
        files.push(FileContent {
            file: file.id,
            kind: file.document.then_some(MediaKind::Document),
            // A recording has no caption: its words follow as a text.
            caption: words.take_if(|_| !recorded),
            name: Some(file.name).filter(|name| !name.is_empty()),
            waveform: file.waveform,
        });
    }
    let mut queued = outbox.send_files(scope, chat, files, options).await?;
    if let Some(text) = words {
        let content = Content::Text(text);
        queued.push(outbox.send_in(scope, chat, content, SendOptions::default()).await?);
    }
    Ok(queued)
}

crate::words!(
    /// A form of the composer's menu.
    pub enum CardKind {
        Location = "location",
        Contact = "contact",
        Poll = "poll",
    }
);

#[expect(clippy::derivable_impls, reason = "the macro writes the enum")]
impl Default for CardKind {
    fn default() -> Self {
        Self::Location
    }
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    kind: CardKind,
}

/// The fields of all forms; each uses its own.
#[derive(Deserialize, Clone)]
pub struct CardFields {
    #[serde(default)]
    kind: CardKind,
    #[serde(default)]
    place: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    question: String,
    /// One on each line.
    #[serde(default)]
    options: String,
    #[serde(default)]
    several: String,
}

impl CardFields {
    fn empty(kind: CardKind) -> Self {
        Self {
            kind,
            place: String::new(),
            title: String::new(),
            address: String::new(),
            phone: String::new(),
            question: String::new(),
            options: String::new(),
            several: String::new(),
        }
    }
}

fragments!(CardForm);

#[derive(Template, Clone)]
#[template(path = "chats/_card.html")]
pub struct CardForm {
    t: T,
    chat: String,
    csrf: String,
    fields: CardFields,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "chats/card.html", blocks = ["main"])]
pub struct CardPage {
    frame: PageFrame,
    form: CardForm,
    back: String,
}

/// An empty tray.
#[derive(Template)]
#[template(source = "", ext = "html")]
struct Nothing;

/// `GET /chats/{chat}/card?kind=…`: the form for a place, a contact or a poll.
pub async fn card(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    asked: Query<Asked>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    chats.get(inbox.scope, &id).await?;
    Ok(card_form(mode, inbox, &id, CardFields::empty(asked.kind), None))
}

fn card_form(
    mode: RenderMode,
    inbox: Inbox,
    chat: &PublicId,
    fields: CardFields,
    error: Option<String>,
) -> HttpResponse {
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let form = CardForm {
        t: inbox.frame.t,
        chat: chat.to_string(),
        csrf: inbox.frame.csrf.clone(),
        fields,
        error,
    };
    if mode == RenderMode::Fragment {
        return html(status, &form);
    }
    let page = CardPage {
        back: format!("/chats/{chat}"),
        form,
        frame: inbox.frame.at(Section::Chats),
    };
    html(status, &page)
}

/// `POST /chats/{chat}/card`.
pub async fn send_card(
    request: HttpRequest,
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<CardFields>,
    chats: Data<Chats>,
    outbox: Data<Outbox>,
) -> Result<HttpResponse, PageError> {
    chats.get(inbox.scope, &id).await?;
    let fields = form.into_inner();
    let sent = match content(&outbox, inbox.scope, &fields).await {
        Ok(content) => outbox.send_in(inbox.scope, &id, content, SendOptions::default()).await,
        Err(error) => Err(error),
    };
    let queued = match sent {
        Ok(queued) => queued,
        Err(
            error @ (OutboxError::Unfit(_) | OutboxError::NotLinked | OutboxError::ReadOnly | OutboxError::Closed(_)),
        ) => {
            let why = inbox.frame.t.text(&error.text());
            return Ok(card_form(mode, inbox, &id, fields, Some(why)));
        }
        Err(error) => return Err(error.into()),
    };
    if mode == RenderMode::Page {
        return Ok(htmx::go_to(&request, &format!("/chats/{id}")));
    }
    // The tray empties, and the message comes at the end.
    let message = chats.message(inbox.scope, &queued.message).await?;
    let arrival = render::arrival(inbox.frame.t, &message, inbox.now());
    let body = partial(&format!("#messages-{id}"), "beforeend", &arrival)
        + &partial(&format!("#tray-{id}"), "innerHTML", &Nothing);
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

async fn content(outbox: &Outbox, scope: Scope, fields: &CardFields) -> Result<Content, OutboxError> {
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.trim().is_empty());
    Ok(match fields.kind {
        CardKind::Location => {
            let (latitude, longitude) = coordinates(&fields.place).ok_or(Unfit::Place)?;
            Content::Location {
                latitude,
                longitude,
                name: filled(&fields.title),
                address: filled(&fields.address),
            }
        }
        CardKind::Contact => {
            let card = outbox.contact_card(scope, &fields.title, &fields.phone).await?;
            Content::Contacts(vec![card])
        }
        CardKind::Poll => Content::Poll {
            question: fields.question.clone(),
            options: fields.options.lines().map(str::to_owned).collect(),
            choices: u32::from(fields.several.is_empty()),
        },
    })
}

/// The first two numbers that can be latitude and longitude, in whatever surrounds them: the address of a map has them
/// after an `@` or a `q=`.
fn coordinates(text: &str) -> Option<(f64, f64)> {
    let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
    let plain = text.replace("%2C", ",").replace("%20", " ");
    for (at, _) in plain.match_indices(',') {
        let (before, after) = (plain[..at].trim_end(), plain[at + 1..].trim_start());
        let start = before.rfind(|c: char| !number(c)).map_or(0, |place| {
            place + before[place..].chars().next().map_or(1, char::len_utf8)
        });
        let end = after.find(|c: char| !number(c)).unwrap_or(after.len());
        let latitude: Option<f64> = before[start..].parse().ok();
        let longitude: Option<f64> = after[..end].parse().ok();
        if let (Some(latitude), Some(longitude)) = (latitude, longitude)
            && (-90.0..=90.0).contains(&latitude)
            && (-180.0..=180.0).contains(&longitude)
        {
            return Some((latitude, longitude));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_found_in_what_people_paste() {
        for (text, found) in [
            ("52.5163, 13.3777", Some((52.5163, 13.3777))),
            ("-33.86,151.21", Some((-33.86, 151.21))),
            (
                "https://www.google.com/maps/@52.5163,13.3777,17z",
                Some((52.5163, 13.3777)),
            ),
            ("https://maps.google.com/?q=52.5163%2C13.3777", Some((52.5163, 13.3777))),
            ("https://www.openstreetmap.org/#map=17/52.5163/13.3777", None),
            ("1 Bread Street, Berlin", None),
            ("Straße 5, 10115 Berlin", None),
            ("91, 12", None),
            ("", None),
        ] {
            assert_eq!(coordinates(text), found, "{text}");
        }
    }
}
