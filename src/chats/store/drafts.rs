//! SQL of drafts: what a member has begun to write in a chat.

use std::collections::HashMap;

use rusqlite::{Connection, named_params};

use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{ChatId, PublicId, UserId, WorkspaceId};

/// What the member has begun to write in this chat.
pub fn draft(c: &Connection, workspace: WorkspaceId, chat: &PublicId, user: UserId) -> db::Result<Option<String>> {
    c.prepare_cached(
        "SELECT d.body FROM chats ch JOIN drafts d ON d.chat_id = ch.id AND d.user_id = :user
          WHERE ch.public_id = :chat AND ch.workspace_id = :workspace",
    )?
    .maybe(
        named_params! { ":chat": chat, ":workspace": workspace, ":user": user },
        |row| row.get(0),
    )
}

/// The same of several chats.
pub fn drafts_of(c: &Connection, user: UserId, chats: &[ChatId]) -> db::Result<HashMap<ChatId, String>> {
    let mut statement = c.prepare_cached("SELECT body FROM drafts WHERE chat_id = :chat AND user_id = :user")?;
    let mut found = HashMap::new();
    for chat in chats {
        let body = statement.maybe(named_params! { ":chat": chat, ":user": user }, |row| row.get(0))?;
        found.extend(body.map(|body| (*chat, body)));
    }
    Ok(found)
}

/// An empty text is no draft.
pub fn save(c: &Connection, chat: ChatId, user: UserId, body: &str, now: UnixMs) -> db::Result<()> {
    if body.trim().is_empty() {
        return clear(c, chat, user);
    }
    c.prepare_cached(
        "INSERT INTO drafts (chat_id, user_id, body, at) VALUES (:chat, :user, :body, :now)
         ON CONFLICT (chat_id, user_id) DO UPDATE SET body = excluded.body, at = excluded.at",
    )?
    .execute(named_params! { ":chat": chat, ":user": user, ":body": body, ":now": now })?;
    Ok(())
}

/// What was begun has been sent.
pub fn clear(c: &Connection, chat: ChatId, user: UserId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM drafts WHERE chat_id = :chat AND user_id = :user")?
        .execute(named_params! { ":chat": chat, ":user": user })?;
    Ok(())
}
