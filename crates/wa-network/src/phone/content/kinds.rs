//! The rarer kinds of messages.

use serde::{Deserialize, Serialize};

use super::{Location, Media};

#[derive(Debug, Clone, Default)]
pub struct Poll {
    pub question: String,
    pub options: Vec<String>,
    /// How many options one person may choose; 0 for any number.
    pub choices: u32,
    /// For a group where only admins write.
    pub announcement: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Event {
    pub name: String,
    pub description: Option<String>,
    /// Unix seconds.
    pub start: Option<i64>,
    /// Unix seconds.
    pub end: Option<i64>,
    pub place: Option<Location>,
    pub join_link: Option<String>,
    pub cancelled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Going,
    NotGoing,
    Maybe,
}

/// One position of a location that moves. Further ones are further messages with a higher sequence number.
#[derive(Debug, Clone, Default)]
pub struct LiveLocation {
    pub latitude: f64,
    pub longitude: f64,
    pub accuracy_meters: Option<u32>,
    /// Metres per second.
    pub speed: Option<f32>,
    pub caption: Option<String>,
    pub sequence: i64,
    /// Seconds since sharing began.
    pub seconds: Option<u32>,
}

#[derive(Debug, Clone)]
pub struct HdPair {
    pub standard: Media,
    pub hd: Media,
}

/// What a customer chose, and in answer to which message.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    pub message_id: String,
    pub form: ChoiceForm,
    /// Id of the button or row, as the business gave it.
    pub id: String,
    /// What it said.
    pub text: String,
    /// The smaller line of a list's row.
    pub description: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChoiceForm {
    #[default]
    Buttons,
    List,
    Template,
    /// A button of an interactive message.
    Flow,
}

/// A message as bytes, so that fields which this network does not know reach the recipient, too.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    /// An encoded `Message`.
    pub message: Vec<u8>,
    /// Attributes of the stanza; where left out, they follow from the message.
    pub stanza_type: Option<String>,
    pub mediatype: Option<String>,
    pub edit: Option<String>,
    /// Whether a reader that cannot decrypt it should hide that.
    pub hide_failure: Option<bool>,
}
