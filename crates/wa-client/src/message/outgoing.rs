//! Messages to send.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Card, Change, Content, Media, MenuOption, Target, bytes};
use crate::Address;

/// A message to send. `id` was chosen and stored before, so sending again repeats nothing; that holds for edits,
/// deletes and reactions too, each of which is a message of its own with an id of its own.
#[derive(Clone)]
pub struct Outgoing {
    pub id: String,
    pub to: Address,
    pub content: OutgoingContent,
    pub context: OutgoingContext,
}

/// What a message of ours says. Its JSON is stored while the message waits, so names stay.
///
/// Times are chosen when the message is written, so that sending it again is the same message.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingContent {
    /// With `*bold*`, `_italic_`, `~struck~` and the like as typed: phones draw it.
    Text { body: String },
    /// A file that was uploaded ([`Media::uploaded`]). Where it is and its key are not part of the JSON: whoever stores
    /// it seals the key.
    Media(Media),
    Location {
        latitude: f64,
        longitude: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// One or several.
    Contacts(Vec<OutgoingContact>),
    Poll {
        question: String,
        options: Vec<String>,
        /// How many options one may choose; 0 is any number.
        choices: u32,
        /// 32 random bytes: votes are sealed with it.
        #[serde(with = "bytes::required")]
        secret: Vec<u8>,
    },
    /// Times in Unix seconds.
    Event {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        starts_at: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<String>,
        /// 32 random bytes: answers are sealed with it.
        #[serde(with = "bytes::required")]
        secret: Vec<u8>,
    },
    /// What the other side may choose from.
    Menu {
        body: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        options: Vec<MenuOption>,
        form: MenuForm,
    },
    /// Announces pictures and videos that follow, each with its id as [`OutgoingContext::album`].
    Album { images: u32, videos: u32 },
    /// An empty emoji takes the reaction back.
    Reaction { target: Target, emoji: String, at_ms: i64 },
    /// `content` replaces what a message of ours says: a text, or a file with another caption.
    Edit {
        target: Target,
        content: Box<OutgoingContent>,
        at_ms: i64,
    },
    /// For everyone. Somebody else's message in a group only by an administrator.
    Delete { target: Target },
    /// The chosen options of a poll by name; none takes the vote back.
    Vote {
        target: Target,
        options: Vec<String>,
        /// The poll's.
        #[serde(with = "bytes::required")]
        secret: Vec<u8>,
        at_ms: i64,
    },
}

/// How a menu looks on the phone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MenuForm {
    /// A text with a numbered line for each option, which every phone shows.
    Numbers,
    /// WhatsApp shows them today, and may stop to do so any day.
    Buttons,
    /// The same, behind a button with this label.
    List { label: String },
}

/// What every kind of message can carry beside its content; stored as JSON with it. Of a change, only an edit carries
/// it: mentions and timer of the new words.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OutgoingContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<OutgoingQuote>,
    /// The text names each as `@` and the part of the address before its `@`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Address>,
    /// How often it was forwarded, this time included; from 5 on phones say "many times". 0: it was written here.
    #[serde(skip_serializing_if = "is_zero")]
    pub forwarded: u32,
    /// The conversation's timer: the message disappears after these seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<u32>,
    /// Pictures, videos and recordings only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
    /// The WhatsApp id of the album that it is a picture of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album: Option<String>,
}

/// The message that is answered. Its words are sent along, for phones that do not have it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct OutgoingQuote {
    pub target: Target,
    /// A file in it is not uploaded: caption and thumbnail are all that shows.
    pub content: Box<OutgoingContent>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingContact {
    pub name: String,
    pub vcard: String,
}

/// Where an uploaded file is, and what opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Uploaded {
    pub direct_path: String,
    pub media_key: Vec<u8>,
    /// Of the file as it is.
    pub sha256: Vec<u8>,
    /// Of the file as it was encrypted.
    pub enc_sha256: Vec<u8>,
    /// In bytes, before encryption.
    pub size: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Media {
    /// The same, with where its file is now.
    #[must_use]
    pub fn uploaded(self, file: &Uploaded) -> Self {
        Self {
            size: Some(file.size),
            direct_path: file.direct_path.clone(),
            media_key: file.media_key.clone(),
            sha256: file.sha256.clone(),
            enc_sha256: file.enc_sha256.clone(),
            ..self
        }
    }
}

impl OutgoingContent {
    /// The same as whoever receives it reads it: what the conversation shows here.
    #[must_use]
    pub fn as_received(&self) -> Content {
        let card = |text: Option<String>, card| Content::Card { text, card };
        match self {
            Self::Text { body } => Content::Text { body: body.clone() },
            Self::Media(media) => Content::Media(media.clone()),
            Self::Location {
                latitude,
                longitude,
                name,
                address,
            } => card(
                name.clone().or_else(|| address.clone()),
                Card::Location {
                    latitude: *latitude,
                    longitude: *longitude,
                    address: address.clone(),
                    url: None,
                },
            ),
            Self::Contacts(cards) => {
                let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
                let vcards: Vec<&str> = cards.iter().map(|card| card.vcard.as_str()).collect();
                let vcard = vcards.join("\n");
                card(Some(names.join(", ")), Card::Contact { vcard })
            }
            Self::Poll {
                question,
                options,
                choices,
                ..
            } => card(
                Some(question.clone()),
                Card::Poll {
                    options: options.clone(),
                    choices: *choices,
                    quiz: None,
                },
            ),
            Self::Event {
                name,
                description,
                starts_at,
                ends_at,
                place,
                link,
                ..
            } => card(
                Some(name.clone()),
                Card::Event {
                    starts_at: Some(*starts_at),
                    ends_at: *ends_at,
                    description: description.clone(),
                    place: place.clone(),
                    link: link.clone(),
                    cancelled: false,
                },
            ),
            Self::Menu {
                body, footer, options, ..
            } => card(
                Some(body.clone()),
                Card::Menu {
                    footer: footer.clone(),
                    options: options.clone(),
                },
            ),
            Self::Album { images, videos } => card(
                None,
                Card::Album {
                    images: *images,
                    videos: *videos,
                },
            ),
            Self::Reaction { target, emoji, .. } => change(target, Change::Reaction { emoji: emoji.clone() }),
            Self::Edit { target, content, at_ms } => {
                let body = content.words().map(str::to_owned);
                let at_ms = Some(*at_ms);
                change(
                    target,
                    Change::Edit {
                        body,
                        card: None,
                        at_ms,
                    },
                )
            }
            Self::Delete { target } => {
                let by_admin = !target.from_me;
                change(target, Change::Delete { by_admin })
            }
            Self::Vote {
                target, options, at_ms, ..
            } => {
                let hash = |name: &String| Sha256::digest(name.as_bytes()).to_vec();
                let options = options.iter().map(hash).collect();
                change(target, Change::Vote { options, at_ms: *at_ms })
            }
        }
    }

    /// The message that it changes.
    #[must_use]
    pub const fn target(&self) -> Option<&Target> {
        match self {
            Self::Reaction { target, .. }
            | Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::Vote { target, .. } => Some(target),
            _ => None,
        }
    }

    /// Its text, or the caption of a file.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Text { body } => Some(body),
            Self::Media(media) => media.caption.as_deref(),
            _ => None,
        }
    }
}

fn change(target: &Target, change: Change) -> Content {
    Content::Change {
        target: target.clone(),
        change,
    }
}

/// Without the content.
impl fmt::Debug for OutgoingContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutgoingContent(…)")
    }
}

/// Without the content.
impl fmt::Debug for OutgoingContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutgoingContext(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MediaKind;

    fn stored_and_read(content: &OutgoingContent) -> OutgoingContent {
        serde_json::from_str(&serde_json::to_string(content).unwrap()).unwrap()
    }

    #[test]
    fn what_waits_is_read_back_as_it_was() {
        let target = Target {
            id: "A1".to_owned(),
            from_me: false,
            sender: Some(Address::Lid("77".to_owned())),
        };
        let contents = [
            OutgoingContent::Text {
                body: "*hi*".to_owned(),
            },
            OutgoingContent::Poll {
                question: "When?".to_owned(),
                options: vec!["Now".to_owned(), "Later".to_owned()],
                choices: 1,
                secret: vec![7; 32],
            },
            OutgoingContent::Edit {
                target: target.clone(),
                content: Box::new(OutgoingContent::Text { body: "hi".to_owned() }),
                at_ms: 5,
            },
            OutgoingContent::Delete { target },
        ];
        for content in contents {
            assert!(stored_and_read(&content) == content);
        }
    }

    #[test]
    fn the_key_of_a_file_is_not_in_its_json() {
        let media = Media {
            kind: MediaKind::Voice,
            mime: "audio/ogg".to_owned(),
            waveform: Some(vec![1; 64]),
            direct_path: "/v/1".to_owned(),
            media_key: vec![9; 32],
            ..Media::default()
        };
        let OutgoingContent::Media(read) = stored_and_read(&OutgoingContent::Media(media.clone())) else {
            panic!("not a file");
        };
        assert!(read.media_key.is_empty() && read.direct_path.is_empty());
        assert!(read.kind == media.kind && read.waveform == media.waveform);
    }
}
