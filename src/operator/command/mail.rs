//! The words of `wamanager mail` on the socket.

use serde::{Deserialize, Serialize};

/// What is asked of mail. `mail` is a public id.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum MailRequest {
    /// The word of a state; `after` is the id that the page before ended with.
    List {
        state: Option<String>,
        after: Option<String>,
    },
    Show {
        mail: String,
    },
    Retry {
        mail: String,
    },
    /// Carried at once; the answer tells what became of it.
    Test {
        to: String,
    },
}

#[derive(Clone, Serialize, Deserialize)]
pub struct MailList {
    pub mails: Vec<MailReport>,
    /// Name and port of the mail server.
    pub server: Option<String>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A mail as the command line shows it.
#[derive(Clone, Serialize, Deserialize)]
pub struct MailReport {
    pub id: String,
    pub to: String,
    pub subject: String,
    /// queued, sent, filed or failed.
    pub state: String,
    pub error: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    pub sent_at: Option<String>,
    /// Only of one mail, and while it is kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}
