//! The words of the commands that the control socket carries.

pub mod backups;
pub mod billing;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod plans;
pub mod team;
