//! Turns the target of a change around: its sender names it as they see it.

use crate::{Address, Content, Inbound, Target};

pub(super) fn from_here(message: &mut Inbound, own: &[Address]) {
    let direct = matches!(message.chat, Address::Phone(_) | Address::Lid(_));
    let sealer = (message.from_me, message.sender.clone());
    let (target, authors_own) = match &mut message.content {
        Content::Change { target, change } => (target, change.is_the_authors_own()),
        Content::Sealed(sealed) => (&mut sealed.target, sealed.kind.is_the_authors_own()),
        _ => return,
    };
    // Whatever the key says, such a change counts for its sender's own messages only.
    if authors_own || target.from_me {
        (target.from_me, target.sender) = (sealer.0, Some(sealer.1));
    } else if sealer.0 {
        others(target, direct.then_some(&message.chat));
    } else {
        target.from_me = match &target.sender {
            Some(author) => own.contains(author),
            // In a conversation of two, what is not theirs is ours.
            None => direct,
        };
    }
}

/// We changed somebody else's message.
fn others(target: &mut Target, partner: Option<&Address>) {
    if target.sender.is_none() {
        target.sender = partner.cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Change, Context};

    const ANA: &str = "5511999990001@s.whatsapp.net";
    const US: &str = "5511000000000@s.whatsapp.net";
    const GROUP: &str = "120363@g.us";

    fn address(jid: &str) -> Address {
        jid.parse().unwrap()
    }

    /// The target of a change that `sender` made in `chat`, as we see it.
    fn seen(chat: &str, sender: &str, change: Change, from_me: bool, participant: Option<&str>) -> Target {
        let target = Target {
            id: "T".to_owned(),
            from_me,
            sender: participant.map(address),
        };
        let mut message = Inbound {
            id: "M".to_owned(),
            chat: address(chat),
            sender: address(sender),
            sender_alt: None,
            from_me: sender == US,
            push_name: None,
            at_ms: 0,
            content: Content::Change { target, change },
            context: Context::default(),
            raw: Vec::new(),
            offline: false,
        };
        from_here(&mut message, &[address(US)]);
        match message.content {
            Content::Change { target, .. } => target,
            _ => panic!("not a change"),
        }
    }

    fn reaction() -> Change {
        Change::Reaction {
            emoji: "👍".to_owned()
        }
    }

    #[test]
    fn in_a_conversation_of_two_the_other_message_is_ours_or_theirs() {
        assert!(seen(ANA, ANA, reaction(), false, None).from_me);
        let theirs = seen(ANA, ANA, reaction(), true, None);
        assert_eq!((theirs.from_me, theirs.sender), (false, Some(address(ANA))));
        let by_us = seen(ANA, US, reaction(), false, None);
        assert_eq!((by_us.from_me, by_us.sender), (false, Some(address(ANA))));
        assert!(seen(ANA, US, reaction(), true, None).from_me);
    }

    #[test]
    fn in_a_group_the_key_names_the_author() {
        assert!(seen(GROUP, ANA, reaction(), false, Some(US)).from_me);
        let other = seen(GROUP, ANA, reaction(), false, Some("77@lid"));
        assert_eq!((other.from_me, other.sender), (false, Some(address("77@lid"))));
        assert!(!seen(GROUP, ANA, reaction(), false, None).from_me);
    }

    #[test]
    fn nobody_edits_or_takes_back_what_another_wrote() {
        let edit = Change::Edit {
            body: None,
            card: None,
            at_ms: None,
        };
        for change in [edit, Change::Delete { by_admin: false }] {
            let target = seen(GROUP, ANA, change, false, Some(US));
            assert_eq!((target.from_me, target.sender), (false, Some(address(ANA))));
        }
        let by_admin = seen(GROUP, ANA, Change::Delete { by_admin: true }, false, Some(US));
        assert!(by_admin.from_me);
    }
}
