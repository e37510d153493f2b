//! Queries (`<iq>`) and their answers.
//!
//! The shortest answers that real clients accept, from observed conversations. A query that this network does not
//! support is accepted without effect (`set`) or declined as not implemented (`get`), so that a client never waits.

mod groups;
mod keys;
mod usync;

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Hub;
use super::stanza::{attr, attr_is, error_for, result_for};
use super::types::DeviceAddr;
use crate::faults::FaultKind;

const PRIVACY: [&str; 9] = [
    "readreceipts",
    "last",
    "online",
    "profile",
    "status",
    "groupadd",
    "calladd",
    "messages",
    "stickers",
];

impl Hub {
    pub(super) fn answer(&self, from: &DeviceAddr, query: &Node) {
        // Results and errors answer the server's own queries.
        if !attr_is(query, "type", "get") && !attr_is(query, "type", "set") {
            return;
        }
        if self.refuses_query(from, query) {
            return self.reply(from, error_for(query, 429, "rate-overlimit"));
        }
        let get = attr_is(query, "type", "get");
        let child = query
            .children()
            .and_then(<[Node]>::first)
            .map(|child| child.tag.as_ref());
        let xmlns = attr(query, "xmlns");
        let answer = match (xmlns.as_deref().unwrap_or_default(), get, child) {
            ("passive", false, Some("active")) => return self.activate(from, query),
            ("encrypt", _, _) => self.answer_keys(from, query),
            ("usync", true, _) => self.answer_usync(from, query),
            ("w:sync:app:state", ..) => self.answer_app_state(from, query),
            ("w:g2", ..) => self.answer_group(from, query),
            ("w:mex", true, _) => self.answer_mex(from, query),
            ("w:m", ..) => self.answer_media(query),
            ("md", false, Some("remove-companion-device")) => return self.answer_logout(from, query),
            ("abt", true, _) => result_for(query).children([properties()]).build(),
            ("privacy", true, _) => result_for(query).children([privacy()]).build(),
            ("blocklist", true, _) => result_for(query).children([blocklist()]).build(),
            ("w:profile:picture", ..) => self.answer_picture(from, query),
            ("w:p" | "urn:xmpp:ping", ..) => result_for(query).build(),
            (_, true, _) => error_for(query, 501, "feature-not-implemented"),
            (_, false, _) => result_for(query).build(),
        };
        self.reply(from, answer);
    }

    /// `overlimit_429` applies to an application's queries, not to the client's own housekeeping.
    fn refuses_query(&self, from: &DeviceAddr, query: &Node) -> bool {
        let asked = match attr(query, "xmlns").as_deref() {
            Some("usync" | "w:g2" | "w:m") => true,
            Some("encrypt") => query.get_optional_child("key").is_some(),
            _ => false,
        };
        asked
            && !from.is_phone()
            && self
                .faults
                .take_any(&from.account, &[FaultKind::Overlimit429])
                .is_some()
    }

    fn answer_media(&self, query: &Node) -> Node {
        let host = NodeBuilder::new("host")
            .attr("hostname", self.media_address.get().map_or("", String::as_str))
            .attr("class", "mms")
            .attr("type", "primary")
            .children([NodeBuilder::new("download").build(), NodeBuilder::new("upload").build()])
            .build();
        let connection = NodeBuilder::new("media_conn")
            .attr("auth", crate::media::AUTH)
            .attr("ttl", 3600_u16)
            .attr("auth_ttl", 21_600_u16)
            .attr("max_buckets", 12_u8)
            .attr("max_manual_retry", 3_u8)
            .attr("max_auto_download_retry", 3_u8)
            .attr("id", 1_u8)
            .children([host])
            .build();
        result_for(query).children([connection]).build()
    }

    /// A companion logs itself out; the account's phone may not be removed from its own account.
    fn answer_logout(&self, from: &DeviceAddr, query: &Node) {
        self.reply(from, result_for(query).build());
        self.unlink(from);
    }
}

fn properties() -> Node {
    NodeBuilder::new("props")
        .attr("protocol", 1_u8)
        .attr("ab_key", "sim")
        .attr("hash", "simhash")
        .attr("refresh", 86_400_u32)
        .attr("refresh_id", 1_u8)
        .build()
}

fn privacy() -> Node {
    let category = |name: &&'static str| {
        NodeBuilder::new("category")
            .attr("name", *name)
            .attr("value", "all")
            .build()
    };
    NodeBuilder::new("privacy")
        .children(PRIVACY.iter().map(category))
        .build()
}

fn blocklist() -> Node {
    NodeBuilder::new("list")
        .attr("dhash", "0")
        .attr("addressing_mode", "pn")
        .build()
}
