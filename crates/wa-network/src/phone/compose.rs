//! From what the phone is asked to send to the protobuf message and the way it is announced on the stanza.

use buffa::MessageField;
use rand::rngs::StdRng;
use waproto::whatsapp as wa;

use super::board::Board;
use super::content::{Contact, Content, Location};
use super::crypto::random;
use super::media::Uploaded;
use super::stanza::{Chat, Shape};
use super::types::PhoneError;

/// What a message is made with: the chat it goes to and what the phone remembers of it.
pub(super) struct Desk<'a> {
    pub board: &'a Board,
    pub chat: &'a Chat,
    /// Unix milliseconds.
    pub now: i64,
    pub rng: &'a mut StdRng,
}

/// Everything but media, which has to be uploaded first (see [`media_message`]).
pub(super) fn compose(content: &Content, desk: &mut Desk<'_>) -> Result<(wa::Message, Shape), PhoneError> {
    let composed = match content {
        Content::Text(text) => (plain_text(text), Shape::text()),
        Content::Location(place) => (location(place), media_shape("location")),
        Content::Contact(card) => (contact(card), media_shape("vcard")),
        Content::Poll { question, options } => poll(question, options, desk.rng),
        Content::Reaction { message_id, emoji } => reaction(desk, message_id, emoji),
        Content::Reply { message_id, text } => (reply(desk, message_id, text), Shape::text()),
        Content::Edit { message_id, text } => edit(desk, message_id, text)?,
        Content::Delete { message_id } => delete(desk, message_id)?,
        Content::Media(_) => return Err(PhoneError::Media("the file has not been uploaded".to_owned())),
    };
    Ok(composed)
}

fn plain_text(text: &str) -> wa::Message {
    wa::Message {
        conversation: Some(text.to_owned()),
        ..Default::default()
    }
}

fn media_shape(mediatype: &'static str) -> Shape {
    Shape {
        stanza_type: "media",
        mediatype: Some(mediatype),
        ..Shape::default()
    }
}

fn location(place: &Location) -> wa::Message {
    wa::Message {
        location_message: MessageField::some(wa::message::LocationMessage {
            degrees_latitude: Some(place.latitude),
            degrees_longitude: Some(place.longitude),
            name: place.name.clone(),
            address: place.address.clone(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn contact(card: &Contact) -> wa::Message {
    wa::Message {
        contact_message: MessageField::some(wa::message::ContactMessage {
            display_name: Some(card.name.clone()),
            vcard: Some(card.vcard.clone()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn poll(question: &str, options: &[String], rng: &mut StdRng) -> (wa::Message, Shape) {
    let option = |name: &String| wa::message::poll_creation_message::Option {
        option_name: Some(name.clone()),
        ..Default::default()
    };
    let message = wa::Message {
        poll_creation_message_v3: MessageField::some(wa::message::PollCreationMessage {
            name: Some(question.to_owned()),
            options: options.iter().map(option).collect(),
            selectable_options_count: Some(1),
            ..Default::default()
        }),
        // Voters encrypt their choice with this secret.
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_secret: Some(random::<32>(rng).to_vec()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let shape = Shape {
        stanza_type: "poll",
        poll: true,
        ..Shape::default()
    };
    (message, shape)
}

/// The key by which others find the message meant. One the phone does not know is taken for the other side's.
fn key(desk: &Desk<'_>, id: &str) -> wa::MessageKey {
    let known = desk.board.find(desk.chat.key(), id);
    let from_me = known.is_some_and(|message| message.from_me);
    let participant = match (desk.chat, known) {
        (Chat::Group(_), Some(message)) if !from_me => Some(format!("{}@s.whatsapp.net", message.author)),
        _ => None,
    };
    wa::MessageKey {
        remote_jid: Some(desk.chat.jid_text()),
        from_me: Some(from_me),
        id: Some(id.to_owned()),
        participant,
    }
}

fn own_key(desk: &Desk<'_>, id: &str) -> Result<wa::MessageKey, PhoneError> {
    if desk
        .board
        .find(desk.chat.key(), id)
        .is_some_and(|message| !message.from_me)
    {
        return Err(PhoneError::NotOwn);
    }
    Ok(wa::MessageKey {
        from_me: Some(true),
        ..key(desk, id)
    })
}

fn reaction(desk: &Desk<'_>, id: &str, emoji: &str) -> (wa::Message, Shape) {
    let message = wa::Message {
        reaction_message: MessageField::some(wa::message::ReactionMessage {
            key: MessageField::some(key(desk, id)),
            text: Some(emoji.to_owned()),
            sender_timestamp_ms: Some(desk.now),
            ..Default::default()
        }),
        ..Default::default()
    };
    let shape = Shape {
        stanza_type: "reaction",
        hide_failure: true,
        ..Shape::default()
    };
    (message, shape)
}

fn reply(desk: &Desk<'_>, id: &str, text: &str) -> wa::Message {
    let quoted = desk.board.find(desk.chat.key(), id);
    let author = match (quoted, desk.chat) {
        (Some(message), _) => message.author.clone(),
        (None, Chat::Person(number)) => number.to_string(),
        (None, Chat::Group(_)) => desk.board.number.clone(),
    };
    let context = wa::ContextInfo {
        stanza_id: Some(id.to_owned()),
        participant: Some(format!("{author}@s.whatsapp.net")),
        quoted_message: MessageField::some(plain_text(quoted.map_or("", |message| &message.text))),
        ..Default::default()
    };
    wa::Message {
        extended_text_message: MessageField::some(wa::message::ExtendedTextMessage {
            text: Some(text.to_owned()),
            context_info: MessageField::some(context),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn edit(desk: &Desk<'_>, id: &str, text: &str) -> Result<(wa::Message, Shape), PhoneError> {
    let protocol = wa::message::ProtocolMessage {
        key: MessageField::some(own_key(desk, id)?),
        r#type: Some(wa::message::protocol_message::Type::MESSAGE_EDIT),
        edited_message: MessageField::some(plain_text(text)),
        timestamp_ms: Some(desk.now),
        ..Default::default()
    };
    Ok((protocol_message(protocol), changing("1")))
}

fn delete(desk: &Desk<'_>, id: &str) -> Result<(wa::Message, Shape), PhoneError> {
    let protocol = wa::message::ProtocolMessage {
        key: MessageField::some(own_key(desk, id)?),
        r#type: Some(wa::message::protocol_message::Type::REVOKE),
        ..Default::default()
    };
    Ok((protocol_message(protocol), changing("7")))
}

fn changing(edit: &'static str) -> Shape {
    Shape {
        edit: Some(edit),
        hide_failure: true,
        ..Shape::text()
    }
}

pub(super) fn protocol_message(protocol: wa::message::ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: MessageField::some(protocol),
        ..Default::default()
    }
}

/// What the phone's own linked devices get: the message with the chat it went to.
pub(super) fn device_sent(chat: &Chat, message: &wa::Message) -> wa::Message {
    wa::Message {
        device_sent_message: MessageField::some(wa::message::DeviceSentMessage {
            destination_jid: Some(chat.jid_text()),
            message: MessageField::some(message.clone()),
            ..Default::default()
        }),
        // Readers of the copy look for the secret outside as well.
        message_context_info: message.message_context_info.clone(),
        ..Default::default()
    }
}

macro_rules! file_message {
    ($kind:ident, $uploaded:expr, $mime:expr $(, $field:ident: $value:expr)*) => {
        MessageField::some(wa::message::$kind {
            url: Some($uploaded.url.clone()),
            direct_path: Some($uploaded.direct_path.clone()),
            media_key: Some($uploaded.media_key.to_vec()),
            file_sha256: Some($uploaded.sha256.to_vec()),
            file_enc_sha256: Some($uploaded.enc_sha256.to_vec()),
            file_length: Some($uploaded.length),
            media_key_timestamp: Some($uploaded.at),
            mimetype: Some($mime),
            $($field: $value,)*
            ..Default::default()
        })
    };
}

/// The message for an uploaded file.
pub(super) fn media_message(file: &super::content::Media, uploaded: &Uploaded) -> (wa::Message, Shape) {
    use super::content::MediaKind;

    let (mime, caption) = (file.mime.clone(), file.caption.clone());
    let thumbnail = file.thumbnail.clone();
    let mut message = wa::Message::default();
    let mediatype = match file.kind {
        MediaKind::Image => {
            message.image_message =
                file_message!(ImageMessage, uploaded, mime, caption: caption, jpeg_thumbnail: thumbnail);
            "image"
        }
        MediaKind::Video => {
            message.video_message = file_message!(VideoMessage, uploaded, mime, caption: caption,
                jpeg_thumbnail: thumbnail, seconds: file.seconds);
            "video"
        }
        MediaKind::Audio => {
            message.audio_message = file_message!(AudioMessage, uploaded, mime, seconds: file.seconds);
            "audio"
        }
        MediaKind::Voice => {
            message.audio_message = file_message!(AudioMessage, uploaded, mime, seconds: file.seconds, ptt: Some(true));
            "ptt"
        }
        MediaKind::Document => {
            message.document_message = file_message!(DocumentMessage, uploaded, mime, caption: caption,
                jpeg_thumbnail: thumbnail, file_name: file.file_name.clone(), title: file.file_name.clone());
            "document"
        }
        MediaKind::Sticker => {
            message.sticker_message = file_message!(StickerMessage, uploaded, mime);
            "sticker"
        }
    };
    (message, media_shape(mediatype))
}

#[cfg(test)]
mod tests {
    use super::super::crypto::phone_rng;
    use super::super::reading::{Act, Reading, read};
    use super::super::{board::Arrival, types::MessageStatus};
    use super::*;

    fn said(content: &Content) -> (Reading, Shape) {
        let mut board = Board::new("491".into(), "1".into(), "Ana".into(), false);
        let chat = Chat::Person("492".into());
        let reading = Reading {
            kind: "text",
            text: Some("before".into()),
            ..Reading::default()
        };
        for (id, author) in [("MINE", "491"), ("THEIRS", "492")] {
            let arrival = Arrival {
                id,
                author,
                chat: &chat,
                reading: &reading,
                at: 1,
            };
            board.show(&arrival, MessageStatus::Sent);
        }
        let mut desk = Desk {
            board: &board,
            chat: &chat,
            now: 9,
            rng: &mut phone_rng(1, "491", 0),
        };
        let (message, shape) = compose(content, &mut desk).unwrap();
        let copy = device_sent(&chat, &message);
        assert!(copy.device_sent_message.is_set());
        (read(&message).unwrap(), shape)
    }

    #[test]
    fn what_is_composed_reads_back_as_what_was_meant() {
        let id = |id: &str| id.to_owned();
        let (reading, shape) = said(&Content::from("hello"));
        assert_eq!(
            (reading.kind, reading.text.as_deref(), shape.stanza_type),
            ("text", Some("hello"), "text")
        );
        let (reading, _) = said(&Content::Reply {
            message_id: id("THEIRS"),
            text: "yes".into(),
        });
        assert_eq!((reading.kind, reading.reply_to.as_deref()), ("text", Some("THEIRS")));
        let (reading, shape) = said(&Content::Reaction {
            message_id: id("THEIRS"),
            emoji: "👍".into(),
        });
        assert_eq!(shape.stanza_type, "reaction");
        assert_eq!(
            reading.act,
            Some(Act::React {
                id: id("THEIRS"),
                emoji: "👍".into()
            })
        );
        let (reading, shape) = said(&Content::Edit {
            message_id: id("MINE"),
            text: "after".into(),
        });
        assert_eq!(shape.edit, Some("1"));
        assert_eq!(
            reading.act,
            Some(Act::Edit {
                id: id("MINE"),
                text: "after".into()
            })
        );
        let (reading, shape) = said(&Content::Delete { message_id: id("MINE") });
        assert_eq!(shape.edit, Some("7"));
        assert_eq!(reading.act, Some(Act::Delete { id: id("MINE") }));
        let (reading, shape) = said(&Content::Poll {
            question: "When?".into(),
            options: vec!["Now".into()],
        });
        assert_eq!(
            (reading.kind, reading.text.as_deref(), shape.poll),
            ("poll", Some("When?"), true)
        );
        let place = Location {
            latitude: 1.5,
            longitude: -2.0,
            ..Location::default()
        };
        let (reading, shape) = said(&Content::Location(place));
        assert_eq!((reading.kind, reading.text.as_deref()), ("location", Some("1.5,-2")));
        assert_eq!(shape.mediatype, Some("location"));
        let (reading, _) = said(&Content::Contact(Contact::with_number("Ben", "492")));
        assert_eq!((reading.kind, reading.text.as_deref()), ("contact", Some("Ben")));
    }

    #[test]
    fn another_persons_message_cannot_be_edited_or_deleted() {
        let mut board = Board::new("491".into(), "1".into(), "Ana".into(), false);
        let chat = Chat::Person("492".into());
        let reading = Reading {
            kind: "text",
            ..Reading::default()
        };
        let arrival = Arrival {
            id: "THEIRS",
            author: "492",
            chat: &chat,
            reading: &reading,
            at: 1,
        };
        board.show(&arrival, MessageStatus::Delivered);
        let mut desk = Desk {
            board: &board,
            chat: &chat,
            now: 9,
            rng: &mut phone_rng(1, "491", 0),
        };
        let message_id = "THEIRS".to_owned();
        let delete = compose(&Content::Delete { message_id }, &mut desk);
        assert!(matches!(delete, Err(PhoneError::NotOwn)));
    }
}
