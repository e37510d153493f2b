//! Files in messages.

/// Where a media file is and how to decrypt it. Downloading is a later, separate step.
#[derive(Clone, PartialEq, Default)]
pub struct Media {
    pub kind: MediaKind,
    pub mime: String,
    pub caption: Option<String>,
    pub file_name: Option<String>,
    pub seconds: Option<u32>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Size in bytes, decrypted.
    pub size: Option<u64>,
    pub direct_path: String,
    pub media_key: Vec<u8>,
    pub sha256: Vec<u8>,
    pub enc_sha256: Vec<u8>,
    /// A small JPEG sent inside the message.
    pub thumbnail: Option<Vec<u8>>,
    /// Of a voice note: 64 bytes from 0 to 100.
    pub waveform: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
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
