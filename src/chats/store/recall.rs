//! What the client asks for after a crash: whether a message is stored.

use rusqlite::{Connection, named_params};
use wa_client::Received;

use super::OURSELVES;
use crate::db::{self, Rows as _};
use crate::ids::SessionId;

/// The rows of one WhatsApp id in the session's chat with an address, or with the contact that has it.
pub(super) const IN_CHAT: &str = "
      FROM chats ch JOIN messages m ON m.chat_id = ch.id AND m.wa_id = :wa_id
     WHERE ch.session_id = :session
       AND (ch.address = :chat OR ch.contact_id = (
           SELECT contact_id FROM contact_addresses WHERE workspace_id = ch.workspace_id AND address = :chat))";

/// Whether a readable message is stored. A placeholder does not count.
pub(in crate::chats) fn has(c: &Connection, session: SessionId, message: &Received) -> db::Result<bool> {
    let sql = format!(
        "SELECT 1 {IN_CHAT} AND m.kind <> 'undecryptable'
            AND (m.sender = :ours OR m.sender = (
                SELECT contact_id FROM contact_addresses WHERE workspace_id = ch.workspace_id AND address = :sender))"
    );
    Ok(c.prepare_cached(&sql)?
        .maybe(
            named_params! {
                ":session": session, ":chat": message.chat.to_string(), ":sender": message.sender.to_string(),
                ":wa_id": message.id, ":ours": OURSELVES,
            },
            |_| Ok(()),
        )?
        .is_some())
}
