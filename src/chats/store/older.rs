//! SQL of older messages: whether the phone is asked, and from where on.

use rusqlite::{Connection, named_params};
use wa_client::Address;

use super::{ChatRef, OURSELVES};
use crate::chats::older::{Older, OlderState, PHONE_ANSWERS_WITHIN};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, ContactId, PublicId, SessionId, WorkspaceId};

/// What to ask the phone.
pub(in crate::chats) struct Request {
    pub chat: ChatId,
    pub session: SessionId,
    pub address: Address,
    pub asked_at: UnixMs,
    /// The first message that the phone knows, too.
    pub wa_id: String,
    pub from_me: bool,
    pub at: UnixMs,
}

/// The first message that shows, and when it is from.
pub(in crate::chats) fn first(c: &Connection, chat: ChatId) -> db::Result<Option<(PublicId, UnixMs)>> {
    c.prepare_cached("SELECT public_id, at FROM messages WHERE chat_id = :chat AND shown = 1 ORDER BY at, id LIMIT 1")?
        .maybe(named_params! { ":chat": chat }, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Notes that the phone is asked now; `None` when it is already, or there is no message to begin with.
pub(in crate::chats) fn begin(c: &Connection, chat: &ChatRef, now: UnixMs) -> db::Result<Option<Request>> {
    if of(c, chat.id, now)?.is_some_and(|older| older.state == OlderState::Asked) {
        return Ok(None);
    }
    // Lines and what did not leave here are unknown to the phone.
    let anchor: Option<(String, ContactId, UnixMs)> = c
        .prepare_cached(
            "SELECT wa_id, sender, at FROM messages
              WHERE chat_id = :chat AND shown = 1 AND kind <> 'line' AND status NOT IN ('pending', 'failed')
              ORDER BY at, id LIMIT 1",
        )?
        .maybe(named_params! { ":chat": chat.id }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let (Some((wa_id, sender, at)), Some((from, _))) = (anchor, first(c, chat.id)?) else {
        return Ok(None);
    };
    c.prepare_cached(
        "UPDATE chats SET older_state = 'asked', older_asked_at = :now, older_from = :from WHERE id = :chat",
    )?
    .execute(named_params! { ":now": now, ":from": from, ":chat": chat.id })?;
    Ok(Some(Request {
        chat: chat.id,
        session: chat.session,
        address: chat.address.clone(),
        asked_at: now,
        wa_id,
        from_me: sender == OURSELVES,
        at,
    }))
}

/// The chat's last request.
pub fn of(c: &Connection, chat: ChatId, now: UnixMs) -> db::Result<Option<Older>> {
    let asked: Option<(OlderState, UnixMs, PublicId)> = c
        .prepare_cached(
            "SELECT older_state, older_asked_at, older_from FROM chats WHERE id = :chat AND older_state IS NOT NULL",
        )?
        .maybe(named_params! { ":chat": chat }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let Some((state, asked_at, from)) = asked else {
        return Ok(None);
    };
    // The program ended while it waited.
    let over = state == OlderState::Asked && !asked_at.is_within(PHONE_ANSWERS_WITHIN, now);
    Ok(Some(Older {
        state: if over { OlderState::NoAnswer } else { state },
        asked_at,
        came: first(c, chat)?.is_some_and(|(first, _)| first != from),
        from,
    }))
}

/// Nobody waits for this request's answer any more. Returns the workspace whose pages change.
pub(in crate::chats) fn give_up(
    c: &Connection,
    chat: ChatId,
    asked_at: UnixMs,
    state: OlderState,
    now: UnixMs,
) -> db::Result<Option<WorkspaceId>> {
    let changed = c
        .prepare_cached(
            "UPDATE chats SET older_state = :state
              WHERE id = :chat AND older_state = 'asked' AND older_asked_at = :asked
              RETURNING workspace_id, public_id",
        )?
        .maybe(
            named_params! { ":state": state, ":chat": chat, ":asked": asked_at },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    tell(c, changed, now)
}

/// The phone has answered, and what it sent is stored. Returns the workspace whose pages change.
pub(in crate::chats) fn answered(
    c: &Connection,
    chat: ChatId,
    ended: bool,
    now: UnixMs,
) -> db::Result<Option<WorkspaceId>> {
    let Some(older) = of(c, chat, now)? else {
        return Ok(None);
    };
    // Asking again from the same message would bring the same.
    let state = if ended || !older.came {
        OlderState::Ended
    } else {
        OlderState::Came
    };
    let changed = c
        .prepare_cached("UPDATE chats SET older_state = :state WHERE id = :chat RETURNING workspace_id, public_id")?
        .maybe(named_params! { ":state": state, ":chat": chat }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    tell(c, changed, now)
}

fn tell(c: &Connection, changed: Option<(WorkspaceId, PublicId)>, now: UnixMs) -> db::Result<Option<WorkspaceId>> {
    let Some((workspace, chat)) = changed else {
        return Ok(None);
    };
    events::append(c, workspace, &Event::ChatChanged { chat }, now)?;
    Ok(Some(workspace))
}
