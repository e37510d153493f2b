//! The passkey step: between the scan and `pair-success` the server asks the companion for the account's passkey, and
//! both sides agree on a key for a new secret.
//!
//! Read, not seen: the stanzas are those that the published client library (whatsapp-rust 0.7.0) expects and sends.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::desk::{Desk, Side};
use crate::hub::Hub;
use crate::hub::outlet::Outbound;
use crate::hub::stanza::{SERVER, child_bytes, content, error_for, key32, leaf, now, result_for};
use crate::hub::types::{PairError, PasskeyWord};

/// Where the companion's words go.
pub(super) type Listener = UnboundedSender<PasskeyWord>;

impl Hub {
    /// Asks the companion for a passkey. Its words follow; the channel closes when it goes away.
    pub fn ask_passkey(&self, reference: &str, options: &str) -> Result<UnboundedReceiver<PasskeyWord>, PairError> {
        let (listener, words) = unbounded_channel();
        let mut desk = self.desk();
        let (attempt, waiting) = desk.find_mut(reference).ok_or(PairError::Stale)?;
        if waiting.taken {
            return Err(PairError::Stale);
        }
        waiting.passkey = Some(listener);
        self.notify(
            &desk,
            attempt,
            "passkey_prologue_request",
            "passkey_request_options",
            options.as_bytes(),
        )?;
        // A person needs longer for this than a code is shown.
        desk.name(attempt, reference);
        Ok(words)
    }

    /// The phone's half of the exchange.
    pub fn continue_passkey(&self, reference: &str, identity: &[u8]) -> Result<(), PairError> {
        let desk = self.desk();
        let (attempt, _) = desk.find(reference).ok_or(PairError::Stale)?;
        self.notify(
            &desk,
            attempt,
            "crsc_continuation",
            "primary_ephemeral_identity",
            identity,
        )
    }

    /// The companion has confirmed, and is still the one of this reference.
    pub fn passkey_confirmed(&self, reference: &str) -> Result<(), PairError> {
        let mut desk = self.desk();
        let attempt = desk.references.get(reference).map(|known| known.attempt);
        let attempt = attempt.filter(|attempt| desk.attempts.contains_key(attempt));
        desk.name(attempt.ok_or(PairError::Gone)?, reference);
        Ok(())
    }

    fn notify(
        &self,
        desk: &Desk,
        attempt: u64,
        kind: &'static str,
        tag: &'static str,
        bytes: &[u8],
    ) -> Result<(), PairError> {
        let Some(Side::Wire(to_socket)) = desk.attempts.get(&attempt).map(|waiting| &waiting.side) else {
            return Err(PairError::Stale);
        };
        let stanza = NodeBuilder::new("notification")
            .attr("from", SERVER)
            .attr("id", self.ids.stanza())
            .attr("t", now())
            .attr("type", kind)
            .children([leaf(tag, bytes)])
            .build();
        to_socket
            .send(Outbound::Stanza(stanza.into()))
            .map_err(|_| PairError::Gone)
    }

    /// The answer to a query of this step.
    pub(super) fn answer_passkey(&self, attempt: u64, query: &Node) -> Option<Node> {
        let mut desk = self.desk();
        if query.get_optional_child("ref").is_some() {
            let reference = self.ids.pairing_reference();
            desk.name(attempt, &reference);
            return Some(result_for(query).children([leaf("ref", reference.as_bytes())]).build());
        }
        let word = if let Some(prologue) = query.get_optional_child("passkey_prologue") {
            prologue_in(prologue)
        } else if let Some(nonce) = query.get_optional_child("companion_nonce") {
            content(nonce).and_then(key32).map(PasskeyWord::Nonce)
        } else {
            let request = query.get_optional_child("encrypted_pairing_request")?;
            content(request).map(|bytes| PasskeyWord::Request(bytes.to_vec()))
        };
        let heard = word.and_then(|word| {
            let listener = desk.attempts.get(&attempt)?.passkey.as_ref()?;
            listener.send(word).ok()
        });
        Some(match heard {
            Some(()) => result_for(query).build(),
            None => error_for(query, 400, "bad-request"),
        })
    }
}

/// Whether a query belongs to this step.
pub(super) fn is_a_step(query: &Node) -> bool {
    let tags = [
        "ref",
        "passkey_prologue",
        "companion_nonce",
        "encrypted_pairing_request",
    ];
    tags.into_iter().any(|tag| query.get_optional_child(tag).is_some())
}

fn prologue_in(prologue: &Node) -> Option<PasskeyWord> {
    Some(PasskeyWord::Prologue {
        credential_id: child_bytes(prologue, "credential_id")?.to_vec(),
        assertion: child_bytes(prologue, "webauthn_assertion")?.to_vec(),
        payload: child_bytes(prologue, "prologue_payload")?.to_vec(),
    })
}
