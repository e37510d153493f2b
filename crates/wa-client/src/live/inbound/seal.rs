//! Opens what is encrypted with the secret of the message that it changes.

use wacore::message_edit::{self, MessageEditContext};
use wacore::poll::PollVoteCiphertext;
use wacore::secret_enc_addon::ModificationType;
use wacore::{event, poll, reaction};
use waproto::whatsapp::message::event_response_message::EventResponseType;
use waproto::whatsapp::{self as wa, message as part};

use super::{changes, content, opened};
use crate::{Address, Change, Content, EventAnswer, Sealed, SealedKind};

impl Sealed {
    /// `original` is the stored protobuf of the message that is changed; `authors` are the addresses of who wrote it,
    /// `sealers` those of who wrote this. Both addresses of a person should be given: the seal is made for one of them.
    ///
    /// `None` when the secret is not there or not the right one.
    #[must_use]
    pub fn open(&self, original: &[u8], authors: &[Address], sealers: &[Address]) -> Option<Content> {
        let original = waproto::codec::message_decode(original).ok()?;
        self.open_with(opened::secret(&original)?, authors, sealers)
    }

    /// The same, with the secret itself: of a message that we sent.
    #[must_use]
    pub fn open_with(&self, secret: &[u8], authors: &[Address], sealers: &[Address]) -> Option<Content> {
        let pairs = authors
            .iter()
            .flat_map(|author| sealers.iter().map(move |sealer| (author, sealer)));
        let change = pairs.into_iter().find_map(|(author, sealer)| {
            let (author, sealer) = (author.to_string(), sealer.to_string());
            self.unseal(secret, &author, &sealer)
        })?;
        Some(Content::Change {
            target: self.target.clone(),
            change,
        })
    }

    fn unseal(&self, secret: &[u8], author: &str, sealer: &str) -> Option<Change> {
        let id = self.target.id.as_str();
        match self.kind {
            SealedKind::Vote => {
                let vote = PollVoteCiphertext {
                    enc_payload: &self.payload,
                    enc_iv: &self.iv,
                };
                let options = poll::decrypt_poll_vote_with_secret(vote, secret, id, author, sealer).ok()?;
                let at_ms = self.at_ms;
                Some(Change::Vote { options, at_ms })
            }
            SealedKind::EventAnswer => {
                let answer =
                    event::decrypt_event_response_with_secret(&self.payload, &self.iv, secret, id, author, sealer);
                event_answer(&answer.ok()?, self.at_ms)
            }
            SealedKind::Reaction => {
                let reaction =
                    reaction::decrypt_reaction_with_secret(&self.payload, &self.iv, secret, id, author, sealer);
                let emoji = reaction.ok()?.text.unwrap_or_default();
                Some(Change::Reaction { emoji })
            }
            SealedKind::Edit => edited(&self.message(ModificationType::MessageEdit, secret, author, sealer)?),
            SealedKind::EventEdit => edited(&self.message(ModificationType::EventEdit, secret, author, sealer)?),
            SealedKind::PollEdit => edited(&self.message(ModificationType::PollEdit, secret, author, sealer)?),
            SealedKind::PollOption => {
                let message = self.message(ModificationType::PollAddOption, secret, author, sealer)?;
                let addition = message.poll_add_option_message.as_option()?;
                let name = addition.add_option.as_option()?.option_name.clone()?;
                Some(Change::PollOption { name })
            }
        }
    }

    fn message(&self, kind: ModificationType, secret: &[u8], author: &str, sealer: &str) -> Option<wa::Message> {
        let context = MessageEditContext {
            original_msg_id: &self.target.id,
            original_sender_jid: author,
            editor_jid: sealer,
        };
        message_edit::decrypt_secret_encrypted(&self.payload, &self.iv, secret, kind, &context).ok()
    }
}

/// An edit carries the new message within a protocol message, or is the new message.
fn edited(message: &wa::Message) -> Option<Change> {
    let inner = opened::Opened::new(message).inner;
    if let Some(protocol) = inner.protocol_message.as_option() {
        return Some(changes::edit(
            protocol.edited_message.as_option()?,
            protocol.timestamp_ms,
        ));
    }
    Some(changes::edit(inner, None))
}

fn event_answer(answer: &part::EventResponseMessage, outside: i64) -> Option<Change> {
    let guests = answer.extra_guest_count.unwrap_or(0);
    Some(Change::EventAnswer {
        answer: match answer.response? {
            EventResponseType::GOING => EventAnswer::Going,
            EventResponseType::NOT_GOING => EventAnswer::NotGoing,
            EventResponseType::MAYBE => EventAnswer::Maybe,
            EventResponseType::UNKNOWN => return None,
        },
        guests: u32::try_from(guests).unwrap_or(0),
        at_ms: answer.timestamp_ms.unwrap_or(outside),
    })
}

/// The positions of the chosen options of a poll with these `options`; what `votes` does not name is left out.
#[must_use]
pub fn chosen(options: &[String], votes: &[Vec<u8>]) -> Vec<usize> {
    let is_chosen = |name: &String| {
        let hash = poll::compute_option_hash(name);
        votes.iter().any(|vote| *vote == hash)
    };
    let positions = options.iter().enumerate();
    positions
        .filter(|(_, name)| is_chosen(name))
        .map(|(at, _)| at)
        .collect()
}

/// Reads a stored message again. What belongs to the stanza is not in it: whose the message is, and whether an
/// administrator deleted.
///
/// `None` when the bytes are no message.
#[must_use]
pub fn read(raw: &[u8]) -> Option<(Content, crate::Context)> {
    let message = waproto::codec::message_decode(raw).ok()?;
    Some(content::of(&message))
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
