use askama::Template as _;
use wa_client::{Ad, Address, Card, Context, Forwarded, Line, Notice};

use crate::chats::{Answer, Answered, Detail, Kind, Message, Origin, Person, Quoted, Reply, Sender, Status};
use crate::clock::UnixMs;
use crate::i18n::T;
use crate::ids::{ContactId, MessageId, PublicId};
use crate::site::chats::cards::hash;
use crate::site::chats::render::bubble;
use crate::site::chats::timeline::items;
use crate::site::chats::views::{Item, MessageView};

const AT: UnixMs = UnixMs(1_795_000_000_000);

fn message(kind: Kind) -> Message {
    Message {
        id: MessageId(1),
        public_id: PublicId::new("msg"),
        chat: PublicId::new("chat"),
        in_group: false,
        wa_id: "A".into(),
        from_me: false,
        sender: Some(Sender {
            contact: ContactId(1),
            name: Some("Ana".into()),
            phone: None,
        }),
        kind,
        origin: Origin::Contact,
        status: Status::Received,
        failure: None,
        held_until: None,
        waits: None,
        unreached: false,
        at: AT,
        unread: false,
        body: None,
        detail: None,
        media: None,
        context: Context::default(),
        album: None,
        quoted: None,
        shown: true,
        edited_at: None,
        edited_elsewhere: false,
        deleted: false,
        kept: false,
        reactions: Vec::new(),
        failed_change: None,
        answers: Vec::new(),
        receipts: None,
        people: Vec::new(),
    }
}

fn drawn(message: &Message) -> String {
    bubble(T::default(), message).render().unwrap()
}

fn of_card(body: Option<&str>, card: Card) -> Message {
    let kind = match &card {
        Card::Location { .. } => Kind::Location,
        Card::LiveLocation { .. } => Kind::LiveLocation,
        Card::Contact { .. } => Kind::Contact,
        Card::Poll { .. } => Kind::Poll,
        Card::PollResult { .. } => Kind::PollResult,
        Card::Event { .. } => Kind::Event,
        Card::Album { .. } => Kind::Album,
        Card::Product { .. } => Kind::Product,
        Card::Order { .. } => Kind::Order,
        Card::Business { .. } | Card::Menu { .. } => Kind::Business,
        Card::Invite { .. } => Kind::Invite,
        Card::Notice(_) => Kind::Notice,
        Card::Line(_) => Kind::Line,
    };
    Message {
        body: body.map(str::to_owned),
        detail: Some(Detail::Card(card)),
        ..message(kind)
    }
}

fn assert_shows(message: &Message, words: &[&str]) {
    let html = drawn(message);
    for word in words {
        assert!(html.contains(word), "{word} in {html}");
    }
    assert!(!html.contains("Message("), "{html}");
}

#[test]
fn places_lead_to_a_map_and_impossible_ones_do_not() {
    let place = |latitude, longitude| Card::Location {
        latitude,
        longitude,
        address: Some("Rua 1".into()),
        url: None,
    };
    assert_shows(
        &of_card(Some("The shop"), place(38.7, -9.1)),
        &[
            "The shop",
            "Rua 1",
            "openstreetmap.org/?mlat=38.700000&#38;mlon=-9.100000",
        ],
    );
    for (latitude, longitude) in [(f64::NAN, 1.0), (f64::INFINITY, 1.0), (91.0, 0.0)] {
        assert!(!drawn(&of_card(None, place(latitude, longitude))).contains("openstreetmap"));
    }
    let live = Card::LiveLocation {
        latitude: 1.0,
        longitude: 2.0,
        sequence: 1,
    };
    assert_shows(&of_card(None, live), &["Live location", "Last seen here at"]);
}

#[test]
fn a_poll_shows_its_votes_and_who_voted() {
    let card = Card::Poll {
        options: vec!["yes".into(), "no <b>".into()],
        choices: 1,
        quiz: Some("yes".into()),
    };
    let answered = |name: Option<&str>, option: &str| Answered {
        sender: name.map(|name| Sender {
            contact: ContactId(2),
            name: Some(name.into()),
            phone: None,
        }),
        answer: Answer::Vote(vec![hash(option)]),
    };
    let poll = Message {
        answers: vec![
            answered(Some("Bo"), "yes"),
            answered(None, "yes"),
            answered(Some("Lu"), "gone"),
        ],
        ..of_card(Some("Cake?"), card)
    };
    assert_shows(
        &poll,
        &[
            "Cake?",
            "Quiz",
            "Bo, You",
            "no &#60;b&#62;",
            "3 people voted",
            "Right answer",
        ],
    );
    let ended = Card::PollResult {
        options: vec![("yes".into(), u64::MAX), ("no".into(), 1)],
    };
    assert_shows(&of_card(None, ended), &["Poll", "This poll has ended"]);
}

#[test]
fn an_event_says_when_where_and_who_comes() {
    let card = Card::Event {
        starts_at: Some(1_795_000_000),
        ends_at: Some(1_795_003_600),
        description: Some("Bring *bread*".into()),
        place: Some("The garden".into()),
        link: Some("javascript:alert(1)".into()),
        cancelled: true,
    };
    let event = Message {
        answers: vec![Answered {
            sender: None,
            answer: Answer::Event {
                reply: Reply::Going,
                guests: 2,
            },
        }],
        ..of_card(Some("Party"), card)
    };
    assert_shows(
        &event,
        &[
            "Party",
            "2026",
            "cancelled",
            "The garden",
            "3 going",
            "You +2",
            "<b>bread</b>",
        ],
    );
    assert!(!drawn(&event).contains("javascript:"));
}

#[test]
fn every_other_card_shows_its_words() {
    let product = Card::Product {
        price: Some((12_500, "EUR".into())),
        description: Some("Fresh".into()),
        url: Some("https://shop.example/p".into()),
        thumbnail: Some(vec![0xff, 0xd8]),
    };
    assert_shows(
        &of_card(Some("Bread"), product),
        &[
            "Bread",
            "12.50 EUR",
            "Fresh",
            "https://shop.example/p",
            "data:image/jpeg",
        ],
    );
    let order = Card::Order {
        items: Some(2),
        total: Some((99_990, "BRL".into())),
        thumbnail: None,
    };
    assert_shows(
        &of_card(Some("For Friday"), order),
        &["For Friday", "2 items", "99.99 BRL"],
    );
    let business = Card::Business {
        footer: Some("Reply STOP".into()),
        buttons: vec!["Track".into()],
    };
    let business = of_card(Some("Your *order*"), business);
    assert_shows(
        &business,
        &["<b>order</b>", "Reply STOP", "Track", "Message with buttons"],
    );
    assert!(!drawn(&business).contains("<button"));
    let invite = Card::Invite {
        channel: false,
        name: Some("Bakers".into()),
        expires_at: Some(1_795_000_000),
    };
    assert_shows(&of_card(Some("Join us"), invite), &["Bakers", "Join us", "valid until"]);
    for (notice, words) in [
        (Notice::PhoneRequested, "Asks for your phone number"),
        (Notice::OnlyOnPhone, "only on the phone"),
        (Notice::MissedVideoCall, "Missed video call"),
    ] {
        assert_shows(
            &of_card(Some("_inside_"), Card::Notice(notice)),
            &[words, "<i>inside</i>"],
        );
    }
    let vcard = "BEGIN:VCARD\nFN:Bo\nORG:Flor\nTEL;waid=447700900123:+44 7700 900123\nEND:VCARD".into();
    assert_shows(
        &of_card(None, Card::Contact { vcard }),
        &[
            "Bo",
            "Flor",
            "tel:+447700900123",
            "/contact?account=447700900123",
            "Message",
        ],
    );
}

#[test]
fn an_unknown_kind_never_shows_the_name_of_a_field() {
    let unknown = Message {
        body: Some("the words inside".into()),
        detail: Some(Detail::Other {
            kind: "fancy_new_message".into(),
        }),
        ..message(Kind::Other)
    };
    assert_shows(&unknown, &["A new kind of message", "the words inside"]);
    assert!(!drawn(&unknown).contains("fancy_new"));
}

#[test]
fn lines_are_sentences_about_people() {
    let person = |jid: &str, name: Option<&str>, ours| Person {
        address: jid.parse().unwrap(),
        ours,
        name: name.map(str::to_owned),
        phone: None,
    };
    let line = |line, from_me: bool| Message {
        people: vec![
            person("1@s.whatsapp.net", Some("Bo"), false),
            person("2@lid", None, true),
        ],
        sender: message(Kind::Line).sender.filter(|_| !from_me),
        ..of_card(None, Card::Line(line))
    };
    let added = Line::Added {
        people: vec!["1@s.whatsapp.net".into(), "2@lid".into(), "3@lid".into()],
    };
    assert_shows(
        &line(added, false),
        &["Ana added Bo, You, Unknown number.", "class=\"system\""],
    );
    assert_shows(
        &line(Line::Timer { seconds: 604_800 }, true),
        &["You set messages to disappear after 7 days."],
    );
    assert_shows(&line(Line::Timer { seconds: 86_400 }, false), &["Ana set", "24 hours"]);
    assert_shows(
        &line(Line::Timer { seconds: 0 }, false),
        &["Ana turned off disappearing messages."],
    );
    let missed = Line::MissedCall {
        video: false,
        rejected: false,
    };
    assert_shows(&line(missed, false), &["Missed voice call"]);
}

#[test]
fn what_a_message_says_beside_its_words_is_marked() {
    let marked = Message {
        body: Some("hi".into()),
        context: Context {
            forwarded: Some(Forwarded::Often),
            ad: Some(Ad {
                title: Some("Bread".into()),
                url: None,
                source: None,
            }),
            choice: Some("id".into()),
            ..Context::default()
        },
        edited_at: Some(AT),
        edited_elsewhere: true,
        kept: true,
        quoted: Some(Quoted {
            message: None,
            from_me: true,
            sender: None,
            kind: Kind::Image,
            body: None,
            status: true,
            deleted: false,
            view_once: false,
        }),
        ..message(Kind::Text)
    };
    assert_shows(
        &marked,
        &[
            "Forwarded many times",
            "Came from the ad “Bread”",
            "Chosen from what was offered",
            "edited on the phone",
            "Kept",
            "You · Status",
            "Photo",
        ],
    );
    let once = Message {
        context: Context {
            view_once: true,
            ..Context::default()
        },
        media: Some(crate::chats::MediaInfo {
            mime: "image/jpeg".into(),
            file_name: None,
            seconds: None,
            width: None,
            height: None,
            size: None,
            thumbnail: Some(vec![1]),
            waveform: None,
            file: None,
        }),
        ..message(Kind::Image)
    };
    assert_shows(&once, &["View-once photo. Open it on your phone."]);
    assert!(!drawn(&once).contains("data:image"));
}

#[test]
fn a_page_carries_only_the_beginning_of_a_long_text() {
    let long = Message {
        body: Some("ä".repeat(1_000_000)),
        ..message(Kind::Text)
    };
    let html = drawn(&long);
    assert!(html.len() < 10_000, "{}", html.len());
    assert!(html.contains(&format!("/chats/messages/{}/text", long.public_id)));
    let short = Message {
        body: Some("ä".repeat(3_000)),
        ..message(Kind::Text)
    };
    assert!(!drawn(&short).contains("/text\""));
}

#[test]
fn pictures_of_an_album_that_follow_each_other_are_one_group() {
    let picture = |id: &str, album: Option<&str>| Message {
        public_id: PublicId::new("msg"),
        wa_id: id.into(),
        album: album.map(str::to_owned),
        ..message(Kind::Image)
    };
    let messages = [
        picture("1", Some("P")),
        picture("2", Some("P")),
        picture("3", Some("Q")),
        picture("4", None),
        picture("5", Some("P")),
    ];
    let shape: Vec<usize> = items(T::default(), &messages, Vec::new(), None, None, AT)
        .iter()
        .filter_map(|item| match item {
            Item::Album(pictures) => Some(pictures.len()),
            Item::Message(_) => Some(0),
            _ => None,
        })
        .collect();
    assert_eq!(shape, [2, 1, 0, 1]);
}

#[test]
fn mentions_are_drawn_as_names() {
    let mention = Message {
        body: Some("ask @77 or @88".into()),
        people: vec![
            Person {
                address: Address::Lid("77".into()),
                ours: false,
                name: Some("Ana".into()),
                phone: None,
            },
            Person {
                address: Address::Lid("88".into()),
                ours: true,
                name: None,
                phone: None,
            },
        ],
        ..message(Kind::Text)
    };
    assert_shows(&mention, &["@Ana", "@You"]);
    let _: MessageView = bubble(T::default(), &mention);
}

#[test]
fn a_live_location_that_moves_no_more_has_ended() {
    let card = Card::LiveLocation {
        latitude: 38.7,
        longitude: -9.1,
        sequence: 1,
    };
    let place = [of_card(None, card)];
    let detail = |minutes: u64| {
        let now = place[0].at.plus(std::time::Duration::from_secs(minutes * 60));
        match items(T::default(), &place, Vec::new(), None, None, now).pop() {
            Some(Item::Message(view)) => view.render().unwrap(),
            _ => panic!("no message"),
        }
    };
    assert!(detail(29).contains("Last seen here at"));
    assert!(detail(31).contains("Ended. Last seen here: "));
}
