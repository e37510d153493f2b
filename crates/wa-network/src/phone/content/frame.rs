//! Marks that a message of any kind can carry.

#[derive(Debug, Clone, Default)]
pub struct Frame {
    pub quote: Option<Quote>,
    /// Numbers of the mentioned people.
    pub mentions: Vec<String>,
    /// How often it was forwarded; from 5 on phones say "many times".
    pub forwarded: Option<u32>,
    /// The channel that it was forwarded from.
    pub channel: Option<Channel>,
    /// The chat's disappearing timer, in seconds.
    pub expiration: Option<u32>,
    pub ad: Option<Ad>,
    /// Media only.
    pub view_once: bool,
}

/// The message that this one answers.
#[derive(Debug, Clone, Default)]
pub struct Quote {
    pub message_id: String,
    /// It was a status, not a message of this chat.
    pub status: bool,
    /// Number of its author; needed where the phone does not know the message.
    pub author: Option<String>,
    /// Its text; needed where the phone does not know the message.
    pub text: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Channel {
    /// `ID@newsletter`
    pub jid: String,
    pub name: String,
}

/// The advertisement whose button opened the chat.
#[derive(Debug, Clone, Default)]
pub struct Ad {
    pub title: String,
    pub body: Option<String>,
    pub source_id: Option<String>,
    pub source_url: Option<String>,
    /// The click's own id.
    pub click_id: Option<String>,
    pub thumbnail: Option<Vec<u8>>,
}

impl Frame {
    pub(in crate::phone) fn has_context(&self) -> bool {
        self.quote.is_some() || self.marked_beside_quote()
    }

    /// Whether it says more than what is answered.
    pub(crate) fn marked_beside_quote(&self) -> bool {
        !self.mentions.is_empty()
            || self.forwarded.is_some()
            || self.channel.is_some()
            || self.expiration.is_some()
            || self.ad.is_some()
    }
}
