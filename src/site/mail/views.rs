//! Views of the administrator's pages of mail.

use askama::Template;

use crate::clock::UnixMs;
use crate::i18n::{Stamp, T};
use crate::mail::{MailRow, State};
use crate::web::filters;
use crate::web::htmx::Tone;
use crate::web::layout::PageFrame;
use crate::web::views::{Chip, Choice, CopyLink, Pager, Subnav};

/// `GET /admin/mail`.
#[derive(Template)]
#[template(path = "mail/index.html", blocks = ["main"])]
pub struct MailsPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    /// Name and port of the mail server, and the sender; `None` without a server.
    pub server: Option<String>,
    pub states: Vec<Choice>,
    pub active: bool,
    pub rows: Vec<MailLine>,
    pub pager: Pager,
}

/// A mail in the list.
pub struct MailLine {
    pub href: String,
    pub subject: String,
    pub to: String,
    pub state: Chip,
    pub at: Stamp,
    pub error: Option<String>,
    /// It was not sent, and contains a link that can be shared.
    pub can_copy: bool,
}

/// `GET /admin/mail/{mail}`.
#[derive(Template)]
#[template(path = "mail/show.html", blocks = ["main"])]
pub struct MailPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub subject: String,
    pub state: Chip,
    pub facts: Vec<(String, String)>,
    pub error: Option<String>,
    /// While it is stored.
    pub text: Option<String>,
    /// Its link, for sharing.
    pub link: Option<CopyLink>,
    /// Otherwise, why there is none.
    pub no_text: String,
    /// A note that the mail was not sent.
    pub filed: bool,
    /// Address of the button; `None` when it cannot be sent again.
    pub again: Option<String>,
}

pub(super) fn state_label(t: T, state: State) -> String {
    let key = match state {
        State::Queued => "mail-state-queued",
        State::Sent => "mail-state-sent",
        State::Filed => "mail-state-filed",
        State::Failed => "mail-state-failed",
    };
    t.get(key)
}

pub(super) fn state_chip(t: T, mail: &MailRow) -> Chip {
    let (icon, tone) = match mail.state {
        State::Queued if mail.error.is_some() => ("clock", Tone::Warn),
        State::Queued => ("clock", Tone::Plain),
        State::Sent => ("mail-check", Tone::Good),
        State::Filed => ("file-text", Tone::Warn),
        State::Failed => ("circle-alert", Tone::Bad),
    };
    Chip::new(state_label(t, mail.state), icon, tone)
}

pub(super) fn line(t: T, mail: &MailRow, now: UnixMs) -> MailLine {
    MailLine {
        href: format!("/admin/mail/{}", mail.public_id),
        subject: shown(t, &mail.subject),
        to: mail.to.clone(),
        state: state_chip(t, mail),
        at: t.ago(mail.created_at, now),
        error: mail.error.clone(),
        can_copy: mail.has_link && mail.state != State::Sent,
    }
}

/// The subject, or a replacement if it can no longer be unsealed.
pub(super) fn shown(t: T, subject: &str) -> String {
    if subject.is_empty() {
        t.get("mail-unreadable")
    } else {
        subject.to_owned()
    }
}
