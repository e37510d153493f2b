//! Renders an email as text and as HTML.

use std::time::{Duration, SystemTime};

use askama::Template;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::draft::EmailDraft;
use crate::clock::UnixMs;
use crate::i18n::T;

/// Mail programs load no file of ours, so it is embedded.
const STYLE: &str = include_str!("../../templates/mail/email.css");

#[derive(Template)]
#[template(path = "mail/email.txt")]
struct TextEmail<'a> {
    heading: &'a str,
    email: &'a EmailDraft,
    footer: String,
}

#[derive(Template)]
#[template(path = "mail/email.html")]
struct HtmlEmail<'a> {
    lang: &'static str,
    style: &'static str,
    heading: &'a str,
    email: &'a EmailDraft,
    /// The product's name in place of a logo, which mail programs block.
    brand: String,
    /// Stands above the link that is written out.
    by_hand: String,
    footer: String,
}

/// The headers that a mail gets when it is sent.
pub(super) struct Stamped<'a> {
    pub from: &'a Mailbox,
    pub message_id: &'a str,
    pub written_at: UnixMs,
}

pub(super) fn text(email: &EmailDraft) -> String {
    let page = TextEmail {
        heading: heading(email),
        email,
        footer: footer(T::default(), email),
    };
    // Cannot fail: it is written to memory.
    page.render().unwrap_or_default()
}

pub(super) fn html(email: &EmailDraft) -> String {
    let t = T::default();
    let page = HtmlEmail {
        lang: t.lang(),
        style: STYLE,
        heading: heading(email),
        email,
        by_hand: t.get("mail-link-by-hand"),
        brand: t.get("product"),
        footer: footer(t, email),
    };
    page.render().unwrap_or_default()
}

fn footer(t: T, email: &EmailDraft) -> String {
    match &email.reply_to {
        Some(address) => t.with("mail-footer-reply", "address", address),
        None => t.get("mail-footer"),
    }
}

fn heading(email: &EmailDraft) -> &str {
    email.heading.as_deref().unwrap_or(&email.subject)
}

/// The whole mail.
pub(super) fn message(email: &EmailDraft, stamped: &Stamped<'_>) -> Result<Message, String> {
    let to: lettre::Address = email
        .to
        .parse()
        .map_err(|_| "the recipient is not an email address".to_owned())?;
    let written = Duration::from_millis(u64::try_from(stamped.written_at.0).unwrap_or(0));
    // Automatic replies must not answer this mail.
    let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
    let from = Mailbox {
        name: stamped.from.name.clone().or_else(|| Some(T::default().get("product"))),
        ..stamped.from.clone()
    };
    let mut message = Message::builder().from(from).to(Mailbox::new(None, to));
    if let Some(address) = &email.reply_to {
        let address = address
            .parse()
            .map_err(|_| "the address for replies is not an email address".to_owned())?;
        message = message.reply_to(Mailbox::new(None, address));
    }
    message
        .subject(&email.subject)
        .date(SystemTime::UNIX_EPOCH + written)
        .message_id(Some(stamped.message_id.to_owned()))
        .raw_header(HeaderValue::new(auto, "auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(text(email), html(email)))
        .map_err(|error| format!("the mail cannot be written: {error}"))
}
