//! Replay: what waited for a device is sent again, in order and marked as offline.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, NodeValue};

use super::Hub;
use super::accounts::Device;
use super::outlet::Outlet;
use super::stanza::{SERVER, result_for};
use super::types::DeviceAddr;

impl Hub {
    /// Answers the `active` query and replays what was not acknowledged, in order and marked as offline.
    pub(super) fn activate(&self, addr: &DeviceAddr, query: &Node) {
        let answer = result_for(query).build();
        self.with_device(addr, |device| {
            if let Outlet::Companion(Some(link)) = &mut device.outlet {
                link.active = true;
            }
            device.held = None;
            device.outlet.send(Arc::new(answer));
            if !device.queue.is_empty() {
                device.outlet.send(Arc::new(offline_preview(device)));
            }
            for (at, pending) in device.queue.iter().enumerate() {
                device.outlet.send(Arc::new(marked_offline(&pending.node, at)));
            }
            device.outlet.send(Arc::new(offline_done(device.queue.len())));
        });
        self.faults_after_login(addr);
    }

    /// An offline phone's stanzas are queued and replayed when it returns.
    pub fn set_online(&self, number: &str, online: bool) {
        let phone = DeviceAddr::phone(number);
        self.with_device(&phone, |device| {
            if let Outlet::Phone { online: state, .. } = &mut device.outlet {
                *state = online;
            }
            if online {
                let queue = std::mem::take(&mut device.queue);
                for (at, pending) in queue.into_iter().enumerate() {
                    device.outlet.send(Arc::new(marked_offline(&pending.node, at)));
                }
            }
        });
        if !online {
            self.became_unavailable(&phone);
        }
    }

    /// The total number of queued stanzas.
    pub(super) fn queued(&self) -> u64 {
        let count = |number: &Arc<str>| {
            let account = self.account(number)?;
            let state = account.state();
            Some(
                state
                    .devices
                    .values()
                    .map(|device| device.queue.len() as u64)
                    .sum::<u64>(),
            )
        };
        self.numbers().iter().filter_map(count).sum()
    }
}

fn offline_preview(device: &Device) -> Node {
    let count = |tag: &str| device.queue.iter().filter(|pending| pending.node.tag == tag).count();
    let preview = NodeBuilder::new("offline_preview")
        .attr("count", device.queue.len())
        .attr("message", count("message"))
        .attr("receipt", count("receipt"))
        .attr("notification", count("notification"))
        .attr("appdata", 0_u8)
        .attr("call", 0_u8)
        .attr("status", 0_u8)
        .build();
    NodeBuilder::new("ib").attr("from", SERVER).children([preview]).build()
}

fn offline_done(count: usize) -> Node {
    let offline = NodeBuilder::new("offline").attr("count", count).build();
    NodeBuilder::new("ib").attr("from", SERVER).children([offline]).build()
}

fn marked_offline(node: &Node, at: usize) -> Node {
    let mut node = node.clone();
    node.attrs.insert("offline", NodeValue::from(at.to_string()));
    node
}
