//! Delivers stanzas to devices: at once if they are connected, and again until they have acknowledged them.

use std::sync::Arc;
use std::time::Duration;

use wacore_binary::Node;

use super::Hub;
use super::accounts::Device;
use super::outlet::{Outlet, Pending};
use super::stanza::{attr, attr_is};
use super::types::DeviceAddr;
use crate::faults::{FaultKind, Hit};

/// How long a message waits for another to overtake it unless the fault says.
const REORDER_WAIT: Duration = Duration::from_millis(1000);

impl Hub {
    /// Delivers a stanza to a device, or queues it until the device asks. Unknown devices are skipped.
    pub(super) fn deliver(&self, to: &DeviceAddr, node: Node) {
        let node = Arc::new(node);
        self.with_device(to, |device| {
            let phone = matches!(device.outlet, Outlet::Phone { .. });
            let open = device.outlet.is_open();
            // A phone lives in this process, so what is sent to it has arrived.
            if !(phone && open) {
                device.queue.push_back(Pending { node: node.clone() });
            }
            if open {
                self.send_now(to, device, node);
            }
        });
    }

    /// Sends a stanza whose order matters to an open device, with the faults armed for it.
    fn send_now(&self, to: &DeviceAddr, device: &mut Device, node: Arc<Node>) {
        let faulty = !to.is_phone() && node.tag == "message" && !attr_is(&node, "category", "peer");
        let kinds = [FaultKind::Delay, FaultKind::Duplicate, FaultKind::Reorder];
        let hit = faulty.then(|| self.faults.take(&to.account, &kinds, false)).flatten();
        match hit {
            Some(Hit {
                kind: FaultKind::Delay,
                ms,
            }) => {
                device.outlet.pause(ms);
                device.outlet.send(node);
            }
            Some(Hit {
                kind: FaultKind::Duplicate,
                ..
            }) => {
                device.outlet.send(node.clone());
                device.outlet.send(node);
            }
            Some(Hit {
                kind: FaultKind::Reorder,
                ms,
            }) if device.held.is_none() => {
                device.held = Some(node);
                self.release_later(to, ms);
                return;
            }
            _ => device.outlet.send(node),
        }
        if faulty && let Some(held) = device.held.take() {
            device.outlet.send(held);
        }
    }

    fn release_later(&self, to: &DeviceAddr, ms: u64) {
        let wait = if ms == 0 {
            REORDER_WAIT
        } else {
            Duration::from_millis(ms)
        };
        let (hub, to) = (self.me.clone(), to.clone());
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            if let Some(hub) = hub.upgrade() {
                hub.with_device(&to, |device| {
                    if let Some(held) = device.held.take() {
                        device.outlet.send(held);
                    }
                });
            }
        });
    }

    /// Sends transient news (presence, typing), which closed devices miss. False if closed.
    pub(super) fn mention(&self, to: &DeviceAddr, node: Node) -> bool {
        self.with_device(to, |device| {
            let open = device.outlet.is_open();
            if open {
                device.outlet.send(Arc::new(node));
            }
            open
        })
        .unwrap_or(false)
    }

    /// Answers a device on the connection it has, active or not.
    pub(super) fn reply(&self, to: &DeviceAddr, node: Node) {
        self.with_device(to, |device| device.outlet.send(Arc::new(node)));
    }

    pub(super) fn reply_after(&self, to: &DeviceAddr, ms: u64, node: Node) {
        self.with_device(to, |device| {
            device.outlet.pause(ms);
            device.outlet.send(Arc::new(node));
        });
    }

    /// `<ack>` or `<receipt>`: removes the stanza that it is about.
    pub(super) fn acknowledged(&self, from: &DeviceAddr, ack: &Node) {
        self.with_device(from, |device| {
            let queue = &device.queue;
            let exactly = queue.iter().position(|pending| pending.is_answered_by(ack));
            let roughly = || queue.iter().position(|pending| pending.may_be_answered_by(ack));
            if let Some(at) = exactly.or_else(roughly) {
                device.queue.remove(at);
            }
        });
    }

    /// A receipt may name more messages than the one in its `id`.
    pub(super) fn acknowledged_list(&self, from: &DeviceAddr, receipt: &Node) {
        let items = receipt
            .get_optional_child("list")
            .and_then(Node::children)
            .unwrap_or_default();
        if items.is_empty() {
            return;
        }
        self.with_device(from, |device| {
            device.queue.retain(|pending| {
                let id = attr(&pending.node, "id");
                pending.node.tag != "message" || !items.iter().any(|item| attr(item, "id") == id)
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Socket, active, connect, hub_with, link, log_in, text_to};
    use super::*;
    use crate::faults::FaultSpec;
    use wacore_binary::builder::NodeBuilder;

    fn ids(stanzas: &[Node]) -> Vec<String> {
        let messages = stanzas.iter().filter(|node| node.tag == "message");
        messages.filter_map(|node| attr(node, "id")).map(String::from).collect()
    }

    fn got(socket: &mut Socket) -> Vec<String> {
        ids(&socket.stanzas())
    }

    #[test]
    fn what_a_companion_has_not_acknowledged_is_sent_again_at_its_next_login() {
        let (hub, _phones) = hub_with(&["1", "2"]);
        let companion = link(&hub, "1");
        let mut socket = connect(&hub, &companion);
        for id in ["A", "B", "C"] {
            hub.submit(&DeviceAddr::phone("2"), text_to(&companion, id));
        }
        assert_eq!(got(&mut socket), ["A", "B", "C"]);
        let receipt = NodeBuilder::new("receipt")
            .attr("id", "B")
            .attr("to", DeviceAddr::phone("2").jid());
        hub.submit(&companion, receipt.build());
        hub.detach(&companion, socket.link);

        let mut again = log_in(&hub, &companion);
        assert!(got(&mut again).is_empty(), "nothing is sent before the client asks");
        hub.submit(&companion, active());
        let replay = again.stanzas();
        assert_eq!(ids(&replay), ["A", "C"]);
        let tags: Vec<&str> = replay.iter().map(|node| node.tag.as_ref()).collect();
        assert_eq!(tags, ["iq", "ib", "message", "message", "ib"]);
        let done = replay[4].get_optional_child("offline").unwrap();
        assert!(attr_is(done, "count", "2"));
    }

    #[test]
    fn delivered_and_read_receipts_of_one_message_are_acknowledged_separately() {
        let (hub, _phones) = hub_with(&["1", "2"]);
        let companion = link(&hub, "1");
        let mut socket = connect(&hub, &companion);
        let receipt = NodeBuilder::new("receipt").attr("id", "A").attr("to", companion.jid());
        hub.submit(&DeviceAddr::phone("2"), receipt.build());
        let receipt = NodeBuilder::new("receipt")
            .attr("id", "A")
            .attr("to", companion.jid())
            .attr("type", "read");
        hub.submit(&DeviceAddr::phone("2"), receipt.build());
        assert_eq!(socket.stanzas().len(), 2);
        let ack = NodeBuilder::new("ack")
            .attr("class", "receipt")
            .attr("id", "A")
            .attr("type", "read")
            .attr("to", DeviceAddr::phone("2").jid());
        hub.submit(&companion, ack.build());
        assert_eq!(hub.stats_snapshot().queued, 1);
    }

    #[test]
    fn messages_of_two_people_with_one_id_are_acknowledged_separately() {
        let (hub, _phones) = hub_with(&["1", "2", "3"]);
        let companion = link(&hub, "1");
        let _socket = connect(&hub, &companion);
        hub.submit(&DeviceAddr::phone("2"), text_to(&companion, "A"));
        hub.submit(&DeviceAddr::phone("3"), text_to(&companion, "A"));
        let receipt = NodeBuilder::new("receipt")
            .attr("id", "A")
            .attr("to", DeviceAddr::phone("3").jid());
        hub.submit(&companion, receipt.build());
        let mut again = log_in(&hub, &companion);
        hub.submit(&companion, active());
        let replay = again.stanzas();
        let left = replay.iter().find(|node| node.tag == "message").unwrap();
        assert!(ids(&replay).len() == 1 && attr_is(left, "from", "2@s.whatsapp.net"));
    }

    #[tokio::test]
    async fn a_held_back_message_is_released_even_when_none_overtakes_it() {
        let (hub, _phones) = hub_with(&["1", "2"]);
        let companion = link(&hub, "1");
        let mut socket = connect(&hub, &companion);
        hub.inject_fault(FaultSpec::new(FaultKind::Reorder).ms(1));
        hub.submit(&DeviceAddr::phone("2"), text_to(&companion, "A"));
        assert!(got(&mut socket).is_empty());
        let late = socket.next().await.unwrap();
        assert!(attr_is(&late, "id", "A"));
    }

    #[test]
    fn a_drop_with_a_count_also_hits_the_next_login() {
        let (hub, _phones) = hub_with(&["1"]);
        let companion = link(&hub, "1");
        let _first = connect(&hub, &companion);
        hub.inject_fault(FaultSpec::new(FaultKind::Drop).for_session("1").times(2));
        assert!(!hub.devices("1")[1].connected);
        let _second = connect(&hub, &companion);
        assert!(!hub.devices("1")[1].connected);
        let _third = connect(&hub, &companion);
        assert!(hub.devices("1")[1].connected);
    }
}
