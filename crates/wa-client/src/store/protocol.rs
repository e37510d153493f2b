//! Protocol state about others: their devices, addresses, tokens, and who has which group key.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use wacore::store::traits::{
    DeviceListRecord, LidPnMappingEntry, PendingInboundKey, PendingInboundRow, ProtocolStore, TcTokenEntry,
};

use super::error::StoreResult;
use super::lids;
use super::seal::SealContext;
use super::session_store::{Column, SessionStore, from_json, to_json};

static GROUP_METADATA: Column = Column {
    name: "group_metadata.metadata",
    put: "INSERT INTO group_metadata (session, group_jid, metadata) VALUES (?1, ?2, ?3)
          ON CONFLICT (session, group_jid) DO UPDATE SET metadata = excluded.metadata",
    get: "SELECT metadata FROM group_metadata WHERE session = ?1 AND group_jid = ?2",
    delete: "DELETE FROM group_metadata WHERE session = ?1 AND group_jid = ?2",
};

impl SessionStore {
    fn base_key_place(&self, address: &str, message_id: &str) -> SealContext {
        SealContext::new(
            "base_keys.key",
            self.session,
            &[address.as_bytes(), message_id.as_bytes()],
        )
    }
}

#[async_trait]
impl ProtocolStore for SessionStore {
    async fn get_sender_key_devices(&self, group_jid: &str) -> StoreResult<Vec<(String, bool)>> {
        let (session, group) = (self.session, group_jid.to_owned());
        let get = move |conn: &Connection| {
            let mut statement = conn.prepare_cached(
                "SELECT device_jid, has_key FROM sender_key_devices WHERE session = ?1 AND group_jid = ?2",
            )?;
            let rows = statement.query_map(params![session, group], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        Ok(self.read(get).await?)
    }

    async fn set_sender_key_status(&self, group_jid: &str, entries: &[(&str, bool)]) -> StoreResult<()> {
        let (session, group) = (self.session, group_jid.to_owned());
        let entries: Vec<_> = entries
            .iter()
            .map(|(device, has_key)| ((*device).to_owned(), *has_key))
            .collect();
        let set = move |tx: &Transaction<'_>| {
            let mut statement = tx.prepare_cached(
                "INSERT INTO sender_key_devices (session, group_jid, device_jid, has_key) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (session, group_jid, device_jid) DO UPDATE SET has_key = excluded.has_key",
            )?;
            for (device, has_key) in &entries {
                statement.execute(params![session, group, device, has_key])?;
            }
            Ok(())
        };
        Ok(self.write(set).await?)
    }

    async fn clear_sender_key_devices(&self, group_jid: &str) -> StoreResult<()> {
        let (session, group) = (self.session, group_jid.to_owned());
        let clear = move |tx: &Transaction<'_>| {
            tx.prepare_cached("DELETE FROM sender_key_devices WHERE session = ?1 AND group_jid = ?2")?
                .execute(params![session, group])?;
            Ok(())
        };
        Ok(self.write(clear).await?)
    }

    async fn delete_sender_key_device_rows(&self, device_jids: &[&str]) -> StoreResult<()> {
        let session = self.session;
        let devices: Vec<_> = device_jids.iter().map(|jid| (*jid).to_owned()).collect();
        let delete = move |tx: &Transaction<'_>| {
            let sql = "DELETE FROM sender_key_devices WHERE session = ?1 AND device_jid = ?2";
            let mut statement = tx.prepare_cached(sql)?;
            for device in &devices {
                statement.execute(params![session, device])?;
            }
            Ok(())
        };
        Ok(self.write(delete).await?)
    }

    async fn clear_all_sender_key_devices(&self) -> StoreResult<()> {
        let session = self.session;
        let clear = move |tx: &Transaction<'_>| {
            tx.prepare_cached("DELETE FROM sender_key_devices WHERE session = ?1")?
                .execute([session])?;
            Ok(())
        };
        Ok(self.write(clear).await?)
    }

    async fn get_lid_mapping(&self, lid: &str) -> StoreResult<Option<LidPnMappingEntry>> {
        let (session, lid) = (self.session, lid.to_owned());
        Ok(self.read(move |conn| lids::find_by_lid(conn, session, &lid)).await?)
    }

    async fn get_pn_mapping(&self, phone: &str) -> StoreResult<Option<LidPnMappingEntry>> {
        let (session, phone) = (self.session, phone.to_owned());
        Ok(self
            .read(move |conn| lids::find_by_phone(conn, session, &phone))
            .await?)
    }

    async fn put_lid_mapping(&self, entry: &LidPnMappingEntry) -> StoreResult<()> {
        self.put_lid_mappings(std::slice::from_ref(entry)).await
    }

    async fn put_lid_mappings(&self, entries: &[LidPnMappingEntry]) -> StoreResult<()> {
        let pairs = entries.iter().map(lids::addresses).collect();
        let (session, entries) = (self.session, entries.to_vec());
        let put = move |tx: &Transaction<'_>| entries.iter().try_for_each(|entry| lids::put_in(tx, session, entry));
        self.write(put).await?;
        if let Some(product) = self.product() {
            product.paired(pairs);
        }
        Ok(())
    }

    async fn get_all_lid_mappings(&self) -> StoreResult<Vec<LidPnMappingEntry>> {
        let session = self.session;
        Ok(self.read(move |conn| lids::list(conn, session)).await?)
    }

    async fn save_base_key(&self, address: &str, message_id: &str, base_key: &[u8]) -> StoreResult<()> {
        let sealed = self.seal.seal(&self.base_key_place(address, message_id), base_key);
        let (session, address, message_id) = (self.session, address.to_owned(), message_id.to_owned());
        let save = move |tx: &Transaction<'_>| {
            tx.prepare_cached(
                "INSERT INTO base_keys (session, address, message_id, key) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (session, address, message_id) DO UPDATE SET key = excluded.key",
            )?
            .execute(params![session, address, message_id, sealed])?;
            Ok(())
        };
        Ok(self.write(save).await?)
    }

    async fn has_same_base_key(&self, address: &str, message_id: &str, current_base_key: &[u8]) -> StoreResult<bool> {
        let place = self.base_key_place(address, message_id);
        let (session, address, message_id) = (self.session, address.to_owned(), message_id.to_owned());
        let get = move |conn: &Connection| {
            let mut statement = conn
                .prepare_cached("SELECT key FROM base_keys WHERE session = ?1 AND address = ?2 AND message_id = ?3")?;
            let row = statement.query_row(params![session, address, message_id], |row| row.get::<_, Vec<u8>>(0));
            Ok(row.optional()?)
        };
        let Some(sealed) = self.read(get).await? else {
            return Ok(false);
        };
        Ok(self.seal.open(&place, &sealed)? == current_base_key)
    }

    async fn delete_base_key(&self, address: &str, message_id: &str) -> StoreResult<()> {
        let (session, address, message_id) = (self.session, address.to_owned(), message_id.to_owned());
        let delete = move |tx: &Transaction<'_>| {
            tx.prepare_cached("DELETE FROM base_keys WHERE session = ?1 AND address = ?2 AND message_id = ?3")?
                .execute(params![session, address, message_id])?;
            Ok(())
        };
        Ok(self.write(delete).await?)
    }

    async fn update_device_list(&self, record: DeviceListRecord) -> StoreResult<()> {
        self.update_device_lists(vec![record]).await
    }

    async fn update_device_lists(&self, records: Vec<DeviceListRecord>) -> StoreResult<()> {
        let session = self.session;
        let update = move |tx: &Transaction<'_>| {
            let mut statement = tx.prepare_cached(
                "INSERT INTO device_lists (session, user, record) VALUES (?1, ?2, CAST(?3 AS TEXT))
                 ON CONFLICT (session, user) DO UPDATE SET record = excluded.record",
            )?;
            for record in &records {
                statement.execute(params![session, record.user, to_json("device_lists.record", record)?])?;
            }
            Ok(())
        };
        Ok(self.write(update).await?)
    }

    async fn get_devices(&self, user: &str) -> StoreResult<Option<DeviceListRecord>> {
        let (session, user) = (self.session, user.to_owned());
        let get = move |conn: &Connection| {
            let sql = "SELECT record FROM device_lists WHERE session = ?1 AND user = ?2";
            let mut statement = conn.prepare_cached(sql)?;
            let json = statement
                .query_row(params![session, user], |row| row.get::<_, String>(0))
                .optional()?;
            json.map(|json| from_json("device_lists.record", json.as_bytes()))
                .transpose()
        };
        Ok(self.read(get).await?)
    }

    async fn delete_devices(&self, user: &str) -> StoreResult<()> {
        let (session, user) = (self.session, user.to_owned());
        let delete = move |tx: &Transaction<'_>| {
            tx.prepare_cached("DELETE FROM device_lists WHERE session = ?1 AND user = ?2")?
                .execute(params![session, user])?;
            Ok(())
        };
        Ok(self.write(delete).await?)
    }

    async fn get_group_metadata(&self, group_jid: &str) -> StoreResult<Option<Vec<u8>>> {
        Ok(self
            .get(&GROUP_METADATA, &[group_jid.as_bytes()], group_jid.into())
            .await?)
    }

    async fn put_group_metadata(&self, group_jid: &str, blob: &[u8]) -> StoreResult<()> {
        let sealed = self.seal(&GROUP_METADATA, &[group_jid.as_bytes()], blob);
        let (session, group) = (self.session, group_jid.to_owned());
        Ok(self
            .write(move |tx| GROUP_METADATA.put_in(tx, session, &group, &sealed))
            .await?)
    }

    async fn delete_group_metadata(&self, group_jid: &str) -> StoreResult<()> {
        let (session, group) = (self.session, group_jid.to_owned());
        Ok(self
            .write(move |tx| GROUP_METADATA.delete_in(tx, session, &group))
            .await?)
    }

    async fn get_tc_token(&self, jid: &str) -> StoreResult<Option<TcTokenEntry>> {
        self.find_token(jid).await
    }

    async fn put_tc_token(&self, jid: &str, entry: &TcTokenEntry) -> StoreResult<()> {
        Ok(self.put_token(jid, entry).await?)
    }

    async fn delete_tc_token(&self, jid: &str) -> StoreResult<()> {
        Ok(self.delete_token(jid).await?)
    }

    async fn get_all_tc_token_jids(&self) -> StoreResult<Vec<String>> {
        Ok(self.token_jids().await?)
    }

    async fn delete_expired_tc_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> StoreResult<u32> {
        Ok(self.delete_expired_tokens(token_cutoff, sender_cutoff).await?)
    }

    async fn touch_tc_token_sender_timestamp(&self, jid: &str, sender_timestamp: i64) -> StoreResult<()> {
        Ok(self.touch_token(jid, sender_timestamp).await?)
    }

    async fn store_received_tc_token(&self, jid: &str, token: &[u8], token_timestamp: i64) -> StoreResult<()> {
        Ok(self.receive_token(jid, token, token_timestamp).await?)
    }

    async fn store_sent_message(&self, chat_jid: &str, message_id: &str, payload: &[u8]) -> StoreResult<()> {
        self.defer_sent(chat_jid, message_id, payload);
        Ok(())
    }

    async fn take_sent_message(&self, chat_jid: &str, message_id: &str) -> StoreResult<Option<Vec<u8>>> {
        Ok(self.take_sent(chat_jid, message_id).await?)
    }

    async fn delete_expired_sent_messages(&self, cutoff_timestamp: i64) -> StoreResult<u32> {
        Ok(self.delete_old_sent(cutoff_timestamp).await?)
    }

    async fn store_pending_inbound(&self, chat: &str, sender: &str, id: &str, message: &[u8]) -> StoreResult<()> {
        self.defer_pending(PendingInboundRow {
            chat,
            sender,
            id,
            message,
        });
        Ok(())
    }

    async fn get_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> StoreResult<Option<Vec<u8>>> {
        Ok(self.find_pending(chat, sender, id).await?)
    }

    async fn delete_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> StoreResult<()> {
        self.defer_delete_pending(PendingInboundKey { chat, sender, id });
        Ok(())
    }

    async fn delete_expired_pending_inbound(&self, cutoff_timestamp: i64) -> StoreResult<u32> {
        Ok(self.delete_old_pending(cutoff_timestamp).await?)
    }

    async fn store_pending_inbound_batch(&self, rows: &[PendingInboundRow<'_>]) -> StoreResult<()> {
        rows.iter().for_each(|row| self.defer_pending(*row));
        Ok(())
    }

    async fn delete_pending_inbound_batch(&self, keys: &[PendingInboundKey<'_>]) -> StoreResult<()> {
        keys.iter().for_each(|key| self.defer_delete_pending(*key));
        Ok(())
    }
}
