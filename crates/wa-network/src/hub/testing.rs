//! What the hub's own tests share.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Hub;
use super::types::NewAccount;
use crate::server::ServerKeys;

/// A hub with one phone per number, and what those phones get.
pub(super) fn hub_with(numbers: &[&str]) -> (Arc<Hub>, Vec<UnboundedReceiver<Node>>) {
    let hub = Hub::new(1, false, Arc::new(ServerKeys::from_seed(1)));
    let join = |number: &&str| {
        let account = NewAccount {
            number: (*number).to_owned(),
            lid: hub.lid_for(number),
            name: format!("Phone {number}"),
            identity_public: [7; 32],
        };
        hub.add_account(account).unwrap()
    };
    let phones = numbers.iter().map(join).collect();
    (hub, phones)
}

/// A text to the phone of a number, as a client writes it. Its content is no ciphertext.
pub(super) fn text(to: &str, id: &str) -> Node {
    let enc = NodeBuilder::new("enc")
        .attr("type", "msg")
        .attr("v", 2_u8)
        .bytes([1, 2, 3])
        .build();
    let target = NodeBuilder::new("to").attr("jid", Jid::pn(to)).children([enc]).build();
    let participants = NodeBuilder::new("participants").children([target]).build();
    NodeBuilder::new("message")
        .attr("to", Jid::pn(to))
        .attr("id", id)
        .attr("type", "text")
        .children([participants])
        .build()
}
