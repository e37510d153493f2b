//! The channel to a device, and its unacknowledged stanzas.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use wacore_binary::Node;

use super::stanza::{attr, attr_is};

/// What a connection's writer has to do next.
#[derive(Debug)]
pub(crate) enum Outbound {
    Stanza(Arc<Node>),
    /// Wait before writing on.
    Pause(Duration),
    /// Write this last stanza, if any, and close.
    End(Option<Node>),
}

/// The channel to a device.
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
    pub fn is_open(&self) -> bool {
        match self {
            Self::Phone { online, .. } => *online,
            Self::Companion(link) => link.as_ref().is_some_and(|link| link.active),
        }
    }

    /// A closed receiver means the device is disconnecting: its queue keeps what matters.
    pub fn send(&self, node: Arc<Node>) {
        match self {
            Self::Phone { to_phone, .. } => drop(to_phone.send(Arc::unwrap_or_clone(node))),
            Self::Companion(Some(link)) => drop(link.to_socket.send(Outbound::Stanza(node))),
            Self::Companion(None) => {}
        }
    }

    pub fn pause(&self, ms: u64) {
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
    /// Whether it is a message of a chat, not one between devices of one account.
    pub fn is_message(&self) -> bool {
        self.node.tag == "message" && !attr_is(&self.node, "category", "peer")
    }

    /// Whether `ack` (an `<ack>`, or a `<receipt>` for a message) is about exactly this stanza.
    ///
    /// The id is not enough: the delivery and the read receipts of one message, from several devices, share it,
    /// and two people's messages may.
    pub fn is_answered_by(&self, ack: &Node) -> bool {
        let same = |mine: &str, theirs: &str| {
            attr(&self.node, mine).as_deref().unwrap_or_default() == attr(ack, theirs).as_deref().unwrap_or_default()
        };
        self.may_be_answered_by(ack) && same("from", "to")
    }

    /// The same without comparing the sender, whom some answers name by another address.
    pub fn may_be_answered_by(&self, ack: &Node) -> bool {
        if attr(&self.node, "id") != attr(ack, "id") {
            return false;
        }
        if ack.tag == "receipt" {
            return self.node.tag == "message";
        }
        let same_type = attr(&self.node, "type") == attr(ack, "type");
        attr_is(ack, "class", &self.node.tag) && (self.node.tag != "receipt" || same_type)
    }
}
