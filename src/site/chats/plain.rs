//! Text in one line, and characters that would turn others around.

/// The name of a character that changes the direction of what follows it: shown, it turns nothing.
#[must_use]
pub(super) const fn shows_itself(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{202a}' => "[LRE]",
        '\u{202b}' => "[RLE]",
        '\u{202c}' => "[PDF]",
        '\u{202d}' => "[LRO]",
        '\u{202e}' => "[RLO]",
        _ => return None,
    })
}

/// The beginning of a text as one line.
#[must_use]
pub(super) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for letter in text.chars().take(most) {
        match shows_itself(letter) {
            Some(name) => line.push_str(name),
            None if letter == '\n' || letter.is_control() => line.push(' '),
            None => line.push(letter),
        }
    }
    line
}

/// Letters of a name or title that a page carries. Senders may write any number; WhatsApp itself shows fewer.
const NAME: usize = 300;
/// Letters at the end of a long file name: they say what kind of file it is.
const ENDING: usize = 40;

/// A name, a title or an address, as much of it as a page carries.
#[must_use]
pub(super) fn name(text: &str) -> String {
    one_line(text, NAME)
}

/// The name of a file: an override in it hides what kind of file it is.
#[must_use]
pub(super) fn file_name(name: &str) -> String {
    let letters = name.chars().count();
    let left_out = NAME..letters.saturating_sub(ENDING);
    let mut shown = String::new();
    for (at, letter) in name.chars().enumerate() {
        if left_out.contains(&at) {
            if at == left_out.start {
                shown.push('…');
            }
            continue;
        }
        match (shows_itself(letter), letter) {
            (Some(name), _) => shown.push_str(name),
            (None, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2066}'..='\u{2069}') => {}
            (None, letter) if letter.is_control() => shown.push('\u{fffd}'),
            (None, letter) => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_is_shown_as_what_it_is() {
        assert_eq!(file_name("invoice\u{202e}fdp.exe"), "invoice[RLO]fdp.exe");
        assert_eq!(file_name("a\0b"), "a\u{fffd}b");
        let long = file_name(&format!("{}.pdf", "x".repeat(200_000)));
        assert!(long.chars().count() <= NAME + ENDING + 1 && long.ends_with("x.pdf"));
        assert_eq!(name(&"x".repeat(900)).len(), NAME);
        assert_eq!(one_line("a\u{202e}b\nc", 10), "a[RLO]b c");
        assert_eq!(one_line(&"x".repeat(900), 5), "xxxxx");
    }
}
