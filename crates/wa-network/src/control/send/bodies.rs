//! The kinds of messages as bodies write them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Problem;
use crate::phone::{
    Answer, Choice, ChoiceForm, Contact, Content, Event, HdPair, LiveLocation, Location, Media, MediaKind, Poll, Raw,
};

#[derive(Deserialize)]
pub(super) struct MediaBody {
    kind: MediaKind,
    mime: String,
    base64: String,
    caption: Option<String>,
    #[serde(alias = "filename")]
    file_name: Option<String>,
    seconds: Option<u32>,
    /// JPEG in base64.
    thumbnail: Option<String>,
}

/// A picture of an album.
pub(super) type AlbumItem = MediaBody;

#[derive(Deserialize)]
pub(super) struct HdBody {
    standard: MediaBody,
    hd: MediaBody,
}

#[derive(Deserialize)]
pub(super) struct LocationBody {
    #[serde(alias = "lat")]
    latitude: f64,
    #[serde(alias = "lng", alias = "lon")]
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LiveLocationBody {
    #[serde(alias = "lat")]
    latitude: f64,
    #[serde(alias = "lng", alias = "lon")]
    longitude: f64,
    accuracy: Option<u32>,
    speed: Option<f32>,
    caption: Option<String>,
    #[serde(default = "first")]
    sequence: i64,
    seconds: Option<u32>,
}

fn first() -> i64 {
    1
}

#[derive(Deserialize)]
pub(super) struct ContactBody {
    #[serde(alias = "display_name")]
    name: String,
    #[serde(alias = "phone")]
    number: Option<String>,
    vcard: Option<String>,
}

/// A list of cards, with or without a name for all of them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ContactsBody {
    Named { name: String, cards: Vec<ContactBody> },
    Cards(Vec<ContactBody>),
}

#[derive(Deserialize)]
pub(super) struct PollBody {
    question: String,
    options: Vec<String>,
    /// 0 for any number.
    choices: Option<u32>,
    #[serde(default)]
    announcement: bool,
}

#[derive(Deserialize)]
pub(super) struct VoteBody {
    message_id: String,
    options: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct EventBody {
    name: String,
    description: Option<String>,
    start: Option<i64>,
    end: Option<i64>,
    location: Option<LocationBody>,
    link: Option<String>,
    #[serde(default)]
    cancelled: bool,
}

#[derive(Deserialize)]
pub(super) struct EventAnswerBody {
    message_id: String,
    answer: Answer,
    guests: Option<i32>,
}

#[derive(Deserialize)]
pub(super) struct ReactionBody {
    message_id: String,
    emoji: String,
}

#[derive(Deserialize)]
pub(super) struct TargetBody {
    pub message_id: String,
}

#[derive(Deserialize)]
pub(super) struct EditBody {
    message_id: String,
    #[serde(default)]
    sealed: bool,
}

#[derive(Deserialize)]
pub(super) struct DeleteBody {
    message_id: String,
    #[serde(default)]
    admin: bool,
}

#[derive(Deserialize)]
pub(super) struct PinBody {
    message_id: String,
    #[serde(default = "a_week")]
    seconds: u32,
}

fn a_week() -> u32 {
    604_800
}

#[derive(Deserialize)]
pub(super) struct ChoiceBody {
    message_id: String,
    id: String,
    #[serde(alias = "title")]
    text: String,
    description: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawBody {
    r#type: Option<String>,
    mediatype: Option<String>,
    edit: Option<String>,
    hide_failure: Option<bool>,
}

fn decoded(base64: &str, what: &str) -> Result<Vec<u8>, Problem> {
    STANDARD
        .decode(base64)
        .map_err(|error| Problem::unprocessable(format!("{what} is not base64: {error}")))
}

impl MediaBody {
    pub fn read(self) -> Result<Media, Problem> {
        let thumbnail = self.thumbnail.map(|jpeg| decoded(&jpeg, "the thumbnail"));
        Ok(Media {
            kind: self.kind,
            mime: self.mime,
            bytes: decoded(&self.base64, "the file")?.into(),
            caption: self.caption,
            file_name: self.file_name,
            seconds: self.seconds,
            thumbnail: thumbnail.transpose()?,
        })
    }
}

pub(super) fn album(files: Vec<AlbumItem>) -> Result<Content, Problem> {
    if files.len() < 2 {
        return Err(Problem::unprocessable("an album has two pictures or more"));
    }
    let files = files.into_iter().map(MediaBody::read).collect::<Result<_, _>>()?;
    Ok(Content::Album(files))
}

impl HdBody {
    pub fn read(self) -> Result<Content, Problem> {
        let (standard, hd) = (self.standard.read()?, self.hd.read()?);
        Ok(Content::Hd(Box::new(HdPair { standard, hd })))
    }
}

impl From<LocationBody> for Location {
    fn from(body: LocationBody) -> Self {
        Self {
            latitude: body.latitude,
            longitude: body.longitude,
            name: body.name,
            address: body.address,
        }
    }
}

impl LiveLocationBody {
    pub fn read(self) -> Content {
        Content::LiveLocation(LiveLocation {
            latitude: self.latitude,
            longitude: self.longitude,
            accuracy_meters: self.accuracy,
            speed: self.speed,
            caption: self.caption,
            sequence: self.sequence,
            seconds: self.seconds,
        })
    }
}

impl From<ContactBody> for Contact {
    fn from(body: ContactBody) -> Self {
        match body.vcard {
            Some(vcard) => Self { name: body.name, vcard },
            None => Self::with_number(&body.name, &body.number.unwrap_or_default()),
        }
    }
}

impl ContactsBody {
    pub fn read(self) -> Content {
        let (name, cards) = match self {
            Self::Named { name, cards } => (name, cards),
            Self::Cards(cards) => (format!("{} contacts", cards.len()), cards),
        };
        Content::Contacts {
            name,
            cards: cards.into_iter().map(Contact::from).collect(),
        }
    }
}

impl PollBody {
    pub fn read(self) -> Result<Content, Problem> {
        if !(2..=12).contains(&self.options.len()) {
            return Err(Problem::unprocessable("a poll has 2 to 12 options"));
        }
        let (question, options) = (self.question, self.options);
        Ok(match (self.choices, self.announcement) {
            (None | Some(1), false) => Content::Poll { question, options },
            (choices, announcement) => Content::PollWith(Poll {
                question,
                options,
                choices: choices.unwrap_or(1),
                announcement,
            }),
        })
    }
}

impl VoteBody {
    pub fn read(self) -> Content {
        Content::Vote {
            message_id: self.message_id,
            options: self.options,
        }
    }
}

impl EventBody {
    pub fn read(self) -> Content {
        Content::Event(Event {
            name: self.name,
            description: self.description,
            start: self.start,
            end: self.end,
            place: self.location.map(Location::from),
            join_link: self.link,
            cancelled: self.cancelled,
        })
    }
}

impl EventAnswerBody {
    pub fn read(self) -> Content {
        Content::EventAnswer {
            message_id: self.message_id,
            answer: self.answer,
            guests: self.guests,
        }
    }
}

impl ReactionBody {
    pub fn read(self) -> Content {
        Content::Reaction {
            message_id: self.message_id,
            emoji: self.emoji,
        }
    }
}

impl EditBody {
    pub fn read(self, text: String) -> Content {
        let message_id = self.message_id;
        match self.sealed {
            true => Content::SealedEdit { message_id, text },
            false => Content::Edit { message_id, text },
        }
    }
}

impl DeleteBody {
    pub fn read(self) -> Content {
        let message_id = self.message_id;
        match self.admin {
            true => Content::AdminDelete { message_id },
            false => Content::Delete { message_id },
        }
    }
}

impl PinBody {
    pub fn read(self) -> Content {
        Content::Pin {
            message_id: self.message_id,
            seconds: Some(self.seconds),
        }
    }
}

impl ChoiceBody {
    pub fn read(self, form: ChoiceForm) -> Content {
        Content::Choice(Choice {
            message_id: self.message_id,
            form,
            id: self.id,
            text: self.text,
            description: self.description,
        })
    }
}

impl RawBody {
    pub fn read(self, base64: &str) -> Result<Content, Problem> {
        Ok(Content::Raw(Raw {
            message: decoded(base64, "raw")?,
            stanza_type: self.r#type,
            mediatype: self.mediatype,
            edit: self.edit,
            hide_failure: self.hide_failure,
        }))
    }
}
