//! The demo's pages: the screen of a simulated phone, so that a newcomer can play the customer in a second window, and
//! the button that makes the business's phone scan a code.
//!
//! Only `wamanager demo` registers them; it builds the [`Stage`]. The phone is a real client of the simulated network;
//! nothing here touches the product's tables.

mod stage;

pub use stage::Stage;
