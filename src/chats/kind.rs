//! The kinds of messages.

use wa_client::{Card, Change, Content, MediaKind, SealedKind};

crate::words!(
    /// What a message is; the one list of kinds. Those below `line` are stored, but show on their target or not at all;
    /// the last two are shown again.
    pub enum Kind {
        Text = "text",
        Image = "image",
        Video = "video",
        Gif = "gif",
        VideoNote = "video_note",
        Voice = "voice",
        Audio = "audio",
        Document = "document",
        Sticker = "sticker",
        Location = "location",
        LiveLocation = "live_location",
        Contact = "contact",
        Poll = "poll",
        PollResult = "poll_result",
        Event = "event",
        Product = "product",
        Order = "order",
        /// A template, list or message with buttons.
        Business = "business",
        Invite = "invite",
        /// Said in one line of words; the phone shows more.
        Notice = "notice",
        /// A centred line of the conversation.
        Line = "line",
        /// Announces the pictures that follow.
        Album = "album",
        Reaction = "reaction",
        Edit = "edit",
        Delete = "delete",
        Vote = "vote",
        PollOption = "poll_option",
        EventAnswer = "event_answer",
        Pin = "pin",
        Keep = "keep",
        Protocol = "protocol",
        Undecryptable = "undecryptable",
        Other = "other",
    }
);

impl Kind {
    /// The kind of a content.
    #[must_use]
    pub const fn of(content: &Content) -> Self {
        match content {
            Content::Text { .. } => Self::Text,
            Content::Media(media) => match media.kind {
                MediaKind::Image => Self::Image,
                MediaKind::Video => Self::Video,
                MediaKind::Gif => Self::Gif,
                MediaKind::VideoNote => Self::VideoNote,
                MediaKind::Voice => Self::Voice,
                MediaKind::Audio => Self::Audio,
                MediaKind::Document => Self::Document,
                MediaKind::Sticker => Self::Sticker,
            },
            Content::Card { card, .. } => match card {
                Card::Location { .. } => Self::Location,
                Card::LiveLocation { .. } => Self::LiveLocation,
                Card::Contact { .. } => Self::Contact,
                Card::Poll { .. } => Self::Poll,
                Card::PollResult { .. } => Self::PollResult,
                Card::Event { .. } => Self::Event,
                Card::Album { .. } => Self::Album,
                Card::Product { .. } => Self::Product,
                Card::Order { .. } => Self::Order,
                Card::Business { .. } | Card::Menu { .. } => Self::Business,
                Card::Invite { .. } => Self::Invite,
                Card::Notice(_) => Self::Notice,
                Card::Line(_) => Self::Line,
            },
            Content::Change { change, .. } => match change {
                Change::Reaction { .. } => Self::Reaction,
                Change::Edit { .. } => Self::Edit,
                Change::Delete { .. } => Self::Delete,
                Change::Vote { .. } => Self::Vote,
                Change::PollOption { .. } => Self::PollOption,
                Change::EventAnswer { .. } => Self::EventAnswer,
                Change::Pin { .. } => Self::Pin,
                Change::Keep { .. } => Self::Keep,
            },
            Content::Sealed(sealed) => match sealed.kind {
                SealedKind::Vote => Self::Vote,
                SealedKind::PollOption => Self::PollOption,
                SealedKind::EventAnswer => Self::EventAnswer,
                SealedKind::Edit | SealedKind::EventEdit | SealedKind::PollEdit => Self::Edit,
                SealedKind::Reaction => Self::Reaction,
            },
            Content::Undecryptable => Self::Undecryptable,
            Content::Protocol => Self::Protocol,
            Content::Other { .. } => Self::Other,
        }
    }

    /// Whether it shows as a message in the thread.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        !matches!(
            self,
            Self::Album
                | Self::Reaction
                | Self::Edit
                | Self::Delete
                | Self::Vote
                | Self::PollOption
                | Self::EventAnswer
                | Self::Pin
                | Self::Keep
                | Self::Protocol
        )
    }

    /// Whether somebody wrote it, so that it counts as unread and moves its conversation up.
    #[must_use]
    pub const fn is_written(self) -> bool {
        self.is_shown() && !matches!(self, Self::Line)
    }

    /// How a file of this kind is sent and encrypted.
    #[must_use]
    pub const fn media(self) -> Option<MediaKind> {
        Some(match self {
            Self::Image => MediaKind::Image,
            Self::Video => MediaKind::Video,
            Self::Gif => MediaKind::Gif,
            Self::VideoNote => MediaKind::VideoNote,
            Self::Voice => MediaKind::Voice,
            Self::Audio => MediaKind::Audio,
            Self::Document => MediaKind::Document,
            Self::Sticker => MediaKind::Sticker,
            _ => return None,
        })
    }

    #[must_use]
    pub const fn is_media(self) -> bool {
        matches!(
            self,
            Self::Image
                | Self::Video
                | Self::Gif
                | Self::VideoNote
                | Self::Voice
                | Self::Audio
                | Self::Document
                | Self::Sticker
        )
    }
}
