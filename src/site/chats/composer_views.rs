//! Views of the composer. Templates add no rules of their own.

use askama::Template;

use super::acting::Quoting;
use crate::i18n::T;
use crate::site::plans::views::LimitNotice;
use crate::site::sessions::views::SendingNote;
use crate::web::filters;
use crate::web::views::fragments;

fragments!(Composer);

/// The composer, or why there is none.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_composer.html")]
pub struct Composer {
    pub t: T,
    pub chat: String,
    /// Members can be mentioned.
    pub is_group: bool,
    /// The message that is answered.
    pub quoting: Option<Quoting>,
    pub text: String,
    /// Files that came back into it.
    pub files: Vec<TrayFile>,
    /// They can be opened once.
    pub once: bool,
    /// Whoever has it back writes on.
    pub focused: bool,
    pub error: Option<String>,
    pub off: Option<Off>,
    /// The note above the field while messages have to wait.
    pub note: SendingNote,
    /// The daily limit is reached: new messages wait.
    pub limit: Option<LimitNotice>,
    /// The end of the conversation is shown, so new messages are added there.
    pub at_end: bool,
    /// For the form without JavaScript.
    pub csrf: String,
}

impl Composer {
    /// What the hidden field says of the files.
    fn files_json(&self) -> String {
        if self.files.is_empty() {
            return String::new();
        }
        let files: Vec<&str> = self.files.iter().map(|file| file.json.as_str()).collect();
        format!("[{}]", files.join(","))
    }
}

/// A file of the composer that is uploaded.
#[derive(Clone, Debug)]
pub struct TrayFile {
    /// As the composer sends it.
    pub json: String,
    pub label: String,
    /// Address of a small picture.
    pub picture: Option<String>,
}

/// Why nothing can be sent, and the link that helps.
#[derive(Clone, Debug)]
pub struct Off {
    pub reason: String,
    pub help: Option<(String, String)>,
}
