//! The numbering plans of the library. Only digits are passed to it: it reads letters as dial pads.

use std::str::FromStr as _;

use phonenumber::metadata::{DATABASE, Descriptor, Metadata};
use phonenumber::{Mode, country};

/// Digits of E.164, the country code included.
const LENGTHS: std::ops::RangeInclusive<usize> = 7..=15;

/// The country whose national numbers are read.
pub(super) struct Home {
    id: country::Id,
    meta: &'static Metadata,
    /// Its country code.
    pub code: String,
}

impl Home {
    /// `country` is ISO 3166-1 alpha-2; `None` where no numbering plan is known.
    pub(super) fn of(country: &str) -> Option<Self> {
        let id = country::Id::from_str(country).ok()?;
        let meta = DATABASE.by_id(id.as_ref())?;
        let code = meta.country_code().to_string();
        Some(Self { id, meta, code })
    }

    pub(super) fn country(&self) -> &str {
        self.id.as_ref()
    }

    /// The trunk prefix of national numbers.
    pub(super) fn trunk(&self) -> Option<&'static str> {
        self.meta.national_prefix().filter(|prefix| !prefix.is_empty())
    }

    /// Removes carrier codes, Argentina's 15 and other prefixes that are dialled only within the country. Not for
    /// digits that may be international.
    pub(super) fn dialled(&self, digits: &str) -> Option<String> {
        let number = phonenumber::parse(Some(self.id), digits).ok()?;
        let ours = number.code().value() == self.meta.country_code();
        (ours && phonenumber::is_valid(&number))
            .then(|| e164(&number))
            .filter(|digits| LENGTHS.contains(&digits.len()))
    }

    /// Whether a national number may have this many digits; in loose plans only their mobiles count.
    pub(super) fn has_length(&self, digits: usize) -> bool {
        /// Longer ones belong to plans that allow any length.
        const FIXED_MOST: u16 = 11;
        let of = |descriptor: Option<&Descriptor>, most: u16| {
            let lengths = descriptor.map_or(&[][..], Descriptor::possible_length);
            lengths.iter().max().is_some_and(|longest| *longest <= most) && has(lengths, digits)
        };
        let kinds = self.meta.descriptors();
        of(kinds.mobile(), u16::MAX) || of(kinds.fixed_line(), FIXED_MOST)
    }

    /// Whether a mobile number may have this many digits.
    pub(super) fn has_mobile_length(&self, digits: usize) -> bool {
        self.meta
            .descriptors()
            .mobile()
            .is_some_and(|mobile| has(mobile.possible_length(), digits))
    }

    /// Whether a number without its area code has this many digits.
    pub(super) fn is_local_length(&self, digits: usize) -> bool {
        let kinds = self.meta.descriptors();
        [Some(kinds.general()), kinds.fixed_line(), kinds.mobile()]
            .into_iter()
            .flatten()
            .any(|kind| has(kind.possible_local_length(), digits))
    }

    /// An example number of the country in international form.
    pub(super) fn example(&self) -> Option<String> {
        let kinds = self.meta.descriptors();
        let national = kinds.mobile().or(kinds.fixed_line())?.example()?;
        Some(shown(&format!("{}{national}", self.code)))
    }
}

fn has(lengths: &[u16], digits: usize) -> bool {
    lengths.iter().any(|length| usize::from(*length) == digits)
}

/// The number of these digits, with country code, if the plans know its range; a trunk prefix after the country code is
/// removed.
pub(super) fn listed(digits: &str) -> Option<String> {
    if digits.starts_with('0') || !(LENGTHS.contains(&digits.len()) || digits.len() == LENGTHS.end() + 1) {
        return None;
    }
    // Unchanged first: the library takes Russia's 812 for a trunk prefix and an area code.
    if LENGTHS.contains(&digits.len())
        && let Some((code, national)) = split_code(digits)
        && plans(code)
            .iter()
            .any(|plan| kinds(plan).any(|kind| kind.is_match(national)))
    {
        return Some(digits.to_owned());
    }
    let number = phonenumber::parse(None, format!("+{digits}")).ok()?;
    phonenumber::is_valid(&number)
        .then(|| e164(&number))
        .filter(|digits| LENGTHS.contains(&digits.len()))
}

/// Whether these digits, with country code, are a mobile number.
pub(super) fn is_mobile(digits: &str) -> bool {
    LENGTHS.contains(&digits.len())
        && split_code(digits).is_some_and(|(code, national)| {
            let mut mobiles = plans(code).into_iter().filter_map(|plan| plan.descriptors().mobile());
            mobiles.any(|mobile| mobile.is_match(national))
        })
}

fn plans(code: u16) -> Vec<&'static Metadata> {
    DATABASE.by_code(&code).unwrap_or_default()
}

/// The kinds of numbers that a plan has.
fn kinds(plan: &Metadata) -> impl Iterator<Item = &Descriptor> {
    let kinds = plan.descriptors();
    [
        kinds.mobile(),
        kinds.fixed_line(),
        kinds.voip(),
        kinds.toll_free(),
        kinds.shared_cost(),
        kinds.premium_rate(),
        kinds.personal_number(),
        kinds.uan(),
        kinds.pager(),
    ]
    .into_iter()
    .flatten()
}

/// The same, only for country codes: not for satellites and services.
pub(super) fn listed_in_a_country(digits: &str) -> Option<String> {
    let (code, _) = split_code(digits)?;
    let country = DATABASE
        .by_code(&code)?
        .first()?
        .id()
        .bytes()
        .all(|b| b.is_ascii_uppercase());
    listed(digits).filter(|_| country)
}

/// Whether a number with a country code fits its plan by length alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Its digits, without a trunk prefix after the country code.
    Fits(String),
    TooShort,
    TooLong,
    NoSuchCode,
}

pub(super) fn fit(digits: &str) -> Fit {
    if digits.len() < *LENGTHS.start() {
        return Fit::TooShort;
    }
    let Some((code, national)) = split_code(digits) else {
        return Fit::NoSuchCode;
    };
    let metas = plans(code);
    let possible = |national: &str| {
        let mut all = metas.iter().flat_map(|plan| kinds(plan));
        all.any(|kind| has(kind.possible_length(), national.len()))
    };
    let trunk = metas
        .first()
        .and_then(|meta| meta.national_prefix())
        .unwrap_or_default();
    let inner = national.strip_prefix(trunk).filter(|_| trunk == "0");
    for national in inner.into_iter().chain([national]) {
        let whole = format!("{code}{national}");
        if possible(national) && LENGTHS.contains(&whole.len()) {
            return Fit::Fits(whole);
        }
    }
    let lengths = metas
        .iter()
        .flat_map(|plan| kinds(plan))
        .flat_map(Descriptor::possible_length);
    let longest = lengths.max();
    if longest.is_some_and(|longest| usize::from(*longest) < national.len()) || digits.len() > *LENGTHS.end() {
        Fit::TooLong
    } else {
        Fit::TooShort
    }
}

/// The country code and the rest. No code is a prefix of another.
fn split_code(digits: &str) -> Option<(u16, &str)> {
    (1..=3).find_map(|length| {
        let (code, rest) = digits.split_at_checked(length)?;
        let value: u16 = code.parse().ok()?;
        (!code.starts_with('0') && DATABASE.by_code(&value).is_some()).then_some((value, rest))
    })
}

/// The number in international form.
pub(super) fn shown(digits: &str) -> String {
    match phonenumber::parse(None, format!("+{digits}")) {
        Ok(number) if phonenumber::is_valid(&number) => number.format().mode(Mode::International).to_string(),
        _ => format!("+{digits}"),
    }
}

fn e164(number: &phonenumber::PhoneNumber) -> String {
    let text = number.format().mode(Mode::E164).to_string();
    text.chars().filter(char::is_ascii_digit).collect()
}
