//! Sending: our message as a protobuf, and the library's errors as ours (retry, wait for a connection, permanent).

use parking_lot::Mutex;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use buffa::MessageField;
use waproto::whatsapp as wa;
use whatsapp_rust::{ClientError, IqError, SendError};

use crate::{Address, LinkError, OutgoingContent};

/// Accounts known to exist, so that only the first message to a stranger costs a lookup.
///
/// Without the lookup the library would encrypt a message for a number that is not on WhatsApp to our own phone only,
/// and report it as sent. Holds hashes, not numbers; a collision skips one lookup.
#[derive(Default)]
pub(super) struct KnownRecipients {
    hashes: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

/// 8 bytes each; a session with more contacts repeats a lookup now and then.
const MOST_KNOWN: usize = 1024;

impl KnownRecipients {
    pub(super) fn contains(&self, address: &Address) -> bool {
        self.lock().contains(&self.hasher.hash_one(address))
    }

    pub(super) fn insert(&self, address: &Address) {
        let mut hashes = self.lock();
        if hashes.len() >= MOST_KNOWN {
            hashes.clear();
        }
        hashes.insert(self.hasher.hash_one(address));
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, HashSet<u64>> {
        self.hashes.lock()
    }
}

pub(super) fn message_of(content: &OutgoingContent) -> wa::Message {
    let OutgoingContent::Text { body, expires_after } = content;
    let Some(seconds) = expires_after else {
        return wa::Message {
            conversation: Some(body.clone()),
            ..Default::default()
        };
    };
    // A plain conversation has no place for the timer.
    let context = wa::ContextInfo {
        expiration: Some(*seconds),
        ..Default::default()
    };
    let text = wa::message::ExtendedTextMessage {
        text: Some(body.clone()),
        context_info: MessageField::some(context),
        ..Default::default()
    };
    wa::Message {
        extended_text_message: MessageField::some(text),
        ..Default::default()
    }
}

pub(super) fn send_error(error: SendError) -> LinkError {
    match error {
        SendError::NotLoggedIn => LinkError::NotConnected,
        SendError::Client(error) => client_error(error),
        SendError::Iq(error) => iq_error(error),
        SendError::InvalidRequest(why) => LinkError::Permanent(why),
        other => LinkError::Transient(other.to_string()),
    }
}

pub(super) fn client_error(error: ClientError) -> LinkError {
    match error {
        ClientError::NotConnected | ClientError::NotLoggedIn | ClientError::Socket(_) | ClientError::EncryptSend(_) => {
            LinkError::NotConnected
        }
        ClientError::Iq(error) => iq_error(error),
        other => LinkError::Transient(other.to_string()),
    }
}

pub(super) fn iq_error(error: IqError) -> LinkError {
    match error {
        IqError::Timeout => LinkError::TimedOut,
        IqError::NotConnected
        | IqError::Socket(_)
        | IqError::EncryptSend(_)
        | IqError::Disconnected(_)
        | IqError::InternalChannelClosed => LinkError::NotConnected,
        IqError::ClientState(error) => client_error(*error),
        // A retry would get the same answer: not allowed, no such account or group, not acceptable, gone.
        IqError::ServerError {
            code: code @ (401 | 403 | 404 | 406 | 410),
            ..
        } => LinkError::Permanent(format!("WhatsApp refused it ({code})")),
        IqError::ServerError { code: 429, .. } => LinkError::Transient("WhatsApp asks to slow down (429)".to_owned()),
        IqError::ServerError { code, .. } => LinkError::Transient(format!("WhatsApp could not do it now ({code})")),
        other => LinkError::Transient(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_error(code: u16) -> SendError {
        SendError::Iq(IqError::ServerError {
            code,
            text: String::new(),
            error_type: None,
            backoff: None,
        })
    }

    #[test]
    fn permanent_refusals_are_distinguished_from_temporary_ones() {
        assert!(matches!(send_error(server_error(404)), LinkError::Permanent(_)));
        assert!(matches!(send_error(server_error(429)), LinkError::Transient(_)));
        assert!(matches!(send_error(server_error(503)), LinkError::Transient(_)));
        assert!(matches!(
            send_error(SendError::InvalidRequest("empty".into())),
            LinkError::Permanent(_)
        ));
    }

    #[test]
    fn a_missing_connection_is_named_as_such() {
        assert!(matches!(send_error(SendError::NotLoggedIn), LinkError::NotConnected));
        assert!(matches!(
            send_error(SendError::Client(ClientError::NotConnected)),
            LinkError::NotConnected
        ));
        assert!(matches!(
            send_error(SendError::Iq(IqError::Timeout)),
            LinkError::TimedOut
        ));
    }

    #[test]
    fn known_recipients_stay_within_their_bound() {
        let known = KnownRecipients::default();
        for number in 0..=MOST_KNOWN {
            known.insert(&Address::Phone(number.to_string()));
        }
        assert!(known.contains(&Address::Phone(MOST_KNOWN.to_string())));
        assert!(known.lock().len() <= MOST_KNOWN);
    }
}
