//! A letter as text and as HTML.

use std::time::{Duration, SystemTime};

use askama::Template;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::letter::Letter;
use crate::clock::UnixMs;
use crate::i18n::T;

/// Mail programs read no file of ours, so it stands in the letter.
const STYLE: &str = include_str!("../../templates/mail/letter.css");

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct TextLetter<'a> {
    heading: &'a str,
    letter: &'a Letter,
    footer: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlLetter<'a> {
    lang: &'static str,
    style: &'static str,
    heading: &'a str,
    letter: &'a Letter,
    /// Stands above the link that is written out.
    by_hand: String,
    footer: String,
}

/// What a letter becomes on its way.
pub(super) struct Stamped<'a> {
    pub from: &'a Mailbox,
    pub message_id: &'a str,
    pub written_at: UnixMs,
}

pub(super) fn text(letter: &Letter) -> String {
    let page = TextLetter {
        heading: heading(letter),
        letter,
        footer: T::default().get("mail-footer"),
    };
    // Cannot fail: it is written into memory.
    page.render().unwrap_or_default()
}

pub(super) fn html(letter: &Letter) -> String {
    let t = T::default();
    let page = HtmlLetter {
        lang: t.lang(),
        style: STYLE,
        heading: heading(letter),
        letter,
        by_hand: t.get("mail-link-by-hand"),
        footer: t.get("mail-footer"),
    };
    page.render().unwrap_or_default()
}

fn heading(letter: &Letter) -> &str {
    letter.heading.as_deref().unwrap_or(&letter.subject)
}

/// The whole mail.
pub(super) fn message(letter: &Letter, stamped: &Stamped<'_>) -> Result<Message, String> {
    let to: lettre::Address = letter
        .to
        .parse()
        .map_err(|_| "the recipient is not an e-mail address".to_owned())?;
    let written = Duration::from_millis(u64::try_from(stamped.written_at.0).unwrap_or(0));
    // Machines must not answer a machine.
    let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
    Message::builder()
        .from(stamped.from.clone())
        .to(Mailbox::new(None, to))
        .subject(&letter.subject)
        .date(SystemTime::UNIX_EPOCH + written)
        .message_id(Some(stamped.message_id.to_owned()))
        .raw_header(HeaderValue::new(auto, "auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(text(letter), html(letter)))
        .map_err(|error| format!("the mail cannot be written: {error}"))
}
