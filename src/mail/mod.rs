//! Mail: what the program writes to people.
//!
//! A room writes an [`EmailDraft`] in the transaction that makes it necessary ([`Mailer::send_in`]); a job carries it to the
//! mail server, or into a file where there is none. Administrators see all of it, the newest first.
//!
//! Invariants
//! - A mail is in the table exactly when the change that it tells of is in the database.
//! - Its Message-ID is chosen with its row: sending it again after a crash is sending the same mail.
//! - Who, subject and body are sealed; the body is dropped once it was sent, since links in it are secrets.
//! - Names that people chose stand in emails as [`plain`] says them.
//! - No address and no text of a mail is in a log, in a job or in an error that is kept.

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
pub use model::{Counts, MailError, MailPage, MailRow, OpenMail, State};
pub use service::{Mailer, hold_all_in};
pub use transport::{MailTransport, TransportError};
pub use worker::{MailWorker, PruneMails, SendMail};
