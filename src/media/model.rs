//! What a file of a message is, and why one is refused.

use super::voice::{MOST_MINUTES, VoiceError};
use crate::accounts::Forbidden;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{PublicId, WorkspaceId};
use crate::plans::PlanError;

crate::id!(FileId);

crate::words!(
    pub enum FileState {
        /// Not here; WhatsApp may still have it.
        Wanted = "wanted",
        Present = "present",
        /// Not here, and not at WhatsApp: only a phone may have it.
        Gone = "gone",
        /// The scanner found something in it. It is kept apart, and shown to nobody.
        Quarantined = "quarantined",
    }
);

crate::words!(
    /// Why a file is not here, where that needs to be said.
    pub enum Why {
        /// Over the installation's limit for one file.
        TooLarge = "too_large",
        /// The plan's storage is used up.
        NoRoom = "no_room",
        /// WhatsApp does not have it any more.
        Expired = "expired",
        /// What came is not what was announced.
        Damaged = "damaged",
        /// Deleted here after the time that the workspace keeps files.
        Cleared = "cleared",
        /// It was here, and the store does not have it.
        Lost = "lost",
        /// The phone was asked for it and has not answered.
        Asked = "asked",
        /// The phone was asked for it and does not have it either.
        Nowhere = "nowhere",
    }
);

/// A file's name in the store: the SHA-256 of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// `None` for what is no SHA-256.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// `None` for what is not 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn of_hex(hex: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let pairs = hex.as_bytes().chunks_exact(2);
        let bytes: Option<Vec<u8>> = pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect();
        Self::of_bytes(&bytes?).filter(|_| hex.len() == 64)
    }

    #[must_use]
    pub fn hex(self) -> String {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// Whoever knows the hash of a private file knows too much for a log.
impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sha256(…)")
    }
}

/// A file as a workspace has it.
#[derive(Clone, Debug)]
pub struct MediaFile {
    pub id: FileId,
    pub public_id: PublicId,
    pub workspace: WorkspaceId,
    pub sha256: Sha256,
    pub state: FileState,
    pub why: Option<Why>,
    /// By its content, once it is here.
    pub mime: String,
    /// In bytes.
    pub size: u64,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub seconds: Option<u32>,
    /// What the scanner calls it.
    pub finding: Option<String>,
    pub used_at: UnixMs,
}

/// A file that a message announces.
#[derive(Clone, Copy)]
pub struct Announced<'a> {
    pub sha256: Sha256,
    pub mime: &'a str,
    pub size: u64,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub seconds: Option<u32>,
}

/// What a workspace has in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub files: u64,
    pub bytes: u64,
    pub pictures: u64,
    pub sounds: u64,
    pub videos: u64,
}

/// Each says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum MediaError {
    NotFound,
    Forbidden(#[from] Forbidden),
    /// The address was good once.
    AddressExpired,
    /// It is not here; the state says why.
    NotHere(FileState, Option<Why>),
    Empty,
    /// Over `limit` bytes.
    TooLarge {
        limit: u64,
    },
    /// Announced as a picture, and no picture can be read from it.
    DamagedPicture,
    /// A program, whatever its name says.
    Program,
    /// The scanner found something.
    Unsafe {
        finding: String,
    },
    /// The scanner did not answer, and nothing is taken unseen.
    NotScanned,
    /// A sound that cannot become a voice note.
    NotAVoiceNote,
    TooLong {
        minutes: u32,
    },
    Plan(PlanError),
    /// The store; the log has the details.
    Store(String),
    Db(DbError),
}

impl MediaError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("media-not-found"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::AddressExpired => Text::new("media-address-expired"),
            Self::NotHere(state, why) => missing(*state, *why),
            Self::Empty => Text::new("media-empty"),
            Self::TooLarge { limit } => Text::new("media-too-large").size("limit", *limit),
            Self::DamagedPicture => Text::new("media-damaged-picture"),
            Self::Program => Text::new("media-program"),
            Self::Unsafe { finding } => Text::new("media-unsafe").with("finding", finding),
            Self::NotScanned => Text::new("media-not-scanned"),
            Self::NotAVoiceNote => Text::new("media-not-a-voice-note"),
            Self::TooLong { minutes } => Text::new("media-too-long").count(*minutes),
            Self::Plan(error) => error.text(),
            Self::Store(_) => Text::new("media-store-trouble"),
            Self::Db(_) => Text::internal(),
        }
    }
}

/// What is said in a file's place.
#[must_use]
pub fn missing(state: FileState, why: Option<Why>) -> Text {
    Text::new(match (state, why) {
        (FileState::Quarantined, _) => "media-quarantined",
        (_, Some(Why::TooLarge)) => "media-missing-too-large",
        (_, Some(Why::NoRoom)) => "media-missing-no-room",
        (_, Some(Why::Damaged)) => "media-missing-damaged",
        (_, Some(Why::Cleared)) => "media-missing-cleared",
        (_, Some(Why::Lost)) => "media-missing-lost",
        (_, Some(Why::Asked)) => "media-missing-asked",
        (_, Some(Why::Nowhere)) => "media-missing-nowhere",
        (FileState::Gone, _) | (_, Some(Why::Expired)) => "media-missing-expired",
        (FileState::Wanted | FileState::Present, None) => "media-missing",
    })
}

crate::from_db!(MediaError);

impl From<PlanError> for MediaError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Db(error) => error.into(),
            other => Self::Plan(other),
        }
    }
}

impl From<VoiceError> for MediaError {
    fn from(error: VoiceError) -> Self {
        match error {
            VoiceError::Unfit => Self::NotAVoiceNote,
            VoiceError::TooLong => Self::TooLong { minutes: MOST_MINUTES },
            VoiceError::Io(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for MediaError {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the media store cannot be used");
        Self::Store(error.to_string())
    }
}
