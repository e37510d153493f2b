//! A text that somebody will read, made where nobody knows yet who.

use std::fmt;

use fluent_bundle::{FluentArgs, FluentValue};

use super::T;
use crate::clock::UnixMs;
use crate::zone::Zone;

/// A text of the catalogue with what fills its blanks. [`T::text`] says it in the reader's language, wherever the
/// reader is known; `Display` says it in English, for logs and the command line.
///
/// An error that people read has a method `text(&self) -> Text`, and `#[error("{}", self.text())]` on its type.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    key: &'static str,
    blanks: Option<Box<Blanks>>,
}

/// In a box, since most texts have no blanks, and errors that carry a text stay small.
#[derive(Clone, PartialEq, Eq, Default)]
struct Blanks(Vec<(&'static str, Blank)>);

#[derive(Clone, PartialEq, Eq)]
enum Blank {
    /// A name, an address, a list of words of the API: the same in every language.
    Words(String),
    Number(u64),
    Bytes(u64),
    Text(Text),
    /// A text whose key is put together from a stored word.
    Key(String),
    /// A moment on the clock and the calendar of a zone, with the zone's name.
    Moment(UnixMs, Zone),
}

impl Text {
    #[must_use]
    pub const fn new(key: &'static str) -> Self {
        Self { key, blanks: None }
    }

    /// For a key that is put together from a stored word.
    #[must_use]
    pub fn of_word(key: String) -> Self {
        Self::new("text-verbatim").filled("words", Blank::Key(key))
    }

    /// For whatever is our own fault: the log has the reason.
    #[must_use]
    pub const fn internal() -> Self {
        Self::new("problem-internal")
    }

    /// What is the same in every language: a name, a number, what a library or another server said.
    #[must_use]
    pub fn verbatim(words: impl fmt::Display) -> Self {
        Self::new("text-verbatim").with("words", words)
    }

    /// This text, and another one behind it.
    #[must_use]
    pub fn followed_by(self, next: Self) -> Self {
        Self::new("text-followed").and("first", self).and("next", next)
    }

    /// Fills a blank with a name, or with something else that is the same in every language.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.filled(name, Blank::Words(value.to_string()))
    }

    /// Fills `$count`, on which the text depends.
    #[must_use]
    pub fn count(self, count: impl Into<u64>) -> Self {
        self.number("count", count)
    }

    #[must_use]
    pub fn number(self, name: &'static str, value: impl Into<u64>) -> Self {
        self.filled(name, Blank::Number(value.into()))
    }

    /// Fills a blank with a size in bytes.
    #[must_use]
    pub fn size(self, name: &'static str, bytes: u64) -> Self {
        self.filled(name, Blank::Bytes(bytes))
    }

    /// Fills a blank with another text.
    #[must_use]
    pub fn and(self, name: &'static str, text: Self) -> Self {
        self.filled(name, Blank::Text(text))
    }

    /// Fills a blank with time and day as they are in `zone`.
    #[must_use]
    pub fn at(self, name: &'static str, at: UnixMs, zone: Zone) -> Self {
        self.filled(name, Blank::Moment(at, zone))
    }

    fn filled(mut self, name: &'static str, blank: Blank) -> Self {
        self.blanks.get_or_insert_default().0.push((name, blank));
        self
    }
}

/// Without what fills the blanks, which may be a phone number.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.key).finish()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&T::default().text(self))
    }
}

impl T {
    /// The text in the reader's language.
    #[must_use]
    pub fn text(&self, text: &Text) -> String {
        let blanks = text.blanks.iter().flat_map(|blanks| &blanks.0);
        let values = blanks.map(|(name, blank)| {
            let value = match blank {
                Blank::Words(words) => FluentValue::from(words.as_str()),
                Blank::Number(number) => FluentValue::from(i64::try_from(*number).unwrap_or(i64::MAX)),
                Blank::Bytes(bytes) => FluentValue::from(self.size(*bytes)),
                Blank::Key(key) => FluentValue::from(self.get(key)),
                Blank::Text(inner) => FluentValue::from(self.text(inner)),
                Blank::Moment(at, zone) => FluentValue::from(self.moment(*at, *zone)),
            };
            (*name, value)
        });
        self.format(text.key, Some(&FluentArgs::from_iter(values)))
    }

    /// `00:00 on Wednesday, 25 November (Europe/Berlin)`.
    fn moment(&self, at: UnixMs, zone: Zone) -> String {
        let there = Self::new(self.locale, zone);
        let (time, day, zone) = (there.clock(at), there.weekday_date(at), zone.to_string());
        self.with_all("time-on-day", &[("time", &time), ("day", &day), ("zone", &zone)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_said_with_its_number_and_the_texts_within() {
        let wait = |count: u32| Text::new("wait-hours").count(count);
        let throttled = |count| Text::new("accounts-refused-throttled").and("wait", wait(count));
        assert_eq!(throttled(1).to_string(), "Too many attempts. Try again in 1 hour.");
        assert_eq!(
            throttled(1_200).to_string(),
            "Too many attempts. Try again in 1,200 hours."
        );
        let both = Text::new("accounts-name-missing").followed_by(Text::verbatim("E 17"));
        assert_eq!(both.to_string(), "Write a name. E 17");
    }

    #[test]
    fn a_moment_is_said_in_the_zone_that_it_was_given_in() {
        let noon = UnixMs(1_795_521_600_000);
        let text = Text::new("plans-limit-reached").count(50_u32);
        let said = text.at("time", noon, "America/Sao_Paulo".parse().unwrap()).to_string();
        assert!(
            said.ends_with("at 09:00 on Tuesday, 24 November (America/Sao_Paulo)."),
            "{said}"
        );
    }

    #[test]
    fn what_fills_a_blank_is_in_no_log() {
        let text = Text::new("numbers-write-this").with("number", "+5511999990001");
        assert_eq!(format!("{text:?}"), "Text(\"numbers-write-this\")");
    }
}
