//! What the administrator's pages of mail show, in ready values.

use askama::Template;

use crate::clock::UnixMs;
use crate::i18n::{Stamp, T};
use crate::mail::{MailRow, State};
use crate::web::filters;
use crate::web::htmx::Tone;
use crate::web::layout::Shell;
use crate::web::views::{Chip, CopyLink, Pager, Subnav};

/// `GET /admin/mail`.
#[derive(Template)]
#[template(path = "mail/index.html", blocks = ["main"])]
pub struct MailsPage {
    pub shell: Shell,
    pub subnav: Subnav,
    /// Name and port of the mail server, and the sender; `None` without a server.
    pub server: Option<String>,
    pub states: Vec<Choice>,
    pub active: bool,
    pub rows: Vec<MailLine>,
    pub pager: Pager,
}

/// One value of the filter.
pub struct Choice {
    pub label: String,
    pub count: String,
    pub href: String,
    pub chosen: bool,
}

/// A mail in the list.
pub struct MailLine {
    pub href: String,
    pub subject: String,
    pub to: String,
    pub state: Chip,
    pub at: Stamp,
    pub error: Option<String>,
    /// Nobody got it, and there is a link in it that can be passed on.
    pub can_copy: bool,
}

/// `GET /admin/mail/{mail}`.
#[derive(Template)]
#[template(path = "mail/show.html", blocks = ["main"])]
pub struct MailPage {
    pub shell: Shell,
    pub subnav: Subnav,
    pub subject: String,
    pub state: Chip,
    pub facts: Vec<(String, String)>,
    pub error: Option<String>,
    /// While it is kept.
    pub text: Option<String>,
    /// Its link, to be passed on.
    pub link: Option<CopyLink>,
    /// Why there is none, else.
    pub no_text: String,
    /// Said of a mail that nobody got.
    pub filed: bool,
    /// Where the button sends; `None` when it cannot be sent again.
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

/// A subject that cannot be unsealed any more.
pub(super) fn shown(t: T, subject: &str) -> String {
    if subject.is_empty() {
        t.get("mail-unreadable")
    } else {
        subject.to_owned()
    }
}
