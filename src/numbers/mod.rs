//! Reads a phone number from text: typed by a person, pasted from anywhere, or found in a cell of a list.
//!
//! Pure functions without state. [`read`] takes the text and the country whose national numbers are meant, and gives
//! the digits of E.164 with how they were read, or refuses with a reason that names the spelling that works.
//!
//! Invariants
//! - A text that says nothing of a country is a number of the given country or none: no guess leads abroad.
//! - An international number never reaches the numbering library together with a home country: the library would take
//!   the beginning of the number for the country's own prefixes.
//! - A number that is written with a plus is never doubted for its range, only for its length: new ranges are in use
//!   before the numbering data know them.

mod abroad;
mod bare;
mod changed;
mod clean;
mod links;
mod model;
mod other;
mod plan;
mod read;
mod several;

#[cfg(test)]
mod tests;

pub use model::{How, Number, Refused, Why};
pub use read::read;
