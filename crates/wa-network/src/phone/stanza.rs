//! Addresses and stanzas as a phone reads and writes them. Phones write phone-number JIDs, even on migrated accounts.

use std::borrow::Cow;
use std::sync::Arc;

use wacore::send::{media_type_from_message, should_hide_decrypt_fail, stanza_type_from_message};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeValue, Server};
use waproto::whatsapp as wa;

use super::reading::poll_of;
use super::types::{PhoneError, TypingState};
use crate::hub::stanza::{attr, jid_attr, leaf};
use crate::hub::{DeviceAddr, Hub};

/// A chat, as the phone's owner thinks of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Chat {
    /// Number, digits.
    Person(Arc<str>),
    /// `ID@g.us`
    Group(Arc<str>),
}

impl Chat {
    /// Reads a number (with or without `+`) or a JID of any namespace.
    pub fn parse(hub: &Hub, text: &str) -> Result<Self, PhoneError> {
        let text = text.trim();
        if !text.contains('@') {
            return Ok(Self::Person(digits(text)?.into()));
        }
        let jid: Jid = text.parse().map_err(|_| PhoneError::BadNumber)?;
        Self::of_jid(hub, &jid).ok_or(PhoneError::NotOnNetwork)
    }

    pub fn of_jid(hub: &Hub, jid: &Jid) -> Option<Self> {
        match jid.server {
            Server::Group => Some(Self::Group(jid.to_string().into())),
            Server::Pn | Server::Lid => Some(Self::Person(hub.resolve(jid)?.account)),
            _ => None,
        }
    }

    /// The chat's public name: the number, or the group's JID.
    pub fn key(&self) -> &str {
        match self {
            Self::Person(number) => number,
            Self::Group(jid) => jid,
        }
    }

    /// The JID that others see of it.
    pub fn address(&self, hub: &Hub) -> String {
        match self {
            Self::Person(number) => hub.address_of(number, false).to_string(),
            Self::Group(jid) => jid.to_string(),
        }
    }

    pub fn jid(&self) -> Jid {
        match self {
            Self::Person(number) => Jid::pn(number.as_ref()),
            Self::Group(jid) => Jid::group(jid.split('@').next().unwrap_or_default()),
        }
    }
}

/// The digits of a telephone number as people type it.
pub(super) fn digits(text: &str) -> Result<String, PhoneError> {
    let digits: String = text.strip_prefix('+').unwrap_or(text).to_owned();
    let fits = (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(digits) } else { Err(PhoneError::BadNumber) }
}

/// Where an incoming stanza comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub chat: Chat,
    /// The device that wrote it.
    pub device: DeviceAddr,
    /// `from` and `participant` as the server wrote them: answers repeat them.
    pub from: NodeValue,
    pub participant: Option<NodeValue>,
}

impl Origin {
    pub fn of(hub: &Hub, node: &Node) -> Option<Self> {
        let from = jid_attr(node, "from")?;
        let chat = Chat::of_jid(hub, &from)?;
        let device = match chat {
            Chat::Group(_) => hub.resolve(&jid_attr(node, "participant")?)?,
            Chat::Person(_) => hub.resolve(&from)?,
        };
        Some(Self {
            chat,
            device,
            from: node.attrs.get("from")?.clone(),
            participant: node.attrs.get("participant").cloned(),
        })
    }

    /// Whether the stanza named its author by LID.
    pub fn by_lid(&self) -> bool {
        let author = self.participant.as_ref().unwrap_or(&self.from);
        author.to_jid().is_some_and(|jid| jid.is_lid())
    }
}

pub(super) fn enc(kind: &'static str, bytes: Vec<u8>, shape: &Shape, retry: u32) -> Node {
    let mut node = leaf("enc", bytes);
    node.attrs.insert("v", "2");
    node.attrs.insert("type", kind);
    if let Some(mediatype) = &shape.mediatype {
        node.attrs.insert("mediatype", mediatype.as_ref());
    }
    if shape.hide_failure {
        node.attrs.insert("decrypt-fail", "hide");
    }
    if retry > 0 {
        node.attrs.insert("count", retry);
    }
    node
}

/// The attributes of a message outside its ciphertext.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    pub stanza_type: Cow<'static, str>,
    pub mediatype: Option<Cow<'static, str>>,
    /// `1` for an edit, `2` for a pin, `7` for a deletion, `8` for one by an admin.
    pub edit: Option<Cow<'static, str>>,
    /// Name and value of the one attribute of `<meta>`.
    pub meta: Option<(&'static str, &'static str)>,
    /// A reader that cannot decrypt it should not show a gap.
    pub hide_failure: bool,
}

impl Shape {
    pub fn text() -> Self {
        Self {
            stanza_type: "text".into(),
            ..Self::default()
        }
    }

    /// What real clients write around this message.
    pub fn of(message: &wa::Message) -> Self {
        let pinned = message.pin_in_chat_message.is_set();
        let revoked = message.protocol_message.as_option().is_some_and(|protocol| {
            protocol.r#type == Some(wa::message::protocol_message::Type::REVOKE) && protocol.key.is_set()
        });
        let edited = message.edited_message.is_set() || message.secret_encrypted_message.is_set();
        let edit = match (pinned, revoked, edited) {
            (true, ..) => Some("2"),
            (_, true, _) => Some("7"),
            (.., true) => Some("1"),
            _ => None,
        };
        Self {
            stanza_type: stanza_type_from_message(message).into(),
            mediatype: media_type_from_message(message).map(Cow::Borrowed),
            edit: edit.map(Cow::Borrowed),
            meta: meta_of(message),
            hide_failure: should_hide_decrypt_fail(message),
        }
    }

    pub fn message(&self, to: impl Into<NodeValue>, id: &str) -> NodeBuilder {
        let mut node = NodeBuilder::new("message")
            .attr("to", to)
            .attr("id", id)
            .attr("type", self.stanza_type.as_ref());
        if let Some(edit) = &self.edit {
            node = node.attr("edit", edit.as_ref());
        }
        node
    }

    pub fn meta(&self) -> Option<Node> {
        let (name, value) = self.meta?;
        Some(NodeBuilder::new("meta").attr(name, value).build())
    }
}

fn meta_of(message: &wa::Message) -> Option<(&'static str, &'static str)> {
    if poll_of(message).is_some() {
        return Some(("polltype", "creation"));
    }
    if message.poll_update_message.is_set() {
        return Some(("polltype", "vote"));
    }
    if message.event_message.is_set() {
        return Some(("event_type", "creation"));
    }
    message
        .enc_event_response_message
        .is_set()
        .then_some(("event_type", "response"))
}

/// A receipt for what `origin` sent; `kind` is `None` for "delivered".
pub(super) fn receipt(origin: &Origin, kind: Option<&'static str>, ids: &[String], now: i64) -> Option<Node> {
    let (first, more) = ids.split_first()?;
    let mut node = NodeBuilder::new("receipt")
        .attr("to", origin.from.clone())
        .attr("id", first.as_str())
        .attr("t", now);
    if let Some(kind) = kind {
        node = node.attr("type", kind);
    }
    if let Some(participant) = &origin.participant {
        node = node.attr("participant", participant.clone());
    }
    if !more.is_empty() {
        let item = |id: &String| NodeBuilder::new("item").attr("id", id.as_str()).build();
        let list = NodeBuilder::new("list").children(more.iter().map(item)).build();
        node = node.children([list]);
    }
    Some(node.build())
}

pub(super) fn chat_state(to: &Chat, state: TypingState) -> Node {
    let child = match state {
        TypingState::Composing => "composing",
        TypingState::Paused => "paused",
    };
    NodeBuilder::new("chatstate")
        .attr("to", to.jid())
        .children([NodeBuilder::new(child).build()])
        .build()
}

pub(super) fn presence(name: &str, available: bool) -> Node {
    NodeBuilder::new("presence")
        .attr("type", if available { "available" } else { "unavailable" })
        .attr("name", name)
        .build()
}

/// The ids a receipt is about.
pub(super) fn receipt_ids(node: &Node) -> Vec<String> {
    let listed = node
        .get_optional_child("list")
        .and_then(Node::children)
        .unwrap_or_default();
    attr(node, "id")
        .into_iter()
        .chain(listed.iter().filter_map(|item| attr(item, "id")))
        .map(|id| id.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_with_or_without_plus() {
        assert_eq!(digits("+5511999990001").unwrap(), "5511999990001");
        for wrong in ["", "12345", "1234567890123456", "55 11", "abc1234", "++551199"] {
            assert!(digits(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_receipt_for_many_lists_all_but_the_first() {
        let origin = Origin {
            chat: Chat::Person("491".into()),
            device: DeviceAddr::new("491", 2),
            from: Jid::pn_device("491", 2).into(),
            participant: None,
        };
        let ids = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
        let node = receipt(&origin, Some("read"), &ids, 5).unwrap();
        assert_eq!(attr(&node, "to").unwrap(), "491:2@s.whatsapp.net");
        assert_eq!(receipt_ids(&node), ids);
        assert!(receipt(&origin, None, &[], 5).is_none());
    }
}
