//! A row in every table of the key store, for fixtures of its schema.

use wacore::appstate::hash::HashState;
use wacore::appstate::processor::AppStateMutationMAC;
use wacore::store::error::StoreError;
use wacore::store::traits::{
    AppStateSyncKey, AppSyncStore, DeviceInfo, DeviceListRecord, LidPnMappingEntry, MsgSecretStore, ProtocolStore,
    SignalStore, TcTokenEntry,
};

use crate::SessionId;
use crate::store::KeyStore;

/// Names of no real device, so that nothing of a linked number is replaced.
const WHO: &str = "15550009999";
const CHAT: &str = "15550009999@s.whatsapp.net";

/// Writes another row into every table of `session`, except its device's.
pub async fn fill_tables(keys: &KeyStore, session: SessionId) -> Result<(), String> {
    fill(keys, session).await.map_err(|error| error.to_string())
}

async fn fill(keys: &KeyStore, session: SessionId) -> Result<(), StoreError> {
    let content = [0x5a; 32];
    let store = keys.session(session);
    store.put_identity(WHO, content).await?;
    store.put_session(WHO, &content).await?;
    store.store_prekey(900_000, &content, true).await?;
    store.store_signed_prekey(900_000, &content).await?;
    store.put_sender_key(WHO, &content).await?;
    let key = AppStateSyncKey {
        key_data: content.to_vec(),
        fingerprint: content.to_vec(),
        timestamp: 1,
    };
    store.set_sync_key(b"fixture", key).await?;
    store.set_version("fixture", HashState::default()).await?;
    let mac = AppStateMutationMAC {
        index_mac: content.to_vec(),
        value_mac: content.to_vec(),
    };
    store.put_mutation_macs("fixture", 1, &[mac]).await?;
    store.save_base_key(WHO, "m", &content).await?;
    store.put_group_metadata("g", &content).await?;
    let token = TcTokenEntry {
        token: content.to_vec(),
        token_timestamp: 1,
        sender_timestamp: None,
    };
    store.put_tc_token(WHO, &token).await?;
    let mapping = LidPnMappingEntry {
        lid: "100000000009999".to_owned(),
        phone_number: WHO.to_owned(),
        created_at: 1,
        updated_at: 2,
        learning_source: "usync".to_owned(),
    };
    store.put_lid_mapping(&mapping).await?;
    let devices = DeviceListRecord {
        user: WHO.to_owned(),
        devices: vec![DeviceInfo::new(0, None)],
        timestamp: 1,
        phash: None,
        raw_id: None,
    };
    store.update_device_list(devices).await?;
    store.set_sender_key_status("g", &[(CHAT, true)]).await?;
    store.store_sent_message(CHAT, "m", &content).await?;
    store.store_pending_inbound(CHAT, CHAT, "m", &content).await?;
    store.put_msg_secret(CHAT, CHAT, "m", &content).await?;
    Ok(store.flush().await?)
}
