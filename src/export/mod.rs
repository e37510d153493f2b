//! Export: what is kept about a person, as one file; and the clearing away of what nobody owns any more.
//!
//! A job writes the file in the background, in small reads, so that it stands in nobody's way and is no snapshot of one
//! moment: what comes in while it runs may or may not be in it. The file is fetched with a login, and goes after a week.
//!
//! Invariants
//! - A person's file holds what they may see: everything of the workspaces they own, and of others their own part.
//! - Files stand in a directory of their own (0700), each 0600 under a random name that no page shows.
//! - Nothing is cleared away that has a member.

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
