//! Small helpers for reading and building stanzas.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeContent};

pub(crate) const SERVER: &str = "s.whatsapp.net";

/// Unix seconds.
pub(crate) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}

pub(crate) fn attr<'a>(node: &'a Node, key: &str) -> Option<Cow<'a, str>> {
    node.attrs.get(key).map(|value| value.as_str())
}

pub(crate) fn jid_attr(node: &Node, key: &str) -> Option<Jid> {
    node.attrs.get(key).and_then(|value| value.to_jid())
}

pub(crate) fn attr_is(node: &Node, key: &str, wanted: &str) -> bool {
    attr(node, key).is_some_and(|value| value == wanted)
}

/// The bytes of a node's content, whichever way the encoder chose to write them.
pub(crate) fn content(node: &Node) -> Option<&[u8]> {
    match node.content.as_ref()? {
        NodeContent::Bytes(bytes) => Some(bytes),
        NodeContent::String(text) => Some(text.as_bytes()),
        NodeContent::Nodes(_) => None,
    }
}

pub(crate) fn child_bytes<'a>(node: &'a Node, tag: &str) -> Option<&'a [u8]> {
    content(node.get_optional_child(tag)?)
}

pub(crate) fn child_key(node: &Node, tag: &str) -> Option<[u8; 32]> {
    key32(child_bytes(node, tag)?)
}

/// A curve key with or without its type byte.
pub(crate) fn key32(bytes: &[u8]) -> Option<[u8; 32]> {
    match bytes {
        [0x05, rest @ ..] if rest.len() == 32 => rest.try_into().ok(),
        _ => bytes.try_into().ok(),
    }
}

/// A big-endian number of at most four bytes (prekey ids have three, registration ids four).
pub(crate) fn number_be(bytes: &[u8]) -> Option<u32> {
    if bytes.is_empty() || bytes.len() > 4 {
        return None;
    }
    Some(bytes.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte)))
}

pub(crate) fn prekey_id(id: u32) -> Vec<u8> {
    id.to_be_bytes()[1..].to_vec()
}

/// `<tag>bytes</tag>`
pub(crate) fn leaf(tag: &'static str, bytes: impl Into<Vec<u8>>) -> Node {
    NodeBuilder::new(tag).bytes(bytes).build()
}

/// `<iq type="result">` with the id and sender that `asked` expects.
pub(crate) fn result_for(asked: &Node) -> NodeBuilder {
    let from = asked.attrs.get("to").cloned().unwrap_or_else(|| SERVER.into());
    NodeBuilder::new("iq")
        .attr("from", from)
        .attr("id", attr(asked, "id").unwrap_or_default().as_ref())
        .attr("t", now())
        .attr("type", "result")
}

/// `<iq type="error"><error code text/></iq>`
pub(crate) fn error_for(asked: &Node, code: u16, text: &'static str) -> Node {
    let from = asked.attrs.get("to").cloned().unwrap_or_else(|| SERVER.into());
    let error = NodeBuilder::new("error").attr("code", code).attr("text", text).build();
    NodeBuilder::new("iq")
        .attr("from", from)
        .attr("id", attr(asked, "id").unwrap_or_default().as_ref())
        .attr("type", "error")
        .children([error])
        .build()
}

/// `<stream:error code=…>` without a reason inside.
pub(crate) fn stream_error(code: u16) -> Node {
    NodeBuilder::new("stream:error").attr("code", code).build()
}

/// `<stream:error><conflict type=…/></stream:error>`; only a removed device also gets the code 401.
pub(crate) fn conflict(kind: &'static str) -> Node {
    let conflict = NodeBuilder::new("conflict").attr("type", kind).build();
    let error = NodeBuilder::new("stream:error").children([conflict]);
    match kind {
        "device_removed" => error.attr("code", 401_u16).build(),
        _ => error.build(),
    }
}
