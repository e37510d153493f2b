//! What is stored for a text.

use std::fmt::Write as _;
use std::ops::Range;

use super::letters::has_marks;
use super::walk::{Cut, Extra, Sink, endings, walk};

/// Digits of a number that is found by its endings at least.
const NUMBER: usize = 7;
/// Stands before the digits of a whole number, so that a longer spelling of it finds no other number that only ends in
/// the same way.
pub(super) const WHOLE: char = '\u{e000}';
/// The shortest ending of a name that is found.
const NAME_TAIL: usize = 2;

/// The folded form of a message's text.
#[must_use]
pub fn index(text: &str) -> String {
    let mut sink = Folded::default();
    walk(text, &mut sink);
    sink.finish()
}

/// The folded form of a name, which is found by any part of its words.
#[must_use]
pub fn index_name(name: &str) -> String {
    let mut sink = Folded {
        by_parts: true,
        ..Folded::default()
    };
    walk(name, &mut sink);
    sink.finish()
}

/// The folded form of a phone number, which is found by any part of it.
#[must_use]
pub fn index_number(digits: &str) -> String {
    let mut folded = String::new();
    for from in 0..digits.len().saturating_sub(1) {
        let _ = write!(folded, "{} ", digits.get(from..).unwrap_or_default());
    }
    let _ = write!(folded, "{WHOLE}{}", digits.trim_start_matches('0'));
    folded
}

#[derive(Default)]
struct Folded {
    words: String,
    /// Behind the words, where they come between no two words of a phrase.
    extras: String,
    by_parts: bool,
}

impl Folded {
    fn more(&mut self, word: &str) {
        self.extras.push(' ');
        self.extras.push_str(word);
    }

    fn finish(mut self) -> String {
        self.words.push_str(&self.extras);
        self.words
    }
}

impl Sink for Folded {
    fn word(&mut self, word: &str, cut: Cut, _: Range<usize>) {
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(word);
        // One letter alone is looked up as it is: the pairs that it begins are too many to read.
        if cut == Cut::Pair
            && let Some(first) = word.chars().next()
            && !has_marks(first)
        {
            self.more(first.encode_utf8(&mut [0; 4]));
        }
        if self.by_parts && cut == Cut::Whole {
            let count = word.chars().count();
            for (from, _) in word.char_indices().skip(1).take(count.saturating_sub(NAME_TAIL)) {
                self.more(&word[from..]);
            }
        }
    }

    fn extra(&mut self, kind: Extra, text: &str, at: Range<usize>) {
        match kind {
            Extra::Joined | Extra::Spelling | Extra::Tail => self.more(text),
            Extra::Phone if text.len() >= NUMBER => {
                // Without anything between its digits it is a word already.
                if at.len() > text.len() {
                    self.more(text);
                }
                endings(text, |tail| self.more(tail));
                self.extras.push(' ');
                self.extras.push(WHOLE);
                self.extras.push_str(text.trim_start_matches('0'));
            }
            Extra::Phone => {}
        }
    }
}
