//! Small pieces that many pages show, each one struct with one template.

use askama::Template;

use super::filters;
use super::htmx::Tone;
use super::layout::{Avatar, PageFrame};
use crate::i18n::{Stamp, T};

/// A view that renders itself: a page prints it as `{{ row }}`, and a live update sends the same.
macro_rules! fragments {
    ($($name:ty),+ $(,)?) => { $(impl askama::filters::HtmlSafe for $name {})+ };
}
pub(crate) use fragments;

fragments!(
    Avatar, Stamp, Chip, CopyLink, QrCode, ToastView, Badge, Subnav, Pager, Meter
);

/// A fragment for the live stream: it replaces `target` on pages that have it.
pub fn partial(target: &str, swap: &str, content: &impl Template) -> String {
    match content.render() {
        Ok(html) => format!("<hx-partial hx-target=\"{target}\" hx-swap=\"{swap}\">{html}</hx-partial>"),
        Err(error) => {
            tracing::error!(%error, "a live fragment could not be rendered");
            String::new()
        }
    }
}

/// The same for a plain text, which replaces the content of `target`.
#[must_use]
pub fn partial_text(target: &str, text: &str) -> String {
    partial(target, "innerHTML", &PlainText { text })
}

#[derive(Template)]
#[template(source = "{{ text }}", ext = "html")]
struct PlainText<'a> {
    text: &'a str,
}

/// One value of a filter, and how many rows have it.
pub struct Choice {
    pub label: String,
    pub count: String,
    pub href: String,
    pub chosen: bool,
}

/// A badge that live updates can replace; zero shows nothing.
#[derive(Template, Clone, Debug)]
#[template(path = "_badge.html")]
pub struct Badge {
    pub id: &'static str,
    pub count: u64,
}

/// A state as a word, with an icon and a tone.
#[derive(Template, Clone, Debug, Default)]
#[template(path = "_chip.html")]
pub struct Chip {
    pub label: String,
    pub icon: &'static str,
    pub tone: Tone,
    /// In progress: the icon turns.
    pub busy: bool,
}

impl Chip {
    #[must_use]
    pub fn new(label: String, icon: &'static str, tone: Tone) -> Self {
        Self {
            label,
            icon,
            tone,
            busy: false,
        }
    }
}

/// A toast; `code`, of a fault of ours, is for the support.
#[derive(Template, Clone, Debug)]
#[template(path = "_toast.html")]
pub struct ToastView {
    pub t: T,
    pub tone: Tone,
    pub text: String,
    pub code: Option<String>,
}

/// The pages of one area: a list beside them, or a row above them on a narrow screen.
#[derive(Template, Clone, Debug)]
#[template(path = "_subnav.html")]
pub struct Subnav {
    pub label: String,
    pub entries: Vec<SubnavEntry>,
}

#[derive(Clone, Debug)]
pub struct SubnavEntry {
    /// The heading of this and the following entries, where it changes.
    pub group: Option<String>,
    pub href: &'static str,
    pub icon: &'static str,
    pub word: String,
    pub current: bool,
}

/// The footer of a list with several pages. Lists page by cursor, so it has links to the first and the next one.
#[derive(Template, Clone, Debug)]
#[template(path = "_pager.html")]
pub struct Pager {
    pub t: T,
    /// How many are shown, and of how many if that is known.
    pub summary: String,
    /// Address of the first page, unless this is it.
    pub first: Option<String>,
    pub next: Option<String>,
}

/// How much of a limit is used.
#[derive(Template, Clone, Debug)]
#[template(path = "_meter.html")]
pub struct Meter {
    pub label: String,
    /// In words: "12 of 50".
    pub value: String,
    /// 0 to 100.
    pub percent: u8,
    pub tone: Tone,
    pub note: Option<String>,
}

/// What went wrong, why if known, and what to do.
#[derive(Clone, Debug)]
pub struct Fault {
    pub status: u16,
    pub title: String,
    pub detail: String,
    /// Stable code and request id, small and copyable.
    pub code: String,
    /// Address and label of the main action.
    pub action: Option<(String, String)>,
}

/// A link to share: a field to select it in, and a button that copies it.
#[derive(Template, Clone, Debug)]
#[template(path = "_copy_link.html")]
pub struct CopyLink {
    pub t: T,
    /// The id of what it leads to; unique on the page.
    pub id: String,
    pub url: String,
    /// Copied by the same click that created it.
    pub at_once: bool,
}

impl CopyLink {
    /// A link created for a visitor who has just clicked to copy it.
    #[must_use]
    pub fn new(t: T, id: &str, url: String) -> Self {
        Self {
            t,
            id: id.to_owned(),
            url,
            at_once: true,
        }
    }

    /// A link that is shown until it is copied.
    #[must_use]
    pub fn waiting(self) -> Self {
        Self { at_once: false, ..self }
    }
}

/// An error page for visitors who are not logged in.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub frame: PageFrame,
    pub fault: Fault,
}

/// An error page within the frame.
#[derive(Template)]
#[template(path = "error_framed.html")]
pub struct FramedErrorPage {
    pub frame: PageFrame,
    pub fault: Fault,
}

/// A form field as typed, with its error.
#[derive(Clone, Debug, Default)]
pub struct Field {
    pub value: String,
    pub error: Option<String>,
}

impl Field {
    #[must_use]
    pub fn new(value: impl Into<String>, error: Option<String>) -> Self {
        Self {
            value: value.into(),
            error,
        }
    }
}

/// A QR code with its expiry, rendered by us: the page's rules allow no style attribute.
#[derive(Template, Clone, Debug)]
#[template(path = "sessions/_qr.html")]
pub struct QrCode {
    pub t: T,
    /// The encoded text; anybody who sees the picture can read it anyway.
    pub text: String,
    /// Modules along one side, with the quiet zone.
    pub size: usize,
    /// Dark modules as one SVG path.
    pub path: String,
    /// Unix milliseconds.
    pub expires_at: i64,
    pub valid_ms: i64,
}

/// Light modules around the code; scanners ask for four, two are enough on a white card with padding.
const QUIET: usize = 2;

impl QrCode {
    /// Renders `text`; `None` when it is too long for any code.
    #[must_use]
    pub fn draw(t: T, text: &str, expires_at: i64, valid_ms: i64) -> Option<Self> {
        let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::L).build().ok()?;
        let mut path = String::new();
        for row in 0..code.size {
            let mut column = 0;
            while column < code.size {
                let run = (column..code.size).take_while(|&at| code[row][at].value()).count();
                if run > 0 {
                    path.push_str(&format!("M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET));
                }
                column += run.max(1);
            }
        }
        Some(Self {
            t,
            text: text.to_owned(),
            size: code.size + 2 * QUIET,
            path,
            expires_at,
            valid_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_as_runs_of_dark_modules() {
        let code = QrCode::draw(T::default(), "2@abc,def,ghi", 0, 0).unwrap();
        assert!(
            code.size > 21 && code.path.starts_with("M2 2h7v1h-7z"),
            "the finder pattern opens the first row"
        );
        assert!(QrCode::draw(T::default(), &"x".repeat(5_000), 0, 0).is_none());
    }
}
