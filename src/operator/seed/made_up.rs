//! People and messages that do not exist.

use std::fmt::Write as _;

use wa_client::{Address, Card, Content, Context, Inbound, Media, MediaKind};

use crate::clock::UnixMs;

const SENTENCES: &str = include_str!("sentences.txt");
const NAMES: &str = include_str!("names.txt");
const SYLLABLES: &[&str] = &[
    "ba", "ter", "lo", "min", "ka", "sen", "dor", "vi", "mar", "tu", "pel", "ron", "sha", "gi", "fu", "lan", "ze",
    "nor", "qui", "hab",
];
/// About as many different words as a few years of a shop's chats contain.
const VOCABULARY: u64 = 60_000;
/// From the first message to the last.
const SPAN_MS: u64 = 3 * 365 * 24 * 60 * 60 * 1_000;
/// One chat in so many is a group.
const GROUPS: u64 = 25;

/// Gives the messages in the order of their times.
pub(super) struct MadeUp {
    random: Random,
    sentences: Vec<&'static str>,
    names: Vec<&'static str>,
    messages: u64,
    chats: u64,
    start: i64,
    next: u64,
}

impl MadeUp {
    pub(super) fn new(seed: u64, messages: u64, chats: u64, now: UnixMs) -> Self {
        Self {
            random: Random(seed),
            sentences: SENTENCES.lines().collect(),
            names: NAMES.lines().collect(),
            messages,
            chats,
            start: now.0 - SPAN_MS as i64,
            next: 0,
        }
    }

    pub(super) fn take(&mut self, count: u64) -> Vec<Inbound> {
        (0..count).map(|_| self.message()).collect()
    }

    fn message(&mut self) -> Inbound {
        let index = self.next;
        self.next += 1;
        // Every chat has one at least, and few have most.
        let chat = if index < self.chats {
            index
        } else {
            self.random.rare_below(self.chats)
        };
        let in_group = chat % GROUPS == GROUPS - 1;
        let sender = if in_group { self.random.below(self.chats) } else { chat };
        let from_me = self.random.below(5) < 2;
        let part = u128::from(SPAN_MS) * u128::from(index) / u128::from(self.messages);
        Inbound {
            id: format!("3EB0{index:016X}"),
            chat: if in_group {
                Address::Group(format!("1203630{chat:011}"))
            } else {
                address(chat)
            },
            sender: address(sender),
            sender_alt: None,
            from_me,
            push_name: Some(self.name_of(sender)),
            at_ms: self.start + i64::try_from(part).unwrap_or(0),
            content: self.content(),
            context: Context::default(),
            raw: Vec::new(),
            offline: true,
        }
    }

    fn name_of(&self, person: u64) -> String {
        let name = self.names[(person % self.names.len() as u64) as usize];
        match person / self.names.len() as u64 {
            0 => name.to_owned(),
            // A family name of their own, or a search would find hundreds of each.
            n => format!("{name} {}", word(n)),
        }
    }

    fn content(&mut self) -> Content {
        let text = self.text();
        let media = |kind, mime: &str| Media {
            kind,
            mime: mime.to_owned(),
            direct_path: "/v/t62/none".to_owned(),
            media_key: vec![0; 32],
            sha256: vec![0; 32],
            enc_sha256: vec![0; 32],
            ..Media::default()
        };
        match self.random.below(100) {
            0..=6 => Content::Media(Media {
                caption: (self.random.below(2) == 0).then_some(text),
                ..media(MediaKind::Image, "image/jpeg")
            }),
            7..=8 => Content::Media(Media {
                caption: (self.random.below(3) == 0).then_some(text),
                seconds: Some(5 + self.random.below(60) as u32),
                ..media(MediaKind::Video, "video/mp4")
            }),
            9..=12 => Content::Media(Media {
                seconds: Some(1 + self.random.below(120) as u32),
                ..media(MediaKind::Voice, "audio/ogg; codecs=opus")
            }),
            13..=14 => Content::Media(Media {
                file_name: Some(format!("{}-{}.pdf", self.random.word(), self.random.below(10_000))),
                size: Some(10_000 + self.random.below(2_000_000)),
                ..media(MediaKind::Document, "application/pdf")
            }),
            15 => Content::Card {
                text: Some(text),
                card: Card::Location {
                    latitude: self.random.below(120) as f64 - 60.0,
                    longitude: self.random.below(300) as f64 - 150.0,
                    address: None,
                    url: None,
                },
            },
            16 => Content::Card {
                text: Some(text),
                card: Card::Poll {
                    options: (0..3).map(|_| self.random.word()).collect(),
                    choices: 1,
                    quiz: None,
                },
            },
            _ => Content::Text { body: text },
        }
    }

    /// One to three sentences.
    fn text(&mut self) -> String {
        let mut text = String::new();
        for n in 0..1 + self.random.rare_below(3) {
            if n > 0 {
                text.push(' ');
            }
            let sentence = self.sentences[self.random.below(self.sentences.len() as u64) as usize];
            self.fill_in(&mut text, sentence);
        }
        text
    }

    fn fill_in(&mut self, text: &mut String, sentence: &str) {
        let mut parts = sentence.split('{');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (what, rest) = part.split_once('}').unwrap_or((part, ""));
            let random = &mut self.random;
            let _ = match what {
                "n" => write!(text, "{}", 1 + random.below(40)),
                "price" => write!(text, "{},{:02}", 5 + random.below(900), random.below(100)),
                "code" => write!(text, "NF{:06}", random.below(1_000_000)),
                "phone" => write!(
                    text,
                    "+55 {} 9{:04}-{:04}",
                    11 + random.below(80),
                    random.below(10_000),
                    random.below(10_000)
                ),
                _ => write!(text, "{}", random.word()),
            };
            text.push_str(rest);
        }
    }
}

fn address(person: u64) -> Address {
    Address::Phone(format!("55119{person:08}"))
}

fn word(mut rank: u64) -> String {
    let mut word = String::new();
    loop {
        word.push_str(SYLLABLES[(rank % SYLLABLES.len() as u64) as usize]);
        rank /= SYLLABLES.len() as u64;
        if rank == 0 {
            return word;
        }
    }
}

/// SplitMix64: the same everywhere and for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Small numbers are the most frequent by far.
    fn rare_below(&mut self, end: u64) -> u64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((uniform.powi(4) * end as f64) as u64).min(end - 1)
    }

    /// A word by its natural frequency: few words make up most of a text.
    fn word(&mut self) -> String {
        let rank = self.rare_below(VOCABULARY);
        word(400 + rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(seed: u64) -> Vec<String> {
        let messages = MadeUp::new(seed, 500, 50, UnixMs(1_800_000_000_000)).take(500);
        let told = |message: Inbound| match message.content {
            Content::Text { body } => format!("{} {} {body}", message.at_ms, message.chat),
            _ => format!("{} {}", message.at_ms, message.chat),
        };
        messages.into_iter().map(told).collect()
    }

    #[test]
    fn the_same_number_gives_the_same_messages() {
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }

    #[test]
    fn every_chat_has_a_message_and_every_kind_comes() {
        let messages = MadeUp::new(1, 2_000, 100, UnixMs(1_800_000_000_000)).take(2_000);
        let mut chats: Vec<String> = messages.iter().map(|message| message.chat.to_string()).collect();
        chats.sort_unstable();
        chats.dedup();
        assert_eq!(chats.len(), 100);
        let of = |fits: fn(&Content) -> bool| messages.iter().filter(|message| fits(&message.content)).count();
        assert!(of(|content| matches!(content, Content::Text { .. })) > 1_000);
        assert!(of(|content| matches!(content, Content::Media(_))) > 100);
        assert!(of(|content| matches!(content, Content::Card { .. })) > 10);
        assert!(messages.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
    }
}
