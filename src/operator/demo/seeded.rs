//! Pairing in process, between the client and the simulated network of the same program.
//!
//! The default build verifies WhatsApp's certificates at every pairing on a socket, and the simulated network has none
//! of those. So the demo pairs by record: the client's public keys are passed to the network in process, the phone
//! scans and signs as usual, and from then on it is the ordinary client on an ordinary socket.

use std::sync::Arc;

use async_trait::async_trait;
use wa_client::live::{CompanionKeys, SeededDevice, SeededOffer, SeededPairing};
use wa_network::hub::{self, Hub, SeededCompanion, SignedPreKey};

/// The network's side of a pairing.
pub struct InProcess {
    hub: Arc<Hub>,
    /// The platform in the phone's list of linked devices.
    platform: String,
}

impl InProcess {
    pub fn new(hub: Arc<Hub>, platform: String) -> Self {
        Self { hub, platform }
    }
}

#[async_trait]
impl SeededPairing for InProcess {
    async fn offer(&self, keys: CompanionKeys) -> anyhow::Result<Box<dyn SeededOffer>> {
        let companion = SeededCompanion {
            noise_public: keys.noise_public,
            identity_public: keys.identity_public,
            registration_id: keys.registration_id,
            signed_prekey: SignedPreKey {
                id: keys.signed_prekey_id,
                public: keys.signed_prekey_public,
                signature: keys.signed_prekey_signature.to_vec(),
            },
            platform: self.platform.clone(),
        };
        Ok(Box::new(Offer(self.hub.offer_seeded(companion))))
    }
}

struct Offer(hub::SeededOffer);

#[async_trait]
impl SeededOffer for Offer {
    fn refs(&self) -> &[String] {
        self.0.references()
    }

    async fn scanned(&mut self) -> anyhow::Result<SeededDevice> {
        let scan = self
            .0
            .scanned()
            .await
            .ok_or_else(|| anyhow::anyhow!("the simulated network has stopped"))?;
        let certificates = scan.certificates;
        let from = certificates.leaf_not_before.max(certificates.intermediate_not_before);
        let to = certificates.leaf_not_after.min(certificates.intermediate_not_after);
        Ok(SeededDevice {
            phone: scan.number,
            device: scan.device,
            lid: Some(scan.lid),
            hmac_blob: scan.hmac_blob,
            server_static: certificates.leaf_key,
            valid: (from, to),
        })
    }

    async fn confirm(&mut self, signed_identity: Vec<u8>) -> anyhow::Result<()> {
        self.0.confirm(signed_identity).await?;
        Ok(())
    }
}
