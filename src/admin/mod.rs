//! Admin: the pages of whoever owns the box.
//!
//! The room has no rows of its own. What it shows belongs to the rooms below, whose administrators' methods take an
//! `accounts::Admin`; pages about one room's noun (plans, jobs, mail, the audit log) stand in that room.

pub mod health;
pub mod pages;
mod views;
