//! What a body says around a message: its quote, mentions, where it comes from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Problem;
use crate::phone::{Ad, Channel, Content, Frame, Quote};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct MarksBody {
    mentions: Vec<String>,
    forwarded: Option<u32>,
    channel: Option<ChannelBody>,
    expiration: Option<u32>,
    ad: Option<AdBody>,
    view_once: bool,
}

#[derive(Deserialize)]
struct ChannelBody {
    jid: String,
    name: String,
}

#[derive(Deserialize)]
struct AdBody {
    title: String,
    body: Option<String>,
    source_id: Option<String>,
    #[serde(alias = "url")]
    source_url: Option<String>,
    click_id: Option<String>,
    /// JPEG in base64.
    thumbnail: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ReplyBody {
    message_id: String,
    #[serde(default)]
    status: bool,
    author: Option<String>,
    quoted_text: Option<String>,
}

impl MarksBody {
    /// The content with these marks; a text that only answers stays a plain reply.
    pub fn around(self, content: Content, reply: Option<ReplyBody>) -> Result<Content, Problem> {
        let plain = reply.as_ref().is_some_and(ReplyBody::is_plain);
        let frame = Frame {
            quote: reply.map(ReplyBody::read),
            mentions: self.mentions,
            forwarded: self.forwarded,
            channel: self.channel.map(|ChannelBody { jid, name }| Channel { jid, name }),
            expiration: self.expiration,
            ad: self.ad.map(AdBody::read).transpose()?,
            view_once: self.view_once,
        };
        let only_quote = !frame.view_once && !frame.marked_beside_quote();
        let quoted = frame.quote.as_ref().map(|quote| quote.message_id.clone());
        match (content, quoted) {
            (Content::Text(text), Some(message_id)) if plain && only_quote => Ok(Content::Reply { message_id, text }),
            (content, None) if only_quote => Ok(content),
            (content, _) if !content.can_be_framed() => Err(Problem::unprocessable(
                "a message that changes another, and raw, carries no marks: leave out reply, mentions, forwarded and \
                 the like",
            )),
            (content, _) if frame.view_once && !content.is_media() => {
                Err(Problem::unprocessable("only media can be view_once"))
            }
            (content, _) => Ok(Content::Framed {
                frame: Box::new(frame),
                content: Box::new(content),
            }),
        }
    }
}

impl ReplyBody {
    fn is_plain(&self) -> bool {
        !self.status && self.author.is_none() && self.quoted_text.is_none()
    }

    fn read(self) -> Quote {
        Quote {
            message_id: self.message_id,
            status: self.status,
            author: self.author,
            text: self.quoted_text,
        }
    }
}

impl AdBody {
    fn read(self) -> Result<Ad, Problem> {
        let thumbnail = self.thumbnail.map(|jpeg| STANDARD.decode(jpeg)).transpose();
        Ok(Ad {
            title: self.title,
            body: self.body,
            source_id: self.source_id,
            source_url: self.source_url,
            click_id: self.click_id,
            thumbnail: thumbnail
                .map_err(|error| Problem::unprocessable(format!("thumbnail is not base64: {error}")))?,
        })
    }
}
