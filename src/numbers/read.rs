//! The order in which a text is read: forms that identify their country most clearly come first.

use super::model::{How, Number, Refused, Why};
use super::plan::{Fit, Home};
use super::{abroad, bare, changed, clean, links, other, plan, several};

/// Bounds the work; a link may contain a message's text.
const MOST_BYTES: usize = 4096;
/// An international number with fewer digits needs its plus.
const LEAST_WITHOUT_PLUS: usize = 10;
/// Shown if the country has no example.
const EXAMPLE: &str = "+55 11 96123-4567";

/// Reads `text` as a phone number, a national one of `country` (ISO 3166-1 alpha-2).
///
/// # Errors
/// [`Refused`] for what is no number, or might be somebody else's.
pub fn read(text: &str, country: &str) -> Result<Number, Refused> {
    let home = Home::of(country);
    let reader = Reader {
        home: home.as_ref(),
        country,
    };
    let text = if text.len() > MOST_BYTES { "" } else { text };
    reader.text(&clean::clean(text)).map_err(|why| reader.refused(why))
}

/// The reason, and the digits that could be written with a plus instead.
struct No {
    why: Why,
    write: Vec<String>,
}

impl From<Why> for No {
    fn from(why: Why) -> Self {
        Self { why, write: Vec::new() }
    }
}

struct Reader<'a> {
    home: Option<&'a Home>,
    country: &'a str,
}

impl Reader<'_> {
    fn refused(&self, no: No) -> Refused {
        let example = no.write.is_empty();
        let write = if example {
            let example = self.home.and_then(Home::example);
            vec![example.unwrap_or_else(|| EXAMPLE.to_owned())]
        } else {
            no.write.iter().map(|digits| plan::shown(digits)).collect()
        };
        Refused {
            why: no.why,
            write,
            example,
        }
    }

    fn text(&self, text: &str) -> Result<Number, No> {
        match links::read(text) {
            Some(links::Link::Chat(digits)) => {
                let number = self.international(&digits)?;
                return Ok(Number {
                    how: How::Link,
                    ..number
                });
            }
            Some(links::Link::Account(digits)) => return account(digits),
            Some(links::Link::Dial(number)) => return self.number(&number),
            Some(links::Link::Mail) => return Err(Why::Mail.into()),
            Some(links::Link::Other) => return Err(Why::OtherLink.into()),
            None => {}
        }
        if let Some(digits) = other::scientific(text) {
            return self.number(&digits?);
        }
        if !text.contains('+')
            && let Some(why) = other::look(text, self.country)
        {
            return Err(why.into());
        }
        self.several(text)?.map_or_else(|| self.number(text), Ok)
    }

    /// `None` for at most one number.
    fn several(&self, text: &str) -> Result<Option<Number>, No> {
        let pieces = several::pieces(text);
        if pieces.len() < 2 {
            return if several::names_neighbours(text) {
                Err(Why::Several(Vec::new()).into())
            } else {
                Ok(None)
            };
        }
        let mut read: Vec<Number> = pieces.iter().filter_map(|piece| self.number(piece).ok()).collect();
        let all = read.len() == pieces.len();
        read.dedup_by(|one, other| one.digits == other.digits);
        match read.len() {
            0 => Ok(None),
            1 if all => Ok(read.pop()),
            _ => {
                let write = read.first().map(|number| number.digits.clone());
                Err(No {
                    why: Why::Several(read),
                    write: write.into_iter().collect(),
                })
            }
        }
    }

    fn number(&self, text: &str) -> Result<Number, No> {
        let text = bare::bare(text);
        let Some((before, after)) = text.split_once("(0)").or_else(|| text.split_once("[0]")) else {
            return self.spelled(&text);
        };
        let code: String = before.chars().filter(char::is_ascii_digit).collect();
        // Italy's landlines keep the 0 that others drop after the country code.
        let keeps = code.trim_start_matches('0') == "39" || code.is_empty();
        let kept = self.spelled(&format!("{before}0{after}"));
        if keeps && kept.as_ref().map_or(code.is_empty(), |number| number.listed) {
            return kept;
        }
        self.spelled(&format!("{before}{after}"))
    }

    fn spelled(&self, text: &str) -> Result<Number, No> {
        let (plus, digits) = digits(text)?;
        if digits.is_empty() {
            return Err(Why::Nothing.into());
        }
        if plus {
            return self.international(&digits);
        }
        match self.home {
            Some(home) => self.at_home(home, &digits),
            None => dialled(&digits, &[abroad::USUAL])
                .or_else(|| without_plus(None, &digits))
                .ok_or_else(|| self.unknown(&digits)),
        }
    }

    /// Digits with their country code.
    fn international(&self, digits: &str) -> Result<Number, No> {
        let digits = digits.strip_prefix(abroad::USUAL).unwrap_or(digits);
        if let Some(number) = known(digits, How::Plus) {
            return Ok(number);
        }
        // Russia's 8 after a plus.
        if self.home.is_some_and(|home| home.code == "7")
            && let Some(national) = digits.strip_prefix('8').filter(|national| national.len() == 10)
            && let Some(digits) = plan::listed(&format!("7{national}"))
        {
            return Ok(listed(digits, How::ChangedPlan));
        }
        match plan::fit(digits) {
            Fit::Fits(digits) => Ok(Number {
                digits,
                how: How::Plus,
                listed: false,
            }),
            Fit::TooShort => Err(Why::TooShort.into()),
            Fit::TooLong => Err(Why::TooLong.into()),
            Fit::NoSuchCode => Err(Why::NoSuchCountryCode.into()),
        }
    }

    /// Digits without a plus.
    fn at_home(&self, home: &Home, digits: &str) -> Result<Number, No> {
        // A person's with a leading 0 looks like a landline with a trunk prefix, a company's like one with a carrier.
        let may_be_tax = matches!((digits.len(), digits.as_bytes()), (11, [b'0', ..]) | (14, _));
        if may_be_tax && other::is_tax_number(digits, self.country) {
            return Err(Why::TaxNumber.into());
        }
        let exits = abroad::exits(home.country(), &home.code);
        if let Some(number) = dialled(digits, exits) {
            return Ok(number);
        }
        if let Some(number) = self.national(home, digits)? {
            return Ok(number);
        }
        let behind_exit: Vec<&str> = exits.iter().filter_map(|exit| digits.strip_prefix(exit)).collect();
        if let [rest, others @ ..] = behind_exit.as_slice() {
            // A range that the plans do not know, if only one country is possible.
            return match plan::fit(rest) {
                Fit::Fits(digits) if others.is_empty() => Ok(Number {
                    digits,
                    how: How::DialledAbroad,
                    listed: false,
                }),
                _ => Err(self.unknown(digits)),
            };
        }
        if let Some(rest) = home.trunk().and_then(|trunk| digits.strip_prefix(trunk))
            && home.has_mobile_length(rest.len())
            && !rest.starts_with('0')
            && !(home.code == "1" && rest.starts_with('1'))
        {
            return Ok(Number {
                digits: format!("{}{rest}", home.code),
                how: How::National,
                listed: false,
            });
        }
        if other::is_tax_number(digits, self.country) {
            return Err(Why::TaxNumber.into());
        }
        without_plus(Some(home), digits).ok_or_else(|| self.unknown(digits))
    }

    fn national(&self, home: &Home, digits: &str) -> Result<Option<Number>, No> {
        let code = home.code.as_str();
        if digits.starts_with(code)
            && let Some(number) = plan::listed(digits)
        {
            let national = format!("{code}{digits}");
            // Italy's mobiles begin with 39 as well, and its landlines with 0.
            if plan::is_mobile(&national) && !plan::is_mobile(&number) {
                return Err(No {
                    why: Why::Ambiguous,
                    write: vec![national, number],
                });
            }
            return Ok(Some(listed(number, How::WithoutPlus)));
        }
        if let Some(number) = changed::national(home.country(), digits) {
            return Ok(Some(listed(number, How::ChangedPlan)));
        }
        let without_trunk = home.trunk().and_then(|trunk| digits.strip_prefix(trunk));
        let both = [Some(digits), without_trunk].map(|digits| digits.map(|digits| format!("{code}{digits}")));
        let number = both.iter().flatten().find_map(|digits| plan::listed(digits));
        // The library removes the international prefix first, which must not happen to the rest here.
        let is_abroad = || {
            abroad::exits(home.country(), code)
                .iter()
                .any(|exit| digits.starts_with(exit))
        };
        if let Some(number) = number.or_else(|| home.dialled(digits).filter(|_| !is_abroad())) {
            return Ok(Some(listed(number, How::National)));
        }
        let changed = both.iter().flatten().find_map(|digits| changed::today(digits));
        let own_code = || digits.starts_with(code).then(|| changed::today(digits)).flatten();
        let Some(changed) = changed.or_else(own_code) else {
            return Ok(None);
        };
        match plan::listed_in_a_country(digits).filter(|_| digits.len() > LEAST_WITHOUT_PLUS) {
            // Mexico's old 1 is also North America's country code.
            Some(abroad) if abroad != changed && home.country() == "MX" => Err(No {
                why: Why::Ambiguous,
                write: vec![changed, abroad],
            }),
            _ => Ok(Some(listed(changed, How::ChangedPlan))),
        }
    }

    fn unknown(&self, digits: &str) -> No {
        let Some(home) = self.home else {
            return if digits.len() < LEAST_WITHOUT_PLUS {
                Why::TooShort
            } else {
                Why::Unknown
            }
            .into();
        };
        let national = format!("{}{digits}", home.code);
        let zero = digits.starts_with('0');
        let why = match digits.len() {
            0..7 if !home.is_local_length(digits.len()) => Why::TooShort,
            length if home.is_local_length(length) => Why::NoAreaCode,
            16.. => Why::TooLong,
            _ => Why::Unknown,
        };
        let here = home.has_length(digits.len()) && !zero && matches!(plan::fit(&national), Fit::Fits(_));
        let abroad = (digits.len() >= LEAST_WITHOUT_PLUS)
            .then(|| plan::listed_in_a_country(digits))
            .flatten();
        let write: Vec<String> = here.then_some(national).into_iter().chain(abroad).collect();
        let why = if write.len() > 1 { Why::Ambiguous } else { why };
        No { why, write }
    }
}

fn listed(digits: String, how: How) -> Number {
    Number {
        digits,
        how,
        listed: true,
    }
}

/// A number of the current plans, or of a former one.
fn known(digits: &str, how: How) -> Option<Number> {
    plan::listed(digits)
        .map(|digits| listed(digits, how))
        .or_else(|| changed::today(digits).map(|digits| listed(digits, How::ChangedPlan)))
}

/// A known number after an international prefix: the country's own, else the usual one.
fn dialled(digits: &str, exits: &[&str]) -> Option<Number> {
    let usual = [abroad::USUAL];
    let rests = exits.iter().chain(&usual).filter_map(|exit| digits.strip_prefix(exit));
    rests
        .filter_map(|rest| known(rest, How::DialledAbroad))
        .next()
        .map(|number| Number {
            how: How::DialledAbroad,
            ..number
        })
}

/// An international number without its plus, if no national one is as long.
fn without_plus(home: Option<&Home>, digits: &str) -> Option<Number> {
    let at_home = home.is_some_and(|home| home.has_length(digits.len()) || home.is_local_length(digits.len()));
    if at_home || digits.len() < LEAST_WITHOUT_PLUS {
        return None;
    }
    plan::listed_in_a_country(digits).map(|digits| listed(digits, How::WithoutPlus))
}

/// WhatsApp's own address of an account is used unchanged.
fn account(digits: String) -> Result<Number, No> {
    let why = match digits.len() {
        0..7 => Why::TooShort,
        16.. => Why::TooLong,
        _ if digits.starts_with('0') => Why::NoSuchCountryCode,
        _ => {
            return Ok(Number {
                listed: plan::listed(&digits).is_some_and(|listed| listed == digits),
                how: How::Address,
                digits,
            });
        }
    };
    Err(why.into())
}

/// Whether it starts with a plus, and the digits.
fn digits(text: &str) -> Result<(bool, String), Why> {
    let (mut plus, mut digits) = (false, String::new());
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() => plus = true,
            '-' | '.' | ',' | '/' | '(' | ')' | '[' | ']' | '~' | '_' | '|' | ' ' | '\n' => {}
            c if c.is_alphabetic() => {
                let any = text.bytes().any(|b| b.is_ascii_digit());
                return Err(if any { Why::Letters } else { Why::Nothing });
            }
            _ => return Err(Why::Unreadable),
        }
    }
    Ok((plus, digits))
}
