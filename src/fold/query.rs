//! What people search for, as a tree of words.

use std::fmt::Write as _;
use std::ops::Range;

use super::index::WHOLE;
use super::letters::has_marks;
use super::walk::{Cut, Extra, Sink, walk};

/// Characters of a query that count: more is a text that was pasted.
const MOST_CHARS: usize = 200;
/// A number that was typed with its country is also found without, down to as many digits.
const SHORTEST_NUMBER: usize = 8;

/// Words in any order, the last of them as the beginning of a word; in quotation marks words in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) all: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Phrase(Phrase),
    All(Vec<Part>),
    Any(Vec<Part>),
}

/// Words in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    pub words: Vec<String>,
    /// The last word may go on.
    pub begins: bool,
}

impl Query {
    /// `None` when there is nothing to look for.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.char_indices().nth(MOST_CHARS).map_or(text.len(), |(at, _)| at);
        let mut all = Vec::new();
        let mut rest = &text[..end];
        while !rest.is_empty() {
            let (plain, quoted, after) = quoted(rest);
            let is_last = quoted.is_none() && after.is_empty() && !plain.ends_with(char::is_whitespace);
            all.extend(units(plain, is_last));
            all.extend(quoted.and_then(phrase));
            rest = after;
        }
        (!all.is_empty()).then_some(Self { all })
    }

    /// Whether it is the beginning of too many words: one letter of an alphabet, or one digit.
    #[must_use]
    pub fn is_vague(&self) -> bool {
        let [part] = self.all.as_slice() else { return false };
        phrases(part).iter().all(|phrase| match phrase.words.as_slice() {
            [word] => phrase.begins && word.chars().count() == 1 && !word.chars().all(means_something),
            _ => false,
        })
    }

    /// The query in FTS5's language. Every word is quoted, so that none is an operator.
    #[must_use]
    pub fn pattern(&self) -> String {
        let mut pattern = String::new();
        write_parts(&mut pattern, &self.all, " AND ");
        pattern
    }
}

/// Letters of scripts that are cut into pairs do so alone.
fn means_something(c: char) -> bool {
    ('\u{e00}'..='\u{eff}').contains(&c) || c >= '\u{1000}'
}

/// The text before the first quotation mark, what is quoted, and the rest.
fn quoted(text: &str) -> (&str, Option<&str>, &str) {
    let is_mark = |c: char| matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}');
    let Some((plain, after)) = text.split_once(is_mark) else {
        return (text, None, "");
    };
    match after.split_once(is_mark) {
        Some((quoted, rest)) => (plain, Some(quoted), rest),
        // The mark was typed and what it quotes is still being written.
        None => (plain, Some(after), ""),
    }
}

fn phrases(part: &Part) -> Vec<&Phrase> {
    match part {
        Part::Phrase(phrase) => vec![phrase],
        Part::All(parts) | Part::Any(parts) => parts.iter().flat_map(phrases).collect(),
    }
}

fn write_parts(pattern: &mut String, parts: &[Part], between: &str) {
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            pattern.push_str(between);
        }
        match part {
            Part::Phrase(phrase) => {
                let _ = write!(pattern, "\"{}\"", phrase.words.join(" "));
                pattern.push_str(if phrase.begins { "*" } else { "" });
            }
            Part::All(parts) => {
                pattern.push('(');
                write_parts(pattern, parts, " AND ");
                pattern.push(')');
            }
            Part::Any(parts) => {
                pattern.push('(');
                write_parts(pattern, parts, " OR ");
                pattern.push(')');
            }
        }
    }
}

/// The words of a quotation, in a row.
fn phrase(text: &str) -> Option<Part> {
    let mut asked = Asked::default();
    walk(text, &mut asked);
    let words: Vec<(String, Cut)> = asked.runs.into_iter().flat_map(|run| run.words).collect();
    in_a_row(words, false)
}

/// What each run of text without a space asks for.
fn units(text: &str, is_last: bool) -> Vec<Part> {
    let mut asked = Asked::default();
    walk(text, &mut asked);
    let Asked { runs, phones, .. } = asked;
    let last = runs.len().checked_sub(1).filter(|_| is_last);
    let several = runs.len() > 1;
    let mut parts = Vec::new();
    let mut phones = phones.into_iter().peekable();
    let mut number: Option<(String, Range<usize>, Vec<Part>)> = None;
    for (n, run) in runs.into_iter().enumerate() {
        let mut begins = last == Some(n);
        if begins && several && run.is_letter() {
            // Too many words begin with it, and there will be more letters; a digit may be all there is.
            if !run.is_digit() {
                continue;
            }
            begins = false;
        }
        if phones.peek().is_some_and(|(_, at)| at.start < run.at.end) {
            parts.extend(number.take().map(any_spelling));
            number = phones.next().map(|(digits, at)| (digits, at, Vec::new()));
        }
        let at = run.at.clone();
        let part = run.into_part(begins);
        match &mut number {
            Some((_, phone, within)) if at.start < phone.end => within.extend(part),
            _ => {
                parts.extend(number.take().map(any_spelling));
                parts.extend(part);
            }
        }
    }
    parts.extend(number.map(any_spelling));
    parts
}

/// A phone number, by its digits in every spelling or by the words that it was typed with.
fn any_spelling((digits, _, within): (String, Range<usize>, Vec<Part>)) -> Part {
    let plain = digits.trim_start_matches('0');
    let mut any = vec![
        Part::All(within),
        Part::Phrase(Phrase {
            words: vec![if plain.len() < super::walk::TAIL {
                digits.clone()
            } else {
                plain.to_owned()
            }],
            begins: true,
        }),
    ];
    for from in 1..=plain.len().saturating_sub(SHORTEST_NUMBER) {
        let words = vec![format!("{WHOLE}{}", &plain[from..])];
        any.push(Part::Phrase(Phrase { words, begins: false }));
    }
    Part::Any(any)
}

fn in_a_row(mut words: Vec<(String, Cut)>, begins: bool) -> Option<Part> {
    // A pair finds its letters wherever they stand; the last letter alone would have to be the last of its run.
    if words.last().is_some_and(|(_, cut)| *cut == Cut::Last) {
        words.pop();
    }
    let (last, cut) = words.last()?;
    // The letter may have marks that were not typed, or be the first of a pair; alone it is stored as it is.
    let marked = last.chars().any(has_marks);
    let goes_on = match cut {
        Cut::Single => marked || words.len() > 1,
        Cut::Pair => marked,
        Cut::Whole | Cut::Last => false,
    };
    let is_emoji = *cut == Cut::Whole && last.chars().all(|c| c >= '\u{2190}' && !c.is_alphanumeric());
    let begins = goes_on || begins && *cut == Cut::Whole && !is_emoji;
    let words = words.into_iter().map(|(word, _)| word).collect();
    Some(Part::Phrase(Phrase { words, begins }))
}

/// Words without a space between them.
#[derive(Default)]
struct Run {
    words: Vec<(String, Cut)>,
    spelled: Vec<(String, Cut)>,
    has_spelling: bool,
    joined: Option<String>,
    at: Range<usize>,
}

impl Run {
    /// Whether it is one letter or digit of an alphabet.
    fn is_letter(&self) -> bool {
        matches!(self.words.as_slice(), [(word, Cut::Whole)] if word.chars().count() == 1 && !word.chars().all(means_something))
    }

    fn is_digit(&self) -> bool {
        self.words
            .iter()
            .all(|(word, _)| word.chars().all(|c| c.is_ascii_digit()))
    }

    fn into_part(self, begins: bool) -> Option<Part> {
        let single = |word: String| {
            let words = vec![word];
            Part::Phrase(Phrase { words, begins })
        };
        let mut any: Vec<Part> = in_a_row(self.words, begins).into_iter().collect();
        if self.has_spelling {
            any.extend(in_a_row(self.spelled, begins));
        }
        any.extend(self.joined.map(single));
        match any.len() {
            0 | 1 => any.pop(),
            _ => Some(Part::Any(any)),
        }
    }
}

#[derive(Default)]
struct Asked {
    runs: Vec<Run>,
    open: bool,
    phones: Vec<(String, Range<usize>)>,
}

impl Asked {
    fn run(&mut self, at: &Range<usize>) -> &mut Run {
        if !self.open {
            self.open = true;
            self.runs.push(Run {
                at: at.clone(),
                ..Run::default()
            });
        }
        let last = self.runs.len() - 1;
        let run = &mut self.runs[last];
        run.at.end = run.at.end.max(at.end);
        run
    }
}

impl Sink for Asked {
    fn word(&mut self, word: &str, cut: Cut, at: Range<usize>) {
        let run = self.run(&at);
        run.words.push((word.to_owned(), cut));
        run.spelled.push((word.to_owned(), cut));
    }

    fn extra(&mut self, kind: Extra, text: &str, at: Range<usize>) {
        match kind {
            Extra::Joined => self.run(&at).joined = Some(text.to_owned()),
            Extra::Spelling => {
                let run = self.run(&at);
                run.has_spelling = true;
                if let Some((word, _)) = run.spelled.last_mut() {
                    text.clone_into(word);
                }
            }
            Extra::Phone => self.phones.push((text.to_owned(), at)),
            Extra::Tail => {}
        }
    }

    fn end_of_run(&mut self) {
        self.open = false;
    }
}
