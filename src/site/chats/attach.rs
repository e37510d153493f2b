//! What the composer sends beside words: files that were uploaded, places, contacts, polls, events.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::{Deserialize, Serialize};
use wa_client::{Address, Card, MediaKind};

use super::inbox::Inbox;
use super::when::Skipped;
use super::{render, schedule, when};
use crate::accounts::Scope;
use crate::chats::{Chats, Detail, Message, vcard};
use crate::clock::UnixMs;
use crate::i18n::T;
use crate::ids::PublicId;
use crate::outbox::{Content, FileContent, Outbox, OutboxError, Queued, Scheduler, SendOptions, Unfit};
use crate::web::filters;
use crate::web::htmx;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::{fragments, partial};

/// What the composer's form says to do after sending.
pub(super) const RESOLVE: &str = "resolve";

/// What the composer sends.
#[derive(Deserialize, Clone, Default)]
pub struct MessageForm {
    #[serde(default)]
    pub text: String,
    /// JSON of [`Attached`] files.
    #[serde(default)]
    pub files: String,
    #[serde(default)]
    pub reply_to: String,
    /// Whom the text mentions.
    #[serde(skip)]
    pub mentions: Vec<Address>,
    /// Photos, videos and voice messages can be opened once.
    #[serde(default)]
    pub once: String,
    /// What follows: nothing, or [`RESOLVE`].
    #[serde(default)]
    pub then: String,
}

/// A file of the tray, as the page lists it.
#[derive(Deserialize, Serialize, Clone, Debug)]
pub(super) struct Attached {
    pub id: PublicId,
    #[serde(default)]
    pub name: String,
    /// Of a recording.
    #[serde(default)]
    pub waveform: Option<Vec<u8>>,
    #[serde(default)]
    pub document: bool,
}

/// What the form says: a text, or files of which the first has the text as its caption.
pub(super) fn contents(form: &MessageForm) -> Result<(Vec<Content>, SendOptions), OutboxError> {
    let options = SendOptions {
        undoable: true,
        view_once: !form.once.is_empty(),
        reply_to: match form.reply_to.is_empty() {
            true => None,
            false => Some(form.reply_to.parse().map_err(|_| Unfit::Reply)?),
        },
        mentions: form.mentions.clone(),
    };
    if form.files.is_empty() {
        return Ok((vec![Content::Text(form.text.clone())], options));
    }
    let attached: Vec<Attached> = serde_json::from_str(&form.files).map_err(|_| Unfit::File)?;
    let mut words = Some(form.text.clone()).filter(|text| !text.trim().is_empty());
    let mut contents = Vec::with_capacity(attached.len() + 1);
    let recorded = attached.iter().any(|file| file.waveform.is_some());
    for file in attached {
        contents.push(Content::File(FileContent {
            file: file.id,
            kind: file.document.then_some(MediaKind::Document),
            // A recording has no caption: its words follow as a text.
            caption: words.take_if(|_| !recorded),
            name: Some(file.name).filter(|name| !name.is_empty()),
            waveform: file.waveform,
        }));
    }
    contents.extend(words.map(Content::Text));
    Ok((contents, options))
}

/// Puts it into the outbox.
pub(super) async fn enqueue(
    outbox: &Outbox,
    scope: Scope,
    chat: &PublicId,
    form: &MessageForm,
) -> Result<Vec<Queued>, OutboxError> {
    let (contents, options) = contents(form)?;
    outbox.send_together(scope, chat, contents, options).await
}

crate::words!(
    /// A form of the composer's menu.
    pub enum CardKind {
        Location = "location",
        Contact = "contact",
        Poll = "poll",
        Event = "event",
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
    /// Of an event, in the workspace's zone.
    #[serde(default)]
    starts: String,
    #[serde(default)]
    ends: String,
    #[serde(default)]
    about: String,
    /// When it is sent; empty is at once.
    #[serde(default)]
    at: String,
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
            starts: String::new(),
            ends: String::new(),
            about: String::new(),
            at: String::new(),
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
    /// The earliest time that a field takes.
    earliest: String,
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

/// `GET /chats/{chat}/card?kind=…`: the form for a place, a contact, a poll or an event.
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
        earliest: when::field(inbox.now(), inbox.frame.t.zone),
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

/// The form of a place, a contact, a poll or an event that was taken back, filled as it was.
pub(super) fn again(inbox: &Inbox, message: &Message) -> Option<CardForm> {
    let (t, words) = (inbox.frame.t, message.body.clone().unwrap_or_default());
    let field = |seconds: i64| when::field(UnixMs(seconds * 1000), t.zone);
    let Some(Detail::Card(card)) = &message.detail else {
        return None;
    };
    let fields = match card {
        Card::Location {
            latitude,
            longitude,
            address,
            ..
        } => CardFields {
            place: format!("{latitude}, {longitude}"),
            title: if address.as_ref() == Some(&words) {
                String::new()
            } else {
                words
            },
            address: address.clone().unwrap_or_default(),
            ..CardFields::empty(CardKind::Location)
        },
        Card::Contact { vcard } => {
            let card = vcard::read(vcard).into_iter().next()?;
            CardFields {
                title: words,
                phone: card.account().map(|digits| format!("+{digits}")).unwrap_or_default(),
                ..CardFields::empty(CardKind::Contact)
            }
        }
        Card::Poll { options, choices, .. } => CardFields {
            question: words,
            options: options.join("\n"),
            several: if *choices == 1 { String::new() } else { "on".to_owned() },
            ..CardFields::empty(CardKind::Poll)
        },
        Card::Event {
            starts_at,
            ends_at,
            description,
            place,
            ..
        } => CardFields {
            title: words,
            starts: starts_at.map(field).unwrap_or_default(),
            ends: ends_at.map(field).unwrap_or_default(),
            address: place.clone().unwrap_or_default(),
            about: description.clone().unwrap_or_default(),
            ..CardFields::empty(CardKind::Event)
        },
        _ => return None,
    };
    Some(CardForm {
        t,
        chat: message.chat.to_string(),
        csrf: inbox.frame.csrf.clone(),
        fields,
        earliest: when::field(inbox.now(), t.zone),
        error: None,
    })
}

/// `POST /chats/{chat}/card`: at once, or at a time.
pub async fn send_card(
    request: HttpRequest,
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<CardFields>,
    (chats, outbox, scheduler): (Data<Chats>, Data<Outbox>, Data<Scheduler>),
) -> Result<HttpResponse, PageError> {
    chats.get(inbox.scope, &id).await?;
    let (fields, t, now) = (form.into_inner(), inbox.frame.t, inbox.now());
    let queued = match said(&inbox, &id, &fields, &outbox, &scheduler).await {
        Ok(queued) => queued,
        Err(refused) => {
            let why = refused.told(t)?;
            return Ok(card_form(mode, inbox, &id, fields, Some(why)));
        }
    };
    if mode == RenderMode::Page {
        return Ok(htmx::go_to(&request, &format!("/chats/{id}")));
    }
    // The tray empties, and the message comes at the end.
    let shown = match queued {
        Some(queued) => {
            let message = chats.message(inbox.scope, &queued.message).await?;
            let arrival = render::arrival(t, &message, now);
            partial(&format!("#messages-{id}"), "beforeend", &arrival)
        }
        None => {
            let waiting = schedule::in_chat(t, &id, &scheduler.of_chat(inbox.scope, &id).await?);
            partial(&format!("#scheduled-{id}"), "outerHTML", &waiting)
        }
    };
    let body = shown + &partial(&format!("#tray-{id}"), "innerHTML", &Nothing);
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

/// Why a form is not sent.
enum Refused {
    Skipped(Skipped),
    Outbox(OutboxError),
}

impl From<Skipped> for Refused {
    fn from(skipped: Skipped) -> Self {
        Self::Skipped(skipped)
    }
}

impl From<OutboxError> for Refused {
    fn from(error: OutboxError) -> Self {
        Self::Outbox(error)
    }
}

impl Refused {
    /// What the form says about it; the rest has a page of its own.
    fn told(self, t: T) -> Result<String, PageError> {
        match self {
            Self::Skipped(skipped) => Ok(t.text(&skipped.text(t.zone))),
            Self::Outbox(
                error @ (OutboxError::Unfit(_)
                | OutboxError::NotLinked
                | OutboxError::ReadOnly
                | OutboxError::Closed(_)
                | OutboxError::TooLong
                | OutboxError::NoTime),
            ) => Ok(t.text(&error.text())),
            Self::Outbox(error) => Err(error.into()),
        }
    }
}

/// Sends what the form says; with a time it is scheduled, and nothing is queued.
async fn said(
    inbox: &Inbox,
    chat: &PublicId,
    fields: &CardFields,
    outbox: &Outbox,
    scheduler: &Scheduler,
) -> Result<Option<Queued>, Refused> {
    let (scope, zone) = (inbox.scope, inbox.frame.t.zone);
    let at = when::typed(&fields.at, zone)?;
    if at.is_none() && !fields.at.is_empty() {
        return Err(OutboxError::NoTime.into());
    }
    let content = match fields.kind {
        CardKind::Event => event(
            fields,
            when::typed(&fields.starts, zone)?,
            when::typed(&fields.ends, zone)?,
        ),
        _ => content(outbox, scope, fields).await?,
    };
    let options = SendOptions {
        undoable: true,
        ..SendOptions::default()
    };
    if at.is_none() {
        return Ok(Some(outbox.send_in(scope, chat, content, options).await?));
    }
    scheduler.schedule(scope, chat, (vec![content], options), at).await?;
    Ok(None)
}

fn filled(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.trim().is_empty())
}

/// One without a start is refused like one without a name.
fn event(fields: &CardFields, starts: Option<UnixMs>, ends: Option<UnixMs>) -> Content {
    Content::Event {
        name: fields.title.clone(),
        description: filled(&fields.about),
        starts_at: starts.map_or(0, |starts| starts.0 / 1000),
        ends_at: ends.map(|ends| ends.0 / 1000),
        place: filled(&fields.address),
        link: None,
    }
}

async fn content(outbox: &Outbox, scope: Scope, fields: &CardFields) -> Result<Content, OutboxError> {
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
        CardKind::Event => return Err(Unfit::Event.into()),
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
