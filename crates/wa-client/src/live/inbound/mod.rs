//! Maps a received protobuf to an [`Inbound`]: sender and time from the stanza, the content from [`content`].
//!
//! Pure functions; the durability hook, the event tap and the history reader call them.

mod business;
mod cards;
mod changes;
mod content;
mod context;
#[cfg(test)]
mod making;
mod media;
mod names;
mod notices;
mod opened;
mod seal;
mod text;
mod view;

use wacore::types::message::{EditAttribute, MessageInfo};
use waproto::whatsapp as wa;

use super::jid::{address_in, address_of};
use crate::{Address, Change, Content, Context, Inbound};
pub use seal::{chosen, read};

/// `own` are the addresses of our account.
pub(super) fn from_message(message: &wa::Message, info: &MessageInfo, own: &[Address]) -> Inbound {
    let (content, context) = content::of(message);
    let mut inbound = Inbound {
        context,
        raw: waproto::codec::message_to_vec(message),
        ..undecryptable(info)
    };
    inbound.content = content;
    if let Content::Change {
        change: Change::Delete { by_admin },
        ..
    } = &mut inbound.content
    {
        *by_admin = info.edit == EditAttribute::AdminRevoke;
    }
    view::from_here(&mut inbound, own);
    inbound
}

/// For a message of which only the stanza is known.
pub(super) fn undecryptable(info: &MessageInfo) -> Inbound {
    let source = &info.source;
    Inbound {
        id: info.id.clone(),
        chat: address_of(&source.chat),
        sender: address_of(&source.sender),
        sender_alt: source.sender_alt.as_ref().map(address_of),
        from_me: source.is_from_me,
        push_name: non_empty(&info.push_name),
        at_ms: info.timestamp.timestamp_millis(),
        content: Content::Undecryptable,
        context: Context::default(),
        raw: Vec::new(),
        offline: info.is_offline,
    }
}

/// A message of the phone's history in the chat `conversation`; `own` is the linked number.
///
/// `None` when the entry lacks an id or a chat, so that it could not be told apart from others.
pub(super) fn from_history(conversation: &str, entry: &wa::WebMessageInfo, own: Option<&Address>) -> Option<Inbound> {
    let key = entry.key.as_option()?;
    let id = key.id.clone().filter(|id| !id.is_empty())?;
    let chat = address_in(conversation).or_else(|| address_in(key.remote_jid.as_deref()?))?;
    let from_me = key.from_me.unwrap_or(false);
    let participant = entry
        .participant
        .as_deref()
        .or(key.participant.as_deref())
        .and_then(address_in);
    let sender = match (from_me, participant) {
        (true, participant) => own.cloned().or(participant).unwrap_or_else(|| chat.clone()),
        (false, Some(participant)) => participant,
        (false, None) => chat.clone(),
    };
    let ((content, context), raw) = match entry.message.as_option() {
        Some(message) => (content::of(message), waproto::codec::message_to_vec(message)),
        // A line such as "X joined the group" has no message inside.
        None => ((Content::Protocol, Context::default()), Vec::new()),
    };
    let seconds = entry.message_timestamp.unwrap_or(0);
    let mut inbound = Inbound {
        id,
        chat,
        sender,
        sender_alt: None,
        from_me,
        push_name: entry.push_name.as_deref().and_then(non_empty),
        at_ms: i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX),
        content,
        context,
        raw,
        offline: true,
    };
    view::from_here(&mut inbound, own.map(std::slice::from_ref).unwrap_or_default());
    Some(inbound)
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use buffa::MessageField;
    use wacore::types::message::MessageSource;

    use super::*;

    fn info() -> MessageInfo {
        MessageInfo {
            source: MessageSource {
                chat: "120363@g.us".parse().unwrap(),
                sender: "5511999990001:7@s.whatsapp.net".parse().unwrap(),
                sender_alt: Some("77:7@lid".parse().unwrap()),
                is_group: true,
                ..Default::default()
            },
            id: "3EB0".to_owned(),
            push_name: "Ana".to_owned(),
            timestamp: wacore::time::from_secs(1_700_000_000).unwrap(),
            is_offline: true,
            ..Default::default()
        }
    }

    #[test]
    fn the_stanza_gives_sender_chat_and_time() {
        let message = wa::Message {
            conversation: Some("hi".to_owned()),
            ..Default::default()
        };
        let inbound = from_message(&message, &info(), &[]);
        assert_eq!(inbound.chat, Address::Group("120363".into()));
        assert_eq!(inbound.sender, Address::Phone("5511999990001".into()));
        assert_eq!(inbound.sender_alt, Some(Address::Lid("77".into())));
        assert_eq!(
            (inbound.at_ms, inbound.offline, inbound.from_me),
            (1_700_000_000_000, true, false)
        );
        assert_eq!(inbound.push_name.as_deref(), Some("Ana"));
        assert_eq!(waproto::codec::message_decode(&inbound.raw).unwrap(), message);
    }

    fn history_entry(key: wa::MessageKey) -> wa::WebMessageInfo {
        wa::WebMessageInfo {
            key: MessageField::some(key),
            message: MessageField::some(wa::Message {
                conversation: Some("old".to_owned()),
                ..Default::default()
            }),
            message_timestamp: Some(1_600_000_000),
            ..Default::default()
        }
    }

    #[test]
    fn an_own_message_of_the_past_has_our_number_as_sender() {
        let own = Address::Phone("5511000000000".into());
        let key = wa::MessageKey {
            from_me: Some(true),
            id: Some("A1".to_owned()),
            ..Default::default()
        };
        let inbound = from_history("5511999990001@s.whatsapp.net", &history_entry(key), Some(&own)).unwrap();
        assert_eq!((inbound.sender, inbound.from_me), (own, true));
        assert_eq!(inbound.chat, Address::Phone("5511999990001".into()));
        assert_eq!(inbound.at_ms, 1_600_000_000_000);
        assert!(inbound.content == Content::Text { body: "old".to_owned() });
    }

    #[test]
    fn a_group_message_of_the_past_names_its_participant() {
        let key = wa::MessageKey {
            id: Some("A2".to_owned()),
            participant: Some("88:3@lid".to_owned()),
            ..Default::default()
        };
        let inbound = from_history("120363@g.us", &history_entry(key), None).unwrap();
        assert_eq!(inbound.sender, Address::Lid("88".into()));
    }

    #[test]
    fn a_history_line_without_an_id_is_left_out() {
        assert!(from_history("120363@g.us", &history_entry(wa::MessageKey::default()), None).is_none());
    }
}
