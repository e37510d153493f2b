//! Backups: copies of `app.db`, made while the program runs, verified, and restored.
//!
//! One is made every night; the newest few of those are kept. Others are made by hand and kept until somebody deletes
//! them. Restoring happens without a running server.
//!
//! Invariants
//! - A backup gets its name when it is complete, and counts as good only after every page was read.
//! - Keys of linked numbers never go back in time (`docs/adr/0001-two-databases.md`): a backup contains none, unless it
//!   was made while no number could be connected and is restored to that very instant.
//! - Restoring deletes nothing: replaced files are moved aside. It is atomic, even when it is killed (`arrival`).
//! - A database and a master key that do not belong together are never opened together (`sealed`).
//! - What waited to be sent in a backup is held until a person decides about it.

mod arrival;
mod daily;
mod files;
mod model;
mod restore;
mod sealed;
mod service;
mod store;

pub use arrival::{complete, is_arriving};
pub use daily::DailyBackup;
pub use model::{BackupError, BackupFile, BackupStatus, Contents, Held, Kind, Restored, Step, Verified};
pub use restore::{Keys, Order, link_again, restore, set_keys_aside};
pub use sealed::{Fit, OtherKey, fingerprint, fingerprint_in, fit, fit_of, mark_in};
pub use service::{Backups, list, locate, verify};

#[cfg(test)]
mod tests;
