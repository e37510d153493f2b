//! Sent messages kept for resends, and received ones that the product has not committed yet. See [`super::deferred`].

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use wacore::store::traits::{PendingInboundKey, PendingInboundRow};

use super::deferred::{Change, RowKey};
use super::error::Result;
use super::session_store::SessionStore;

pub(super) const PENDING_COLUMN: &str = "pending_inbound.message";
pub(super) const SENT_COLUMN: &str = "sent_messages.payload";

impl SessionStore {
    pub(super) fn defer_pending(&self, row: PendingInboundRow<'_>) {
        self.defer_put(RowKey::pending(row.chat, row.sender, row.id), row.message);
    }

    pub(super) fn defer_sent(&self, chat: &str, id: &str, payload: &[u8]) {
        self.defer_put(RowKey::sent(chat, id), payload);
    }

    fn defer_put(&self, key: RowKey, record: &[u8]) {
        let at = wacore::time::now_secs();
        self.deferred.set(
            key,
            Change::Put {
                record: Bytes::copy_from_slice(record),
                at,
            },
        );
    }

    /// Deferred: if the deletion is lost, the message is redelivered and the product knows it already.
    pub(super) fn defer_delete_pending(&self, key: PendingInboundKey<'_>) {
        self.deferred
            .set(RowKey::pending(key.chat, key.sender, key.id), Change::Delete);
    }

    pub(super) async fn find_pending(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        let key = RowKey::pending(chat, sender, id);
        match self.deferred.get(&key) {
            Some(Change::Put { record, .. }) => return Ok(Some(record.to_vec())),
            Some(Change::Delete) => return Ok(None),
            None => {}
        }
        let (session, place) = (self.session, key.place(self.session));
        let row = [chat, sender, id].map(str::to_owned);
        let find = move |conn: &Connection| {
            let mut statement = conn.prepare_cached(
                "SELECT message FROM pending_inbound
                  WHERE session = ?1 AND chat = ?2 AND sender = ?3 AND message_id = ?4",
            )?;
            let found = statement.query_row(params![session, row[0], row[1], row[2]], |r| r.get::<_, Vec<u8>>(0));
            Ok(found.optional()?)
        };
        let sealed = self.read(find).await?;
        if sealed.is_none()
            && let Some(product) = self.product()
        {
            product.check_received(chat, sender, id).await?;
        }
        sealed.map(|sealed| self.seal.open(&place, &sealed)).transpose()
    }

    /// Reads and deletes in one step: of two callers only one gets it.
    pub(super) async fn take_sent(&self, chat: &str, id: &str) -> Result<Option<Vec<u8>>> {
        let key = RowKey::sent(chat, id);
        match self.deferred.take(&key) {
            Some(Change::Put { record, .. }) => return Ok(Some(record.to_vec())),
            Some(Change::Delete) => return Ok(None),
            None => {}
        }
        let (session, place) = (self.session, key.place(self.session));
        let (chat, id) = (chat.to_owned(), id.to_owned());
        let take = move |tx: &rusqlite::Transaction<'_>| {
            let mut statement = tx.prepare_cached(
                "DELETE FROM sent_messages WHERE session = ?1 AND chat = ?2 AND message_id = ?3 RETURNING payload",
            )?;
            Ok(statement
                .query_row(params![session, chat, id], |row| row.get::<_, Vec<u8>>(0))
                .optional()?)
        };
        match self.write(take).await? {
            Some(sealed) => Ok(Some(self.seal.open(&place, &sealed)?)),
            None => self.sent_by_product(&key).await,
        }
    }

    async fn sent_by_product(&self, key: &RowKey) -> Result<Option<Vec<u8>>> {
        match (self.product(), key) {
            (Some(product), RowKey::Sent { chat, id }) => product.sent(chat, id).await,
            _ => Ok(None),
        }
    }

    pub(super) async fn delete_old_sent(&self, cutoff: i64) -> Result<u32> {
        self.delete_old(
            "DELETE FROM sent_messages WHERE session = ?1 AND stored_at < ?2",
            cutoff,
        )
        .await
    }

    pub(super) async fn delete_old_pending(&self, cutoff: i64) -> Result<u32> {
        self.delete_old(
            "DELETE FROM pending_inbound WHERE session = ?1 AND stored_at < ?2",
            cutoff,
        )
        .await
    }

    async fn delete_old(&self, sql: &'static str, cutoff: i64) -> Result<u32> {
        let session = self.session;
        // After the deferred rows are written, or old ones among them would reappear.
        self.write_signal(move |tx| {
            let deleted = tx.prepare_cached(sql)?.execute(params![session, cutoff])?;
            Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
        })
        .await
    }
}
