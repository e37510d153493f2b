//! Files in messages.

use serde::{Deserialize, Serialize};

use super::bytes;

/// Where a media file is and how to decrypt it. Downloading is a later, separate step.
///
/// Its JSON is that of a message that waits to be sent, without where the file is and without its key.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    pub kind: MediaKind,
    pub mime: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Size in bytes, decrypted.
    pub size: Option<u64>,
    #[serde(skip)]
    pub direct_path: String,
    #[serde(skip)]
    pub media_key: Vec<u8>,
    #[serde(skip)]
    pub sha256: Vec<u8>,
    #[serde(skip)]
    pub enc_sha256: Vec<u8>,
    /// A small JPEG sent inside the message.
    #[serde(with = "bytes", skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Vec<u8>>,
    /// Of a voice note: 64 bytes from 0 to 100.
    #[serde(with = "bytes", skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    #[default]
    Image,
    Video,
    /// A silent video that plays in a loop.
    Gif,
    /// A round video, recorded in the chat.
    VideoNote,
    /// Recorded in the chat (push-to-talk).
    Voice,
    Audio,
    Document,
    Sticker,
}
