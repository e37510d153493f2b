//! The demo's own pages: the screen of a simulated phone, so that a newcomer can be the customer in a second window.
//!
//! Only `wamanager demo` registers them. The phone is a real client of the simulated network; nothing here touches the
//! product's tables.

pub mod views;
