//! The wire side of pairing: an unpaired companion on its socket.

use std::sync::{Arc, Weak};

use buffa::Message as _;
use tokio::sync::mpsc::UnboundedSender;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp::{ClientPairingProps, ClientPayload, DeviceProps};

use super::desk::{REFERENCES, Side, Signed, Signing, Waiting};
use super::passkey::is_a_step;
use super::signature_in;
use crate::hub::Hub;
use crate::hub::accounts::Account;
use crate::hub::outlet::Outbound;
use crate::hub::stanza::{SERVER, attr, attr_is, error_for, key32, leaf, now, number_be, result_for};
use crate::hub::types::{Candidate, PairError, PairSuccess, SignedPreKey};

/// What a companion says about itself in its first payload.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub candidate: Candidate,
}

impl Registration {
    /// `None` if the payload is not a complete registration, or its prekey is not signed by its identity.
    pub fn read(noise_public: [u8; 32], payload: &ClientPayload) -> Option<Self> {
        let data = payload.device_pairing_data.as_option()?;
        let identity_public = key32(data.e_ident.as_deref()?)?;
        let signed_prekey = SignedPreKey {
            id: number_be(data.e_skey_id.as_deref()?)?,
            public: key32(data.e_skey_val.as_deref()?)?,
            signature: data.e_skey_sig.clone()?,
        };
        let candidate = Candidate {
            noise_public,
            identity_public,
            registration_id: number_be(data.e_regid.as_deref()?)?,
            signed_prekey,
            platform: platform(data.device_props.as_deref().unwrap_or_default()),
        };
        signed_by_itself(&candidate).then_some(Self { candidate })
    }
}

fn signed_by_itself(candidate: &Candidate) -> bool {
    use wacore::libsignal::protocol::PublicKey;
    let key = PublicKey::from_djb_public_key_bytes(&candidate.identity_public);
    let mut message = vec![0x05];
    message.extend_from_slice(&candidate.signed_prekey.public);
    key.is_ok_and(|key| key.verify_signature(&message, &candidate.signed_prekey.signature))
}

/// The operating system the companion names, else its platform type.
fn platform(device_props: &[u8]) -> String {
    let props = DeviceProps::decode_from_slice(device_props).unwrap_or_default();
    let kind = props.platform_type.map(|kind| format!("{kind:?}"));
    props
        .os
        .filter(|os| !os.is_empty())
        .or(kind)
        .unwrap_or_else(|| "unknown".to_owned())
}

/// A companion's pairing attempt; dropping it (the socket closed) withdraws its codes.
pub(crate) struct Attempt {
    id: u64,
    hub: Weak<Hub>,
}

impl Hub {
    /// Gives a companion its references and waits for a phone to scan one.
    pub(crate) fn open_attempt(&self, registration: Registration, to_socket: UnboundedSender<Outbound>) -> Attempt {
        let references = self.new_references();
        drop(to_socket.send(Outbound::Stanza(Arc::new(pair_device(&self.ids.stanza(), &references)))));
        let attempt = self.start_attempt(registration.candidate, Side::Wire(to_socket), &references);
        self.cut_waiting();
        attempt
    }

    pub(super) fn new_references(&self) -> Vec<String> {
        (0..REFERENCES).map(|_| self.ids.pairing_reference()).collect()
    }

    pub(super) fn start_attempt(&self, candidate: Candidate, side: Side, references: &[String]) -> Attempt {
        let id = self.ids.next();
        let waiting = Waiting {
            candidate,
            side,
            taken: false,
            signing: None,
            link_code: None,
            passkey: None,
        };
        self.desk().open(id, waiting, references);
        Attempt {
            id,
            hub: self.me.clone(),
        }
    }
}

impl Attempt {
    /// A stanza of the unpaired companion; what it gets as an answer.
    pub fn handle(&self, stanza: &Node) -> Option<Node> {
        let hub = self.hub.upgrade()?;
        if stanza.tag != "iq" {
            return None;
        }
        if attr_is(stanza, "type", "result") || attr_is(stanza, "type", "error") {
            self.answered(&hub, stanza);
            return None;
        }
        match stanza.get_optional_child("link_code_companion_reg") {
            Some(stage) => {
                let answer = hub.answer_link_code(self.id, stanza, stage);
                hub.cut_waiting();
                answer
            }
            None if attr_is(stanza, "xmlns", "md") && is_a_step(stanza) => hub.answer_passkey(self.id, stanza),
            None if attr_is(stanza, "type", "set") || attr_is(stanza, "xmlns", "w:p") => {
                Some(result_for(stanza).build())
            }
            None => Some(error_for(stanza, 401, "not-authorized")),
        }
    }

    /// The companion's answer to `pair-success`; other answers are ignored.
    fn answered(&self, hub: &Hub, answer: &Node) {
        let signed = match signature_in(answer) {
            Some(device_identity) => Ok(Signed {
                device_identity,
                verdict: None,
            }),
            None => {
                let code = answer
                    .get_optional_child("error")
                    .and_then(|error| attr(error, "code")?.parse().ok());
                Err(PairError::Refused(code.unwrap_or(500)))
            }
        };
        self.settle(hub, attr(answer, "id").as_deref(), signed);
    }

    /// Passes the companion's answer to the waiting phone; `query` must be the query that it answers.
    pub(super) fn settle(&self, hub: &Hub, query: Option<&str>, signed: Result<Signed, PairError>) {
        let mut desk = hub.desk();
        let Some(waiting) = desk.attempts.get_mut(&self.id) else {
            return;
        };
        let asked = |signing: &mut Signing| query.is_none_or(|query| query == signing.query);
        if let Some(signing) = waiting.signing.take_if(asked) {
            drop(signing.answer.send(signed));
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(hub) = self.hub.upgrade() {
            let mut desk = hub.desk();
            // An answer that is already on its way to the phone decides the attempt; then the phone closes it.
            let settled = desk.attempts.get(&self.id).is_some_and(|waiting| waiting.answered());
            if !settled {
                desk.close(self.id);
            }
        }
    }
}

fn pair_device(id: &str, references: &[String]) -> Node {
    let refs = references.iter().map(|reference| leaf("ref", reference.as_bytes()));
    NodeBuilder::new("iq")
        .attr("from", SERVER)
        .attr("id", id)
        .attr("type", "set")
        .attr("xmlns", "md")
        .children([NodeBuilder::new("pair-device").children(refs).build()])
        .build()
}

pub(super) fn pair_success(
    id: &str,
    account: &Account,
    device: u16,
    success: &PairSuccess,
    lid_migrated: bool,
) -> Node {
    let mut children = vec![
        leaf("device-identity", success.hmac_blob.as_slice()),
        NodeBuilder::new("platform").attr("name", "android").build(),
        NodeBuilder::new("device")
            .attr("jid", account.pn(device))
            .attr("lid", account.lid_jid(device))
            .build(),
    ];
    if lid_migrated {
        let props = ClientPairingProps {
            is_chat_db_lid_migrated: Some(true),
            ..Default::default()
        };
        children.push(leaf("client-props", props.encode_to_vec()));
    }
    NodeBuilder::new("iq")
        .attr("from", SERVER)
        .attr("id", id)
        .attr("t", now())
        .attr("type", "set")
        .attr("xmlns", "md")
        .children([NodeBuilder::new("pair-success").children(children).build()])
        .build()
}
