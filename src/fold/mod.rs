//! Folds text for full-text search: what is stored and what is asked pass the same function, so that every spelling of
//! a word is one word.
//!
//! - Letters lose their case and, in Latin, Greek, Cyrillic, Arabic and Hebrew, their marks; `ß đ ø æ …` are spelled
//!   out, digits of every script are ASCII, full and half width are one ([`letters`]).
//! - Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are cut into overlapping pairs of letters, since their
//!   sentences have no spaces, or words that grow at their end ([`walk`]).
//! - What people write in several ways is stored in each: `wi-fi` as two words and as one, a phone number by all of its
//!   endings, a code also by its digits.
//!
//! The folded text is words of letters, digits and emoji with a space between them. SQLite's tokenizer `ascii` cuts it
//! exactly there: it takes everything beyond ASCII for a letter.

mod index;
mod letters;
mod marks;
mod query;
mod walk;

pub use index::{index, index_name, index_number};
pub use letters::digit;
pub use marks::{Marked, excerpt, marked};
pub use query::Query;

#[cfg(test)]
mod tests;
