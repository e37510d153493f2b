//! Every kind of message that can be sent, as the phone that gets it reads it.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use wa_client::{
    Address, Content, Media, MediaKind, Outgoing, OutgoingContact, OutgoingContent, OutgoingContext, OutgoingQuote,
    Target, secret_of,
};
use wa_network::phone::{self, InboxMessage, PhoneMessage, Poll};

use crate::support::{BUSINESS, CUSTOMER, Opened, Sink, World, patiently, text};

const SECRET: [u8; 32] = [3; 32];

fn outgoing(id: &str, content: OutgoingContent) -> Outgoing {
    with(id, content, OutgoingContext::default())
}

fn with(id: &str, content: OutgoingContent, context: OutgoingContext) -> Outgoing {
    Outgoing {
        id: id.to_owned(),
        to: Address::Phone(CUSTOMER.to_owned()),
        content,
        context,
    }
}

fn ours(id: &str) -> Target {
    Target {
        id: id.to_owned(),
        from_me: true,
        sender: None,
    }
}

fn says(body: &str) -> OutgoingContent {
    OutgoingContent::Text { body: body.to_owned() }
}

/// Sends it and waits until the customer's phone has read it.
async fn arrives(world: &World, open: &Opened, message: Outgoing) -> InboxMessage {
    open.link.send(&message).await.unwrap();
    world.customer_gets(|seen| seen.id == message.id).await
}

/// Waits until the bubble of a message looks as `wanted`.
async fn bubble(world: &World, id: &str, wanted: impl Fn(&PhoneMessage) -> bool) -> PhoneMessage {
    let phones = world.network.phones();
    let mut changes = phones.watch(CUSTOMER).unwrap();
    patiently("a bubble of the customer's phone", async {
        loop {
            let thread = phones.conversation(CUSTOMER, BUSINESS).unwrap();
            if let Some(found) = thread.into_iter().find(|message| message.id == id && wanted(message)) {
                return found;
            }
            changes.changed().await.unwrap();
        }
    })
    .await
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

async fn uploaded(open: &Opened, media: Media, bytes: &[u8]) -> Media {
    let scratch = tempfile::tempfile().unwrap();
    let file = open.link.upload(media.kind, file_of(bytes), scratch).await.unwrap();
    assert_eq!(file.size, bytes.len() as u64);
    media.uploaded(&file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_reads_what_is_no_file() {
    let world = World::new().await;
    let open = world.linked(&Sink::new()).await;
    let cases = [
        (says("*bold* and _slanted_"), "text", "*bold* and _slanted_"),
        (
            OutgoingContent::Location {
                latitude: 52.5,
                longitude: 13.4,
                name: Some("The bakery".to_owned()),
                address: Some("1 Bread Street".to_owned()),
            },
            "location",
            "The bakery",
        ),
        (OutgoingContent::Contacts(vec![card("Ana")]), "contact", "Ana"),
        (
            OutgoingContent::Contacts(vec![card("Ana"), card("Bo")]),
            "contacts",
            "Ana, Bo",
        ),
        (poll("Which bread?", 1), "poll", "Which bread?"),
        (poll("Which breads?", 0), "poll", "Which breads?"),
        (
            OutgoingContent::Event {
                name: "Tasting".to_owned(),
                description: Some("With butter".to_owned()),
                starts_at: 1_800_000_000,
                ends_at: None,
                place: Some("The bakery".to_owned()),
                link: None,
                secret: SECRET.to_vec(),
            },
            "event",
            "Tasting",
        ),
    ];
    for (place, (content, kind, text)) in cases.into_iter().enumerate() {
        let seen = arrives(&world, &open, outgoing(&format!("CARD{place}"), content)).await;
        assert_eq!((seen.kind.as_str(), seen.text.as_deref()), (kind, Some(text)));
    }
    world.end(open).await;
}

fn card(name: &str) -> OutgoingContact {
    OutgoingContact {
        name: name.to_owned(),
        vcard: format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEND:VCARD"),
    }
}

fn poll(question: &str, choices: u32) -> OutgoingContent {
    OutgoingContent::Poll {
        question: question.to_owned(),
        options: vec!["Rye".to_owned(), "Wheat".to_owned()],
        choices,
        secret: SECRET.to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_gets_every_kind_of_file_whole() {
    let world = World::new().await;
    let open = world.linked(&Sink::new()).await;
    let bytes: Vec<u8> = (0..70_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let cases = [
        (MediaKind::Image, "image/jpeg", "image", Some("look")),
        (MediaKind::Video, "video/mp4", "video", Some("look")),
        (MediaKind::Gif, "video/mp4", "gif", None),
        (MediaKind::VideoNote, "video/mp4", "ptv", None),
        (MediaKind::Voice, "audio/ogg; codecs=opus", "voice", None),
        (MediaKind::Audio, "audio/mpeg", "audio", None),
        (MediaKind::Document, "application/pdf", "document", Some("the bill")),
        (MediaKind::Sticker, "image/webp", "sticker", None),
    ];
    for (kind, mime, read_as, caption) in cases {
        let media = Media {
            kind,
            mime: mime.to_owned(),
            caption: caption.map(str::to_owned),
            file_name: (kind == MediaKind::Document).then(|| "bill.pdf".to_owned()),
            ..Media::default()
        };
        let media = uploaded(&open, media, &bytes).await;
        let id = format!("FILE-{read_as}");
        let seen = arrives(&world, &open, outgoing(&id, OutgoingContent::Media(media))).await;
        assert_eq!((seen.kind.as_str(), seen.text.as_deref()), (read_as, caption));
        bubble(&world, &id, |message| message.has_media).await;
        let file = world.network.phones().media(CUSTOMER, &id).unwrap().unwrap();
        assert!(file.bytes[..] == bytes[..] && file.mime == mime, "{read_as}");
    }
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_not_uploaded_is_refused_for_good() {
    let world = World::new().await;
    let open = world.linked(&Sink::new()).await;
    let media = OutgoingContent::Media(Media::default());
    let sent = open.link.send(&outgoing("NOFILE", media)).await;
    assert!(matches!(sent, Err(wa_client::LinkError::Permanent(_))), "{sent:?}");
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_beside_the_content_arrives_with_it() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    let asked = world.customer_writes("open today?").await;
    let row = sink.text("open today?").await;
    let context = OutgoingContext {
        quote: Some(OutgoingQuote {
            target: Target {
                id: asked.clone(),
                from_me: false,
                sender: Some(row.sender),
            },
            content: Box::new(says("open today?")),
        }),
        mentions: vec![Address::Phone(CUSTOMER.to_owned())],
        forwarded: 1,
        expires_after: Some(604_800),
        ..OutgoingContext::default()
    };
    let answer = arrives(&world, &open, with("ANSWER", says("until six"), context)).await;
    assert_eq!(answer.reply_to, Some(asked));
    assert_eq!(answer.mentions, [format!("{CUSTOMER}@s.whatsapp.net")]);
    assert_eq!((answer.forwarded, answer.expiration), (true, Some(604_800)));

    let once = OutgoingContext {
        view_once: true,
        ..OutgoingContext::default()
    };
    let media = Media {
        mime: "image/jpeg".to_owned(),
        ..Media::default()
    };
    let media = uploaded(&open, media, b"a picture").await;
    let seen = arrives(&world, &open, with("ONCE", OutgoingContent::Media(media), once)).await;
    assert!(seen.view_once && seen.kind == "image");
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_edited_reacted_to_and_deleted_on_the_phone() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    arrives(&world, &open, text("FIRST", CUSTOMER, "teh")).await;
    let edit = OutgoingContent::Edit {
        target: ours("FIRST"),
        content: Box::new(says("the")),
        at_ms: 1_800_000_000_000,
    };
    open.link.send(&outgoing("EDIT", edit.clone())).await.unwrap();
    open.acked("EDIT").await;
    assert_eq!(bubble(&world, "FIRST", |message| message.edited).await.text, "the");
    // Sending it again is the same edit.
    open.link.send(&outgoing("EDIT", edit)).await.unwrap();
    open.acked("EDIT").await;

    let id = world.customer_writes("thank you").await;
    let row = sink.text("thank you").await;
    let theirs = Target {
        id: id.clone(),
        from_me: false,
        sender: Some(row.sender),
    };
    for (sent, emoji) in [("REACT1", "👍"), ("REACT2", "")] {
        let reaction = OutgoingContent::Reaction {
            target: theirs.clone(),
            emoji: emoji.to_owned(),
            at_ms: 1_800_000_000_000,
        };
        open.link.send(&outgoing(sent, reaction)).await.unwrap();
        bubble(&world, &id, |message| {
            message.reaction.as_deref().unwrap_or_default() == emoji
        })
        .await;
        open.acked(sent).await;
    }

    let delete = OutgoingContent::Delete { target: ours("FIRST") };
    open.link.send(&outgoing("DELETE", delete)).await.unwrap();
    open.acked("DELETE").await;
    bubble(&world, "FIRST", |message| message.deleted).await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_is_opened_by_who_asked() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    let question = Poll {
        question: "Which bread?".to_owned(),
        options: vec!["Rye".to_owned(), "Wheat".to_owned()],
        choices: 1,
        announcement: false,
    };
    let phones = world.network.phones();
    let id = phones
        .send(CUSTOMER, BUSINESS, phone::Content::PollWith(question))
        .await
        .unwrap();
    let row = sink
        .row("a poll", |row| matches!(row.content, Content::Card { .. }))
        .await;
    let vote = OutgoingContent::Vote {
        target: Target {
            id: id.clone(),
            from_me: false,
            sender: Some(row.sender),
        },
        options: vec!["Wheat".to_owned()],
        secret: secret_of(&row.raw).unwrap(),
        at_ms: 1_800_000_000_000,
    };
    let seen = arrives(&world, &open, outgoing("VOTE", vote)).await;
    assert_eq!((seen.kind.as_str(), seen.text.as_deref()), ("poll_vote", Some("Wheat")));
    assert_eq!(seen.target, Some(id));
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_album_is_one_message_with_its_pictures() {
    let world = World::new().await;
    let open = world.linked(&Sink::new()).await;
    let album = OutgoingContent::Album { images: 2, videos: 0 };
    assert_eq!(arrives(&world, &open, outgoing("ALBUM", album)).await.kind, "album");
    for id in ["PICTURE1", "PICTURE2"] {
        let media = Media {
            mime: "image/jpeg".to_owned(),
            ..Media::default()
        };
        let media = uploaded(&open, media, id.as_bytes()).await;
        let context = OutgoingContext {
            album: Some("ALBUM".to_owned()),
            ..OutgoingContext::default()
        };
        let seen = arrives(&world, &open, with(id, OutgoingContent::Media(media), context)).await;
        assert_eq!(seen.parent.as_deref(), Some("ALBUM"));
    }
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_in_a_group_says_whose_message_it_means() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    let phones = world.network.phones();
    let group = phones
        .create_group(CUSTOMER, "Friends of bread", &[BUSINESS.to_owned()])
        .unwrap();
    let id = phones.send(CUSTOMER, &group.jid, "hello all").await.unwrap();
    let row = sink.text("hello all").await;
    let reaction = OutgoingContent::Reaction {
        target: Target {
            id: id.clone(),
            from_me: false,
            sender: Some(row.sender.clone()),
        },
        emoji: "🥖".to_owned(),
        at_ms: 1_800_000_000_000,
    };
    let mut message = outgoing("GROUPREACT", reaction);
    message.to = row.chat.clone();
    open.link.send(&message).await.unwrap();
    open.acked("GROUPREACT").await;
    let seen = world.customer_gets(|message| message.id == "GROUPREACT").await;
    assert_eq!((seen.chat, seen.target), (group.jid, Some(id)));
    world.end(open).await;
}
