//! The device record: the number's own identity, its registration and the server's cached certificates.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use wacore::store::Device;
use wacore::store::device::DEVICE_PROPS;
use wacore::store::traits::DeviceStore;
use zeroize::Zeroizing;

use super::error::{Result, StoreResult};
use super::seal::SealContext;
use super::session_store::{SessionStore, from_json, to_json};

const COLUMN: &str = "devices.device";

impl SessionStore {
    fn device_place(&self) -> SealContext {
        SealContext::new(COLUMN, self.session, &[])
    }

    fn seal_device(&self, device: &Device) -> Result<Vec<u8>> {
        let json = Zeroizing::new(to_json(COLUMN, device)?);
        Ok(self.seal.seal(&self.device_place(), &json))
    }

    pub(super) async fn device(&self) -> Result<Option<Device>> {
        let session = self.session;
        let load = move |conn: &Connection| {
            let mut statement = conn.prepare_cached("SELECT device FROM devices WHERE session = ?1")?;
            Ok(statement
                .query_row([session], |row| row.get::<_, Vec<u8>>(0))
                .optional()?)
        };
        let Some(sealed) = self.read(load).await? else {
            return Ok(None);
        };
        let json = Zeroizing::new(self.seal.open(&self.device_place(), &sealed)?);
        let mut device: Device = from_json(COLUMN, &json)?;
        // Not part of the record: a new device's default, to which the builder's overrides are applied.
        device.device_props = Arc::new(DEVICE_PROPS.clone());
        Ok(Some(device))
    }
}

#[async_trait]
impl DeviceStore for SessionStore {
    async fn save(&self, device: &Device) -> StoreResult<()> {
        let (session, sealed, paired) = (self.session, self.seal_device(device)?, device.pn.is_some());
        let save = move |tx: &Transaction<'_>| {
            tx.prepare_cached(
                "INSERT INTO devices (session, device, paired) VALUES (?1, ?2, ?3)
                 ON CONFLICT (session) DO UPDATE SET device = excluded.device, paired = excluded.paired",
            )?
            .execute(params![session, sealed, paired])?;
            Ok(())
        };
        Ok(self.write(save).await?)
    }

    async fn load(&self) -> StoreResult<Option<Device>> {
        Ok(self.device().await?)
    }

    async fn exists(&self) -> StoreResult<bool> {
        let session = self.session;
        let exists = move |conn: &Connection| {
            let mut statement = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM devices WHERE session = ?1)")?;
            Ok(statement.query_row([session], |row| row.get(0))?)
        };
        Ok(self.read(exists).await?)
    }

    async fn create(&self) -> StoreResult<i32> {
        let (session, sealed) = (self.session, self.seal_device(&Device::new())?);
        let create = move |tx: &Transaction<'_>| {
            tx.prepare_cached(
                "INSERT INTO devices (session, device, paired) VALUES (?1, ?2, 0) ON CONFLICT (session) DO NOTHING",
            )?
            .execute(params![session, sealed])?;
            Ok(())
        };
        self.write(create).await?;
        // The library only logs the number.
        Ok(i32::try_from(session).unwrap_or(i32::MAX))
    }
}
