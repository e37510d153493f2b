//! Texts with more than one number.

/// Words that people put between two numbers.
const WORDS: &[&str] = &[
    " or ", " ou ", " o ", " oder ", " and ", " und ", " et ", " e ", " y ", " & ", " и ", " veya ", " atau ",
];
const SEPARATORS: [char; 6] = ['\n', ';', ',', '/', '|', '&'];
/// Fewer digits are only a part of a number.
const LEAST_DIGITS: usize = 7;
const MOST_DIGITS: usize = 15;

/// The parts of a text that may be several numbers; fewer than two for a single one.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let mut parted = text.to_lowercase().replace(":::", "\n");
    for word in WORDS {
        parted = parted.replace(word, "\n");
    }
    // A plus starts a number.
    let parted = parted.replace(" +", "\n+").replace(" (+", "\n(+");
    let pieces = whole(parted.split(SEPARATORS));
    if pieces.len() > 1 || digits(text) <= MOST_DIGITS {
        return pieces;
    }
    whole(text.split(' '))
}

/// The parts, if each is long enough to be a number.
fn whole<'a>(pieces: impl Iterator<Item = &'a str>) -> Vec<String> {
    let pieces: Vec<&str> = pieces.map(str::trim).filter(|piece| !piece.is_empty()).collect();
    if pieces.iter().all(|piece| digits(piece) >= LEAST_DIGITS) {
        pieces.into_iter().map(str::to_owned).collect()
    } else {
        Vec::new()
    }
}

/// A slash and one or two digits at the end are a range of lines.
pub(super) fn names_neighbours(text: &str) -> bool {
    text.rsplit_once('/').is_some_and(|(number, last)| {
        digits(number) >= LEAST_DIGITS && (1..=2).contains(&last.len()) && digits(last) == last.len()
    })
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_are_distinguished_from_one_in_groups() {
        for text in [
            "11 91234-5678 / 11 98765-4321",
            "11 91234-5678 ou 11 98765-4321",
            "+55 11 91234-5678 +55 11 98765-4321",
            "11912345678 11987654321",
            "11 91234-5678\n11 98765-4321",
        ] {
            assert_eq!(pieces(text).len(), 2, "{text}");
        }
        for text in [
            "0151/12345678",
            "+55|11|912345678",
            "5,511,912,345,678",
            "+49 (0) 151 / 12345678",
        ] {
            assert!(pieces(text).len() < 2, "{text}");
        }
        assert!(names_neighbours("030 1234567/8") && !names_neighbours("0151/12345678"));
    }
}
