//! A number, how it was read, and why a text is none.

use crate::i18n::Text;
use std::fmt;

/// A number as it was read. `Debug` hides the digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Number {
    pub(super) digits: String,
    pub how: How,
    /// Whether the numbering data know its range; new ranges are in use before they do.
    pub listed: bool,
}

impl Number {
    /// The digits of E.164 without the plus: 7 to 15, the country code first.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    #[must_use]
    pub fn into_digits(self) -> String {
        self.digits
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Number")
            .field("how", &self.how)
            .field("listed", &self.listed)
            .finish_non_exhaustive()
    }
}

/// What made it this number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// Written with a plus.
    Plus,
    /// A link to a chat.
    Link,
    /// A WhatsApp address.
    Address,
    /// As it is dialled abroad from the home country.
    DialledAbroad,
    /// As it is dialled within the home country.
    National,
    /// With a country code, but without a plus.
    WithoutPlus,
    /// As it was written before its country changed its numbers.
    ChangedPlan,
}

/// Why a text is no number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    Nothing,
    Letters,
    Unreadable,
    Date,
    TaxNumber,
    BookNumber,
    /// A spreadsheet turned it into a number and rounded it.
    DigitsLost,
    /// A link to something else than one person.
    OtherLink,
    Mail,
    /// More than one number; those that could be read.
    Several(Vec<Number>),
    TooShort,
    TooLong,
    NoAreaCode,
    NoSuchCountryCode,
    /// As likely a number of the home country as one abroad.
    Ambiguous,
    /// No number of the home country looks like this, nor does one abroad.
    Unknown,
}

impl Why {
    #[must_use]
    pub const fn text(&self) -> Text {
        Text::new(match self {
            Self::Nothing => "numbers-nothing",
            Self::Letters => "numbers-letters",
            Self::Unreadable => "numbers-unreadable",
            Self::Date => "numbers-date",
            Self::TaxNumber => "numbers-tax",
            Self::BookNumber => "numbers-book",
            Self::DigitsLost => "numbers-digits-lost",
            Self::OtherLink => "numbers-other-link",
            Self::Mail => "numbers-email",
            Self::Several(_) => "numbers-several",
            Self::TooShort => "numbers-too-short",
            Self::TooLong => "numbers-too-long",
            Self::NoAreaCode => "numbers-no-area-code",
            Self::NoSuchCountryCode => "numbers-no-such-country",
            Self::Ambiguous => "numbers-ambiguous",
            Self::Unknown => "numbers-unknown",
        })
    }
}

/// The text is no number; the words say why and name the spelling that works. `Debug` hides the digits.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Refused {
    pub why: Why,
    /// Spellings that would be taken: of this very number where they are known, else of an example.
    pub(super) write: Vec<String>,
    pub(super) example: bool,
}

impl Refused {
    #[must_use]
    pub fn text(&self) -> Text {
        let key = match (&self.why, self.example) {
            (Why::Several(_), _) => "numbers-write-one",
            (_, true) => "numbers-write-example",
            (_, false) => "numbers-write-this",
        };
        let spellings = self.write.iter().map(Text::verbatim);
        let write = spellings.reduce(|one, other| Text::new("numbers-or").and("one", one).and("other", other));
        let text = Text::new(key).and("why", self.why.text());
        text.and("number", write.unwrap_or(Text::new("numbers-unknown")))
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("why", &self.why)
            .finish_non_exhaustive()
    }
}
