//! Messages that are neither words nor files, as ready values.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};
use wa_client::{Card, Forwarded, Notice};

use super::plain;
use super::render::{called, data_picture, kind_word};
use super::rich::{Mention, rich};
use super::views::{Body, ContactCard, EventCard, LinkCard, Mark, Offer, Place, Poll, PollOption, Text};
use crate::chats::vcard::{self, VCard};
use crate::chats::{Answer, Answered, Kind, LIVE_LOCATION_RESTS, Message, Reply};
use crate::clock::UnixMs;
use crate::i18n::{T, phone};

/// Longer lists of names are cut.
const NAMED: usize = 20;
/// Buttons and contacts of one message that are drawn.
pub(super) const DRAWN: usize = 50;
/// Options of a poll that are drawn; WhatsApp allows twelve.
pub(super) const OPTIONS: usize = 50;
/// Characters of an address that a page carries; longer ones lead nowhere.
const LONGEST_LINK: usize = 2_048;
const LONGEST_EMAIL: usize = 254;

/// What is drawn for a card. `mentions` are for the words beside it.
pub(super) fn body(t: T, message: &Message, card: &Card, mentions: &[Mention]) -> Body {
    let title = message.body.clone().filter(|text| !text.is_empty());
    let named = || title.as_deref().map(plain::name);
    let words = |text: &str| Text::of(text, mentions, super::render::whole(message));
    match card {
        Card::Location {
            latitude,
            longitude,
            address,
            url: _,
        } => {
            let address = address.as_ref().filter(|address| title.as_ref() != Some(address));
            Body::Place(Place {
                icon: "map-pin",
                address: address.map(|address| plain::name(address)),
                title: named().unwrap_or_else(|| t.get("message-location")),
                detail: if title.is_some() {
                    t.get("message-location")
                } else {
                    coordinates(*latitude, *longitude)
                },
                map: map(*latitude, *longitude),
            })
        }
        Card::LiveLocation {
            latitude, longitude, ..
        } => {
            let at = t.clock(moved_at(message));
            Body::Place(Place {
                icon: "navigation",
                title: named().unwrap_or_else(|| t.get("message-live-location")),
                address: None,
                detail: t.with("message-live-location-at", "time", at),
                map: map(*latitude, *longitude),
            })
        }
        Card::Contact { vcard } => Body::Contacts(contacts(t, vcard, title)),
        Card::Poll { options, choices, quiz } => Body::Poll(poll(t, message, options, *choices, quiz.as_deref())),
        Card::PollResult { options } => Body::Poll(result(t, title, options)),
        Card::Event {
            starts_at,
            ends_at,
            description,
            place,
            link,
            cancelled,
        } => Body::Event(EventCard {
            title: named().unwrap_or_else(|| t.get("message-event")),
            when: period(t, *starts_at, *ends_at),
            place: place.as_deref().map(|place| plain::name(&place.replace('\n', ", "))),
            about: description.as_deref().map(words),
            link: link.clone().filter(|link| is_web(link)),
            cancelled: *cancelled,
            answers: replies(t, &message.answers),
        }),
        Card::Product {
            price,
            description,
            url,
            thumbnail,
        } => Body::Offer(Offer {
            facts: price.iter().map(money).collect(),
            text: description.as_deref().map(words),
            picture: data_picture(thumbnail.as_deref()),
            link: url.clone().filter(|url| is_web(url)),
            ..offer(t, Kind::Product, title)
        }),
        Card::Order {
            items,
            total,
            thumbnail,
        } => {
            let items = items.map(|items| t.count("message-order-items", u64::from(items)));
            Body::Offer(Offer {
                facts: items.into_iter().chain(total.iter().map(money)).collect(),
                picture: data_picture(thumbnail.as_deref()),
                ..offer(t, Kind::Order, title)
            })
        }
        Card::Business { footer, buttons } => Body::Offer(Offer {
            text: title.as_deref().map(words),
            footer: footer.as_deref().map(plain::name),
            buttons: buttons
                .iter()
                .take(DRAWN)
                .map(|button| plain::one_line(button, 100))
                .collect(),
            ..offer(t, Kind::Business, None)
        }),
        Card::Menu { footer, options } => Body::Offer(Offer {
            label: t.get("message-menu"),
            text: title.as_deref().map(words),
            footer: footer.clone(),
            buttons: options
                .iter()
                .zip(1..)
                .map(|(option, at)| format!("{at}. {}", option.title))
                .collect(),
            ..offer(t, Kind::Business, None)
        }),
        Card::Invite {
            channel,
            name,
            expires_at,
        } => {
            let label = if *channel {
                "message-invite-channel"
            } else {
                "message-invite-group"
            };
            let until = expires_at.map(|at| t.with("message-invite-until", "time", t.full(seconds(at))));
            Body::Offer(Offer {
                label: t.get(label),
                text: title
                    .as_deref()
                    .filter(|text| Some(*text) != name.as_deref())
                    .map(words),
                facts: until.into_iter().collect(),
                ..offer(t, Kind::Invite, name.clone())
            })
        }
        Card::Notice(notice) => {
            let (icon, key) = notice_as(*notice);
            let text = title.unwrap_or_default();
            Body::Notice {
                icon,
                text: t.get(key),
                words: rich(&text.chars().take(3_000).collect::<String>(), mentions),
            }
        }
        Card::Line(line) => {
            let (icon, text) = super::lines::line(t, line, message.sender.as_ref(), &message.people);
            Body::Line { icon, text }
        }
        Card::Album { .. } => Body::Lost {
            icon: "image",
            text: t.get("message-album"),
        },
    }
}

/// When a live location came here.
fn moved_at(message: &Message) -> UnixMs {
    message.edited_at.unwrap_or(message.at)
}

/// What a live location says once it is over: nobody tells, it moves no more.
pub(super) fn ended(t: T, message: &Message, now: UnixMs) -> Option<String> {
    let at = moved_at(message);
    let over = message.kind == Kind::LiveLocation && !at.is_within(LIVE_LOCATION_RESTS, now) && at <= now;
    over.then(|| t.with("message-live-location-ended", "time", t.full(at)))
}

fn offer(t: T, kind: Kind, title: Option<String>) -> Offer {
    Offer {
        icon: super::render::icon(kind).unwrap_or("store"),
        label: kind_word(t, kind),
        title: title.as_deref().map(plain::name),
        ..Offer::default()
    }
}

fn seconds(at: i64) -> UnixMs {
    UnixMs(at.saturating_mul(1_000))
}

/// Thousandths of a currency, as WhatsApp writes prices.
fn money((thousandths, currency): &(i64, String)) -> String {
    let sign = if *thousandths < 0 { "-" } else { "" };
    let cents = thousandths.unsigned_abs() / 10;
    format!("{sign}{}.{:02} {currency}", cents / 100, cents % 100)
}

fn coordinates(latitude: f64, longitude: f64) -> String {
    format!("{latitude:.5}, {longitude:.5}")
}

/// On OpenStreetMap; nothing is loaded from there before somebody goes.
fn map(latitude: f64, longitude: f64) -> Option<String> {
    let there_is = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    there_is.then(|| {
        format!(
            "https://www.openstreetmap.org/?mlat={latitude:.6}&mlon={longitude:.6}#map=16/{latitude:.6}/{longitude:.6}"
        )
    })
}

fn is_web(link: &str) -> bool {
    link.len() <= LONGEST_LINK && (link.starts_with("https://") || link.starts_with("http://"))
}

fn contacts(t: T, vcards: &str, title: Option<String>) -> Vec<ContactCard> {
    let cards = vcard::read(vcards);
    if cards.is_empty() {
        let name = title.unwrap_or_else(|| t.get("message-contact"));
        return vec![ContactCard {
            name,
            ..ContactCard::default()
        }];
    }
    let alone = cards.len() == 1;
    let title = title.filter(|_| alone);
    let more = cards.len().saturating_sub(DRAWN);
    let drawn = cards.into_iter().take(DRAWN);
    let mut drawn: Vec<ContactCard> = drawn.map(|card| contact(t, card, title.clone())).collect();
    if more > 0 {
        drawn.push(ContactCard {
            name: t.count("message-contacts-more", more as u64),
            ..ContactCard::default()
        });
    }
    drawn
}

fn contact(t: T, card: VCard, title: Option<String>) -> ContactCard {
    let account = card.account();
    let number = |number: &String| {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let plus = if number.trim_start().starts_with('+') { "+" } else { "" };
        (plain::one_line(number, 40), format!("tel:{plus}{digits}"))
    };
    ContactCard {
        name: title
            .or(card.name)
            .map_or_else(|| t.get("message-contact"), |name| plain::name(&name)),
        detail: card.organisation.as_deref().map(plain::name),
        numbers: card.numbers.iter().take(5).map(number).collect(),
        emails: card
            .emails
            .into_iter()
            .filter(|email| email.len() <= LONGEST_EMAIL && !email.contains(['"', ' ']))
            .take(5)
            .collect(),
        account,
    }
}

fn poll(t: T, message: &Message, options: &[String], choices: u32, quiz: Option<&str>) -> Poll {
    let places: HashMap<String, usize> = match message.answers.is_empty() {
        true => HashMap::new(),
        false => options.iter().enumerate().map(|(at, name)| (hash(name), at)).collect(),
    };
    let mut drawn: Vec<PollOption> = options
        .iter()
        .map(|name| PollOption {
            name: plain::name(name),
            right: quiz == Some(name),
            ..PollOption::default()
        })
        .collect();
    let mut voters: Vec<Vec<String>> = vec![Vec::new(); options.len()];
    let mut voted = 0;
    for Answered { sender, answer } in &message.answers {
        let Answer::Vote(chosen) = answer else { continue };
        voted += u64::from(!chosen.is_empty());
        for at in chosen.iter().filter_map(|hash| places.get(hash)) {
            drawn[*at].votes += 1;
            drawn[*at].mine |= sender.is_none();
            let name = || {
                sender
                    .as_ref()
                    .map_or_else(|| t.get("message-you"), |sender| called(t, sender))
            };
            if voters[*at].len() < NAMED {
                voters[*at].push(name());
            }
        }
    }
    for (option, names) in drawn.iter_mut().zip(voters) {
        option.voters = names.join(", ");
    }
    let rule = match (quiz, choices) {
        (Some(_), _) => t.get("message-poll-quiz"),
        (None, 1) => t.get("message-poll-one"),
        (None, 0) => t.get("message-poll-any"),
        (None, most) => t.count("message-poll-several", u64::from(most)),
    };
    Poll {
        question: question(t, message.body.clone()),
        rule,
        most: drawn.iter().map(|option| option.votes).max().unwrap_or(0).max(1),
        options: drawn.into_iter().take(OPTIONS).collect(),
        total: t.count("message-poll-votes", voted),
    }
}

fn question(t: T, text: Option<String>) -> String {
    text.filter(|text| !text.is_empty())
        .map_or_else(|| t.get("message-poll"), |text| plain::name(&text))
}

pub(super) fn hash(option: &str) -> String {
    Sha256::digest(option.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn result(t: T, title: Option<String>, options: &[(String, u64)]) -> Poll {
    let votes = options.iter().fold(0_u64, |sum, (_, votes)| sum.saturating_add(*votes));
    Poll {
        question: question(t, title),
        rule: t.get("message-poll-over"),
        options: options
            .iter()
            .take(OPTIONS)
            .map(|(name, votes)| PollOption {
                name: plain::name(name),
                votes: *votes,
                ..PollOption::default()
            })
            .collect(),
        most: options.iter().map(|(_, votes)| *votes).max().unwrap_or(0).max(1),
        total: t.count("message-poll-votes", votes),
    }
}

/// `Tuesday, 24 November 2026, 14:05–15:00`.
fn period(t: T, from: Option<i64>, to: Option<i64>) -> String {
    let Some(from) = from.map(seconds) else {
        return String::new();
    };
    match to.map(seconds) {
        None => t.full(from),
        Some(to) if t.same_day(from, to) => format!("{}–{}", t.full(from), t.clock(to)),
        Some(to) => format!("{} – {}", t.full(from), t.full(to)),
    }
}

fn replies(t: T, answers: &[Answered]) -> Vec<(String, String)> {
    let said = [
        (Reply::Going, "message-event-going"),
        (Reply::Maybe, "message-event-maybe"),
        (Reply::NotGoing, "message-event-not-going"),
    ];
    let mut shown = Vec::new();
    for (wanted, key) in said {
        let mut names = Vec::new();
        let mut count = 0;
        for Answered { sender, answer } in answers {
            let Answer::Event { reply, guests } = answer else {
                continue;
            };
            if *reply != wanted {
                continue;
            }
            count += 1 + u64::from(*guests);
            let name = sender
                .as_ref()
                .map_or_else(|| t.get("message-you"), |sender| called(t, sender));
            if names.len() < NAMED {
                names.push(if *guests > 0 { format!("{name} +{guests}") } else { name });
            }
        }
        if count > 0 {
            shown.push((t.count(key, count), names.join(", ")));
        }
    }
    shown
}

/// The icon of a notice and the key of its sentence.
pub(super) const fn notice_as(notice: Notice) -> (&'static str, &'static str) {
    match notice {
        Notice::Payment => ("banknote", "message-notice-payment"),
        Notice::PaymentRequest => ("banknote", "message-notice-payment-request"),
        Notice::PaymentDeclined => ("banknote", "message-notice-payment-declined"),
        Notice::PaymentCancelled => ("banknote", "message-notice-payment-cancelled"),
        Notice::SplitPayment => ("banknote", "message-notice-split-payment"),
        Notice::Invoice => ("receipt-text", "message-notice-invoice"),
        Notice::VoiceCall => ("phone", "message-notice-voice-call"),
        Notice::VideoCall => ("video", "message-notice-video-call"),
        Notice::MissedVoiceCall => ("phone-missed", "message-notice-missed-voice-call"),
        Notice::MissedVideoCall => ("phone-missed", "message-notice-missed-video-call"),
        Notice::ScheduledCall => ("calendar-clock", "message-notice-scheduled-call"),
        Notice::StickerPack => ("sticker", "message-notice-sticker-pack"),
        Notice::Comment => ("message-square-text", "message-notice-comment"),
        Notice::AiAnswer => ("sparkles", "message-notice-ai-answer"),
        Notice::Question => ("message-circle-question-mark", "message-notice-question"),
        Notice::Music => ("music", "message-notice-music"),
        Notice::Spoiler => ("eye", "message-notice-spoiler"),
        Notice::StatusAnswer => ("reply", "message-notice-status-answer"),
        Notice::PhoneRequested => ("phone", "message-notice-phone-requested"),
        Notice::OnlyOnPhone => ("smartphone", "message-notice-only-on-phone"),
    }
}

/// What stands above the words.
pub(super) fn marks(t: T, message: &Message) -> Vec<Mark> {
    let context = &message.context;
    let forwarded = context.forwarded.as_ref().map(|forwarded| match forwarded {
        Forwarded::Once => ("forward", t.get("message-forwarded")),
        Forwarded::Often => ("forward", t.get("message-forwarded-often")),
        Forwarded::Channel { name: Some(name) } => (
            "radio-tower",
            t.with("message-forwarded-channel", "name", plain::one_line(name, 80)),
        ),
        Forwarded::Channel { name: None } => ("radio-tower", t.get("message-forwarded-some-channel")),
    });
    let ad = context.ad.as_ref().map(|ad| match &ad.title {
        Some(title) => ("megaphone", t.with("message-ad", "title", plain::one_line(title, 80))),
        None => ("megaphone", t.get("message-ad-untitled")),
    });
    let choice = context
        .choice
        .as_ref()
        .map(|_| ("mouse-pointer-click", t.get("message-choice")));
    let shown = [forwarded, ad, choice].into_iter().flatten();
    shown.map(|(icon, text)| Mark { icon, text }).collect()
}

/// The card of a link.
pub(super) fn preview(message: &Message) -> Option<LinkCard> {
    let preview = message.context.preview.as_ref()?;
    if preview.url.len() > LONGEST_LINK {
        return None;
    }
    let href = if is_web(&preview.url) {
        preview.url.clone()
    } else {
        format!("https://{}", preview.url)
    };
    let host = url::Url::parse(&href).ok()?.host_str()?.to_owned();
    Some(LinkCard {
        href,
        host,
        title: preview.title.as_deref().map(|title| plain::one_line(title, 200)),
        text: preview.description.as_deref().map(|text| plain::one_line(text, 300)),
        picture: data_picture(preview.thumbnail.as_deref()),
    })
}

/// Mentioned people as the words have them.
pub(super) fn mentions(t: T, people: &[crate::chats::Person]) -> Vec<Mention> {
    people
        .iter()
        .map(|person| Mention {
            user: person
                .address
                .to_string()
                .split('@')
                .next()
                .unwrap_or_default()
                .to_owned(),
            name: super::lines::person(t, person),
        })
        .collect()
}

/// A number as people write it, or a name.
pub(super) fn named(t: T, name: Option<&str>, digits: Option<&str>) -> String {
    match (name, digits) {
        (Some(name), _) => name.to_owned(),
        (None, Some(digits)) => phone(digits),
        (None, None) => t.get("chats-unknown"),
    }
}
