//! Cuts a text into words, and finds what else it may be found by.

use std::ops::Range;

use super::letters::{Class, composed, digit, fold};

/// Parts joined to one word at most, and its bytes: an address of the web is not a word.
const JOINED_PARTS: usize = 6;
const JOINED_BYTES: usize = 32;
/// Endings of digits that are shorter than this are no help.
pub(super) const TAIL: usize = 3;
/// Characters between two groups of a phone number at most: `) ` and the like.
const PHONE_GAP: usize = 3;
const PHONE_MIN: usize = 4;
const PHONE_MAX: usize = 15;

/// How a word was cut out of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cut {
    /// As it stands.
    Whole,
    /// Two letters of a longer run.
    Pair,
    /// The last letter of a longer run.
    Last,
    /// A run of one letter.
    Single,
}

/// What a text may be found by besides its words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extra {
    /// The parts of a word without what is between them.
    Joined,
    /// The spelling of a word without its dots and rings: `groesse`.
    Spelling,
    /// A part of a code, or its last digits.
    Tail,
    /// All digits of what may be a phone number; it may span several words.
    Phone,
}

pub(super) trait Sink {
    /// The next word, and where in the text it is written.
    fn word(&mut self, word: &str, cut: Cut, at: Range<usize>);
    fn extra(&mut self, kind: Extra, text: &str, at: Range<usize>);
    /// Words without a space between them end here.
    fn end_of_run(&mut self) {}
}

pub(super) fn walk(text: &str, sink: &mut impl Sink) {
    let mut walk = Walk::new(sink);
    for (at, c) in text.char_indices() {
        let span = at..at + c.len_utf8();
        walk.phones(c, &span);
        fold(c, |folded, class| walk.character(folded, class, &span));
        walk.spelling(c);
    }
    walk.end_run();
    walk.end_phone();
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Nothing,
    Word,
    Pairs,
}

struct Walk<'s, S> {
    sink: &'s mut S,
    run: Run,
    /// The word, or the whole run of pairs.
    word: String,
    at: Range<usize>,
    letters: bool,
    digits: bool,
    spelled: Option<String>,
    /// Where each letter of a run of pairs begins, in the run and in the text.
    pairs: Vec<(usize, usize)>,
    joined: String,
    parts: usize,
    joined_at: Range<usize>,
    joined_letters: bool,
    /// The last character stands between two parts.
    joiner: bool,
    /// The first half of a flag.
    flag: Option<(char, usize)>,
    phone: Phone,
}

/// Digits that may be a phone number.
#[derive(Default)]
struct Phone {
    digits: String,
    at: Range<usize>,
    /// Where the last group begins, among the digits and in the text, and where the one before it ends.
    group: (usize, usize, usize),
    gap: usize,
    /// The digits belong to a code.
    code: bool,
}

impl<'s, S: Sink> Walk<'s, S> {
    fn new(sink: &'s mut S) -> Self {
        Self {
            sink,
            run: Run::Nothing,
            word: String::new(),
            at: 0..0,
            letters: false,
            digits: false,
            spelled: None,
            pairs: Vec::new(),
            joined: String::new(),
            parts: 0,
            joined_at: 0..0,
            joined_letters: false,
            joiner: false,
            flag: None,
            phone: Phone::default(),
        }
    }

    fn character(&mut self, c: char, class: Class, at: &Range<usize>) {
        if class != Class::Emoji {
            self.flag = None;
        }
        match class {
            Class::Letter | Class::Digit => {
                self.enter(Run::Word, at);
                self.word.push(c);
                if let Some(spelled) = &mut self.spelled {
                    spelled.push(c);
                }
                self.letters |= class == Class::Letter;
                self.digits |= class == Class::Digit;
            }
            Class::Pair | Class::Mark => {
                self.enter(Run::Pairs, at);
                self.letter_of_pairs(c, class, at);
            }
            Class::Emoji => self.emoji(c, at),
            Class::Joiner if self.run != Run::Nothing && !self.joiner => {
                self.end_word();
                self.joiner = true;
            }
            Class::Joiner | Class::Gap => self.end_run(),
        }
    }

    /// Begins a run, or goes on with it.
    fn enter(&mut self, run: Run, at: &Range<usize>) {
        if self.run != run || self.joiner {
            self.end_word();
            self.run = run;
            self.at = at.clone();
            self.joiner = false;
        }
        self.at.end = at.end;
    }

    fn letter_of_pairs(&mut self, c: char, class: Class, at: &Range<usize>) {
        let before = self.word.chars().next_back();
        if let Some(whole) = before.and_then(|before| composed(before, c)) {
            self.word.pop();
            self.word.push(whole);
            return;
        }
        if class == Class::Pair || self.pairs.is_empty() {
            self.pairs.push((self.word.len(), at.start));
        }
        self.word.push(c);
    }

    /// `ae` is the other way to write `ä`, and so on.
    fn spelling(&mut self, c: char) {
        let last = self.word.chars().next_back();
        let more = match c {
            'ä' | 'Ä' | 'ö' | 'Ö' | 'ø' | 'Ø' | 'ü' | 'Ü' => 'e',
            'å' | 'Å' => 'a',
            '\u{308}' if matches!(last, Some('a' | 'o' | 'u')) => 'e',
            '\u{30a}' if last == Some('a') => 'a',
            _ => return,
        };
        self.spelled.get_or_insert_with(|| self.word.clone()).push(more);
    }

    fn emoji(&mut self, c: char, at: &Range<usize>) {
        self.end_run();
        let is_half = ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
        match self.flag.take() {
            Some((first, start)) if is_half => {
                let flag: String = [first, c].into_iter().collect();
                self.sink.word(&flag, Cut::Whole, start..at.end);
            }
            _ if is_half => {
                self.flag = Some((c, at.start));
                return;
            }
            _ => self.sink.word(c.encode_utf8(&mut [0; 4]), Cut::Whole, at.clone()),
        }
        self.sink.end_of_run();
    }

    fn end_word(&mut self) {
        match self.run {
            Run::Nothing => return,
            Run::Word => self.end_plain(),
            Run::Pairs => self.end_pairs(),
        }
        self.run = Run::Nothing;
        self.word.clear();
        self.spelled = None;
        self.letters = false;
        self.digits = false;
    }

    fn end_plain(&mut self) {
        self.sink.word(&self.word, Cut::Whole, self.at.clone());
        if let Some(spelled) = &self.spelled {
            self.sink.extra(Extra::Spelling, spelled, self.at.clone());
        }
        if self.digits && (self.letters || self.joined_letters || self.word.starts_with('0')) {
            self.tails();
        }
        if self.parts == 0 {
            self.joined_at.start = self.at.start;
        }
        self.joined_at.end = self.at.end;
        self.joined_letters |= self.letters;
        self.joined.push_str(&self.word);
        self.parts += 1;
    }

    /// What a code may be found by besides its beginning.
    fn tails(&mut self) {
        let (word, at) = (self.word.as_str(), self.at.clone());
        if !self.letters {
            let plain = word.trim_start_matches('0');
            if plain.len() < word.len() && !plain.is_empty() && !self.joined_letters {
                self.sink.extra(Extra::Tail, plain, at.clone());
            }
            if self.joined_letters {
                endings(word, |tail| self.sink.extra(Extra::Tail, tail, at.clone()));
            }
            return;
        }
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let is_digit = first.is_ascii_digit();
            let end = rest
                .find(|c: char| c.is_ascii_digit() != is_digit)
                .unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            rest = after;
            if is_digit && part.len() >= TAIL {
                self.sink.extra(Extra::Tail, part, at.clone());
                endings(part, |tail| self.sink.extra(Extra::Tail, tail, at.clone()));
            } else if !is_digit && part.chars().nth(1).is_some() {
                self.sink.extra(Extra::Tail, part, at.clone());
            }
        }
    }

    fn end_pairs(&mut self) {
        let pairs = std::mem::take(&mut self.pairs);
        let end = (self.word.len(), self.at.end);
        let begins = |n: usize| pairs.get(n).copied().unwrap_or(end);
        for n in 0..pairs.len() {
            let ((from, start), (to, stop)) = (begins(n), begins(n + 2));
            let cut = match (n + 1 == pairs.len(), n) {
                (true, 0) => Cut::Single,
                (true, _) => Cut::Last,
                (false, _) => Cut::Pair,
            };
            self.sink.word(&self.word[from..to], cut, start..stop);
        }
        self.pairs = pairs;
        self.pairs.clear();
        // Runs of pairs are found by any part already.
        self.parts = JOINED_PARTS + 1;
    }

    fn end_run(&mut self) {
        self.end_word();
        if (2..=JOINED_PARTS).contains(&self.parts) && self.joined.len() <= JOINED_BYTES {
            self.sink.extra(Extra::Joined, &self.joined, self.joined_at.clone());
        }
        if self.parts > 0 {
            self.sink.end_of_run();
        }
        self.joined.clear();
        self.parts = 0;
        self.joined_letters = false;
        self.joiner = false;
    }

    fn phones(&mut self, c: char, at: &Range<usize>) {
        let value = if c.is_ascii_digit() { Some(c) } else { digit(c) };
        if let Some(value) = value {
            if !self.phone.code {
                self.phone_digit(value, at);
            }
            return;
        }
        match c {
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2015}' => {
                self.phone.code = false;
                self.phone.gap += 1;
                if self.phone.gap > PHONE_GAP {
                    self.end_phone();
                }
            }
            // Marks of direction come with what is copied from a list of contacts.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {}
            c => {
                if !self.phone.digits.is_empty() {
                    self.end_phone();
                }
                self.phone.code = c.is_alphabetic();
            }
        }
    }

    fn phone_digit(&mut self, value: char, at: &Range<usize>) {
        let phone = &mut self.phone;
        if phone.digits.is_empty() {
            phone.at = at.clone();
            phone.group = (0, at.start, at.start);
        } else if phone.gap > 0 {
            phone.group = (phone.digits.len(), at.start, phone.at.end);
        }
        if phone.digits.len() == PHONE_MAX && phone.group.0 > 0 {
            // Another number follows.
            let (digits, start, before) = phone.group;
            let rest = phone.digits.split_off(digits);
            let at = phone.at.start..before;
            if digits >= PHONE_MIN {
                self.sink.extra(Extra::Phone, &phone.digits, at);
            }
            phone.digits = rest;
            phone.at.start = start;
            phone.group = (0, start, start);
        }
        phone.gap = 0;
        phone.digits.push(value);
        phone.at.end = at.end;
    }

    fn end_phone(&mut self) {
        let phone = &mut self.phone;
        if (PHONE_MIN..=PHONE_MAX).contains(&phone.digits.len()) {
            self.sink.extra(Extra::Phone, &phone.digits, phone.at.clone());
        }
        phone.digits.clear();
        phone.gap = 0;
    }
}

/// The endings of a row of digits, without the whole.
pub(super) fn endings(digits: &str, mut each: impl FnMut(&str)) {
    for from in 1..=digits.len().saturating_sub(TAIL) {
        each(&digits[from..]);
    }
}
