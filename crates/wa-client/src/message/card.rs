//! What is neither text nor a file.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A message that people see as a card or a line. Its JSON is stored as it is, so names stay.
///
/// The words that are read and searched are the message's text beside it: a place's name, a poll's question.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Card {
    Location {
        latitude: f64,
        longitude: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// Each update is a message of its own on the wire; `sequence` orders them.
    LiveLocation {
        latitude: f64,
        longitude: f64,
        sequence: i64,
    },
    /// One or several vCards, one after the other.
    Contact { vcard: String },
    Poll {
        options: Vec<String>,
        /// How many options one may choose; 0 is any number.
        #[serde(default)]
        choices: u32,
        /// One answer is right; empty while it is not told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quiz: Option<String>,
    },
    /// How a poll ended, in a message of its own: options and their votes.
    PollResult { options: Vec<(String, u64)> },
    /// Times in Unix seconds.
    Event {
        starts_at: Option<i64>,
        ends_at: Option<i64>,
        description: Option<String>,
        place: Option<String>,
        link: Option<String>,
        cancelled: bool,
    },
    /// Announces the pictures that follow; not shown itself.
    Album { images: u32, videos: u32 },
    Product {
        /// As WhatsApp writes prices: thousandths, and an ISO currency.
        price: Option<(i64, String)>,
        description: Option<String>,
        url: Option<String>,
        #[serde(default, with = "super::bytes", skip_serializing_if = "Option::is_none")]
        thumbnail: Option<Vec<u8>>,
    },
    Order {
        items: Option<u32>,
        total: Option<(i64, String)>,
        #[serde(default, with = "super::bytes", skip_serializing_if = "Option::is_none")]
        thumbnail: Option<Vec<u8>>,
    },
    /// A template, list or message with buttons, from a business. Nothing on it can be tapped here.
    Business {
        footer: Option<String>,
        buttons: Vec<String>,
    },
    /// Our own: what the other side may choose from.
    Menu {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        options: Vec<MenuOption>,
    },
    /// To a group or a channel; times in Unix seconds.
    Invite {
        channel: bool,
        name: Option<String>,
        expires_at: Option<i64>,
    },
    /// Said in one line of words; the text inside, if any, is shown too.
    Notice(Notice),
    /// A centred line of the conversation.
    Line(Line),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MenuOption {
    /// What programs know it by.
    pub id: String,
    pub title: String,
}

/// Kinds of which the phone shows more than is shown here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    Payment,
    PaymentRequest,
    PaymentDeclined,
    PaymentCancelled,
    SplitPayment,
    Invoice,
    VoiceCall,
    VideoCall,
    MissedVoiceCall,
    MissedVideoCall,
    ScheduledCall,
    StickerPack,
    Comment,
    AiAnswer,
    Question,
    Music,
    Spoiler,
    StatusAnswer,
    /// The sender asks for our phone number.
    PhoneRequested,
    /// WhatsApp shows this message on the phone only.
    OnlyOnPhone,
}

/// What happened in a conversation, told by WhatsApp. Persons in it are addresses as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Messages disappear after these seconds; 0 is off.
    Timer {
        seconds: u32,
    },
    LimitSharing {
        on: bool,
    },
    /// The sender has shared their phone number.
    PhoneShared,
    Subject {
        subject: String,
    },
    Description,
    Picture {
        removed: bool,
    },
    Created {
        subject: String,
    },
    Added {
        people: Vec<String>,
    },
    Removed {
        people: Vec<String>,
    },
    Left {
        person: String,
    },
    Joined {
        person: String,
    },
    Promoted {
        people: Vec<String>,
    },
    Demoted {
        people: Vec<String>,
    },
    /// Whether only administrators may write.
    AdminsOnly {
        on: bool,
    },
    /// Whether only administrators may change subject and picture.
    Locked {
        on: bool,
    },
    NumberChanged {
        from: String,
        to: String,
    },
    MissedCall {
        video: bool,
        rejected: bool,
    },
}

/// Without the content.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card(…)")
    }
}

/// Without the content.
impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(…)")
    }
}
