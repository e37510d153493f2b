//! Where in a text its matches are.

use std::ops::Range;

use super::query::{Part, Phrase, Query};
use super::walk::{Cut, Extra, Sink, walk};

/// A piece of a text, and whether it is what was searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub text: String,
    pub found: bool,
}

/// A text in pieces, those that match marked.
#[must_use]
pub fn marked(text: &str, query: &Query) -> Vec<Marked> {
    pieces(text, 0..text.len(), &found(text, query))
}

/// One line of at most `most` characters in pieces. When the first match is not among the first `near`, the line begins
/// at the word before it.
#[must_use]
pub fn excerpt(text: &str, query: &Query, near: usize, most: usize) -> Vec<Marked> {
    let found = found(text, query);
    let first = found.first().map_or(0, |at| at.start);
    let mut start = 0;
    if text[..first].chars().count() > near {
        let back = text[..first].char_indices().rev().nth(near).map_or(0, |(at, _)| at);
        let begin = text[back..first].find(char::is_whitespace);
        start = begin.map_or(first, |at| back + at);
        start += text[start..].len() - text[start..].trim_start().len();
    }
    let end = text[start..]
        .char_indices()
        .nth(most)
        .map_or(text.len(), |(at, _)| start + at);
    let mut line = pieces(text, start..end, &found);
    if start > 0 {
        let dots = Marked {
            text: "…".to_owned(),
            found: false,
        };
        line.insert(0, dots);
    }
    line
}

fn pieces(text: &str, shown: Range<usize>, found: &[Range<usize>]) -> Vec<Marked> {
    let mut pieces = Vec::new();
    let mut push = |at: Range<usize>, found: bool| {
        let at = at.start.max(shown.start)..at.end.min(shown.end);
        if at.start < at.end {
            let text = text[at].to_owned();
            pieces.push(Marked { text, found });
        }
    };
    let mut from = 0;
    for at in found {
        push(from..at.start, false);
        push(at.clone(), true);
        from = at.end;
    }
    push(from..text.len(), false);
    pieces
}

/// The matches in the order of the text; none overlaps another.
fn found(text: &str, query: &Query) -> Vec<Range<usize>> {
    let mut words = Words::default();
    walk(text, &mut words);
    let mut found = Vec::new();
    for part in &query.all {
        find(part, &words, &mut found);
    }
    found.sort_unstable_by_key(|at| (at.start, at.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for at in found {
        match apart.last_mut() {
            Some(last) if at.start <= last.end => last.end = last.end.max(at.end),
            _ => apart.push(at),
        }
    }
    apart
}

fn find(part: &Part, words: &Words, found: &mut Vec<Range<usize>>) {
    match part {
        Part::Phrase(phrase) => words.find(phrase, found),
        Part::All(parts) | Part::Any(parts) => parts.iter().for_each(|part| find(part, words, found)),
    }
}

#[derive(Default)]
struct Words {
    /// In the order of the text.
    words: Vec<(String, Range<usize>)>,
    extras: Vec<(Extra, String, Range<usize>)>,
}

impl Words {
    fn find(&self, phrase: &Phrase, found: &mut Vec<Range<usize>>) {
        let Some((last, before)) = phrase.words.split_last() else {
            return;
        };
        let fits = |word: &str| {
            if phrase.begins {
                word.starts_with(last)
            } else {
                word == last
            }
        };
        for row in self.words.windows(phrase.words.len()) {
            let Some(((end, at), start)) = row.split_last() else {
                continue;
            };
            if fits(end) && start.iter().map(|(word, _)| word).eq(before) {
                let from = start.first().map_or(at.start, |(_, at)| at.start);
                found.push(from..at.end);
            }
        }
        if !before.is_empty() {
            return;
        }
        let digits = last.trim_start_matches(super::index::WHOLE);
        for (kind, text, at) in &self.extras {
            let is_found = match kind {
                Extra::Phone => text.contains(digits) && digits.len() >= super::walk::TAIL,
                Extra::Joined | Extra::Spelling | Extra::Tail => fits(text),
            };
            if is_found {
                found.push(at.clone());
            }
        }
    }
}

impl Sink for Words {
    fn word(&mut self, word: &str, _: Cut, at: Range<usize>) {
        self.words.push((word.to_owned(), at));
    }

    fn extra(&mut self, kind: Extra, text: &str, at: Range<usize>) {
        self.extras.push((kind, text.to_owned(), at));
    }
}
