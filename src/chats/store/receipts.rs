//! SQL of who got and who read our messages in groups.

use std::collections::HashMap;

use rusqlite::{Connection, named_params};
use wa_client::Address;

use super::{groups, people, progress};
use crate::chats::model::{ReceiptOf, Receipts, Status};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, MessageId, PublicId, SessionId, WorkspaceId};

/// More than WhatsApp lets into a group.
const MOST: u32 = 2_000;

/// A member's receipt for a message of ours. `Some` is the workspace to nudge. The message itself moves on when all
/// members have it, or all have read it.
pub(in crate::chats) fn record(
    c: &Connection,
    session: SessionId,
    member: &Address,
    wa_id: &str,
    status: Status,
    at: UnixMs,
    now: UnixMs,
) -> db::Result<Option<WorkspaceId>> {
    let message: Option<(MessageId, PublicId, PublicId, WorkspaceId, ChatId)> = c
        .prepare_cached(
            "SELECT m.id, m.public_id, ch.public_id, m.workspace_id, ch.id
               FROM messages m JOIN chats ch ON ch.id = m.chat_id AND ch.kind = 'group'
              WHERE m.session_id = :session AND m.wa_id = :wa_id AND m.sender = 0",
        )?
        .maybe(named_params! { ":session": session, ":wa_id": wa_id }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?;
    let Some((id, message, chat, workspace, place)) = message else {
        return Ok(None);
    };
    let written = c
        .prepare_cached(
            "INSERT INTO receipts (message_id, address, status, at) VALUES (:message, :address, :status, :at)
             ON CONFLICT DO UPDATE SET status = excluded.status, at = excluded.at
              WHERE receipts.status = 'delivered' AND excluded.status <> 'delivered'
                 OR receipts.status = 'read' AND excluded.status = 'played'",
        )?
        .execute(named_params! {
            ":message": id, ":address": member.to_string(), ":status": status, ":at": at,
        })?;
    if written == 0 {
        return Ok(None);
    }
    events::append(c, workspace, &Event::MessageChanged { chat, message }, now)?;
    if let Some(status) = groups::reached(c, session, place, id)? {
        progress::set_status_in(c, id, status, None, now)?;
    }
    Ok(Some(workspace))
}

/// How many members have and have read each of these messages.
pub(super) fn counts(c: &Connection, messages: &[MessageId]) -> db::Result<HashMap<MessageId, Receipts>> {
    let ids: Vec<i64> = messages.iter().map(|id| id.0).collect();
    let ids = super::json(&ids)?;
    c.prepare_cached(
        "SELECT r.message_id, COUNT(*), COUNT(*) FILTER (WHERE r.status <> 'delivered')
           FROM json_each(:ids) n JOIN receipts r ON r.message_id = n.value GROUP BY r.message_id",
    )?
    .all(named_params! { ":ids": ids }, |row| {
        let receipts = Receipts {
            delivered: row.get(1)?,
            read: row.get(2)?,
        };
        Ok((row.get(0)?, receipts))
    })
}

/// By member, the latest first.
pub(in crate::chats) fn by_member(
    c: &Connection,
    workspace: WorkspaceId,
    message: &PublicId,
) -> db::Result<Vec<ReceiptOf>> {
    let mut statement = c.prepare_cached(
        "SELECT r.address, r.status, r.at FROM messages m JOIN receipts r ON r.message_id = m.id
          WHERE m.public_id = :message AND m.workspace_id = :workspace ORDER BY r.at DESC LIMIT :most",
    )?;
    let params = named_params! { ":message": message, ":workspace": workspace, ":most": MOST };
    let rows = statement.query_map(params, |row| {
        let address: String = row.get(0)?;
        Ok((address, row.get(1)?, row.get(2)?))
    })?;
    let rows: Vec<(String, Status, UnixMs)> = rows.collect::<Result<_, _>>()?;
    let mut members: Vec<_> = rows
        .iter()
        .map(|(address, ..)| people::nobody(address.parse().unwrap_or_else(|_| Address::Other(address.clone()))))
        .collect();
    people::name(c, workspace, &mut members)?;
    Ok(members
        .into_iter()
        .zip(rows)
        .map(|(member, (_, status, at))| ReceiptOf { member, status, at })
        .collect())
}
