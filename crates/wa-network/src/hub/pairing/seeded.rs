//! Pairing inside this process, for builds that trust no simulated server's certificate.
//!
//! The companion makes its keys, shows a QR text with our references, and gets from the scan what the wire would
//! have delivered, with the keys to cache for Noise IK. Its signature is verified like any other; afterwards it
//! logs in over an ordinary socket.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

use super::Attempt;
use super::desk::{Side, Signed};
use crate::hub::Hub;
use crate::hub::accounts::Account;
use crate::hub::types::{Candidate, DeviceAddr, PairError, PairSuccess, SeededCompanion, SeededPairing};

/// A seeded companion's codes. Dropping it withdraws them.
pub struct SeededOffer {
    references: Vec<String>,
    attempt: Attempt,
    scans: UnboundedReceiver<SeededPairing>,
    hub: Arc<Hub>,
}

impl Hub {
    /// Opens a pairing for a companion of this process.
    pub fn offer_seeded(self: &Arc<Self>, companion: SeededCompanion) -> SeededOffer {
        let references = self.new_references();
        let (to_companion, scans) = unbounded_channel();
        let candidate = Candidate {
            noise_public: companion.noise_public,
            identity_public: companion.identity_public,
            registration_id: companion.registration_id,
            signed_prekey: companion.signed_prekey,
            platform: companion.platform,
        };
        let attempt = self.start_attempt(candidate, Side::Seeded(to_companion), &references);
        SeededOffer {
            references,
            attempt,
            scans,
            hub: self.clone(),
        }
    }

    pub(super) fn seeded_pairing(&self, account: &Account, device: u16, success: &PairSuccess) -> SeededPairing {
        SeededPairing {
            number: account.number.to_string(),
            lid: account.lid().to_string(),
            device,
            name: account.state().name.to_string(),
            lid_migrated: self.lid_migrated,
            hmac_blob: success.hmac_blob.clone(),
            certificates: self.keys.validity(),
        }
    }
}

impl SeededOffer {
    /// First fields of the QR texts to show: the first for 60 s, each of the others for 20 s.
    pub fn references(&self) -> &[String] {
        &self.references
    }

    /// Waits until a phone has scanned; `None` when the network has shut down.
    pub async fn scanned(&mut self) -> Option<SeededPairing> {
        self.scans.recv().await
    }

    /// Answers a scan with the `ADVSignedDeviceIdentity` that contains the device signature, and waits for the result.
    pub async fn confirm(&self, device_identity: Vec<u8>) -> Result<DeviceAddr, PairError> {
        let (verdict, judged) = oneshot::channel();
        let signed = Signed {
            device_identity,
            verdict: Some(verdict),
        };
        self.attempt.settle(&self.hub, None, Ok(signed));
        judged.await.map_err(|_| PairError::Gone)?
    }

    /// Rejects a scan, with the code that the phone gets (401: not for this companion).
    pub fn refuse(&self, code: u16) {
        self.attempt.settle(&self.hub, None, Err(PairError::Refused(code)));
    }
}
