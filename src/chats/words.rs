//! What is searched of a message beyond its body, and what is kept of a reaction.

use unicode_segmentation::UnicodeSegmentation as _;
use wa_client::{Card, Content, Context};

use super::model::Person;
use super::vcard;

/// More characters than any emoji has; a letter can be followed by any number of marks.
const EMOJI_CHARS: usize = 32;

/// The first character of a reaction, as people count characters: phones send one emoji, other programs anything.
pub(in crate::chats) fn one_emoji(text: &str) -> String {
    let first = text.trim().graphemes(true).next().unwrap_or_default();
    first.chars().take(EMOJI_CHARS).collect()
}

/// Whether a text is one emoji and nothing else, as phones let people react.
#[must_use]
pub fn is_one_emoji(text: &str) -> bool {
    let shows = |letter: char| {
        matches!(letter,
            '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}'
            | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}'
            | '\u{20e3}' | '\u{2122}' | '\u{2139}' | '\u{24c2}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}')
    };
    text.graphemes(true).count() == 1 && text.chars().any(shows) && text.chars().count() <= EMOJI_CHARS
}

/// A name or an address on one line, without what is not seen and turns or hides what is.
#[must_use]
pub fn plain_line(text: &str) -> String {
    let unseen = |letter: &char| {
        matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
            || (letter.is_control() && !letter.is_whitespace())
    };
    let seen = text.chars().filter(|letter| !unseen(letter));
    let line: String = seen
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    line.trim().to_owned()
}

/// The words of a message that are not its body, one below the other.
pub(in crate::chats) fn beside(content: &Content, context: &Context, people: &[Person]) -> String {
    // The name of a file is found beside them.
    let mut parts = vec![match content {
        Content::Card { card, .. } => of_card(card),
        _ => String::new(),
    }];
    if let Some(preview) = &context.preview {
        parts.extend(
            [preview.title.clone(), preview.description.clone()]
                .into_iter()
                .flatten(),
        );
    }
    parts.extend(context.ad.as_ref().and_then(|ad| ad.title.clone()));
    parts.extend(people.iter().filter_map(|person| person.name.clone()));
    lines(parts)
}

/// The words of a card that are not the text beside it.
pub(in crate::chats) fn of_card(card: &Card) -> String {
    let parts = match card {
        Card::Location { address, .. } => vec![address.clone()],
        Card::Contact { vcard } => {
            let cards = vcard::read(vcard);
            cards.into_iter().flat_map(|card| card.numbers).map(Some).collect()
        }
        Card::Poll { options, .. } => options.iter().cloned().map(Some).collect(),
        Card::PollResult { options } => options.iter().map(|(name, _)| Some(name.clone())).collect(),
        Card::Event {
            description,
            place,
            link,
            ..
        } => vec![description.clone(), place.clone(), link.clone()],
        Card::Product { description, url, .. } => vec![description.clone(), url.clone()],
        Card::Business { footer, buttons } => {
            let labels = buttons.iter().cloned().map(Some);
            std::iter::once(footer.clone()).chain(labels).collect()
        }
        Card::Menu { footer, options } => {
            let titles = options.iter().map(|option| Some(option.title.clone()));
            std::iter::once(footer.clone()).chain(titles).collect()
        }
        Card::Invite { name, .. } => vec![name.clone()],
        Card::LiveLocation { .. } | Card::Album { .. } | Card::Order { .. } | Card::Notice(_) | Card::Line(_) => {
            Vec::new()
        }
    };
    lines(parts.into_iter().flatten())
}

fn lines(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

/// Body and other words as one text to search; `None` when the body is all.
pub(in crate::chats) fn joined(body: Option<&str>, extra: &str) -> Option<String> {
    match body.filter(|body| !body.is_empty()) {
        _ if extra.is_empty() => None,
        Some(body) => Some(format!("{body}\n{extra}")),
        None => Some(extra.to_owned()),
    }
}

/// The other words again, from what [`joined`] made.
pub(in crate::chats) fn extra<'a>(body: Option<&str>, words: Option<&'a str>) -> &'a str {
    let words = words.unwrap_or_default();
    match words.strip_prefix(body.unwrap_or_default()) {
        Some(extra) => extra.strip_prefix('\n').unwrap_or(extra),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_is_one_emoji_however_many_parts_it_has() {
        for emoji in ["👍", "❤️", "❤", "👩‍👩‍👧‍👦", "🇧🇷", "👍🏽", "5️⃣", "☺", "©️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert!(is_one_emoji(emoji), "{emoji}");
        }
        let towering = format!("👍{}", "\u{301}".repeat(100));
        for text in ["", "a", "5", "👍👍", "ok", " 👍", "👍 ", "e\u{301}", &towering] {
            assert!(!is_one_emoji(text), "{text}");
        }
    }

    #[test]
    fn a_reaction_is_one_emoji_however_long_its_text_is() {
        assert_eq!(one_emoji("👍"), "👍");
        assert_eq!(one_emoji("👨‍👩‍👧‍👦 and more"), "👨‍👩‍👧‍👦");
        assert_eq!(one_emoji("🏴󠁧󠁢󠁥󠁮󠁧󠁿"), "🏴󠁧󠁢󠁥󠁮󠁧󠁿");
        assert_eq!(one_emoji(&"x".repeat(5_000)), "x");
        assert_eq!(
            one_emoji(&format!("e{}", "\u{301}".repeat(5_000))).chars().count(),
            EMOJI_CHARS
        );
        assert_eq!(one_emoji(""), "");
    }

    #[test]
    fn words_come_apart_as_they_were_joined() {
        for (body, beside) in [(Some("Cake?"), "yes\nno"), (None, "yes"), (Some(""), "a.pdf")] {
            let words = joined(body, beside);
            assert_eq!(extra(body, words.as_deref()), beside);
        }
        assert_eq!(joined(Some("Cake?"), ""), None);
        assert_eq!(extra(Some("Cake?"), None), "");
    }
}
