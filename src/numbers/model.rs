//! A number, how it was read, and why a text is none.

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

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "There is no phone number in this text.",
            Self::Letters => "There are letters in this phone number.",
            Self::Unreadable => "This can't be read as a phone number.",
            Self::Date => "This is a date, not a phone number.",
            Self::TaxNumber => "This is a tax number, not a phone number.",
            Self::BookNumber => "This is the number of a book, not a phone number.",
            Self::DigitsLost => "A spreadsheet has cut digits off this number: format its column as text.",
            Self::OtherLink => "This link names no phone number.",
            Self::Mail => "This is an email address, not a phone number.",
            Self::Several(_) => "This is more than one phone number.",
            Self::TooShort => "This is too short for a phone number.",
            Self::TooLong => "This is too long for a phone number.",
            Self::NoAreaCode => "The area code is missing.",
            Self::NoSuchCountryCode => "No country has this country code.",
            Self::Ambiguous => "This could be a number here or abroad.",
            Self::Unknown => "No phone number looks like this.",
        })
    }
}

/// The text is no number; the words say why and name the spelling that works. `Debug` hides the digits.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    pub why: Why,
    /// Spellings that would be taken: of this very number where they are known, else of an example.
    pub(super) write: Vec<String>,
    pub(super) example: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = self.write.join(" or ");
        match (&self.why, self.example) {
            (Why::Several(_), _) => write!(f, "{} Write one, like {write}.", self.why),
            (_, true) => write!(f, "{} Write it with its country code, like {write}.", self.why),
            (_, false) => write!(f, "{} If it is right, write {write}.", self.why),
        }
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("why", &self.why)
            .finish_non_exhaustive()
    }
}
