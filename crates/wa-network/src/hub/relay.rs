//! Relays messages: one stanza in, one stanza out per addressed device, and an acknowledgement for the sender.

use std::collections::HashMap;
use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeValue};

use super::Hub;
use super::accounts::Account;
use super::stanza::{attr, attr_is, jid_attr, now};
use super::types::{DeviceAddr, GroupInfo};
use crate::faults::FaultKind;

/// Parts of a message that every recipient gets unchanged.
const SHARED_CHILDREN: [&str; 6] = ["device-identity", "reporting", "meta", "franking", "biz", "bot"];

/// What all copies of one message have in common.
struct Letter<'a> {
    sender: Arc<Account>,
    from: &'a DeviceAddr,
    /// `to` of the stanza: a person, or a group.
    to: Jid,
    name: Arc<str>,
    at: i64,
    stanza: &'a Node,
}

impl Hub {
    pub(super) fn relay_message(&self, from: &DeviceAddr, stanza: Node) {
        let (Some(to), Some(sender)) = (jid_attr(&stanza, "to"), self.account(&from.account)) else {
            return;
        };
        let refused = self
            .refusal(from, &stanza)
            .or_else(|| self.refused_in_group(&from.account, &to.to_string(), &stanza));
        if let Some(code) = refused {
            return self.reply(from, message_ack(&stanza, Some(code)));
        }
        let (name, fresh) = {
            let mut state = sender.state();
            (
                state.name.clone(),
                state.sent_ids.insert(&attr(&stanza, "id").unwrap_or_default()),
            )
        };
        if !fresh && jid_attr(&stanza, "participant").is_none() {
            self.stats.saw_duplicate();
        }
        let letter = Letter {
            sender,
            from,
            to,
            name,
            at: now(),
            stanza: &stanza,
        };
        let copies = self.copies(&letter);
        if !copies.is_empty() {
            self.stats.relayed();
        }
        for (addr, copy) in copies {
            self.deliver(&addr, copy);
        }
        self.acknowledge_message(from, &stanza);
    }

    /// Faults that refuse a message. The library's own peer messages do not count as messages of the session.
    fn refusal(&self, from: &DeviceAddr, stanza: &Node) -> Option<u16> {
        if from.is_phone() || attr_is(stanza, "category", "peer") {
            return None;
        }
        let hit = self.faults.take_any(&from.account, &FaultKind::REFUSING)?;
        Some(match hit.kind {
            FaultKind::Timelock463 => 463,
            FaultKind::Nack475 => 475,
            FaultKind::Overlimit429 => 429,
            _ => 479,
        })
    }

    fn acknowledge_message(&self, from: &DeviceAddr, stanza: &Node) {
        let mut ack = message_ack(stanza, None);
        if from.is_phone() || attr_is(stanza, "category", "peer") {
            return self.reply(from, ack);
        }
        if self.faults.take_any(&from.account, &[FaultKind::RefreshLid]).is_some() {
            ack.attrs.insert("refresh_lid", "true");
        }
        if self.fault_after_send(from) || self.faults.take_any(&from.account, &[FaultKind::LoseAck]).is_some() {
            return;
        }
        match self.faults.take(&from.account, &[FaultKind::Delay], true) {
            Some(delay) => self.reply_after(from, delay.ms, ack),
            None => self.reply(from, ack),
        }
    }

    fn copies(&self, letter: &Letter<'_>) -> Vec<(DeviceAddr, Node)> {
        if letter.to.is_pn() || letter.to.is_lid() {
            return self.direct_copies(letter);
        }
        // Messages to groups of others, to broadcast lists and channels end here.
        let group = self.group(&letter.to.to_string());
        let group = group.filter(|group| {
            group
                .participants
                .iter()
                .any(|member| member.number == letter.sender.number)
        });
        group.map(|group| self.group_copies(letter, &group)).unwrap_or_default()
    }

    fn direct_copies(&self, letter: &Letter<'_>) -> Vec<(DeviceAddr, Node)> {
        let Some(participants) = letter.stanza.get_optional_child("participants") else {
            let encs = letter.stanza.get_children_by_tag("enc").cloned().collect();
            return self.direct_copy(letter, &letter.to, encs).into_iter().collect();
        };
        let copy = |target: &Node| self.direct_copy(letter, &jid_attr(target, "jid")?, encs_of(target));
        participants.get_children_by_tag("to").filter_map(copy).collect()
    }

    fn direct_copy(&self, letter: &Letter<'_>, target: &Jid, encs: Vec<Node>) -> Option<(DeviceAddr, Node)> {
        let account = self.account_of(target)?;
        let addr = account.addr(target.device);
        if addr == *letter.from || encs.is_empty() {
            return None;
        }
        let own = account.number == letter.sender.number;
        // Own devices know each other by number.
        let (from, lid_only) = match own {
            true if target.is_lid() => (letter.sender.lid_jid(letter.from.device), false),
            true => (letter.sender.pn(letter.from.device), false),
            false => (
                letter.sender.jid_like(target, letter.from.device),
                letter.sender.lid_only(),
            ),
        };
        let mut head = letter.head();
        head = if lid_only {
            head.attr("addressing_mode", "lid")
        } else if from.is_lid() {
            head.attr("sender_pn", letter.sender.pn(0))
                .attr("addressing_mode", "lid")
        } else {
            head.attr("sender_lid", letter.sender.lid_jid(0))
        };
        head = head.attr("from", from);
        if own && !attr_is(letter.stanza, "category", "peer") {
            let recipient = self.account_of(&letter.to).filter(|account| account.lid_only());
            let recipient = recipient.map_or_else(|| letter.to.clone(), |account| account.lid_jid(0));
            head = head.attr("recipient", &recipient);
        }
        Some((addr, letter.finish(head, encs)))
    }

    /// The sender-key message for every device of every member; those named in `participants` also get the key.
    fn group_copies(&self, letter: &Letter<'_>, group: &GroupInfo) -> Vec<(DeviceAddr, Node)> {
        let shared: Vec<Node> = letter.stanza.get_children_by_tag("enc").cloned().collect();
        if let Some(only) = jid_attr(letter.stanza, "participant") {
            let target = self.resolve(&only);
            return target
                .map(|addr| (addr, letter.group_copy(shared, self.by_lid(group))))
                .into_iter()
                .collect();
        }
        let targets = letter.stanza.get_optional_child("participants");
        let targets = targets
            .into_iter()
            .flat_map(|targets| targets.get_children_by_tag("to"));
        let mut keys: HashMap<DeviceAddr, Vec<Node>> = targets
            .filter_map(|target| Some((self.resolve(&jid_attr(target, "jid")?)?, encs_of(target))))
            .collect();
        let members = group.participants.iter();
        let devices = members.flat_map(|member| self.device_addrs(&member.number));
        let by_lid = self.by_lid(group);
        let copy = |addr: DeviceAddr| {
            let mut encs = keys.remove(&addr).unwrap_or_default();
            encs.extend(shared.iter().cloned());
            (addr != *letter.from && !encs.is_empty()).then(|| (addr, letter.group_copy(encs, by_lid)))
        };
        devices.filter_map(copy).collect()
    }
}

impl Letter<'_> {
    fn head(&self) -> NodeBuilder {
        let mut head = NodeBuilder::new("message")
            .attr("id", attr(self.stanza, "id").unwrap_or_default().as_ref())
            .attr("t", self.at)
            .attr("type", attr(self.stanza, "type").as_deref().unwrap_or("text"))
            .attr("notify", self.name.as_ref());
        for key in ["category", "edit"] {
            if let Some(value) = self.stanza.attrs.get(key) {
                head = head.attr(key, value.clone());
            }
        }
        if attr_is(self.stanza, "category", "peer") {
            head = head.attr("push_priority", "high");
        }
        head
    }

    fn group_copy(&self, encs: Vec<Node>, by_lid: bool) -> Node {
        let lid = by_lid || attr_is(self.stanza, "addressing_mode", "lid");
        let device = self.from.device;
        let mut head = self.head().attr("from", &self.to);
        head = if self.sender.lid_only() {
            head.attr("participant", self.sender.lid_jid(device))
                .attr("addressing_mode", "lid")
        } else if lid {
            head.attr("participant", self.sender.lid_jid(device))
                .attr("participant_pn", self.sender.pn(device))
                .attr("addressing_mode", "lid")
        } else {
            head.attr("participant", self.sender.pn(device))
                .attr("participant_lid", self.sender.lid_jid(device))
                .attr("addressing_mode", "pn")
        };
        self.finish(head, encs)
    }

    fn finish(&self, head: NodeBuilder, mut children: Vec<Node>) -> Node {
        let shared = |child: &&Node| SHARED_CHILDREN.contains(&child.tag.as_ref());
        children.extend(
            self.stanza
                .children()
                .unwrap_or_default()
                .iter()
                .filter(shared)
                .cloned(),
        );
        head.children(children).build()
    }
}

fn encs_of(target: &Node) -> Vec<Node> {
    target.get_children_by_tag("enc").cloned().collect()
}

fn message_ack(stanza: &Node, error: Option<u16>) -> Node {
    let ack = NodeBuilder::new("ack")
        .attr("class", "message")
        .attr("id", attr(stanza, "id").unwrap_or_default().as_ref())
        .attr(
            "from",
            stanza.attrs.get("to").cloned().unwrap_or_else(NodeValue::default),
        )
        .attr("t", now());
    match error {
        Some(code) => ack.attr("error", code).build(),
        None => ack.build(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hub_with, text};
    use super::*;
    use crate::faults::FaultSpec;

    #[test]
    fn a_message_reaches_the_addressed_device_and_is_acknowledged() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        hub.submit(&DeviceAddr::phone("1"), text("2", "A"));
        let copy = phones[1].try_recv().unwrap();
        assert_eq!(attr(&copy, "from").as_deref(), Some("1@s.whatsapp.net"));
        assert_eq!(
            attr(&copy, "sender_lid"),
            Some(format!("{}@lid", hub.lid_of("1").unwrap()).into())
        );
        assert!(copy.get_optional_child("enc").is_some());
        let ack = phones[0].try_recv().unwrap();
        assert!(attr_is(&ack, "class", "message") && attr(&ack, "error").is_none());
    }

    #[test]
    fn an_offline_phone_gets_its_messages_in_order_when_it_returns() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        hub.set_online("2", false);
        hub.submit(&DeviceAddr::phone("1"), text("2", "A"));
        hub.submit(&DeviceAddr::phone("1"), text("2", "B"));
        assert_eq!(hub.stats_snapshot().queued, 2);
        hub.set_online("2", true);
        let (a, b) = (phones[1].try_recv().unwrap(), phones[1].try_recv().unwrap());
        assert!(attr_is(&a, "id", "A") && attr_is(&a, "offline", "0") && attr_is(&b, "id", "B"));
        assert_eq!(hub.stats_snapshot().queued, 0);
    }

    #[test]
    fn the_same_id_again_is_relayed_and_counted() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        hub.submit(&DeviceAddr::phone("1"), text("2", "A"));
        hub.submit(&DeviceAddr::phone("1"), text("2", "A"));
        assert!(phones[1].try_recv().is_ok() && phones[1].try_recv().is_ok());
        assert_eq!(hub.stats_snapshot().duplicate_ids, 1);
    }

    #[test]
    fn faults_never_touch_a_phone() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        hub.inject_fault(FaultSpec::new(FaultKind::Refuse));
        hub.submit(&DeviceAddr::phone("1"), text("2", "A"));
        assert!(phones[1].try_recv().is_ok());
    }
}
