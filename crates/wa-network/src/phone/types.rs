//! The visible state of a phone.

use serde::{Deserialize, Serialize};

use crate::hub::PairError;

/// The properties of a new phone.
#[derive(Debug, Clone, Default)]
pub struct NewPhone {
    /// Digits without `+`.
    pub number: String,
    /// The name its owner shows to others.
    pub name: String,
    /// Whether it answers every text of a person automatically.
    pub auto_reply: bool,
}

/// A phone as `GET /phones` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneInfo {
    pub number: String,
    pub lid: String,
    pub name: String,
    pub online: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    pub linked_devices: Vec<LinkedDevice>,
}

impl PhoneInfo {
    /// `NUMBER@s.whatsapp.net`
    pub fn jid(&self) -> String {
        format!("{}@s.whatsapp.net", self.number)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkedDevice {
    pub id: u16,
    pub platform: String,
    pub connected: bool,
    /// How many messages wait for it at the server.
    pub waiting: usize,
}

/// Something that arrived at a phone and could be decrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxMessage {
    /// Counts from 1 in order of first arrival.
    pub seq: u64,
    pub id: String,
    /// Number of the sender; the phone's own number for what a linked device sent.
    pub from: String,
    /// Number of the person or JID of the group it belongs to.
    pub chat: String,
    /// `text`, `image`, `video`, `gif`, `ptv`, `audio`, `voice`, `document`, `sticker`, `album`, `location`,
    /// `live_location`, `contact`, `contacts`, `poll`, `poll_vote`, `event`, `event_answer`, `reaction`, `edit`,
    /// `delete`, `pin`, `unpin`, `keep`, `unkeep`, `choice`, `disappearing`, `number_request`, `number_shared`,
    /// `limit_sharing`, `interactive` (a message with buttons or a list) or `other`.
    pub kind: String,
    /// Text, caption, emoji, place, name, question, chosen options or seconds, as the kind has it.
    pub text: Option<String>,
    /// Lower-case hex of the plain file's SHA-256; media only.
    pub media_sha256: Option<String>,
    /// When it arrived, unix milliseconds.
    pub at: i64,
    /// How often the same id arrived and was decrypted.
    pub copies: u32,
    /// Id of the message that it quotes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reply_to: Option<String>,
    /// Id of the message that it changes, votes on or pins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// Id of the album's head, or of the picture that this one replaces.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<String>,
    /// JIDs of the people it mentions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub mentions: Vec<String>,
    #[serde(skip_serializing_if = "is_false", default)]
    pub view_once: bool,
    #[serde(skip_serializing_if = "is_false", default)]
    pub forwarded: bool,
    /// The disappearing timer that it carries, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expiration: Option<u32>,
}

/// Whether a mark is missing; `serde` asks by reference.
fn is_false(mark: &bool) -> bool {
    !mark
}

/// One line of the phone's chat list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conversation {
    /// Number of the person or JID of the group.
    pub peer: String,
    pub peer_name: String,
    pub last: Option<PhoneMessage>,
    pub unread: u32,
}

/// One bubble on the phone's screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneMessage {
    pub id: String,
    pub from_me: bool,
    /// Number of the author; of interest in groups.
    pub author: String,
    /// As [`InboxMessage::kind`], without those that change another message.
    pub kind: String,
    pub text: String,
    /// Unix milliseconds.
    pub at: i64,
    pub status: MessageStatus,
    /// Id of the message it replies to.
    pub reply_to: Option<String>,
    /// The last emoji somebody put under it.
    pub reaction: Option<String>,
    pub edited: bool,
    pub deleted: bool,
    /// Small JPEG shown before the file is there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub thumbnail: Option<Vec<u8>>,
    /// Whether [`super::Phones::media`] has the file.
    pub has_media: bool,
}

/// The status of a sent message; received ones are `Delivered` until read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    Failed,
    Pending,
    Sent,
    Delivered,
    Read,
}

/// A decrypted file on the phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    pub mime: String,
    pub bytes: bytes::Bytes,
}

/// A message from before the network started, for the first history sync.
#[derive(Debug, Clone, Deserialize)]
pub struct PastMessage {
    /// Number of the other person.
    pub peer: String,
    #[serde(default)]
    pub peer_name: String,
    #[serde(default)]
    pub from_me: bool,
    pub text: String,
    /// Unix milliseconds.
    pub at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptMode {
    None,
    #[default]
    Delivered,
    Read,
}

/// Which receipts a phone sends for a message, and after what delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReceiptRule {
    pub mode: ReceiptMode,
    #[serde(default)]
    pub delay_ms: u64,
}

/// What a phone does when a companion asks for the older messages of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HistoryMode {
    #[default]
    Answer,
    /// Does not react, as a phone that is off or whose app is closed.
    Silent,
    /// Says that there are none.
    Nothing,
}

/// What a phone gives away of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HistoryRule {
    #[serde(default)]
    pub mode: HistoryMode,
    /// How many of a chat's newest messages a new companion is sent; `None`: all.
    #[serde(default)]
    pub at_linking: Option<usize>,
}

/// How the phone's owner marks a chat, and by which ways its linked devices learn of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChatMark {
    /// Read receipts and app state, as from a phone with default settings.
    #[default]
    Read,
    /// Read receipts alone.
    Receipt,
    /// Receipts of a phone that sends no read receipts to others.
    ReadSelf,
    /// App state alone, as when the chat is marked in the list.
    AppState,
    Unread,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TypingState {
    Composing,
    Paused,
}

#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    #[error("there is no phone with this number: create it with POST /phones")]
    UnknownPhone,
    #[error("a phone with this number exists already: use it, or choose another number")]
    Exists,
    #[error("this is not a phone number: write 6 to 15 digits without + or spaces")]
    BadNumber,
    #[error("this is not the text of a linking QR code: pass the whole text the QR shows")]
    BadQr,
    #[error("this is not a linking code: pass the eight characters the companion shows, like ABCD-EFGH")]
    BadCode,
    #[error("no companion waits for this code with this number: ask for a fresh code and type it at once")]
    NoPendingCode,
    #[error("the code does not match the one the companion shows: check it and type it again")]
    WrongCode,
    #[error("the passkey step failed: {0}")]
    Passkey(&'static str),
    #[error(transparent)]
    Pairing(#[from] PairError),
    #[error("the recipient is not on this network: create its phone first")]
    NotOnNetwork,
    #[error("there is no such group, or this phone is not in it")]
    NoGroup,
    #[error("the phone is offline: put it online first")]
    Offline,
    #[error("the phone has no linked device with this id: see GET /phones")]
    NoDevice,
    #[error("only the phone's own messages can be edited or deleted")]
    NotOwn,
    #[error("the phone does not know the message (any more), or it has no secret: send it first, and to this chat")]
    NoSecret,
    #[error("the poll has no such option: write its options as they were sent")]
    NoSuchOption,
    #[error("raw is not an encoded Message: pass the protobuf bytes in base64")]
    BadRaw,
    #[error("a message of this kind cannot carry these marks: leave them out")]
    NoPlaceForMarks,
    #[error("the file could not be encrypted or uploaded: {0}")]
    Media(String),
    #[error("the account's app state has patches that the phone cannot read: reset the network")]
    AppState,
    #[error("encryption failed: {0}")]
    Signal(String),
    #[error("the phone was switched off meanwhile: create it again")]
    Gone,
}
