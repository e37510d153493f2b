//! Single letters: their plain form, and what they are to the segmenter.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();

/// What a folded character is to the segmenter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    Letter,
    /// A letter of a script that is cut into pairs of letters.
    Pair,
    /// Belongs to the letter before it.
    Mark,
    /// An ASCII digit.
    Digit,
    Emoji,
    /// Stands within words and codes: `wi-fi`, `don't`, `12/3`.
    Joiner,
    /// Between words.
    Gap,
}

/// Passes `c` on in its folded form, which may be nothing or several characters.
pub(super) fn fold(c: char, mut each: impl FnMut(char, Class)) {
    if c.is_ascii() {
        return each(c.to_ascii_lowercase(), ascii(c));
    }
    if is_whole(c) {
        return each(c, Class::Pair);
    }
    match c {
        // Their compatibility forms are letters, which would be taken for part of the word before.
        '\u{2120}' | '\u{2122}' => return each(' ', Class::Gap),
        // It separates the parts of a Persian word, which people also write with a space or together.
        '\u{200c}' => return each(c, Class::Joiner),
        _ => {}
    }
    for plain in NFKD.normalize_iter(std::iter::once(c)) {
        decomposed(plain, &mut each);
    }
}

/// Letters of a pair script that stay composed: their parts are no letters that people search for.
fn is_whole(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30fe}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{2f7ff}'
        | '\u{30000}'..='\u{323af}')
}

fn ascii(c: char) -> Class {
    match c {
        '0'..='9' => Class::Digit,
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '-' | '\'' | '.' | ',' | '/' | '_' | '&' | '+' | '@' | ':' => Class::Joiner,
        _ => Class::Gap,
    }
}

fn decomposed(c: char, each: &mut impl FnMut(char, Class)) {
    if c.is_ascii() {
        return each(c.to_ascii_lowercase(), ascii(c));
    }
    if let Some(digit) = digit(c) {
        return each(digit, Class::Digit);
    }
    if let Some(spelled) = spelled_out(c) {
        return spelled.chars().for_each(|c| each(c, Class::Letter));
    }
    if is_joiner(c) {
        return each(c, Class::Joiner);
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    match category {
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark => {
            if keeps_marks(c) {
                each(c, if is_pair(c) { Class::Mark } else { Class::Letter });
            }
        }
        // Marks of direction, soft hyphens, joiners of emoji.
        GeneralCategory::Format => {}
        // Skin tones.
        GeneralCategory::ModifierSymbol if ('\u{1f3fb}'..='\u{1f3ff}').contains(&c) => {}
        GeneralCategory::OtherSymbol if c >= '\u{2190}' => each(c, Class::Emoji),
        _ if is_pair(c) && c.is_alphanumeric() => each(c, Class::Pair),
        _ if c.is_alphanumeric() => lower(c, each),
        _ => each(c, Class::Gap),
    }
}

fn lower(c: char, each: &mut impl FnMut(char, Class)) {
    for lower in c.to_lowercase() {
        match spelled_out(lower) {
            Some(spelled) => spelled.chars().for_each(|c| each(c, Class::Letter)),
            None => each(lower, Class::Letter),
        }
    }
}

/// Letters that have no decomposition and are written in more than one way.
fn spelled_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'þ' | 'Þ' => "th",
        'ð' | 'Ð' | 'đ' | 'Đ' | 'ɖ' | 'Ɖ' => "d",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'ı' => "i",
        'ħ' | 'Ħ' => "h",
        'ŧ' | 'Ŧ' => "t",
        'ŋ' | 'Ŋ' => "n",
        'ĸ' => "k",
        'ɓ' | 'Ɓ' => "b",
        'ɗ' | 'Ɗ' => "d",
        'ƙ' | 'Ƙ' => "k",
        'ς' => "σ",
        // Alif with wasla, with the small letters of Arabic script that stand for it.
        '\u{671}' | '\u{672}' | '\u{673}' | '\u{675}' => "\u{627}",
        // Teh marbuta and the heh of Persian and Urdu.
        '\u{629}' | '\u{6c1}' | '\u{6c3}' | '\u{6d5}' => "\u{647}",
        // Alif maksura, Persian yeh.
        '\u{649}' | '\u{6cc}' | '\u{6d2}' => "\u{64a}",
        // Persian kaf.
        '\u{6a9}' => "\u{643}",
        // Tatweel stretches a word.
        '\u{640}' => "",
        _ => return None,
    })
}

/// Marks of these scripts are vowels. Elsewhere words are the same without theirs.
fn keeps_marks(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{109f}' | '\u{1700}'..='\u{18af}' | '\u{1900}'..='\u{1aad}' | '\u{1b00}'..='\u{1cff}'
        | '\u{3099}' | '\u{309a}' | '\u{a800}'..='\u{abff}' | '\u{11000}'..='\u{11fff}')
}

fn is_pair(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Letters of pairs that have marks of their own.
pub(super) fn has_marks(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{b7}' | '\u{2b9}'..='\u{2bc}' | '\u{2be}' | '\u{2bf}' | '\u{2010}'..='\u{2015}' | '\u{2018}'
        | '\u{2019}' | '\u{2212}' | '\u{58a}' | '\u{5be}')
}

/// The zeros of Unicode's decimal digits (general category `Nd`); the other nine of each script follow them.
const ZEROS: &[u32] = &[
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
    0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0,
    0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50,
    0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2,
    0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// The ASCII digit of a decimal digit beyond ASCII.
#[must_use]
pub fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let below = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    char::from_digit(code - ZEROS[below], 10)
}

/// Joins a mark or a letter to the one before where the two are written as one: kana with their voice marks, and the
/// parts of a Korean syllable.
pub(super) fn composed(before: char, c: char) -> Option<char> {
    let kana = ('\u{3041}'..='\u{30fa}').contains(&before);
    let (first, next) = (u32::from(before), u32::from(c));
    let whole = match c {
        '\u{3099}' if before == '\u{30a6}' => 0x30f4,
        '\u{3099}' if kana => first + 1,
        '\u{309a}' if kana => first + 2,
        '\u{1161}'..='\u{1175}' if ('\u{1100}'..='\u{1112}').contains(&before) => {
            0xac00 + ((first - 0x1100) * 21 + (next - 0x1161)) * 28
        }
        '\u{11a8}'..='\u{11c2}'
            if ('\u{ac00}'..='\u{d7a3}').contains(&before) && (first - 0xac00).is_multiple_of(28) =>
        {
            first + (next - 0x11a7)
        }
        _ => return None,
    };
    char::from_u32(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_digits() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for value in 0..10 {
                let c = char::from_u32(zero + value).unwrap();
                assert_eq!(digit(c), char::from_digit(value, 10), "U+{:04X}", u32::from(c));
            }
        }
        assert_eq!(digit('a'), None);
    }
}
