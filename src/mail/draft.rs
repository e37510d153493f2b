//! An email before it is rendered.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::WorkspaceId;

/// An email to one person. Texts are plain; rendering escapes them.
///
/// ```text
/// EmailDraft::new("ada@example.com", "Confirm your address")
///     .text("Somebody, hopefully you, made an account with this address.")
///     .button("Confirm the address", format!("/verify/{token}"))
///     .note("If it was not you, ignore this mail.")
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailDraft {
    pub(super) to: String,
    pub(super) subject: String,
    /// The subject when it is not set.
    pub(super) heading: Option<String>,
    pub(super) paragraphs: Vec<String>,
    /// Label, and a path of this installation.
    pub(super) button: Option<(String, String)>,
    pub(super) note: Option<String>,
    /// The address for replies; without one, replies are not read.
    #[serde(default)]
    pub(super) reply_to: Option<String>,
    #[serde(skip)]
    pub(super) workspace: Option<WorkspaceId>,
}

impl EmailDraft {
    #[must_use]
    pub fn new(to: impl AsRef<str>, subject: impl AsRef<str>) -> Self {
        Self {
            to: one_line(to.as_ref()),
            subject: one_line(subject.as_ref()),
            heading: None,
            paragraphs: Vec::new(),
            button: None,
            note: None,
            reply_to: None,
            workspace: None,
        }
    }

    /// Replaces the subject above the text.
    #[must_use]
    pub fn heading(mut self, heading: impl AsRef<str>) -> Self {
        self.heading = Some(one_line(heading.as_ref()));
        self
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn text(mut self, paragraph: impl Into<String>) -> Self {
        self.paragraphs.push(paragraph.into());
        self
    }

    /// The main action. `path` begins with `/` and is made absolute when the email is sent.
    #[must_use]
    pub fn button(mut self, word: impl AsRef<str>, path: impl Into<String>) -> Self {
        self.button = Some((one_line(word.as_ref()), path.into()));
        self
    }

    /// Small, below the rest: what to do if the email is unexpected.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Sets the address for replies.
    #[must_use]
    pub fn reply_to(mut self, address: impl AsRef<str>) -> Self {
        self.reply_to = Some(one_line(address.as_ref()));
        self
    }

    /// The workspace that the email is about.
    #[must_use]
    pub fn at(mut self, workspace: WorkspaceId) -> Self {
        self.workspace = Some(workspace);
        self
    }
}

/// Recipient, text and the secret link stay out of logs.
impl fmt::Debug for EmailDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailDraft")
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

/// Characters of a name in an email.
const MAX_NAME: usize = 40;

/// A user-chosen name for use in an email: short, without invisible characters, and without anything that a
/// mail program turns into a link. Strangers get emails too, and a name must not be used to advertise.
#[must_use]
pub fn plain(name: impl AsRef<str>) -> String {
    let mut spaced = String::new();
    let mut rest = name.as_ref().chars().peekable();
    while let Some(c) = rest.next() {
        // Between two words these make an address; before a space they only end a sentence.
        let joins = joins_addresses(c) && rest.peek().is_some_and(|next| !next.is_whitespace());
        spaced.push(if joins || c.is_control() || is_invisible(c) {
            ' '
        } else {
            c
        });
    }
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.chars().count() {
        0 => "–".to_owned(),
        1..=MAX_NAME => words,
        _ => {
            let short: String = words.chars().take(MAX_NAME - 1).collect();
            format!("{}…", short.trim_end())
        }
    }
}

/// Dots, including those of other scripts' host names, and other characters of addresses.
const fn joins_addresses(c: char) -> bool {
    matches!(
        c,
        '.' | ':'
            | '/'
            | '\\'
            | '@'
            | '<'
            | '>'
            | '\u{2024}'
            | '\u{3002}'
            | '\u{fe52}'
            | '\u{ff0e}'
            | '\u{ff0f}'
            | '\u{ff1a}'
            | '\u{ff20}'
            | '\u{ff61}'
    )
}

/// Invisible marks: of direction, of zero width, of joining.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// A user-chosen name must not start a new header.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
