//! Shared by the hub's own tests.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::accounts::Device;
use super::outlet::{Outbound, Outlet};
use super::types::{DeviceAddr, KeyBundle, NewAccount, SignedPreKey};
use super::{Hub, LoginRefused};
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

/// A text to the phone of a number, as a client writes it. Its content is not encrypted.
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

/// The Noise key of every companion that `link` makes.
pub(super) const NOISE_KEY: [u8; 32] = [9; 32];

/// Gives an account a companion, as if it had been paired, with eight one-time keys.
pub(super) fn link(hub: &Hub, number: &str) -> DeviceAddr {
    let addr = DeviceAddr::new(number, 1);
    let signed_prekey = SignedPreKey {
        id: 1,
        public: [2; 32],
        signature: vec![3; 64],
    };
    let device = Device {
        key_index: 1,
        noise_public: Some(NOISE_KEY),
        bundle: Some(KeyBundle {
            registration_id: 4,
            identity: [5; 32],
            signed_prekey,
            prekeys: (1..=8).map(|id| (id, [6; 32])).collect(),
        }),
        outlet: Outlet::Companion(None),
        ..Device::phone([5; 32], unbounded_channel().0)
    };
    hub.account(number).unwrap().state().devices.insert(1, device);
    super::accounts::write(&hub.directory)
        .by_noise_key
        .insert(NOISE_KEY, addr.clone());
    addr
}

/// A companion's open connection, with what the writer would have written.
pub(super) struct Socket {
    pub link: u64,
    outbound: UnboundedReceiver<Outbound>,
}

impl Socket {
    /// Waits for the next stanza.
    pub async fn next(&mut self) -> Option<Arc<Node>> {
        loop {
            if let Outbound::Stanza(node) = self.outbound.recv().await? {
                return Some(node);
            }
        }
    }

    /// The stanzas since the last call.
    pub fn stanzas(&mut self) -> Vec<Node> {
        let mut all = Vec::new();
        while let Ok(outbound) = self.outbound.try_recv() {
            match outbound {
                Outbound::Stanza(node) => all.push(Arc::unwrap_or_clone(node)),
                Outbound::End(last_word) => all.extend(last_word),
                Outbound::Pause(_) => {}
            }
        }
        all
    }
}

/// Logs a companion in, requests its stanzas and skips those received so far.
pub(super) fn connect(hub: &Hub, addr: &DeviceAddr) -> Socket {
    let mut socket = log_in(hub, addr);
    hub.submit(addr, active());
    socket.stanzas();
    socket
}

/// Logs a companion in, without requesting its stanzas.
pub(super) fn log_in(hub: &Hub, addr: &DeviceAddr) -> Socket {
    let known: Result<DeviceAddr, LoginRefused> = hub.authenticate(&NOISE_KEY, &addr.account, addr.device);
    assert_eq!(known.as_ref(), Ok(addr));
    let (to_socket, outbound) = unbounded_channel();
    let link = hub.attach(addr, to_socket).unwrap();
    Socket { link, outbound }
}

/// The query by which a client asks for its stanzas.
pub(super) fn active() -> Node {
    let active = NodeBuilder::new("active").build();
    NodeBuilder::new("iq")
        .attr("id", "active")
        .attr("type", "set")
        .attr("xmlns", "passive")
        .children([active])
        .build()
}

/// A text to one device, as a client writes it. Its content is not encrypted.
pub(super) fn text_to(to: &DeviceAddr, id: &str) -> Node {
    let enc = NodeBuilder::new("enc")
        .attr("type", "msg")
        .attr("v", 2_u8)
        .bytes([1, 2, 3]);
    NodeBuilder::new("message")
        .attr("to", to.jid())
        .attr("id", id)
        .attr("type", "text")
        .children([enc.build()])
        .build()
}
