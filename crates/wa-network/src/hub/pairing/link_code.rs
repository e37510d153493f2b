//! Linking by an eight-character code: the companion asks by number, the phone answers with its half of a key
//! exchange, and `pair-success` follows as after a scan.

use tokio::sync::oneshot;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::ANSWER_TIMEOUT;
use super::desk::Side;
use crate::hub::Hub;
use crate::hub::outlet::Outbound;
use crate::hub::stanza::{attr, child_bytes, child_key, error_for, jid_attr, leaf, result_for};
use crate::hub::types::{CompanionFinish, LinkCodeHello, PairError, PrimaryHello};

/// Salt, initialisation vector and a wrapped key.
const WRAPPED_KEY: usize = 80;

/// The state of one companion's exchange.
pub(super) struct LinkCode {
    hello: LinkCodeHello,
    finish: Option<oneshot::Sender<CompanionFinish>>,
}

impl Hub {
    /// The latest companion that requested a link code for this number.
    pub fn link_code_hello(&self, number: &str) -> Option<LinkCodeHello> {
        let desk = self.desk();
        let attempt = desk.link_codes.get(number)?;
        let link_code = desk.attempts.get(attempt)?.link_code.as_ref()?;
        Some(link_code.hello.clone())
    }

    /// Sends the phone's half to the companion and waits for the companion's.
    pub async fn primary_hello(&self, reference: &str, hello: PrimaryHello) -> Result<CompanionFinish, PairError> {
        let finished = {
            let mut desk = self.desk();
            let (_, waiting) = desk.find_mut(reference).ok_or(PairError::Stale)?;
            let link_code = waiting.link_code.as_mut().ok_or(PairError::Stale)?;
            let Side::Wire(to_socket) = &waiting.side else {
                return Err(PairError::Stale);
            };
            let (finish, finished) = oneshot::channel();
            link_code.finish = Some(finish);
            let notification = self.primary_hello_node(reference, &hello);
            to_socket
                .send(Outbound::Stanza(notification.into()))
                .map_err(|_| PairError::Gone)?;
            finished
        };
        match tokio::time::timeout(ANSWER_TIMEOUT, finished).await {
            Ok(Ok(finish)) => Ok(finish),
            // A companion that could not unwrap the phone's key does not answer at all.
            Ok(Err(_)) => Err(PairError::Gone),
            Err(_) => Err(PairError::Timeout),
        }
    }

    fn primary_hello_node(&self, reference: &str, hello: &PrimaryHello) -> Node {
        let children = [
            leaf(
                "link_code_pairing_wrapped_primary_ephemeral_pub",
                hello.wrapped_primary_ephemeral.as_slice(),
            ),
            leaf("primary_identity_pub", hello.primary_identity_public),
            leaf("link_code_pairing_ref", reference.as_bytes()),
        ];
        let stage = NodeBuilder::new("link_code_companion_reg")
            .attr("stage", "primary_hello")
            .children(children)
            .build();
        let server = wacore_binary::Jid::new("", wacore_binary::Server::Pn);
        self.notification(server, "link_code_companion_reg")
            .children([stage])
            .build()
    }

    pub(super) fn answer_link_code(&self, attempt: u64, query: &Node, stage: &Node) -> Option<Node> {
        let answer = match attr(stage, "stage").as_deref() {
            Some("companion_hello") => self.companion_hello(attempt, stage),
            Some("companion_finish") => self.companion_finish(attempt, stage),
            _ => None,
        };
        Some(match answer {
            Some(answer) => result_for(query).children([answer]).build(),
            None => error_for(query, 400, "bad-request"),
        })
    }

    fn companion_hello(&self, attempt: u64, stage: &Node) -> Option<Node> {
        let number = jid_attr(stage, "jid")?.user.to_string();
        let wrapped = child_bytes(stage, "link_code_pairing_wrapped_companion_ephemeral_pub")?;
        if wrapped.len() != WRAPPED_KEY {
            return None;
        }
        let reference = self.ids.pairing_reference();
        let mut desk = self.desk();
        let waiting = desk.attempts.get_mut(&attempt)?;
        waiting.link_code = Some(LinkCode {
            hello: LinkCodeHello {
                reference: reference.clone(),
                wrapped_companion_ephemeral: wrapped.to_vec(),
            },
            finish: None,
        });
        desk.name(attempt, &reference);
        desk.link_codes.insert(number, attempt);
        let reference = leaf("link_code_pairing_ref", reference.as_bytes());
        let answer = NodeBuilder::new("link_code_companion_reg").attr("stage", "companion_hello");
        Some(answer.children([reference]).build())
    }

    fn companion_finish(&self, attempt: u64, stage: &Node) -> Option<Node> {
        let finish = CompanionFinish {
            wrapped_key_bundle: child_bytes(stage, "link_code_pairing_wrapped_key_bundle")?.to_vec(),
            companion_identity_public: child_key(stage, "companion_identity_public")?,
        };
        let mut desk = self.desk();
        let waits = desk.attempts.get_mut(&attempt)?.link_code.as_mut()?.finish.take()?;
        drop(waits.send(finish));
        Some(
            NodeBuilder::new("link_code_companion_reg")
                .attr("stage", "companion_finish")
                .build(),
        )
    }
}
