//! Recognises texts with the digits of a phone number that are something else.

use super::model::Why;

/// By its form alone. The text is clean and has no plus.
pub(super) fn look(text: &str, country: &str) -> Option<Why> {
    if is_date(text) {
        return Some(Why::Date);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let formed = |form: &str| {
        form.len() == text.len()
            && form
                .bytes()
                .zip(text.bytes())
                .all(|(f, t)| if f == b'0' { t.is_ascii_digit() } else { f == t })
    };
    if formed("000.000.000-00") && (country == "BR" || is_cpf(&digits)) {
        return Some(Why::TaxNumber);
    }
    if formed("00.000.000/0000-00") && (country == "BR" || is_cnpj(&digits)) {
        return Some(Why::TaxNumber);
    }
    if digits.len() == 13 && (digits.starts_with("978") || digits.starts_with("979")) && is_ean(&digits) {
        return Some(Why::BookNumber);
    }
    None
}

/// Bare digits of no number of the country, with valid check digits of its tax numbers.
pub(super) fn is_tax_number(digits: &str, country: &str) -> bool {
    country == "BR" && (is_cpf(digits) || is_cnpj(digits))
}

/// Day, month and year in any order of the calendar, and perhaps a time after them.
fn is_date(text: &str) -> bool {
    let date = text.split([' ', 'T', 't', '\n']).next().unwrap_or(text);
    ['/', '-', '.'].into_iter().any(|separator| {
        let parts: Vec<&str> = date.split(separator).collect();
        let numbers: Vec<u32> = parts.iter().filter_map(|part| part.parse().ok()).collect();
        let (&[a, b, c], &[first, second, third]) = (numbers.as_slice(), parts.as_slice()) else {
            return false;
        };
        let day = |n: u32, text: &str| (1..=31).contains(&n) && text.len() <= 2;
        let month = |n: u32, text: &str| (1..=12).contains(&n) && text.len() <= 2;
        let year = |n: u32, text: &str| text.len() == 2 || (text.len() == 4 && (1800..=2199).contains(&n));
        let (day_first, month_first) = (day(a, first) && month(b, second), month(a, first) && day(b, second));
        ((day_first || month_first) && year(c, third))
            || (first.len() == 4 && year(a, first) && month(b, second) && day(c, third))
    })
}

fn values(digits: &str) -> Vec<u32> {
    digits.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// A check digit of Brazil's tax numbers: the weighted sum modulo 11.
fn check(digits: &[u32], weights: impl Iterator<Item = u32>) -> u32 {
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// A person's: nine digits and two check digits.
fn is_cpf(digits: &str) -> bool {
    let d = values(digits);
    d.len() == 11 && d[9] == check(&d[..9], (2..=10).rev()) && d[10] == check(&d[..10], (2..=11).rev())
}

/// A company's: twelve digits and two check digits.
fn is_cnpj(digits: &str) -> bool {
    const WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let d = values(digits);
    d.len() == 14
        && d[12] == check(&d[..12], WEIGHTS[1..].iter().copied())
        && d[13] == check(&d[..13], WEIGHTS.iter().copied())
}

/// The number under a bar code.
fn is_ean(digits: &str) -> bool {
    let sum: u32 = values(digits)
        .iter()
        .zip([1, 3].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// A number in scientific notation: its digits, if none are missing.
pub(super) fn scientific(text: &str) -> Option<Result<String, Why>> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let exponent: usize = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let mantissa = mantissa.strip_prefix('+').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if whole.len() != 1 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (number, rest) = digits
        .split_at_checked(exponent.saturating_add(1))
        .unwrap_or((&digits, ""));
    let whole_number = number.len() == exponent.saturating_add(1) && rest.bytes().all(|b| b == b'0');
    Some(if whole_number {
        Ok(number.to_owned())
    } else {
        Err(Why::DigitsLost)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_recognised_by_their_form() {
        for text in [
            "12/05/1990",
            "31.12.1985",
            "2024-05-31",
            "2024-05-31 10:00",
            "05/31/2024",
            "1/2/24",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "06.12.34.56.78",
            "212-555-0123",
            "20 12 1985",
            "0151/12345678",
            "32.13.1985",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn tax_numbers_are_recognised_by_their_check_digits() {
        assert!(is_cpf("12345678909") && !is_cpf("12345678900"));
        assert!(is_cnpj("12345678000195") && !is_cnpj("12345678000196"));
        assert_eq!(look("123.456.789-09", "PT"), Some(Why::TaxNumber));
        assert_eq!(look("123.456.789-00", "PT"), None);
        assert_eq!(look("978-3-16-148410-0", "DE"), Some(Why::BookNumber));
    }

    #[test]
    fn a_rounded_number_is_no_number() {
        assert_eq!(scientific("5.5119123456780000e12"), Some(Ok("5511912345678".into())));
        assert_eq!(scientific("9.876543210E+09"), Some(Ok("9876543210".into())));
        assert_eq!(scientific("5,51191E+12"), Some(Err(Why::DigitsLost)));
        assert_eq!(scientific("ext 12"), None);
        assert_eq!(scientific("1e99999999999999999999"), None);
    }
}
