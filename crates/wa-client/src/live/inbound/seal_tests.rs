use buffa::MessageField;
use wacore::secret_enc_addon::{AddonContext, encrypt_addon};

use super::*;
use crate::{Card, Target};

const AUTHOR: &str = "5511999990001@s.whatsapp.net";
const AUTHOR_LID: &str = "77@lid";
const VOTER: &str = "88@lid";
const SECRET: [u8; 32] = [9; 32];

/// A stored message with a secret.
fn original() -> Vec<u8> {
    waproto::codec::message_to_vec(&wa::Message {
        conversation: Some("teh".to_owned()),
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_secret: Some(SECRET.to_vec()),
            ..Default::default()
        }),
        ..Default::default()
    })
}

/// `plain` as `sealer` seals it for a message that `author` wrote.
fn seal(kind: SealedKind, plain: &[u8], author: &str, sealer: &str) -> Sealed {
    let context = AddonContext {
        stanza_id: "T",
        parent_msg_original_sender: author,
        modification_sender: sealer,
        modification_type: match kind {
            SealedKind::Vote => ModificationType::PollVote,
            SealedKind::EventAnswer => ModificationType::EventResponse,
            SealedKind::Edit => ModificationType::MessageEdit,
            SealedKind::EventEdit => ModificationType::EventEdit,
            SealedKind::PollEdit => ModificationType::PollEdit,
            SealedKind::PollOption => ModificationType::PollAddOption,
            SealedKind::Reaction => ModificationType::EncReaction,
        },
    };
    let (payload, iv) = encrypt_addon(plain, &SECRET, &context).unwrap();
    Sealed {
        kind,
        target: Target {
            id: "T".to_owned(),
            ..Default::default()
        },
        payload,
        iv: iv.to_vec(),
        at_ms: 5,
    }
}

fn addresses(jids: &[&str]) -> Vec<Address> {
    jids.iter().map(|jid| jid.parse().unwrap()).collect()
}

fn opened(sealed: &Sealed) -> Option<Change> {
    let authors = addresses(&[AUTHOR, AUTHOR_LID]);
    match sealed.open(&original(), &authors, &addresses(&[VOTER, AUTHOR, AUTHOR_LID]))? {
        Content::Change { target, change } if target.id == "T" => Some(change),
        _ => panic!("not a change of the target"),
    }
}

fn edit_to(new: wa::Message) -> Vec<u8> {
    let protocol = part::ProtocolMessage {
        edited_message: MessageField::some(new),
        timestamp_ms: Some(6),
        ..Default::default()
    };
    waproto::codec::message_to_vec(&wa::Message {
        protocol_message: MessageField::some(protocol),
        ..Default::default()
    })
}

#[test]
fn a_vote_names_the_options_by_their_hashes() {
    let options = ["Mon", "Tue", "Wed"].map(str::to_owned);
    let (payload, iv) = poll::encrypt_poll_vote_with_secret(
        &[poll::compute_option_hash("Tue").to_vec()],
        &SECRET,
        "T",
        AUTHOR,
        VOTER,
    )
    .unwrap();
    let sealed = Sealed {
        payload,
        iv: iv.to_vec(),
        ..seal(SealedKind::Vote, &[], AUTHOR, VOTER)
    };
    let Some(Change::Vote {
        options: votes,
        at_ms: 5,
    }) = opened(&sealed)
    else {
        panic!("not a vote")
    };
    assert_eq!(chosen(&options, &votes), [1]);
    assert!(chosen(&options, &[]).is_empty());
}

#[test]
fn an_answer_to_an_event_is_read_with_its_guests() {
    let answer = part::EventResponseMessage {
        response: Some(EventResponseType::MAYBE),
        timestamp_ms: Some(7),
        extra_guest_count: Some(2),
    };
    let plain = waproto::codec::event_response_message_to_vec(&answer);
    let expected = Change::EventAnswer {
        answer: EventAnswer::Maybe,
        guests: 2,
        at_ms: 7,
    };
    assert!(opened(&seal(SealedKind::EventAnswer, &plain, AUTHOR_LID, VOTER)) == Some(expected));
}

#[test]
fn a_sealed_edit_opens_under_either_address_of_its_author() {
    let new = wa::Message {
        conversation: Some("the".to_owned()),
        ..Default::default()
    };
    let expected = Change::Edit {
        body: Some("the".to_owned()),
        card: None,
        at_ms: Some(6),
    };
    for author in [AUTHOR, AUTHOR_LID] {
        let sealed = seal(SealedKind::Edit, &edit_to(new.clone()), author, author);
        assert!(opened(&sealed).as_ref() == Some(&expected));
        assert!(
            sealed
                .open(&original(), &addresses(&[VOTER]), &addresses(&[VOTER]))
                .is_none()
        );
        assert!(sealed.open(b"", &addresses(&[author]), &addresses(&[author])).is_none());
        let known = sealed.open_with(&SECRET, &addresses(&[author]), &addresses(&[author]));
        assert!(known.is_some());
    }
}

#[test]
fn an_edited_event_and_poll_bring_their_new_cards() {
    let event = wa::Message {
        event_message: MessageField::some(part::EventMessage {
            name: Some("Later".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let bare = waproto::codec::message_to_vec(&event);
    for (kind, plain) in [
        (SealedKind::EventEdit, bare),
        (SealedKind::EventEdit, edit_to(event.clone())),
        (SealedKind::PollEdit, edit_to(event)),
    ] {
        let Some(Change::Edit { body, card, .. }) = opened(&seal(kind, &plain, AUTHOR, AUTHOR)) else {
            panic!("not an edit")
        };
        assert_eq!(body.as_deref(), Some("Later"));
        assert!(matches!(card, Some(Card::Event { .. })));
    }
}

#[test]
fn an_added_option_and_a_sealed_reaction_are_read() {
    let addition = part::PollAddOptionMessage {
        add_option: MessageField::some(part::poll_creation_message::Option {
            option_name: Some("Thu".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let plain = waproto::codec::message_to_vec(&wa::Message {
        poll_add_option_message: MessageField::some(addition),
        ..Default::default()
    });
    let expected = Change::PollOption { name: "Thu".to_owned() };
    assert!(opened(&seal(SealedKind::PollOption, &plain, AUTHOR, VOTER)) == Some(expected));
    let reaction = part::ReactionMessage {
        text: Some("👍".to_owned()),
        ..Default::default()
    };
    let plain = waproto::codec::reaction_message_to_vec(&reaction);
    let expected = Change::Reaction {
        emoji: "👍".to_owned()
    };
    assert!(opened(&seal(SealedKind::Reaction, &plain, AUTHOR, VOTER)) == Some(expected));
}

#[test]
fn damaged_seals_stay_closed() {
    let mut sealed = seal(SealedKind::Edit, &edit_to(wa::Message::default()), AUTHOR, AUTHOR);
    sealed.iv.pop();
    assert!(opened(&sealed).is_none());
    sealed.iv.push(0);
    sealed.payload.truncate(3);
    assert!(opened(&sealed).is_none());
}

#[test]
fn a_stored_message_is_read_again() {
    let (content, context) = read(&original()).unwrap();
    assert!(content == Content::Text { body: "teh".to_owned() });
    assert!(context == crate::Context::default());
    assert!(read(&[0xff; 8]).is_none());
}
