//! `encrypt`: uploading, counting, checking, rotating and fetching Signal keys.

use wacore::prekeys::compute_key_bundle_digest;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::faults::FaultKind;
use crate::hub::Hub;
use crate::hub::stanza::{
    attr_is, child_bytes, child_key, error_for, jid_attr, leaf, number_be, prekey_id, result_for,
};
use crate::hub::types::{DeviceAddr, FetchedBundle, KeyBundle, SignedPreKey};

/// Curve25519, the only key type there is.
const KEY_TYPE: [u8; 1] = [5];

impl Hub {
    pub(super) fn answer_keys(&self, from: &DeviceAddr, query: &Node) -> Node {
        let child = |tag| query.get_optional_child(tag);
        if attr_is(query, "type", "set") {
            let stored = match child("rotate") {
                Some(rotate) => self.rotate(from, rotate),
                None => self.upload(from, query),
            };
            return match stored {
                Some(()) => result_for(query).build(),
                None => error_for(query, 406, "not-acceptable"),
            };
        }
        if let Some(wanted) = child("key") {
            let users = wanted
                .get_children_by_tag("user")
                .filter_map(|user| self.bundle_node(from, user));
            return result_for(query)
                .children([NodeBuilder::new("list").children(users).build()])
                .build();
        }
        if child("digest").is_some() {
            return match self.digest(from) {
                Some(digest) => result_for(query).children([digest]).build(),
                None => error_for(query, 404, "item-not-found"),
            };
        }
        let count = NodeBuilder::new("count").attr("value", self.prekey_count(from)).build();
        result_for(query).children([count]).build()
    }

    fn prekey_count(&self, of: &DeviceAddr) -> usize {
        self.with_device(of, |device| {
            device.bundle.as_ref().map_or(0, |bundle| bundle.prekeys.len())
        })
        .unwrap_or(0)
    }

    fn upload(&self, from: &DeviceAddr, query: &Node) -> Option<()> {
        let keys = query.get_optional_child("list")?.get_children_by_tag("key");
        let bundle = KeyBundle {
            registration_id: number_be(child_bytes(query, "registration")?)?,
            identity: child_key(query, "identity")?,
            signed_prekey: signed_prekey(query.get_optional_child("skey")?)?,
            prekeys: keys.map(prekey).collect::<Option<_>>()?,
        };
        self.publish_bundle(from, bundle);
        Some(())
    }

    fn rotate(&self, from: &DeviceAddr, rotate: &Node) -> Option<()> {
        let signed = signed_prekey(rotate.get_optional_child("skey")?)?;
        self.with_device(from, |device| {
            device.bundle.as_mut()?.signed_prekey = signed;
            Some(())
        })?
    }

    /// A digest of a device's keys on the server, for the client to compare with its own.
    fn digest(&self, of: &DeviceAddr) -> Option<Node> {
        let bundle = self.with_device(of, |device| device.bundle.clone())??;
        if bundle.prekeys.is_empty() {
            return None;
        }
        let publics: Vec<&[u8]> = bundle.prekeys.iter().map(|(_, public)| public.as_slice()).collect();
        let signed = &bundle.signed_prekey;
        let hash = compute_key_bundle_digest(&bundle.identity, &signed.public, &signed.signature, &publics);
        let ids = bundle.prekeys.iter().map(|(id, _)| leaf("id", prekey_id(*id)));
        let children = [
            leaf("registration", bundle.registration_id.to_be_bytes()),
            leaf("type", KEY_TYPE),
            leaf("identity", bundle.identity),
            signed_node(signed),
            NodeBuilder::new("list").children(ids).build(),
            leaf("hash", hash),
        ];
        Some(NodeBuilder::new("digest").children(children).build())
    }

    fn bundle_node(&self, asker: &DeviceAddr, user: &Node) -> Option<Node> {
        let jid = jid_attr(user, "jid")?;
        let head = NodeBuilder::new("user").attr("jid", &jid);
        let owner = self.resolve(&jid);
        let unkeyable = |addr: &DeviceAddr| {
            !asker.is_phone() && self.faults.take_any(&addr.account, &[FaultKind::Unkeyable]).is_some()
        };
        let owner = owner.filter(|addr| !unkeyable(addr));
        let Some(mut bundle) = owner.and_then(|addr| self.fetch_bundle(&addr)) else {
            let error = NodeBuilder::new("error")
                .attr("code", 404_u16)
                .attr("text", "item-not-found")
                .build();
            return Some(head.children([error]).build());
        };
        if !asker.is_phone() && jid.device == 0 {
            self.stats.bundle_fetched();
        }
        if !asker.is_phone() && self.faults.take_any(&asker.account, &[FaultKind::BadPrekey]).is_some() {
            bundle.signed_prekey.signature.iter_mut().for_each(|byte| *byte ^= 0x55);
        }
        Some(head.children(bundle_children(bundle)).build())
    }
}

fn bundle_children(bundle: FetchedBundle) -> Vec<Node> {
    let mut children = vec![
        leaf("registration", bundle.registration_id.to_be_bytes()),
        leaf("type", KEY_TYPE),
        leaf("identity", bundle.identity),
        signed_node(&bundle.signed_prekey),
    ];
    if let Some((id, public)) = bundle.prekey {
        let key = [leaf("id", prekey_id(id)), leaf("value", public)];
        children.push(NodeBuilder::new("key").children(key).build());
    }
    if let Some(identity) = bundle.device_identity {
        children.push(leaf("device-identity", identity));
    }
    children
}

fn signed_node(key: &SignedPreKey) -> Node {
    let children = [
        leaf("id", prekey_id(key.id)),
        leaf("value", key.public),
        leaf("signature", key.signature.as_slice()),
    ];
    NodeBuilder::new("skey").children(children).build()
}

fn prekey(node: &Node) -> Option<(u32, [u8; 32])> {
    Some((number_be(child_bytes(node, "id")?)?, child_key(node, "value")?))
}

fn signed_prekey(node: &Node) -> Option<SignedPreKey> {
    let (id, public) = prekey(node)?;
    let signature = child_bytes(node, "signature")?.to_vec();
    (signature.len() == 64).then_some(SignedPreKey { id, public, signature })
}
