//! What a message says beside its content.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Content;
use crate::Address;

/// Every kind of message can carry it. Its JSON is stored, but for the quote.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    #[serde(skip)]
    pub quote: Option<Quote>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Forwarded>,
    /// The ad that the conversation came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ad: Option<Ad>,
    /// The conversation's timer: its messages disappear after these seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of: Option<PartOf>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
    /// A tapped button or list row: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<LinkPreview>,
}

/// The message that is answered, with its words: it may be from before the number was linked.
#[derive(Clone, PartialEq)]
pub struct Quote {
    pub id: String,
    pub sender: Option<Address>,
    /// An answer to a status.
    pub status: bool,
    /// [`Content::Protocol`] when only the id is said.
    pub content: Box<Content>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forwarded {
    Once,
    /// Five times or more.
    Often,
    Channel {
        name: Option<String>,
    },
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ad {
    pub title: Option<String>,
    pub url: Option<String>,
    /// Where it was shown, in WhatsApp's words, for example `ctwa_ad`.
    pub source: Option<String>,
}

/// The message that this one belongs to, by id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartOf {
    Album(String),
    /// The same picture in high definition; it replaces the other.
    Hd(String),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    pub url: String,
    pub title: Option<String>,
    pub description: Option<String>,
    /// A small JPEG.
    #[serde(default, with = "super::bytes", skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Vec<u8>>,
}

/// Without the content.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context(…)")
    }
}

/// Without the content.
impl fmt::Debug for LinkPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkPreview(…)")
    }
}

/// Without the content.
impl fmt::Debug for Ad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ad(…)")
    }
}

/// Without the channel's name.
impl fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forwarded(…)")
    }
}
