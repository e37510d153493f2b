//! Bringing stanzas to devices: the queue until acknowledged, the open connection, the replay.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, NodeValue};

use super::Hub;
use super::accounts::Device;
use super::stanza::{SERVER, attr, attr_is, conflict, result_for, stream_error};
use super::types::DeviceAddr;
use crate::faults::{FaultKind, Hit};

/// How long a message waits for another one to overtake it when the fault does not say.
const REORDER_WAIT: Duration = Duration::from_millis(1000);

/// What a connection's writer has to do next.
#[derive(Debug)]
pub(crate) enum Outbound {
    Stanza(Arc<Node>),
    /// Wait before writing on.
    Pause(Duration),
    /// Write this last word, if any, and close.
    End(Option<Node>),
}

/// The way to a device.
pub(super) enum Outlet {
    Phone {
        to_phone: UnboundedSender<Node>,
        online: bool,
    },
    Companion(Option<Link>),
}

pub(super) struct Link {
    pub id: u64,
    pub to_socket: UnboundedSender<Outbound>,
    /// Set once the client has asked for its stanzas.
    pub active: bool,
}

impl Outlet {
    pub fn phone(to_phone: UnboundedSender<Node>) -> Self {
        Self::Phone { to_phone, online: true }
    }

    pub fn is_connected(&self) -> bool {
        match self {
            Self::Phone { online, .. } => *online,
            Self::Companion(link) => link.is_some(),
        }
    }

    /// Whether stanzas are to be sent now rather than kept.
    fn is_open(&self) -> bool {
        match self {
            Self::Phone { online, .. } => *online,
            Self::Companion(link) => link.as_ref().is_some_and(|link| link.active),
        }
    }

    /// A closed receiver means the device is going away: its queue keeps what matters.
    fn send(&self, node: Arc<Node>) {
        match self {
            Self::Phone { to_phone, .. } => drop(to_phone.send(Arc::unwrap_or_clone(node))),
            Self::Companion(Some(link)) => drop(link.to_socket.send(Outbound::Stanza(node))),
            Self::Companion(None) => {}
        }
    }

    fn pause(&self, ms: u64) {
        if let Self::Companion(Some(link)) = self {
            drop(link.to_socket.send(Outbound::Pause(Duration::from_millis(ms))));
        }
    }

    /// Ends the connection, if there is one.
    pub fn end(&mut self, last_word: Option<Node>) {
        if let Self::Companion(link) = self
            && let Some(link) = link.take()
        {
            drop(link.to_socket.send(Outbound::End(last_word)));
        }
    }
}

/// A stanza that waits for its acknowledgement.
pub(super) struct Pending {
    pub node: Arc<Node>,
}

impl Pending {
    /// Whether `ack` (an `<ack>`, or a `<receipt>` for a message) is about this stanza.
    ///
    /// The id is not enough: the delivery and the read receipts of one message, from several devices, share it.
    fn is_answered_by(&self, ack: &Node) -> bool {
        if attr(&self.node, "id") != attr(ack, "id") {
            return false;
        }
        if ack.tag == "receipt" {
            return self.node.tag == "message";
        }
        let same = |mine: &str, theirs: &str| {
            attr(&self.node, mine).as_deref().unwrap_or_default() == attr(ack, theirs).as_deref().unwrap_or_default()
        };
        attr_is(ack, "class", &self.node.tag)
            && (self.node.tag != "receipt" || (same("type", "type") && same("from", "to")))
    }
}

impl Hub {
    /// Hands a stanza to a device, or keeps it until the device asks. Unknown devices are skipped.
    pub(super) fn deliver(&self, to: &DeviceAddr, node: Node) {
        let node = Arc::new(node);
        self.with_device(to, |device| {
            let phone = matches!(device.outlet, Outlet::Phone { .. });
            let open = device.outlet.is_open();
            // A phone lives in this process: what was sent to it has arrived.
            if !(phone && open) {
                device.queue.push_back(Pending { node: node.clone() });
            }
            if open {
                self.send_now(to, device, node);
            }
        });
    }

    /// Sends to an open device what it must not miss the order of, with the faults armed for it.
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

    /// Sends something that is only true now (presence, typing): closed devices miss it. False if closed.
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

    /// `<ack>` or `<receipt>`: forget the stanza it is about.
    pub(super) fn acknowledged(&self, from: &DeviceAddr, ack: &Node) {
        self.with_device(from, |device| {
            if let Some(at) = device.queue.iter().position(|pending| pending.is_answered_by(ack)) {
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

    /// An offline phone's stanzas wait here; when it comes back they are replayed.
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

    /// Stanzas that wait anywhere.
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

    /// Lets a fault that ends connections happen to the open ones it is armed for.
    pub(super) fn end_connected(&self, session: Option<&str>, kind: FaultKind) {
        for number in self.numbers() {
            if session.is_some_and(|wanted| wanted != number.as_ref()) {
                continue;
            }
            let open = self
                .devices(&number)
                .into_iter()
                .filter(|device| device.connected && !device.addr.is_phone());
            for device in open {
                // A ban is consumed by the login it refuses; here it only ends the connection.
                if kind == FaultKind::Banned {
                    self.with_device(&device.addr, |device| device.outlet.end(None));
                } else if let Some(hit) = self.faults.take(&number, &[kind], false) {
                    self.end_session(&device.addr, hit.kind);
                }
            }
        }
    }

    /// Ends one session's connection the way the fault says.
    pub(super) fn end_session(&self, addr: &DeviceAddr, kind: FaultKind) {
        match kind {
            FaultKind::LoggedOut => {
                self.unlink(addr);
            }
            FaultKind::Restart515 => {
                self.with_device(addr, |device| device.outlet.end(Some(stream_error(515))));
            }
            _ => {
                self.with_device(addr, |device| device.outlet.end(None));
            }
        }
    }

    /// Ends every companion's connection without a word, as when a data centre goes away.
    pub(crate) fn end_all(&self) {
        for number in self.numbers() {
            if let Some(account) = self.account(&number) {
                account
                    .state()
                    .devices
                    .values_mut()
                    .for_each(|device| device.outlet.end(None));
            }
        }
    }

    /// Removes a companion from its account: it is told so, logged out, and others hear of the shorter list.
    /// False if there is no such companion.
    pub fn unlink(&self, addr: &DeviceAddr) -> bool {
        if addr.is_phone() {
            return false;
        }
        let Some(mut device) = self.forget_device(addr) else {
            return false;
        };
        device.outlet.end(Some(conflict("device_removed")));
        self.tell_device_change(addr, device.key_index, "remove");
        true
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
