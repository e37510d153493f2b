//! Contact cards inside messages: one or several vCards, one after the other.

/// What is shown of a card.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VCard {
    pub name: Option<String>,
    /// As the card writes them.
    pub numbers: Vec<String>,
    /// Of those numbers that are on WhatsApp, as the sender's phone says: digits of E.164 without the plus.
    pub accounts: Vec<String>,
    pub emails: Vec<String>,
    pub organisation: Option<String>,
}

impl VCard {
    /// Digits that a conversation can be opened with: what the sender's phone says, or a number with its country.
    #[must_use]
    pub fn account(&self) -> Option<String> {
        let digits = |number: &String| {
            let number = number.trim().strip_prefix('+')?;
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            (7..=15).contains(&digits.len()).then_some(digits)
        };
        let known = self
            .accounts
            .first()
            .filter(|account| (7..=15).contains(&account.len()));
        known.cloned().or_else(|| self.numbers.iter().find_map(digits))
    }
}

/// Cards in one message; a message has at most some hundred.
const MOST: usize = 500;

/// Reads every card; lines that it does not know are skipped.
#[must_use]
pub fn read(text: &str) -> Vec<VCard> {
    let mut cards: Vec<VCard> = Vec::new();
    let mut inside = false;
    for line in unfolded(text) {
        let Some((property, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        let mut parameters = property.split(';');
        // `item1.TEL` is a grouped property.
        let name = parameters.next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default().to_ascii_uppercase();
        match name.as_str() {
            "BEGIN" if cards.len() < MOST => {
                inside = true;
                cards.push(VCard::default());
            }
            "END" => inside = false,
            _ if !inside || value.is_empty() => {}
            _ => take(cards.last_mut(), &name, parameters, value),
        }
    }
    cards
}

/// The cards apart, each as it stands, with its name.
#[must_use]
pub fn apart(text: &str) -> Vec<(Option<String>, String)> {
    let mut cards: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.trim_end().eq_ignore_ascii_case("BEGIN:VCARD") {
            if cards.len() == MOST {
                break;
            }
            inside = true;
            cards.push(String::new());
        }
        if let (true, Some(card)) = (inside, cards.last_mut()) {
            card.push_str(line.trim_end_matches('\r'));
            card.push('\n');
        }
        inside &= !line.trim_end().eq_ignore_ascii_case("END:VCARD");
    }
    let named = |card: String| {
        let name = read(&card).into_iter().next().and_then(|card| card.name);
        (name, card.trim_end().to_owned())
    };
    cards.into_iter().map(named).collect()
}

/// A card with one number, as phones write it; `digits` is E.164 without the plus.
#[must_use]
pub fn write(name: &str, digits: &str) -> String {
    let name = escaped(name);
    format!(
        "BEGIN:VCARD\nVERSION:3.0\nN:;{name};;;\nFN:{name}\nTEL;type=CELL;type=VOICE;waid={digits}:+{digits}\nEND:VCARD"
    )
}

/// On one line, with what has a meaning in a card taken literally.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ',' | ';' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            letter => out.push(letter),
        }
    }
    out
}

fn take<'a>(card: Option<&mut VCard>, name: &str, parameters: impl Iterator<Item = &'a str>, value: &str) {
    let Some(card) = card else { return };
    match name {
        "FN" => card.name = Some(plain(value)),
        // Family and given name; only where there is no formatted one.
        "N" if card.name.is_none() => {
            let mut parts: Vec<&str> = value
                .split(';')
                .take(2)
                .filter(|part| !part.trim().is_empty())
                .collect();
            parts.reverse();
            card.name = Some(plain(&parts.join(" "))).filter(|name| !name.is_empty());
        }
        "ORG" => card.organisation = Some(plain(value.trim_end_matches(';'))),
        "EMAIL" => card.emails.push(plain(value)),
        "TEL" => {
            let mut parameters = parameters;
            let account = parameters.find_map(|parameter| {
                let (key, digits) = parameter.split_once('=')?;
                (key.eq_ignore_ascii_case("waid") && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
            });
            card.accounts.extend(account.map(str::to_owned));
            card.numbers.push(plain(value.strip_prefix("tel:").unwrap_or(value)));
        }
        _ => {}
    }
}

/// Lines that begin with a space continue the one before.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn plain(value: &str) -> String {
    value
        .replace("\\,", ",")
        .replace("\\;", ";")
        .replace("\\n", " ")
        .replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_as_phones_write_it_has_its_name_and_numbers() {
        let text = "BEGIN:VCARD\nVERSION:3.0\nN:;Ana Souza;;;\nFN:Ana Souza\n\
                    item1.TEL;waid=5511999990001:+55 11 99999-0001\nitem1.X-ABLabel:Mobile\nTEL;type=WORK:030 123\n\
                    EMAIL:ana@example.com\nORG:Flor\\, Bakery;\nEND:VCARD";
        let cards = read(text);
        assert_eq!(
            cards,
            [VCard {
                name: Some("Ana Souza".into()),
                numbers: vec!["+55 11 99999-0001".into(), "030 123".into()],
                accounts: vec!["5511999990001".into()],
                emails: vec!["ana@example.com".into()],
                organisation: Some("Flor, Bakery".into()),
            }]
        );
    }

    #[test]
    fn a_card_that_was_written_is_read_as_it_was() {
        let card = write("Flor; Bakery,\nBCC:x", "5511999990001");
        let read = read(&card);
        assert_eq!(read[0].name.as_deref(), Some("Flor; Bakery, BCC:x"));
        assert_eq!(read[0].accounts, ["5511999990001"]);
        assert_eq!(read[0].numbers, ["+5511999990001"]);
    }

    #[test]
    fn cards_come_apart_as_they_were() {
        let (ana, bo) = (write("Ana", "5511999990001"), write("Bo", "5511999990002"));
        let both = apart(&format!("{ana}\n{bo}\nFN:outside"));
        assert_eq!(both, [(Some("Ana".to_owned()), ana), (Some("Bo".to_owned()), bo)]);
    }

    #[test]
    fn several_cards_and_odd_ones_are_read() {
        let text = "BEGIN:VCARD\r\nFN;CHARSET=UTF-8:A very\r\n  long name\r\nEND:VCARD\r\nBEGIN:VCARD\r\nN:Silva;Bo;;;\r\nEND:VCARD";
        let names: Vec<_> = read(text).into_iter().map(|card| card.name.unwrap()).collect();
        assert_eq!(names, ["A very long name", "Bo Silva"]);
        assert!(read("FN:outside").is_empty());
        assert!(read("\0:\n::::\nBEGIN:VCARD\nTEL:\nEND:VCARD")[0].numbers.is_empty());
        assert_eq!(read(&"BEGIN:VCARD\nFN:x\nEND:VCARD\n".repeat(2_000)).len(), MOST);
    }
}
