//! Receipts: they acknowledge the message that they name, and are passed on to its sender.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Hub;
use super::stanza::{SERVER, attr, jid_attr, now};
use super::types::DeviceAddr;

impl Hub {
    pub(super) fn relay_receipt(&self, from: &DeviceAddr, receipt: &Node) {
        self.acknowledged(from, receipt);
        self.acknowledged_list(from, receipt);
        self.reply(from, receipt_ack(receipt));
        let Some(to) = jid_attr(receipt, "to") else { return };
        // In a group the receipt is for the author of the message, whom `participant` names.
        let group = !to.is_pn() && !to.is_lid();
        let author = if group {
            jid_attr(receipt, "participant")
        } else {
            Some(to.clone())
        };
        let Some(author) = author else { return };
        let Some(account) = self.account_of(&author) else {
            return;
        };
        let kind = attr(receipt, "type");
        let opened = matches!(kind.as_deref(), Some("read" | "read-self" | "played" | "played-self"));
        if opened && account.number != from.account {
            self.tell_own_devices(from, receipt, &to, group);
        }
        // Somebody who sends no read receipts tells their own devices only.
        if opened && kind.as_deref().is_some_and(|kind| kind.ends_with("-self")) && account.number != from.account {
            return;
        }
        for addr in self.device_addrs(&account.number) {
            let wanted = match kind.as_deref() {
                // Only the device that encrypted the message can encrypt it again.
                Some("retry" | "enc_rekey_retry") => addr.device == author.device,
                // Between devices of one account only "read on another device" is passed on.
                _ if account.number == from.account => kind.as_deref() == Some("read-self"),
                _ => true,
            };
            if wanted && addr != *from {
                self.deliver(&addr, self.forwarded(from, receipt, &to, group));
            }
        }
    }

    /// What one device of an account has read is read on the others, too.
    fn tell_own_devices(&self, from: &DeviceAddr, receipt: &Node, to: &Jid, group: bool) {
        let Some(account) = self.account(&from.account) else {
            return;
        };
        let me = if to.is_lid() {
            account.lid_jid(from.device)
        } else {
            account.pn(from.device)
        };
        let mut out = NodeBuilder::new("receipt")
            .attr("id", attr(receipt, "id").unwrap_or_default().as_ref())
            .attr("t", now());
        out = if group {
            out.attr("from", to).attr("participant", me)
        } else {
            out.attr("from", me).attr("recipient", to.to_non_ad())
        };
        if let Some(kind) = receipt.attrs.get("type") {
            out = out.attr("type", kind.clone());
        }
        let news = out.apply_content(receipt.content.clone()).build();
        for addr in self.device_addrs(&from.account).into_iter().filter(|addr| addr != from) {
            self.deliver(&addr, news.clone());
        }
    }

    fn forwarded(&self, reader: &DeviceAddr, receipt: &Node, to: &Jid, group: bool) -> Node {
        let participant = jid_attr(receipt, "participant");
        let reader_jid = |like: &Jid| match self.account(&reader.account) {
            Some(account) => account.jid_like(like, reader.device),
            None => reader.jid(),
        };
        let mut out = NodeBuilder::new("receipt")
            .attr("id", attr(receipt, "id").unwrap_or_default().as_ref())
            .attr("t", now());
        out = match (group, &participant) {
            (true, Some(author)) => out.attr("from", to).attr("participant", reader_jid(author)),
            _ => out.attr("from", reader_jid(to)),
        };
        for key in ["type", "recipient", "category"] {
            if let Some(value) = receipt.attrs.get(key) {
                out = out.attr(key, value.clone());
            }
        }
        out.apply_content(receipt.content.clone()).build()
    }
}

fn receipt_ack(receipt: &Node) -> Node {
    let from = receipt.attrs.get("to").cloned().unwrap_or_else(|| SERVER.into());
    let mut ack = NodeBuilder::new("ack")
        .attr("class", "receipt")
        .attr("id", attr(receipt, "id").unwrap_or_default().as_ref())
        .attr("from", from);
    for key in ["type", "participant"] {
        if let Some(value) = receipt.attrs.get(key) {
            ack = ack.attr(key, value.clone());
        }
    }
    ack.build()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{connect, hub_with, link};
    use super::*;

    fn read(to: &str, kind: &'static str) -> Node {
        NodeBuilder::new("receipt")
            .attr("id", "A")
            .attr("to", Jid::pn(to))
            .attr("type", kind)
            .build()
    }

    #[test]
    fn what_the_phone_reads_is_told_to_its_own_devices_with_the_chat() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        let companion = link(&hub, "1");
        let mut socket = connect(&hub, &companion);
        hub.submit(&DeviceAddr::phone("1"), read("2", "read"));
        let news = socket.stanzas();
        let receipt = news.iter().find(|node| node.tag == "receipt").unwrap();
        assert_eq!(attr(receipt, "from").as_deref(), Some("1@s.whatsapp.net"));
        assert_eq!(attr(receipt, "recipient").as_deref(), Some("2@s.whatsapp.net"));
        assert_eq!(attr(receipt, "type").as_deref(), Some("read"));
        assert!(phones[1].try_recv().is_ok());
    }

    #[test]
    fn without_read_receipts_only_the_own_devices_learn_of_it() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        let companion = link(&hub, "1");
        let mut socket = connect(&hub, &companion);
        hub.submit(&DeviceAddr::phone("1"), read("2", "read-self"));
        assert!(socket.stanzas().iter().any(|node| node.tag == "receipt"));
        assert!(phones[1].try_recv().is_err());
    }

    #[test]
    fn a_read_receipt_reaches_the_writer_and_is_acknowledged() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        let read = NodeBuilder::new("receipt")
            .attr("id", "A")
            .attr("to", Jid::pn("1"))
            .attr("type", "read");
        hub.submit(&DeviceAddr::phone("2"), read.build());
        let ack = phones[1].try_recv().unwrap();
        assert_eq!((ack.tag.as_ref(), attr(&ack, "id").as_deref()), ("ack", Some("A")));
        let news = phones[0].try_recv().unwrap();
        assert_eq!(attr(&news, "from").as_deref(), Some("2@s.whatsapp.net"));
        assert_eq!(attr(&news, "type").as_deref(), Some("read"));
    }
}
