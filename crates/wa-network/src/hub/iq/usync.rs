//! `usync`: who is on WhatsApp, with which devices and LID.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use crate::hub::Hub;
use crate::hub::accounts::Account;
use crate::hub::stanza::{error_for, jid_attr, result_for};
use crate::hub::types::{DeviceAddr, DeviceInfo};

impl Hub {
    pub(super) fn answer_usync(&self, from: &DeviceAddr, query: &Node) -> Node {
        let Some(usync) = query.get_optional_child("usync") else {
            return error_for(query, 400, "bad-request");
        };
        let asked: Vec<&Node> = usync
            .get_optional_child("query")
            .and_then(Node::children)
            .map(|children| children.iter().collect())
            .unwrap_or_default();
        let users = usync
            .get_optional_child("list")
            .and_then(Node::children)
            .unwrap_or_default();
        let answers = users.iter().filter_map(|user| self.usync_user(from, user, &asked));
        let list = NodeBuilder::new("list").children(answers).build();
        let known = asked
            .iter()
            .map(|protocol| NodeBuilder::new_dynamic(protocol.tag.to_string()).build());
        let mut head = NodeBuilder::new("usync");
        for key in ["mode", "context", "sid", "index", "last"] {
            if let Some(value) = usync.attrs.get(key) {
                head = head.attr(key, value.clone());
            }
        }
        let children = [NodeBuilder::new("result").children(known).build(), list];
        result_for(query).children([head.children(children).build()]).build()
    }

    /// One `<user>`, identified by jid, by `<contact>+number</contact>` or by `<lid jid>`. The jid is returned as
    /// queried; a dialled number is returned as the jid of its account, which may lack a digit that the number has
    /// today (or have one that it had before), as on the real server.
    fn usync_user(&self, from: &DeviceAddr, user: &Node, asked: &[&Node]) -> Option<Node> {
        let dialled = user
            .get_optional_child("contact")
            .and_then(|contact| contact.content_as_string());
        let digits = dialled
            .as_deref()
            .map(|number| number.trim_start_matches('+').to_owned());
        let by_lid = user.get_optional_child("lid").and_then(|lid| jid_attr(lid, "jid"));
        let asked_jid = jid_attr(user, "jid");
        let filed = digits.as_deref().filter(|_| asked_jid.is_none()).map(|digits| {
            let account = self.dialled(digits);
            Jid::pn(account.map_or_else(|| digits.to_owned(), |account| account.number.to_string()))
        });
        let jid = asked_jid.or(filed).or(by_lid)?.into_non_ad();
        // Who hides the number is found by LID, or not at all.
        let hidden = |account: &Arc<Account>| account.state().visibility.hidden;
        let account = self
            .account_of(&jid)
            .filter(|account| jid.is_lid() || account.number == from.account || !hidden(account));
        if let Some(account) = account.as_ref().filter(|account| account.number != from.account) {
            account.state().watchers.insert(from.account.clone());
        }
        let shows_number = account.as_ref().is_some_and(|account| !hidden(account));
        let username = account
            .as_ref()
            .and_then(|account| account.state().visibility.username.clone());
        let number = account.map(|account| account.number.to_string());
        let mut head = NodeBuilder::new("user").attr("jid", &jid);
        if let Some(number) = number.as_deref().filter(|_| jid.is_lid() && shows_number) {
            head = head.attr("pn_jid", Jid::pn(number));
        }
        let seen = || {
            number
                .clone()
                .filter(|_| shows_number)
                .unwrap_or_else(|| jid.user.to_string())
        };
        let shown = digits.unwrap_or_else(seen);
        let answers = asked.iter().filter_map(|protocol| match protocol.tag.as_ref() {
            "devices" => Some(self.device_list(number.as_deref())),
            "contact" => Some(contact(&shown, number.is_some())),
            "lid" => Some(self.lid_node(number.as_deref())),
            "business" => Some(NodeBuilder::new("business").build()),
            "status" => Some(NodeBuilder::new("status").build()),
            "disappearing_mode" => Some(
                NodeBuilder::new("disappearing_mode")
                    .attr("duration", 0_u8)
                    .attr("t", 0_u8)
                    .build(),
            ),
            "username" => {
                let name = username.clone()?;
                Some(NodeBuilder::new("username").string_content(name).build())
            }
            // No pictures or bots on this network: the answer simply lacks them.
            _ => None,
        });
        Some(head.children(answers.collect::<Vec<_>>()).build())
    }

    fn device_list(&self, number: Option<&str>) -> Node {
        let Some(number) = number else {
            let error = NodeBuilder::new("error")
                .attr("code", 404_u16)
                .attr("text", "item-not-found")
                .build();
            return NodeBuilder::new("devices").children([error]).build();
        };
        let device = |DeviceInfo { addr, key_index, .. }: DeviceInfo| {
            let node = NodeBuilder::new("device").attr("id", addr.device);
            if addr.is_phone() {
                node.build()
            } else {
                node.attr("key-index", key_index).build()
            }
        };
        let devices = self.devices(number).into_iter().map(device);
        let list = NodeBuilder::new("device-list")
            .attr("hash", "2:sim")
            .children(devices)
            .build();
        NodeBuilder::new("devices")
            .children([list, self.key_index_list_node(number)])
            .build()
    }

    fn lid_node(&self, number: Option<&str>) -> Node {
        match number.and_then(|number| self.lid_of(number)) {
            Some(lid) => NodeBuilder::new("lid").attr("val", Jid::lid(lid.as_ref())).build(),
            None => NodeBuilder::new("lid").build(),
        }
    }
}

fn contact(number: &str, known: bool) -> Node {
    NodeBuilder::new("contact")
        .attr("type", if known { "in" } else { "out" })
        .string_content(format!("+{number}"))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::stanza::{attr, attr_is};
    use crate::hub::testing::hub_with;

    /// The `<user>` nodes for these dialled numbers.
    fn answer(accounts: &[&str], dialled: &[&str]) -> Vec<Node> {
        let (hub, mut phones) = hub_with(accounts);
        let user = |number: &&str| {
            let contact = NodeBuilder::new("contact").string_content(format!("+{number}")).build();
            NodeBuilder::new("user").children([contact]).build()
        };
        let asked = NodeBuilder::new("query")
            .children([NodeBuilder::new("contact").build()])
            .build();
        let list = NodeBuilder::new("list")
            .children(dialled.iter().map(user).collect::<Vec<_>>())
            .build();
        let usync = NodeBuilder::new("usync")
            .attr("sid", "s")
            .children([asked, list])
            .build();
        let query = NodeBuilder::new("iq")
            .attr("id", "q")
            .attr("type", "get")
            .attr("xmlns", "usync")
            .children([usync]);
        hub.submit(&DeviceAddr::phone(accounts[0]), query.build());
        let answer = phones[0].try_recv().unwrap();
        let users = answer.get_optional_child_by_tag(&["usync", "list"]).unwrap();
        users.children().unwrap().to_vec()
    }

    #[test]
    fn a_number_without_an_account_is_not_on_whatsapp() {
        let users = answer(&["1", "2"], &["2", "3"]);
        assert!(attr_is(users[0].get_optional_child("contact").unwrap(), "type", "in"));
        assert!(attr_is(users[1].get_optional_child("contact").unwrap(), "type", "out"));
        assert_eq!(attr(&users[0], "jid").as_deref(), Some("2@s.whatsapp.net"));
    }

    #[test]
    fn a_dialled_number_returns_the_jid_of_its_account() {
        for (account, dialled) in [
            ("553191234567", "5531991234567"),
            ("5531991234567", "553191234567"),
            ("5215512345678", "525512345678"),
            ("525512345678", "5215512345678"),
            ("5491123456789", "541123456789"),
            ("541123456789", "5491123456789"),
        ] {
            let users = answer(&["1", account], &[dialled]);
            let filed = format!("{account}@s.whatsapp.net");
            assert_eq!(attr(&users[0], "jid").as_deref(), Some(filed.as_str()), "{dialled}");
            let contact = users[0].get_optional_child("contact").unwrap();
            assert!(attr_is(contact, "type", "in"));
            assert_eq!(contact.content_as_string().as_deref(), Some(&*format!("+{dialled}")));
        }
    }
}
