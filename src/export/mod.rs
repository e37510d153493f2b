//! Export: a person's data as one file; and the deletion of workspaces without members.
//!
//! A job writes the file in the background, in small reads that delay nobody, so it is not a snapshot: data that
//! arrives during the job may or may not be in it. The download needs a login, and the file is deleted after a week.
//!
//! Invariants
//! - A person's file contains what they may see: everything of workspaces they own, and their own part of others.
//! - Files are in a directory of their own (0700), each 0600 under a random name that no page shows.
//! - Nothing with a member is deleted.

mod erase;
mod files;
mod job;
mod model;
mod service;
mod sheet;
mod store;
#[cfg(test)]
mod tests;
mod write;

pub use erase::Eraser;
pub use job::{MakeExport, PruneExports};
pub use model::{Export, ExportError, ExportState};
pub use service::{DIR, Exports};
