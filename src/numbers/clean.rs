//! Normalizes equivalent characters: digits of every script, spaces, dashes, quotes and invisible marks.

use crate::fold::digit;

/// The text with ASCII digits and punctuation, without invisible marks and spreadsheet quoting.
pub(super) fn clean(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_mark(*c)).map(plain_char) {
        // A run of spaces becomes one; a line break stays, since it may separate two numbers.
        if c != ' ' || !plain.ends_with([' ', '\n']) {
            plain.push(c);
        }
    }
    without_decimals(unquoted(plain.trim())).to_owned()
}

fn plain_char(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{58a}'
        | '\u{5be}'
        | '\u{301c}'
        | '\u{3030}'
        | '\u{30fc}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => '-',
        '\u{ff0b}' | '\u{fe62}' | '\u{207a}' => '+',
        '\u{ff08}' => '(',
        '\u{ff09}' => ')',
        '\u{ff3b}' => '[',
        '\u{ff3d}' => ']',
        '\u{ff0f}' | '\u{2044}' | '\u{2215}' => '/',
        '\u{b7}' | '\u{2022}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' | '\u{ff65}' | '\u{ff0e}' => '.',
        '\u{ff0c}' | '\u{3001}' | '\u{60c}' => ',',
        '\u{ff1b}' | '\u{61b}' => ';',
        '\u{ff1a}' => ':',
        '\u{ff03}' => '#',
        '\u{ff20}' => '@',
        '\u{2053}' | '\u{223c}' | '\u{ff5e}' => '~',
        '\r' | '\n' | '\u{2028}' | '\u{2029}' => '\n',
        c if c.is_whitespace() => ' ',
        c => digit(c).unwrap_or(c),
    }
}

/// Unicode's format characters, and the variation selectors of digit emoji.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// Without quotation marks, Excel's `="…"` and the apostrophe that keeps a cell text.
fn unquoted(mut text: &str) -> &str {
    if let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        text = inner;
    }
    text.trim_matches(['"', '\'', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '`', '\u{b4}'])
        .trim()
}

/// Programs that write a numeric cell append `.0` or `,00`.
fn without_decimals(text: &str) -> &str {
    let Some((number, zeros)) = text.rsplit_once(['.', ',']) else {
        return text;
    };
    let plain = number.strip_prefix('+').unwrap_or(number);
    let is_number = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_digit());
    if is_number && matches!(zeros, "0" | "00") {
        number
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_added_by_spreadsheets_and_screens_are_removed() {
        for text in [
            "\u{feff}\u{202a}12\u{200b}34567\u{202c}",
            "=\"1234567\"",
            "'1234567",
            "\u{2019}1234567",
            "\"1234567\"",
            "1234567.0",
            "1234567,00",
        ] {
            assert_eq!(clean(text), "1234567", "{text:?}");
        }
        assert_eq!(
            clean("06.12.34.56.00"),
            "06.12.34.56.00",
            "a number in pairs ends in 00 as well"
        );
        assert_eq!(clean("a\u{3000}\u{2009} b\r\nc"), "a b\n\nc");
    }
}
