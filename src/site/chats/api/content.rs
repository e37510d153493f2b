//! What messages say, by type.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wa_client::Card;

use super::view::PartyView;
use crate::chats::{Answer, Cast, Detail, Kind, Message, vcard};
use crate::clock::UnixMs;
use crate::site::chats::cards::hash;
use crate::web::api::time;

/// The words of a message.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "body": "Your order is ready.", "link": null }))]
pub struct TextView {
    body: String,
    link: Option<LinkView>,
}

/// The link that is shown with a text.
#[derive(Serialize, ToSchema)]
pub struct LinkView {
    url: String,
    title: Option<String>,
    description: Option<String>,
}

/// A file of a message.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "file_06c2m9k1t4v7x0z3a5b8d1f4h7", "state": "present", "why": null, "caption": "Our menu",
    "mime": "image/jpeg", "file_name": null, "size": 48213, "width": 1200, "height": 900, "seconds": null,
}))]
pub struct MessageFileView {
    /// ID of the file. Null when the message can't have one.
    id: Option<String>,
    /// `present`; `wanted` (not here, WhatsApp may have it), `gone` (only the phone may have it) or `quarantined`.
    state: Option<String>,
    /// A stable word for why it isn't here, such as `too_large` or `expired`.
    why: Option<String>,
    caption: Option<String>,
    mime: String,
    file_name: Option<String>,
    /// Bytes.
    size: Option<u64>,
    width: Option<u32>,
    height: Option<u32>,
    seconds: Option<u32>,
}

/// A place. A live one moves while its sender shares it.
#[derive(Serialize, ToSchema)]
pub struct LocationView {
    latitude: f64,
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
    url: Option<String>,
    live: bool,
}

/// A contact card.
#[derive(Serialize, ToSchema)]
pub struct CardView {
    name: Option<String>,
    organisation: Option<String>,
    /// The one that's on WhatsApp, in E.164.
    phone: Option<String>,
    /// As the card writes them.
    numbers: Vec<String>,
    emails: Vec<String>,
}

/// A poll and its votes so far.
#[derive(Serialize, ToSchema)]
pub struct PollView {
    question: String,
    options: Vec<PollOptionView>,
    /// How many options one may choose; 0 is any number.
    choices: u32,
    /// The right answer of a quiz, once it's told.
    right: Option<String>,
    /// Nobody can vote any more.
    closed: bool,
}

#[derive(Serialize, ToSchema)]
pub struct PollOptionView {
    name: String,
    votes: u64,
    voters: Vec<PartyView>,
}

/// An event and who comes.
#[derive(Serialize, ToSchema)]
pub struct EventView {
    name: String,
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    description: Option<String>,
    place: Option<String>,
    link: Option<String>,
    cancelled: bool,
    answers: Vec<EventAnswerView>,
}

#[derive(Serialize, ToSchema)]
pub struct EventAnswerView {
    from: PartyView,
    /// `going`, `not_going` or `maybe`.
    reply: String,
    guests: u32,
}

/// What a message says: the field of its type.
#[derive(Default)]
pub(super) struct Contents {
    pub text: Option<TextView>,
    pub image: Option<MessageFileView>,
    pub video: Option<MessageFileView>,
    pub audio: Option<MessageFileView>,
    pub voice: Option<MessageFileView>,
    pub document: Option<MessageFileView>,
    pub sticker: Option<MessageFileView>,
    pub location: Option<LocationView>,
    pub contacts: Option<Vec<CardView>>,
    pub poll: Option<PollView>,
    pub event: Option<EventView>,
    pub details: Option<Value>,
}

impl Contents {
    pub(super) fn of(message: &Message, cast: &Cast) -> Self {
        if message.deleted {
            return Self::default();
        }
        if message.kind.is_media() {
            return Self::file(message);
        }
        let words = message.body.clone().filter(|body| !body.is_empty());
        match &message.detail {
            Some(Detail::Card(card)) => Self::card(message, card, words, cast),
            detail => Self {
                text: words.map(|body| text(message, body)),
                details: detail.as_ref().and_then(|detail| serde_json::to_value(detail).ok()),
                ..Self::default()
            },
        }
    }

    fn file(message: &Message) -> Self {
        let file = message.media.as_ref().map(|media| MessageFileView {
            id: media.file.as_ref().map(|file| file.id.to_string()),
            state: media.file.as_ref().map(|file| file.state.to_string()),
            why: media.file.as_ref().and_then(|file| Some(file.why?.to_string())),
            caption: message.body.clone(),
            mime: media
                .file
                .as_ref()
                .map_or_else(|| media.mime.clone(), |file| file.mime.clone()),
            file_name: media.file_name.clone(),
            size: media.size,
            width: media.width,
            height: media.height,
            seconds: media.seconds,
        });
        let mut contents = Self::default();
        match message.kind {
            Kind::Video | Kind::Gif | Kind::VideoNote => contents.video = file,
            Kind::Voice => contents.voice = file,
            Kind::Audio => contents.audio = file,
            Kind::Document => contents.document = file,
            Kind::Sticker => contents.sticker = file,
            _ => contents.image = file,
        }
        contents
    }

    fn card(message: &Message, card: &Card, words: Option<String>, cast: &Cast) -> Self {
        let mut contents = Self::default();
        match card {
            Card::Location {
                latitude,
                longitude,
                address,
                url,
            } => {
                contents.location = Some(LocationView {
                    latitude: *latitude,
                    longitude: *longitude,
                    name: words,
                    address: address.clone(),
                    url: url.clone(),
                    live: false,
                });
            }
            Card::LiveLocation {
                latitude, longitude, ..
            } => {
                contents.location = Some(LocationView {
                    latitude: *latitude,
                    longitude: *longitude,
                    name: words,
                    address: None,
                    url: None,
                    live: true,
                });
            }
            Card::Contact { vcard } => contents.contacts = Some(cards(vcard)),
            Card::Poll { options, choices, quiz } => {
                contents.poll = Some(PollView {
                    question: words.unwrap_or_default(),
                    options: options.iter().map(|name| option(name, message, cast)).collect(),
                    choices: *choices,
                    right: quiz.clone(),
                    closed: false,
                });
            }
            Card::PollResult { options } => {
                contents.poll = Some(PollView {
                    question: words.unwrap_or_default(),
                    options: options
                        .iter()
                        .map(|(name, votes)| PollOptionView {
                            name: name.clone(),
                            votes: *votes,
                            voters: Vec::new(),
                        })
                        .collect(),
                    choices: 0,
                    right: None,
                    closed: true,
                });
            }
            Card::Event {
                starts_at,
                ends_at,
                description,
                place,
                link,
                cancelled,
            } => {
                contents.event = Some(EventView {
                    name: words.unwrap_or_default(),
                    starts_at: starts_at.map(seconds),
                    ends_at: ends_at.map(seconds),
                    description: description.clone(),
                    place: place.clone(),
                    link: link.clone(),
                    cancelled: *cancelled,
                    answers: answers(message, cast),
                });
            }
            other => {
                contents.text = words.map(|body| text(message, body));
                contents.details = bare(other);
            }
        }
        contents
    }
}

fn text(message: &Message, body: String) -> TextView {
    let link = message.context.preview.as_ref();
    TextView {
        body,
        link: link.map(|link| LinkView {
            url: link.url.clone(),
            title: link.title.clone(),
            description: link.description.clone(),
        }),
    }
}

fn cards(text: &str) -> Vec<CardView> {
    let cards = vcard::read(text).into_iter();
    cards
        .map(|card| CardView {
            phone: card.account().map(|digits| format!("+{digits}")),
            name: card.name,
            organisation: card.organisation,
            numbers: card.numbers,
            emails: card.emails,
        })
        .collect()
}

fn option(name: &str, message: &Message, cast: &Cast) -> PollOptionView {
    let hash = hash(name);
    let chose = |answer: &Answer| matches!(answer, Answer::Vote(chosen) if chosen.contains(&hash));
    let voters: Vec<PartyView> = message
        .answers
        .iter()
        .filter(|answered| chose(&answered.answer))
        .map(|answered| who(answered.sender.as_ref(), cast))
        .collect();
    PollOptionView {
        name: name.to_owned(),
        votes: voters.len() as u64,
        voters,
    }
}

fn answers(message: &Message, cast: &Cast) -> Vec<EventAnswerView> {
    let answers = message.answers.iter().filter_map(|answered| match &answered.answer {
        Answer::Event { reply, guests } => Some(EventAnswerView {
            from: who(answered.sender.as_ref(), cast),
            reply: reply.to_string(),
            guests: *guests,
        }),
        Answer::Vote(_) => None,
    });
    answers.collect()
}

fn who(sender: Option<&crate::chats::Sender>, cast: &Cast) -> PartyView {
    sender
        .map_or_else(|| cast.own.clone(), |sender| cast.sender(sender))
        .into()
}

fn seconds(at: i64) -> String {
    time(UnixMs(at.saturating_mul(1_000)))
}

/// A card without its picture.
fn bare(card: &Card) -> Option<Value> {
    let mut value = serde_json::to_value(card).ok()?;
    for fields in value.as_object_mut()?.values_mut().filter_map(Value::as_object_mut) {
        fields.remove("thumbnail");
    }
    Some(value)
}
