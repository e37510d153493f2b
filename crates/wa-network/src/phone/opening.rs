//! Opens what is sealed with another message's secret: votes, answers to events, edits.

use wacore::event::decrypt_event_response_with_secret;
use wacore::message_edit::{MessageEditContext, decrypt_message_edit};
use wacore::poll::{PollVoteCiphertext, compute_option_hash, decrypt_poll_vote_with_secret};
use waproto::whatsapp as wa;

use super::actor::Phone;
use super::compose::options_of;
use super::memory::Remembered;
use super::reading::{Act, Reading, read};
use super::stanza::Chat;

impl Phone {
    /// Adds what is inside to the reading; without the secret it stays as it is.
    pub fn open_sealed(&self, chat: &Chat, author: &str, message: &wa::Message, reading: &mut Reading) {
        let Some(target) = reading.marks.target.clone() else {
            return;
        };
        let Some(known) = self.memory.find(chat.key(), &target) else {
            return;
        };
        if let Some(vote) = message.poll_update_message.as_option() {
            reading.text = self.vote(known, &target, author, vote).or(reading.text.take());
        }
        if let Some(answer) = message.enc_event_response_message.as_option() {
            reading.text = self
                .event_answer(known, &target, author, answer)
                .or(reading.text.take());
        }
        if let Some(edit) = message.secret_encrypted_message.as_option()
            && let Some(text) = self.sealed_edit(known, &target, author, edit)
        {
            reading.text = Some(text.clone());
            reading.act = Some(Act::Edit { id: target, text });
        }
    }

    /// Tries both address forms: nobody says in which one the sender sealed.
    fn either<T>(&self, known: &Remembered, author: &str, open: impl Fn(&[u8], &str, &str) -> Option<T>) -> Option<T> {
        let secret = known.secret.as_deref()?;
        let names =
            |by_lid: bool| [&*known.author, author].map(|number| self.hub.address_of(number, by_lid).to_string());
        [names(false), names(true)]
            .iter()
            .find_map(|[creator, sender]| open(secret, creator, sender))
    }

    fn vote(
        &self,
        known: &Remembered,
        id: &str,
        voter: &str,
        update: &wa::message::PollUpdateMessage,
    ) -> Option<String> {
        let vote = update.vote.as_option()?;
        let ciphertext = PollVoteCiphertext {
            enc_payload: vote.enc_payload.as_deref()?,
            enc_iv: vote.enc_iv.as_deref()?,
        };
        let chosen = self.either(known, voter, |secret, creator, voter| {
            decrypt_poll_vote_with_secret(ciphertext, secret, id, creator, voter).ok()
        })?;
        let options = options_of(&known.message()?);
        let names = options
            .into_iter()
            .filter(|option| chosen.iter().any(|hash| hash[..] == compute_option_hash(option)));
        Some(names.collect::<Vec<_>>().join(", "))
    }

    fn event_answer(
        &self,
        known: &Remembered,
        id: &str,
        responder: &str,
        answer: &wa::message::EncEventResponseMessage,
    ) -> Option<String> {
        use wa::message::event_response_message::EventResponseType;

        let (payload, iv) = (answer.enc_payload.as_deref()?, answer.enc_iv.as_deref()?);
        let response = self.either(known, responder, |secret, creator, responder| {
            decrypt_event_response_with_secret(payload, iv, secret, id, creator, responder).ok()
        })?;
        let word = match response.response? {
            EventResponseType::GOING => "going",
            EventResponseType::NOT_GOING => "not_going",
            EventResponseType::MAYBE => "maybe",
            EventResponseType::UNKNOWN => return None,
        };
        Some(word.to_owned())
    }

    fn sealed_edit(
        &self,
        known: &Remembered,
        id: &str,
        editor: &str,
        edit: &wa::message::SecretEncryptedMessage,
    ) -> Option<String> {
        let (payload, iv) = (edit.enc_payload.as_deref()?, edit.enc_iv.as_deref()?);
        let open = self.either(known, editor, |secret, original_sender_jid, editor_jid| {
            let context = MessageEditContext {
                original_msg_id: id,
                original_sender_jid,
                editor_jid,
            };
            decrypt_message_edit(payload, iv, secret, &context).ok()
        })?;
        read(&open)?.text
    }
}
