//! Links companions by QR code or by typed code, and unlinks them.

use super::{Entry, Phones};
use crate::hub::PairError;
use crate::phone::actor::lock;
use crate::phone::command::{Command, LinkStep};
use crate::phone::linkcode;
use crate::phone::qr::QrText;
use crate::phone::types::PhoneError;

impl Phones {
    /// Scans a linking QR code. Returns the companion's device number once it is linked.
    pub async fn scan(&self, number: &str, qr: &str) -> Result<u16, PhoneError> {
        let entry = self.entry(number)?;
        let qr = QrText::parse(qr)?;
        let candidate = self
            .inner
            .hub
            .pairing_candidate(&qr.reference)
            .ok_or(PairError::Stale)?;
        if candidate.noise_public != qr.noise_public || candidate.identity_public != qr.identity_public {
            return Err(PhoneError::BadQr);
        }
        self.pair(&entry, &qr.reference, qr.identity_public, qr.adv_secret)
            .await
    }

    /// Types the link code that a companion shows for this number.
    pub async fn pairing_code(&self, number: &str, code: &str) -> Result<u16, PhoneError> {
        let entry = self.entry(number)?;
        let code = linkcode::normalise(code)?;
        let hub = &self.inner.hub;
        let own = lock(&entry.board).number.clone();
        let hello = hub.link_code_hello(&own).ok_or(PhoneError::NoPendingCode)?;
        let exchange = entry
            .ask(|reply| {
                let wrapped = hello.wrapped_companion_ephemeral;
                Command::Link(LinkStep::StartExchange { code, wrapped, reply })
            })
            .await?;
        let exchange = Box::new(exchange);
        let finish = hub.primary_hello(&hello.reference, exchange.hello.clone()).await?;
        let identity_public = finish.companion_identity_public;
        let adv_secret = entry
            .ask(|reply| {
                Command::Link(LinkStep::FinishExchange {
                    exchange,
                    finish,
                    reply,
                })
            })
            .await?;
        self.pair(&entry, &hello.reference, identity_public, adv_secret).await
    }

    async fn pair(
        &self,
        entry: &Entry,
        reference: &str,
        identity: [u8; 32],
        secret: [u8; 32],
    ) -> Result<u16, PhoneError> {
        let success = entry
            .ask(|reply| {
                Command::Link(LinkStep::Sign {
                    identity,
                    secret,
                    reply,
                })
            })
            .await?;
        let key_index = success.key_index;
        match self.inner.hub.complete_pairing(reference, success).await {
            Ok(device) => {
                let id = device.device;
                entry
                    .ask(|reply| Command::Link(LinkStep::Linked { device, reply }))
                    .await?;
                Ok(id)
            }
            Err(error) => {
                entry.tell(Command::Link(LinkStep::Unsigned { key_index }));
                Err(error.into())
            }
        }
    }

    /// Unlinks a companion: it is logged out.
    pub async fn unlink(&self, number: &str, device: u16) -> Result<(), PhoneError> {
        self.entry(number)?
            .ask(|reply| Command::Link(LinkStep::Unlink { device, reply }))
            .await
    }
}
