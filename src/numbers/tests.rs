//! The table of cases, and properties of every text.

use proptest::prelude::*;
use serde::Deserialize;

use super::{How, Why, read};

#[derive(Deserialize)]
struct Cases {
    numbers: Vec<Case>,
    metadata_lag: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    country: String,
    text: String,
    right: serde_json::Value,
    #[serde(default)]
    refusing_is_right_too: bool,
}

enum Judged {
    Right,
    Refused,
    Wrong,
}

impl Case {
    /// The digits that were read; several if the refusal names them.
    fn read(&self) -> Vec<String> {
        match read(&self.text, &self.country) {
            Ok(number) => vec![number.into_digits()],
            Err(refused) => match refused.why {
                Why::Several(numbers) => numbers.into_iter().map(super::Number::into_digits).collect(),
                _ => Vec::new(),
            },
        }
    }

    fn right(&self) -> Vec<String> {
        match &self.right {
            serde_json::Value::String(digits) => vec![digits.clone()],
            serde_json::Value::Array(several) => several
                .iter()
                .filter_map(|one| one.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn judged(&self) -> Judged {
        let (read, right) = (self.read(), self.right());
        if read == right || (read.is_empty() && self.refusing_is_right_too) {
            Judged::Right
        } else if read.is_empty() {
            Judged::Refused
        } else {
            Judged::Wrong
        }
    }
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("../../tests/cases/numbers.json")).unwrap()
}

#[test]
fn numbers_are_read_as_people_write_them() {
    let cases = cases().numbers;
    let (mut right, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    for case in &cases {
        let line = || {
            format!(
                "{} {:?}: {:?}, right {:?}",
                case.country,
                case.text,
                case.read(),
                case.right()
            )
        };
        match case.judged() {
            Judged::Right => right += 1,
            Judged::Refused => refused.push(line()),
            Judged::Wrong => wrong.push(line()),
        }
    }
    println!("{right} of {} right", cases.len());
    assert!(wrong.is_empty(), "read as somebody else's:\n{}", wrong.join("\n"));
    assert!(right >= 448, "{right} right; refused:\n{}", refused.join("\n"));
    assert!(refused.is_empty(), "refused though right:\n{}", refused.join("\n"));
}

#[test]
fn ranges_that_are_newer_than_the_plans_are_never_read_abroad() {
    let (mut right, cases) = (0, cases().metadata_lag);
    for case in &cases {
        let (read, expected) = (case.read(), case.right());
        right += usize::from(read == expected);
        assert!(
            read.is_empty() || read == expected,
            "{} {:?}: {read:?}",
            case.country,
            case.text
        );
    }
    println!("{right} of {} right, the others refused", cases.len());
    assert!(right >= 17, "{right} right");
}

/// Other spellings than in the cases, so that the rules are not tailored to them.
#[test]
fn spellings_beyond_the_cases_are_read_too() {
    for (country, text, right) in [
        ("BR", "(21) 99876-5432", "5521998765432"),
        ("BR", "Whats: 21 99876 5432", "5521998765432"),
        ("BR", "+55 (21) 3456-7890", "552134567890"),
        ("US", "+44 20 7946 0958", "442079460958"),
        ("US", "011-49-30-12345678", "493012345678"),
        ("GB", "0033 6 12 34 56 78", "33612345678"),
        ("AT", "0664 1234567", "436641234567"),
        ("AT", "0664/12 34 567", "436641234567"),
        ("CH", "079 123 45 67", "41791234567"),
        ("NL", "06-12345678", "31612345678"),
        ("PL", "512 345 678", "48512345678"),
        ("HU", "06 20 123 4567", "36201234567"),
        ("KR", "010-1234-5678", "821012345678"),
        ("KR", "001 1 212 555 0123", "12125550123"),
        ("JP", "090-1234-5678", "819012345678"),
        ("JP", "010 1 212 555 0123", "12125550123"),
        ("TH", "081 234 5678", "66812345678"),
        ("AR", "0341 15 512-3456", "5493415123456"),
        ("MX", "00 1 212 555 0123", "12125550123"),
        ("DE", "+49-(0)89-1234567", "49891234567"),
        ("SA", "٠٠٩٦٦٥٥١٢٣٤٥٦٧", "966551234567"),
        ("IT", "0039 (0)2 1234 5678", "390212345678"),
        ("FI", "040 123 4567", "358401234567"),
        ("UA", "050 123 45 67", "380501234567"),
        ("NZ", "021 123 4567", "64211234567"),
        // With a carrier code this would be a mobile in Peru.
        ("BR", "0055 51 99123-4567", "5551991234567"),
        ("HK", "001 65 9234 5678", "6592345678"),
    ] {
        let number = read(text, country).unwrap_or_else(|refused| panic!("{country} {text}: {refused}"));
        assert_eq!(number.digits(), right, "{country} {text}");
    }
}

#[test]
fn a_mistyped_number_is_not_read_abroad() {
    for (country, text) in [
        // Norway, India, Myanmar and Singapore have these.
        ("US", "479-123-4567"),
        ("BR", "91234-5678"),
        ("BR", "95912-3456"),
        ("PT", "6581234567"),
        ("BR", "12345678909"),
        // Valid tax numbers that could also be dialled.
        ("BR", "01234567890"),
        ("BR", "07526557000100"),
        ("IT", "390 123 4567"),
        ("MX", "1 55 1234 5678"),
        ("DE", "030 1234567/8"),
    ] {
        if let Ok(number) = read(text, country) {
            assert_eq!(country, "PT", "{country} {text}: {number:?} {}", number.digits());
        }
    }
}

#[test]
fn a_refusal_says_why_and_names_the_spelling_that_works() {
    for (country, text, says) in [
        (
            "BR",
            "12/05/1990",
            "This is a date, not a phone number. Write it with its country code, like +55 11 96123-4567.",
        ),
        (
            "BR",
            "123.456.789-09",
            "This is a tax number, not a phone number. Write it with its country code, like +55 11 96123-4567.",
        ),
        (
            "BR",
            "91234-5678",
            "The area code is missing. Write it with its country code, like +55 11 96123-4567.",
        ),
        (
            "PT",
            "call Ana",
            "There is no phone number in this text. Write it with its country code, like +351 912 345 678.",
        ),
        (
            "BR",
            "+55 11",
            "This is too short for a phone number. Write it with its country code, like +55 11 96123-4567.",
        ),
        (
            "CM",
            "642 12 34 56",
            "No phone number looks like this. If it is right, write +237642123456.",
        ),
        (
            "BR",
            "11 91234-5678 / 11 98765-4321",
            "This is more than one phone number. Write one, like +55 11 91234-5678.",
        ),
    ] {
        assert_eq!(read(text, country).unwrap_err().to_string(), says, "{country} {text}");
    }
}

#[test]
fn debug_hides_the_digits() {
    let several = read("11 91234-5678 / 11 98765-4321", "BR").unwrap_err();
    let shown = format!("{:?} {several:?}", read("+55 11 91234-5678", "BR").unwrap());
    assert!(!shown.contains("1234"), "{shown}");
}

#[test]
fn the_way_it_was_read_is_known() {
    for (country, text, how) in [
        ("BR", "+55 11 91234-5678", How::Plus),
        ("BR", "wa.me/5511912345678", How::Link),
        ("BR", "5511912345678@c.us", How::Address),
        ("BR", "5511912345678", How::WithoutPlus),
        ("BR", "11 91234-5678", How::National),
        ("BR", "11 8123-4567", How::ChangedPlan),
        ("US", "011 55 11 91234-5678", How::DialledAbroad),
    ] {
        assert_eq!(read(text, country).unwrap().how, how, "{text}");
    }
}

const COUNTRIES: &[&str] = &[
    "BR", "US", "MX", "AR", "IN", "DE", "IT", "RU", "KZ", "HK", "SG", "KE", "WS", "CI", "AQ", "", "xx",
];

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in any::<String>(), country in proptest::sample::select(COUNTRIES)) {
        if let Ok(number) = read(&text, country) {
            prop_assert!((7..=15).contains(&number.digits().len()));
            prop_assert!(number.digits().bytes().all(|b| b.is_ascii_digit()));
        }
    }

    #[test]
    fn no_text_that_looks_like_a_number_breaks_the_reader(
        text in "[-+0-9０-９٠-٩ ().,/xe:;#\\[\\]~\u{a0}\u{200e}]{0,40}",
        country in proptest::sample::select(COUNTRIES),
    ) {
        match read(&text, country) {
            Ok(number) => {
                prop_assert!((7..=15).contains(&number.digits().len()), "{}", number.digits());
                prop_assert!(number.digits().bytes().all(|b| b.is_ascii_digit()));
                prop_assert!(!number.digits().starts_with('0'));
            }
            Err(refused) => prop_assert!(refused.to_string().contains('+'), "{refused}"),
        }
    }

    #[test]
    fn a_listed_number_with_a_plus_reads_as_itself_everywhere(
        at in 0_usize..1000,
        country in proptest::sample::select(COUNTRIES),
    ) {
        let known: Vec<String> = cases().numbers.iter().flat_map(Case::right).collect();
        let digits = &known[at % known.len()];
        for text in [format!("+{digits}"), format!("wa.me/{digits}"), format!("{digits}@s.whatsapp.net")] {
            let read = read(&text, country).map(super::Number::into_digits);
            prop_assert_eq!(read.as_ref().ok(), Some(digits), "{} in {}", text, country);
        }
    }

    #[test]
    fn any_number_of_a_possible_length_with_a_plus_reads_as_itself(
        national in "[2-9][0-9]{8}",
        code in proptest::sample::select(&["351", "34", "33", "254", "966"][..]),
        country in proptest::sample::select(COUNTRIES),
    ) {
        let digits = format!("{code}{national}");
        let number = read(&format!("+{digits}"), country);
        prop_assert_eq!(number.map(super::Number::into_digits).ok(), Some(digits));
    }
}
