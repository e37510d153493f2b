//! Presence and typing: transient, so nothing here is queued.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, JidExt as _, Node};

use super::Hub;
use super::accounts::Account;
use super::stanza::{attr, jid_attr, now};
use super::types::DeviceAddr;

impl Hub {
    /// `<presence>`: available (also without a type), unavailable, or a subscription to someone's.
    pub(super) fn presence(&self, from: &DeviceAddr, node: &Node) {
        match attr(node, "type").as_deref() {
            Some("subscribe") => self.subscribe(from, node),
            Some("unsubscribe") => {
                if let Some(account) = jid_attr(node, "to").and_then(|to| self.account_of(&to)) {
                    account.state().subscribers.remove(from);
                }
            }
            Some("unavailable") => self.became_unavailable(from),
            _ => self.became_available(from),
        }
    }

    fn subscribe(&self, from: &DeviceAddr, node: &Node) {
        let Some(to) = jid_attr(node, "to") else { return };
        let Some(account) = self.account_of(&to) else { return };
        let current = {
            let mut state = account.state();
            state.subscribers.insert(from.clone());
            presence_of(&account, &to, !state.available.is_empty(), state.last_seen)
        };
        self.reply(from, current);
    }

    fn became_available(&self, addr: &DeviceAddr) {
        let Some(account) = self.account(&addr.account) else {
            return;
        };
        let first = {
            let mut state = account.state();
            let first = state.available.is_empty();
            state.available.insert(addr.device);
            first
        };
        if first {
            self.tell_subscribers(&account);
        }
    }

    pub(super) fn became_unavailable(&self, addr: &DeviceAddr) {
        let Some(account) = self.account(&addr.account) else {
            return;
        };
        let last = {
            let mut state = account.state();
            let was = state.available.remove(&addr.device);
            let last = was && state.available.is_empty();
            if last {
                state.last_seen = now();
            }
            last
        };
        if last {
            self.tell_subscribers(&account);
        }
    }

    /// A subscription lasts as long as the subscriber's connection.
    fn tell_subscribers(&self, account: &Arc<Account>) {
        let (subscribers, available, last_seen) = {
            let state = account.state();
            let subscribers: Vec<_> = state.subscribers.iter().cloned().collect();
            (subscribers, !state.available.is_empty(), state.last_seen)
        };
        for subscriber in subscribers {
            let presence = presence_of(account, &account.pn(0), available, last_seen);
            if !self.mention(&subscriber, presence) {
                account.state().subscribers.remove(&subscriber);
            }
        }
    }

    /// `<chatstate to>`: to every device of the person, or of all other members of the group.
    pub(super) fn chat_state(&self, from: &DeviceAddr, node: &Node) {
        let Some(to) = jid_attr(node, "to") else { return };
        let Some(sender) = self.account(&from.account) else {
            return;
        };
        let group = to.is_group().then(|| self.group(&to.to_string())).flatten();
        if let Some(group) = group {
            for member in group
                .participants
                .iter()
                .filter(|member| member.number != sender.number)
            {
                let state = NodeBuilder::new("chatstate")
                    .attr("from", &to)
                    .attr("participant", sender.seen(0))
                    .apply_content(node.content.clone());
                self.mention_all(&member.number, state.build());
            }
        } else if let Some(account) = self.account_of(&to) {
            let state = NodeBuilder::new("chatstate")
                .attr("from", sender.jid_like(&to, 0))
                .apply_content(node.content.clone());
            self.mention_all(&account.number, state.build());
        }
    }

    fn mention_all(&self, number: &str, node: Node) {
        for device in self.device_addrs(number) {
            self.mention(&device, node.clone());
        }
    }
}

fn presence_of(account: &Account, like: &Jid, available: bool, last_seen: i64) -> Node {
    let presence = NodeBuilder::new("presence").attr("from", account.jid_like(like, 0));
    if available {
        presence.build()
    } else {
        presence.attr("type", "unavailable").attr("last", last_seen).build()
    }
}

#[cfg(test)]
mod tests {
    use super::super::stanza::attr_is;
    use super::super::testing::hub_with;
    use super::*;

    #[test]
    fn a_subscriber_is_notified_of_presence_changes() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        let (one, two) = (DeviceAddr::phone("1"), DeviceAddr::phone("2"));
        let ask = NodeBuilder::new("presence")
            .attr("type", "subscribe")
            .attr("to", Jid::pn("2"));
        hub.submit(&one, ask.build());
        assert!(attr_is(&phones[0].try_recv().unwrap(), "type", "unavailable"));
        hub.submit(&two, NodeBuilder::new("presence").attr("name", "Two").build());
        assert!(attr(&phones[0].try_recv().unwrap(), "type").is_none());
        hub.set_online("2", false);
        assert!(attr_is(&phones[0].try_recv().unwrap(), "type", "unavailable"));
    }

    #[test]
    fn typing_reaches_the_other_and_is_not_kept() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        let composing = NodeBuilder::new("composing").build();
        let typing = NodeBuilder::new("chatstate")
            .attr("to", Jid::pn("2"))
            .children([composing])
            .build();
        hub.submit(&DeviceAddr::phone("1"), typing.clone());
        assert!(phones[1].try_recv().unwrap().get_optional_child("composing").is_some());
        hub.set_online("2", false);
        hub.submit(&DeviceAddr::phone("1"), typing);
        hub.set_online("2", true);
        assert!(phones[1].try_recv().is_err());
    }
}
