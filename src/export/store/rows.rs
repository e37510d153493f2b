//! SQL of an export's content: pages of rows by key, each a short read, each row as JSON.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement, named_params};
use serde_json::{Map, Value};

use crate::db::{self, Rows as _};
use crate::ids::{PublicId, SessionId, UserId, WorkspaceId};

/// Rows per read.
pub(in crate::export) const PAGE: u32 = 500;

/// A row by column name. Columns named `key_…` are cursors and left out; `json_…` contain JSON.
fn object(row: &Row<'_>, names: &[String]) -> rusqlite::Result<Value> {
    let mut object = Map::new();
    for (index, name) in names.iter().enumerate() {
        let value = match row.get_ref(index)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => Value::String(String::from_utf8_lossy(text).into_owned()),
            // Raw bytes are media keys and the like, which are useless outside of this program.
            ValueRef::Blob(_) => continue,
        };
        match (name.strip_prefix("json_"), value) {
            (Some(name), Value::String(text)) => {
                object.insert(name.to_owned(), serde_json::from_str(&text).unwrap_or(Value::Null));
            }
            (Some(name), value) => {
                object.insert(name.to_owned(), value);
            }
            (None, value) if !name.starts_with("key_") => {
                let value = if name.ends_with("_at") { moment(value) } else { value };
                object.insert(name.clone(), value);
            }
            _ => {}
        }
    }
    Ok(Value::Object(object))
}

/// Unix milliseconds as RFC 3339, readable for people and programs.
fn moment(value: Value) -> Value {
    match value.as_i64() {
        Some(ms) => crate::clock::UnixMs(ms).to_utc().to_rfc3339().into(),
        None => value,
    }
}

fn names_of(statement: &Statement<'_>) -> Vec<String> {
    statement.column_names().map(ToString::to_string).collect()
}

fn all(c: &Connection, sql: &str, parameters: &[(&str, &dyn rusqlite::ToSql)]) -> db::Result<Vec<Value>> {
    let mut statement = c.prepare_cached(sql)?;
    let names = names_of(&statement);
    statement.all(parameters, |row| object(row, &names))
}

/// The page and the last row's `key_id`.
fn page(
    c: &Connection,
    sql: &str,
    parameters: &[(&str, &dyn rusqlite::ToSql)],
) -> db::Result<(Vec<Value>, Option<i64>)> {
    let mut statement = c.prepare_cached(sql)?;
    let names = names_of(&statement);
    let mut last = None;
    let rows = statement.query_map(parameters, |row| {
        last = Some(row.get("key_id")?);
        object(row, &names)
    })?;
    let rows: Vec<Value> = rows.collect::<Result<_, _>>()?;
    Ok((rows, last))
}

pub(in crate::export) fn profile(c: &Connection, user: UserId) -> db::Result<Value> {
    let sql = "SELECT public_id AS id, email, name, platform_role AS role, created_at, verified_at,
                      EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
                        AS second_factor
                 FROM users u WHERE u.id = :user";
    let found = all(c, sql, named_params! { ":user": user })?;
    found.into_iter().next().ok_or(crate::db::DbError::NotFound)
}

pub(in crate::export) fn logins(c: &Connection, user: UserId) -> db::Result<Vec<Value>> {
    let sql = "SELECT public_id AS id, kind, address, agent, created_at, seen_at, expires_at
                 FROM logins WHERE user_id = :user AND impersonator IS NULL ORDER BY id";
    all(c, sql, named_params! { ":user": user })
}

pub(in crate::export) fn members(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Value>> {
    let sql = "SELECT u.public_id AS id, u.name, u.email, m.role, m.created_at
                 FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = :workspace ORDER BY u.id";
    all(c, sql, named_params! { ":workspace": workspace })
}

pub(in crate::export) fn numbers(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Value>> {
    let sql = "SELECT public_id AS id, name, phone, profile_name, state, linked_at, created_at
                 FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NULL ORDER BY id";
    all(c, sql, named_params! { ":workspace": workspace })
}

/// Of a workspace, by shortcut.
pub(in crate::export) fn quick_replies(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Value>> {
    let sql = "SELECT public_id AS id, shortcut, body AS text FROM quick_replies
                WHERE workspace_id = :workspace ORDER BY shortcut";
    all(c, sql, named_params! { ":workspace": workspace })
}

pub(in crate::export) fn sessions(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<SessionId>> {
    let sql = "SELECT id FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NULL ORDER BY id";
    c.prepare_cached(sql)?
        .all(named_params! { ":workspace": workspace }, |row| row.get(0))
}

pub(in crate::export) fn contacts(
    c: &Connection,
    workspace: WorkspaceId,
    after: i64,
) -> db::Result<(Vec<Value>, Option<i64>)> {
    let sql = "SELECT c.id AS key_id, c.public_id AS id, c.name, c.book_name, c.push_name, c.username,
                      (SELECT '+' || substr(a.address, 1, instr(a.address, '@') - 1) FROM contact_addresses a
                        WHERE a.contact_id = c.id AND a.kind = 'phone' ORDER BY a.typed LIMIT 1) AS phone,
                      (SELECT json_group_array(a.address) FROM contact_addresses a WHERE a.contact_id = c.id)
                        AS json_addresses,
                      c.created_at
                 FROM contacts c
                WHERE c.workspace_id = :workspace AND c.merged_into IS NULL AND c.id > :after
                ORDER BY c.id LIMIT :limit";
    page(
        c,
        sql,
        named_params! { ":workspace": workspace, ":after": after, ":limit": PAGE },
    )
}

/// A chat of an export: the key of its messages, and its details.
pub(in crate::export) struct ChatRow {
    pub id: i64,
    pub public_id: PublicId,
    pub address: String,
    pub about: Value,
}

/// Chats of a number, by address.
pub(in crate::export) fn chats(c: &Connection, session: SessionId, after: &str) -> db::Result<Vec<ChatRow>> {
    let sql = "SELECT ch.id AS key_id, ch.address AS key_address, ch.public_id AS id, se.public_id AS number, ch.kind,
                      ch.address, COALESCE(co.shown_name, ch.name) AS title, co.public_id AS contact, ch.unread,
                      ch.handling AS state, au.public_id AS assignee, ch.snoozed_until AS snoozed_until_at, ch.pinned,
                      ch.muted,
                      (SELECT json_group_array(l.name) FROM chat_labels cl JOIN labels l ON l.id = cl.label_id
                        WHERE cl.chat_id = ch.id) AS json_labels,
                      (SELECT json_group_array(json_object(
                                  'author', u.name, 'text', n.body,
                                  'written_at', strftime('%Y-%m-%dT%H:%M:%fZ', n.at / 1000.0, 'unixepoch'),
                                  'edited_at', strftime('%Y-%m-%dT%H:%M:%fZ', n.edited_at / 1000.0, 'unixepoch')))
                         FROM (SELECT * FROM notes WHERE chat_id = ch.id ORDER BY at, id) n
                         LEFT JOIN users u ON u.id = n.author_id) AS json_notes,
                      (SELECT json_group_array(json_object(
                                  'did', a.did, 'by', a.doer, 'who', w.name, 'whom', m.name, 'label', a.label,
                                  'at', strftime('%Y-%m-%dT%H:%M:%fZ', a.at / 1000.0, 'unixepoch')))
                         FROM (SELECT * FROM chat_acts WHERE chat_id = ch.id ORDER BY id) a
                         LEFT JOIN users w ON w.id = a.user_id LEFT JOIN users m ON m.id = a.whom_id) AS json_history,
                      (SELECT json_group_array(json_object(
                                  'type', s.kind, 'text', s.body,
                                  'send_at', strftime('%Y-%m-%dT%H:%M:%fZ', s.due_at / 1000.0, 'unixepoch')))
                         FROM (SELECT * FROM scheduled_messages WHERE chat_id = ch.id ORDER BY due_at, id) s)
                        AS json_scheduled,
                      NULLIF(ch.last_message_at, 0) AS last_message_at, ch.created_at
                 FROM chats ch JOIN sessions se ON se.id = ch.session_id LEFT JOIN contacts co ON co.id = ch.contact_id
                 LEFT JOIN users au ON au.id = ch.assignee_id
                WHERE ch.session_id = :session AND ch.address > :after
                ORDER BY ch.address LIMIT :limit";
    let mut statement = c.prepare_cached(sql)?;
    let names = names_of(&statement);
    let parameters = named_params! { ":session": session, ":after": after, ":limit": PAGE };
    statement.all(parameters, |row| {
        Ok(ChatRow {
            id: row.get("key_id")?,
            public_id: row.get("id")?,
            address: row.get("key_address")?,
            about: object(row, &names)?,
        })
    })
}

/// Where a page of messages ended: time and id.
pub(in crate::export) type MessageCursor = (i64, i64);

/// Messages as the thread shows them, oldest first, with their reactions.
pub(in crate::export) fn messages(
    c: &Connection,
    workspace: WorkspaceId,
    chat: i64,
    after: MessageCursor,
) -> db::Result<(Vec<Value>, Option<MessageCursor>)> {
    let sql = "SELECT m.at AS key_at, m.id AS key_id, m.public_id AS id, m.at AS sent_at, m.kind, m.origin, m.status,
                      m.failure, m.sender = 0 AS from_us, COALESCE(st.shown_name, s.shown_name) AS sender,
                      au.name AS author, m.body AS text, m.detail AS json_detail, m.context AS json_context,
                      m.quote AS json_quote, m.album, md.mime, md.file_name, md.size, mf.public_id AS file,
                      m.edited_at, m.deleted_at,
                      (SELECT json_group_array(json_object('sender', p.shown_name,
                                                           'from_us', json(iif(a.sender = 0, 'true', 'false')),
                                                           'answer', json(a.answer)))
                         FROM answers a LEFT JOIN contacts p ON p.id = a.sender
                        WHERE a.chat_id = m.chat_id AND a.target_wa_id = m.wa_id) AS json_answers,
                      (SELECT json_group_array(r.emoji) FROM reactions r
                        WHERE r.chat_id = m.chat_id AND r.target_wa_id = m.wa_id AND r.emoji <> '') AS json_reactions
                 FROM messages m
                 LEFT JOIN contacts s ON s.id = m.sender
                 LEFT JOIN contacts st ON st.id = s.merged_into
                 LEFT JOIN users au ON au.id = m.author
                 LEFT JOIN media md ON md.message_id = m.id
                 LEFT JOIN media_files mf ON mf.id = md.file_id
                WHERE m.chat_id = :chat AND m.shown = 1 AND (m.at, m.id) > (:at, :id) AND m.workspace_id = :workspace
                ORDER BY m.at, m.id LIMIT :limit";
    let mut statement = c.prepare_cached(sql)?;
    let names = names_of(&statement);
    let mut last = None;
    let parameters = named_params! {
        ":workspace": workspace, ":chat": chat, ":at": after.0, ":id": after.1, ":limit": PAGE,
    };
    let rows = statement.query_map(parameters, |row| {
        last = Some((row.get("key_at")?, row.get("key_id")?));
        object(row, &names)
    })?;
    let rows: Vec<Value> = rows.collect::<Result<_, _>>()?;
    Ok((rows, last))
}

/// The user's messages in a workspace of somebody else.
pub(in crate::export) fn own_messages(
    c: &Connection,
    workspace: WorkspaceId,
    user: UserId,
    after: i64,
) -> db::Result<(Vec<Value>, Option<i64>)> {
    let sql = "SELECT m.id AS key_id, m.public_id AS id, ch.public_id AS chat, m.at AS sent_at, m.kind, m.status,
                      m.body AS text, m.edited_at, m.deleted_at
                 FROM messages m JOIN chats ch ON ch.id = m.chat_id
                WHERE m.author = :user AND m.id > :after AND m.workspace_id = :workspace
                ORDER BY m.id LIMIT :limit";
    page(
        c,
        sql,
        named_params! { ":workspace": workspace, ":user": user, ":after": after, ":limit": PAGE },
    )
}

pub(in crate::export) fn events(
    c: &Connection,
    workspace: WorkspaceId,
    after: i64,
) -> db::Result<(Vec<Value>, Option<i64>)> {
    let sql = "SELECT id AS key_id, id, kind, payload AS json_data, at AS happened_at
                 FROM events WHERE workspace_id = :workspace AND id > :after ORDER BY id LIMIT :limit";
    page(
        c,
        sql,
        named_params! { ":workspace": workspace, ":after": after, ":limit": PAGE },
    )
}

pub(in crate::export) fn audit(
    c: &Connection,
    workspace: WorkspaceId,
    after: i64,
) -> db::Result<(Vec<Value>, Option<i64>)> {
    let sql = "SELECT a.id AS key_id, a.public_id AS id, a.at AS happened_at, a.actor, u.email AS person, a.action,
                      a.target, a.detail AS json_detail, a.address
                 FROM audit_log a LEFT JOIN users u ON u.id = a.user_id
                WHERE a.workspace_id = :workspace AND a.id > :after ORDER BY a.id LIMIT :limit";
    page(
        c,
        sql,
        named_params! { ":workspace": workspace, ":after": after, ":limit": PAGE },
    )
}

/// Approximately how many rows an owner's part of a workspace has.
pub(in crate::export) fn count_all(c: &Connection, workspace: WorkspaceId) -> db::Result<u64> {
    let sql = "SELECT (SELECT COUNT(*) FROM contacts WHERE workspace_id = :workspace AND merged_into IS NULL)
                    + (SELECT COUNT(*) FROM events WHERE workspace_id = :workspace)
                    + (SELECT COUNT(*) FROM audit_log WHERE workspace_id = :workspace)
                    + (SELECT COUNT(*) FROM sessions s JOIN chats ch ON ch.session_id = s.id
                                            JOIN messages m ON m.chat_id = ch.id AND m.shown = 1
                        WHERE s.workspace_id = :workspace AND s.deleted_at IS NULL)";
    let count: i64 = c
        .prepare_cached(sql)?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// How many messages of the user are in a workspace.
pub(in crate::export) fn count_own(c: &Connection, workspace: WorkspaceId, user: UserId) -> db::Result<u64> {
    let sql = "SELECT COUNT(*) FROM messages WHERE author = :user AND workspace_id = :workspace";
    let count: i64 = c
        .prepare_cached(sql)?
        .query_row(named_params! { ":workspace": workspace, ":user": user }, |row| {
            row.get(0)
        })?;
    Ok(u64::try_from(count).unwrap_or(0))
}
