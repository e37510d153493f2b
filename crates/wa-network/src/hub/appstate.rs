//! App state: five collections per account, each a version and the patches that led to it.
//!
//! The server cannot read a patch. It numbers them, keeps them, and notifies the other devices.

use std::collections::HashMap;

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::codec::{syncd_patch_decode, syncd_patch_to_vec};
use waproto::whatsapp::SyncdVersion;

use super::Hub;
use super::stanza::{attr, child_bytes, error_for, leaf, result_for};
use super::types::DeviceAddr;

/// Patches by collection name; a collection's version is how many it has.
pub(super) type Collections = HashMap<String, Vec<Vec<u8>>>;

impl Hub {
    /// Adds a patch (`SyncdPatch` bytes) of the phone's own to a collection and returns the new version.
    pub fn put_patch(&self, number: &str, collection: &str, patch: Vec<u8>) -> u64 {
        let version = self.push_patch(number, collection, None, patch);
        version.unwrap_or(0)
    }

    /// Like `put_patch`, unless the collection has another number of patches than its author knew.
    pub fn put_patch_after(&self, number: &str, collection: &str, known: usize, patch: Vec<u8>) -> bool {
        self.push_patch(number, collection, Some(known), patch).is_some()
    }

    fn push_patch(&self, number: &str, collection: &str, known: Option<usize>, patch: Vec<u8>) -> Option<u64> {
        let account = self.account(number)?;
        let version = {
            let mut state = account.state();
            let patches = state.collections.entry(collection.to_owned()).or_default();
            if known.is_some_and(|known| known != patches.len()) {
                return None;
            }
            patches.push(patch);
            patches.len() as u64
        };
        self.tell_synced(&DeviceAddr::phone(account.number.clone()), collection, version);
        Some(version)
    }

    /// The patches of a collection, the oldest first.
    pub fn patches(&self, number: &str, collection: &str) -> Vec<Vec<u8>> {
        let account = self.account(number);
        account
            .and_then(|account| account.state().collections.get(collection).cloned())
            .unwrap_or_default()
    }

    /// How many patches a collection has.
    pub fn app_state_version(&self, number: &str, collection: &str) -> u64 {
        self.account(number)
            .and_then(|account| {
                account
                    .state()
                    .collections
                    .get(collection)
                    .map(|patches| patches.len() as u64)
            })
            .unwrap_or(0)
    }

    pub(super) fn answer_app_state(&self, from: &DeviceAddr, query: &Node) -> Node {
        let Some(sync) = query.get_optional_child("sync") else {
            return error_for(query, 400, "bad-request");
        };
        let answers: Vec<Node> = sync
            .get_children_by_tag("collection")
            .filter_map(|asked| self.answer_collection(from, asked))
            .collect();
        result_for(query)
            .children([NodeBuilder::new("sync").children(answers).build()])
            .build()
    }

    fn answer_collection(&self, from: &DeviceAddr, asked: &Node) -> Option<Node> {
        let name = attr(asked, "name")?.into_owned();
        let known: u64 = attr(asked, "version")
            .and_then(|version| version.parse().ok())
            .unwrap_or(0);
        let upload = child_bytes(asked, "patch");
        let account = self.account(&from.account)?;
        let (current, news) = {
            let mut state = account.state();
            let patches = state.collections.entry(name.clone()).or_default();
            let current = patches.len() as u64;
            if let Some(patch) = upload.filter(|_| known == current) {
                patches.push(numbered(patch, current + 1)?);
            }
            let news = patches.iter().skip(known as usize).cloned().collect::<Vec<_>>();
            (current, news)
        };
        let head = NodeBuilder::new("collection").attr("name", &name);
        if upload.is_some() {
            if known != current {
                return Some(conflicting(head, current, news));
            }
            self.tell_synced(from, &name, current + 1);
            return Some(
                head.attr("version", current + 1)
                    .attr("has_more_patches", "false")
                    .build(),
            );
        }
        let head = head.attr("version", current).attr("has_more_patches", "false");
        Some(if news.is_empty() {
            head.build()
        } else {
            head.children([patches_node(news)]).build()
        })
    }

    fn tell_synced(&self, by: &DeviceAddr, collection: &str, version: u64) {
        let Some(account) = self.account(&by.account) else {
            return;
        };
        let others = self.device_addrs(&by.account).into_iter().filter(|addr| addr != by);
        for addr in others {
            let node = NodeBuilder::new("collection")
                .attr("name", collection)
                .attr("version", version)
                .build();
            let news = self.notification(account.pn(0), "server_sync").children([node]);
            self.deliver(&addr, news.build());
        }
    }
}

fn patches_node(patches: Vec<Vec<u8>>) -> Node {
    let nodes = patches.into_iter().map(|patch| leaf("patch", patch));
    NodeBuilder::new("patches").children(nodes).build()
}

/// Another device was faster: the client has to apply its patches and try again.
fn conflicting(head: NodeBuilder, current: u64, news: Vec<Vec<u8>>) -> Node {
    let error = NodeBuilder::new("error")
        .attr("code", 409_u16)
        .attr("text", "conflict")
        .build();
    head.attr("version", current)
        .attr("type", "error")
        .children([error, patches_node(news)])
        .build()
}

/// Clients let the server number their patch.
fn numbered(patch: &[u8], version: u64) -> Option<Vec<u8>> {
    let mut patch = syncd_patch_decode(patch).ok()?;
    patch.version = buffa::MessageField::some(SyncdVersion { version: Some(version) });
    Some(syncd_patch_to_vec(&patch))
}
