//! Media: files of messages, kept by the hash of their content.
//!
//! A file is written to a place of its own, hashed, looked at and scanned before it is kept; then its bytes are an
//! object of the store (a directory, or a bucket of a service that speaks S3), once for all workspaces, and a row says
//! what one workspace has. Messages refer to rows; chats announce, fetch and show them.
//!
//! Invariants
//! - A row says `present` only when the store has the whole object, flushed to disk or acknowledged by the service.
//! - An object is removed only when no workspace has it as present, and never while it is being put. One that no row
//!   knows is kept for a week, and for ever in a bucket that another installation uses.
//! - Nobody gets a file by knowing its hash: a workspace has what it fetched or uploaded itself.
//! - What a file is follows from its content. Only pictures, sounds and videos that were recognised are shown in place.
//! - Where a scanner is configured, nothing is kept that it has not seen.
//! - No whole file is in memory, whichever way it goes.

mod address;
mod boxes;
mod health;
mod model;
mod name;
mod picture;
mod retention;
mod scan;
mod service;
mod shelf;
mod sniff;
mod staging;
mod store;
mod sweep;
mod voice;

pub use health::{ScannerHealth, StoreHealth};
pub use model::{Announced, FileId, FileState, MediaError, MediaFile, Sha256, Usage, Why, missing};
pub use name::harmless_name;
pub use retention::{CleanMedia, Cleaner};
pub use service::{Chunks, DIR, Landed, Media};
pub use shelf::Span;
pub use sniff::extension;
pub use staging::Staged;
pub use store::{announce_in, by_id_in, find_in, is_uploaded_in, present_in, thumbnail_in};
pub use sweep::{SweepMedia, Sweeper, Swept};
pub use voice::VoiceNote;

/// Whether a page shows a file of this type in place instead of offering it as a download.
#[must_use]
pub fn is_shown(mime: &str) -> bool {
    sniff::class_of(mime) != sniff::Class::Other
}

#[cfg(test)]
mod tests;
