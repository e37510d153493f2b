//! Reads a phone number from text: typed by a person, pasted from anywhere, or from a cell of a list.
//!
//! Pure functions without state. [`read`] takes the text and the country whose national numbers are meant, and returns
//! the digits of E.164 with how they were read, or refuses with a reason that names a valid spelling.
//!
//! Invariants
//! - A text without a country code is a number of the given country or none: no guess leads abroad.
//! - An international number is never passed to the numbering library together with a home country: the library would
//!   read the beginning of the number as the country's own prefixes.
//! - A number with a plus is never rejected for its range, only for its length: new ranges are in use
//!   before the numbering data include them.
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
