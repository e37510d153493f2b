//! Calls, as far as nobody answers them: a phone rings the linked devices of another account until one of them rejects
//! or the caller hangs up.

use serde::{Deserialize, Serialize};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Hub;
use super::accounts::Account;
use super::stanza::{attr, now};
use super::types::DeviceAddr;

/// More calls than any test makes; the oldest is forgotten.
const MOST: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    Ringing,
    /// A linked device of the called account rejected it.
    Rejected,
    /// The caller hung up.
    Ended,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallInfo {
    pub id: String,
    /// Number of the caller.
    pub from: String,
    pub to: String,
    pub video: bool,
    pub state: CallState,
}

impl Hub {
    /// The phone of `from` calls `to`. `None` when one of them has no account.
    pub fn call(&self, from: &str, to: &str, video: bool) -> Option<CallInfo> {
        let (caller, called) = (self.account(from)?, self.account(to)?);
        let call = CallInfo {
            id: self.ids.stanza(),
            from: caller.number.to_string(),
            to: called.number.to_string(),
            video,
            state: CallState::Ringing,
        };
        {
            let mut calls = self.calls.lock();
            if calls.len() >= MOST {
                calls.remove(0);
            }
            calls.push(call.clone());
        }
        let mut media = vec![
            NodeBuilder::new("audio")
                .attr("enc", "opus")
                .attr("rate", "16000")
                .build(),
        ];
        if video {
            media.push(NodeBuilder::new("video").attr("enc", "vp8").build());
        }
        self.ring(&caller, &call, "offer", media);
        Some(call)
    }

    /// The caller gives up.
    pub fn end_call(&self, id: &str) -> Option<CallInfo> {
        let call = self.change_call(id, CallState::Ended)?;
        let caller = self.account(&call.from)?;
        self.ring(&caller, &call, "terminate", Vec::new());
        Some(call)
    }

    /// The calls that a number made, the latest last.
    pub fn calls_of(&self, number: &str) -> Vec<CallInfo> {
        let calls = self.calls.lock();
        calls.iter().filter(|call| call.from == number).cloned().collect()
    }

    /// A linked device says something about a call; only a rejection matters.
    pub(super) fn call_stanza(&self, from: &DeviceAddr, node: &Node) {
        let rejected = node
            .get_optional_child("reject")
            .and_then(|reject| attr(reject, "call-id"));
        let Some(id) = rejected else { return };
        let is_called = {
            let calls = self.calls.lock();
            calls.iter().any(|call| call.id == *id && call.to == *from.account)
        };
        if is_called {
            self.change_call(&id, CallState::Rejected);
        }
    }

    /// Changes a call that still rings.
    fn change_call(&self, id: &str, state: CallState) -> Option<CallInfo> {
        let mut calls = self.calls.lock();
        let call = calls
            .iter_mut()
            .find(|call| call.id == id && call.state == CallState::Ringing)?;
        call.state = state;
        Some(call.clone())
    }

    fn ring(&self, caller: &Account, call: &CallInfo, action: &'static str, children: Vec<Node>) {
        let me = self.caller_jid(caller);
        let mut body = NodeBuilder::new(action)
            .attr("call-id", call.id.as_str())
            .attr("call-creator", &me);
        if me.is_lid() {
            body = body.attr("caller_pn", caller.pn(0));
        }
        let body = body.children(children).build();
        for addr in self.device_addrs(&call.to).into_iter().filter(|addr| !addr.is_phone()) {
            let node = NodeBuilder::new("call")
                .attr("from", &me)
                .attr("id", self.ids.stanza().as_str())
                .attr("t", now())
                .children([body.clone()]);
            self.deliver(&addr, node.build());
        }
    }

    fn caller_jid(&self, caller: &Account) -> Jid {
        if self.lid_migrated {
            caller.lid_jid(0)
        } else {
            caller.pn(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stanza::attr_is;
    use super::super::testing::{connect, hub_with, link};
    use super::*;

    #[test]
    fn a_call_rings_linked_devices_until_one_rejects() {
        let (hub, _phones) = hub_with(&["1", "2"]);
        let companion = link(&hub, "2");
        let mut socket = connect(&hub, &companion);
        let call = hub.call("1", "2", true).unwrap();
        let rung = socket.stanzas();
        let offer = rung[0].get_optional_child("offer").unwrap();
        assert!(attr_is(offer, "call-id", &call.id) && offer.get_optional_child("video").is_some());
        let reject = NodeBuilder::new("reject").attr("call-id", call.id.as_str()).build();
        hub.submit(&companion, NodeBuilder::new("call").children([reject]).build());
        assert_eq!(hub.calls_of("1")[0].state, CallState::Rejected);
        assert_eq!(hub.end_call(&call.id), None, "it does not ring any more");
        assert_eq!(hub.call("1", "3", false), None);
    }
}
