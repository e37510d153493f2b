//! What the library does not read from a stanza: that the client will be retired, and whose chat the owner has read on
//! the phone.

use wacore_binary::{JidExt as _, NodeRef};

use super::core::Core;
use super::jid::address_of;
use crate::{LinkEvent, ReceiptKind};

/// Every stanza comes here, so this only looks at names of a few.
pub(super) fn read(core: &Core, node: &NodeRef<'_>) {
    match node.tag.as_ref() {
        "ib" => {
            if let Some(news) = retirement(node) {
                core.emit(news);
            }
        }
        "receipt" => {
            if let Some(read) = read_elsewhere(&core.own_addresses(), node) {
                core.emit(read);
            }
        }
        _ => {}
    }
}

fn retirement(node: &NodeRef<'_>) -> Option<LinkEvent> {
    let at = node
        .get_optional_child("client_expiration")?
        .attrs()
        .optional_unix_time("t")?;
    Some(LinkEvent::ClientRetires {
        at_ms: at.checked_mul(1000)?,
    })
}

/// A receipt of our own account for a chat. In direct chats the library puts the account in the place of the chat; in
/// groups it does not tell us from the other readers.
fn read_elsewhere(own: &[crate::Address], node: &NodeRef<'_>) -> Option<LinkEvent> {
    let mut attributes = node.attrs();
    let kind = attributes.optional_string("type")?;
    if !matches!(&*kind, "read" | "read-self" | "played" | "played-self") {
        return None;
    }
    let from = attributes.optional_jid("from")?;
    let (reader, chat) = if from.is_group() {
        (attributes.optional_jid("participant")?, from)
    } else {
        let chat = attributes.optional_jid("recipient")?;
        (from, chat)
    };
    if !own.contains(&address_of(&reader)) {
        return None;
    }
    let mut ids: Vec<String> = attributes
        .optional_string("id")
        .map(|id| id.into_owned())
        .into_iter()
        .collect();
    let more = node
        .get_optional_child("list")
        .and_then(|list| list.children())
        .unwrap_or_default();
    ids.extend(
        more.iter()
            .filter_map(|item| item.attrs().optional_string("id").map(|id| id.into_owned())),
    );
    Some(LinkEvent::Receipt(crate::Receipt {
        chat: address_of(&chat),
        sender: address_of(&reader),
        ids,
        kind: ReceiptKind::ReadSelf,
        at_ms: attributes
            .optional_unix_time("t")
            .unwrap_or_default()
            .saturating_mul(1000),
    }))
}
