//! Secrets of messages that later ones refer to: votes, edits, reactions.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use wacore::store::traits::{MsgSecretEntry, MsgSecretStore};

use super::error::StoreResult;
use super::seal::SealContext;
use super::session_store::SessionStore;

impl SessionStore {
    fn secret_place(&self, chat: &str, sender: &str, msg_id: &str) -> SealContext {
        let row = [chat.as_bytes(), sender.as_bytes(), msg_id.as_bytes()];
        SealContext::new("message_secrets.secret", self.session, &row)
    }
}

#[async_trait]
impl MsgSecretStore for SessionStore {
    async fn put_msg_secrets(&self, entries: Vec<MsgSecretEntry>) -> StoreResult<usize> {
        let (session, count) = (self.session, entries.len());
        let seal = |entry: MsgSecretEntry| {
            let place = self.secret_place(&entry.chat, &entry.sender, &entry.msg_id);
            let sealed = self.seal.seal(&place, &entry.secret);
            (entry, sealed)
        };
        let rows: Vec<_> = entries.into_iter().map(seal).collect();
        // A deadline only moves later, and none (0) is the latest; a known time of the parent stays known.
        let put = move |tx: &Transaction<'_>| {
            let mut statement = tx.prepare_cached(
                "INSERT INTO message_secrets (session, chat, sender, message_id, secret, expires_at, message_ts)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (session, chat, sender, message_id) DO UPDATE SET
                     secret = excluded.secret,
                     expires_at = CASE WHEN expires_at = 0 OR excluded.expires_at = 0 THEN 0
                                       ELSE max(expires_at, excluded.expires_at) END,
                     message_ts = max(message_ts, excluded.message_ts)",
            )?;
            for (entry, sealed) in &rows {
                let (chat, sender, id) = (&*entry.chat, &*entry.sender, &*entry.msg_id);
                statement.execute(params![
                    session,
                    chat,
                    sender,
                    id,
                    sealed,
                    entry.expires_at,
                    entry.message_ts
                ])?;
            }
            Ok(())
        };
        self.write(put).await?;
        Ok(count)
    }

    async fn get_msg_secret(&self, chat: &str, sender: &str, msg_id: &str) -> StoreResult<Option<Vec<u8>>> {
        let found = self.get_msg_secret_with_ts(chat, sender, msg_id).await?;
        Ok(found.map(|(secret, _)| secret))
    }

    async fn get_msg_secret_with_ts(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
    ) -> StoreResult<Option<(Vec<u8>, i64)>> {
        let place = self.secret_place(chat, sender, msg_id);
        let (session, key) = (self.session, [chat, sender, msg_id].map(str::to_owned));
        let get = move |conn: &Connection| {
            let mut statement = conn.prepare_cached(
                "SELECT secret, message_ts FROM message_secrets
                  WHERE session = ?1 AND chat = ?2 AND sender = ?3 AND message_id = ?4",
            )?;
            let row = statement.query_row(params![session, key[0], key[1], key[2]], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?))
            });
            Ok(row.optional()?)
        };
        let Some((sealed, message_ts)) = self.read(get).await? else {
            return Ok(None);
        };
        Ok(Some((self.seal.open(&place, &sealed)?, message_ts)))
    }

    async fn delete_expired_msg_secrets(&self, cutoff_timestamp: i64) -> StoreResult<u32> {
        let session = self.session;
        let delete = move |tx: &Transaction<'_>| {
            let sql = "DELETE FROM message_secrets WHERE session = ?1 AND expires_at <> 0 AND expires_at <= ?2";
            let deleted = tx.prepare_cached(sql)?.execute(params![session, cutoff_timestamp])?;
            Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
        };
        Ok(self.write(delete).await?)
    }
}
