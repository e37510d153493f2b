//! Mail: the program's emails to people.
//!
//! A room writes an [`EmailDraft`] in the transaction that makes it necessary ([`Mailer::send_in`]); a job delivers it
//! to the mail server, or writes a file where there is none. Administrators see all of it, newest first.
//!
//! Invariants
//! - A mail is in the table exactly when the change that it reports is in the database.
//! - Its Message-ID is chosen with its row: sending it again after a crash is sending the same mail.
//! - Recipient, subject and body are sealed; the body is deleted once it was sent, since links in it are secrets.
//! - User-chosen names are in emails only as [`plain`] returns them.
//! - No address and no text of a mail is in a log, in a job or in a stored error.

mod draft;
mod model;
mod render;
mod seal;
mod service;
mod store;
mod transport;
mod worker;

#[cfg(test)]
mod tests;

pub use draft::{EmailDraft, plain};
pub use model::{Counts, MailError, MailRow, OpenMail, State};
pub use service::{Mailer, hold_all_in};
pub use transport::{MailTransport, TransportError};
pub use worker::{MailWorker, PruneMails, SendMail};
