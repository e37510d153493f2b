//! Pairing: companions wait here with their codes until a phone scans one.
//!
//! An unpaired companion opens an attempt, on the wire (`Attempt`) or inside this process (`SeededOffer`); both are
//! found by a reference from a QR text or by the number of a link code. The phone then sends its
//! signed device identity, the companion signs back, and only a pair of valid signatures makes a device.

mod companion;
mod desk;
mod link_code;
mod passkey;
mod seeded;

use parking_lot::MutexGuard;
use std::time::Duration;

use tokio::sync::oneshot;
use wacore::adv::{AdvValidation, validate_adv_with_identity_key};
use wacore_binary::Node;
use waproto::codec::{
    adv_device_identity_decode, adv_signed_device_identity_decode, adv_signed_device_identity_to_vec,
};

use super::Hub;
use super::accounts::{Account, Device, write};
use super::outlet::{Outbound, Outlet};
use super::stanza::stream_error;
use super::types::{Candidate, DeviceAddr, KeyBundle, PairError, PairSuccess};
use crate::faults::FaultKind;

pub(crate) use companion::{Attempt, Registration};
pub(crate) use desk::Desk;
use desk::{Side, Signed, Signing, Waiting};
pub use seeded::SeededOffer;

/// How long a companion may take to sign.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A companion that knows which phone links it.
struct Announced {
    attempt: u64,
    /// The device it becomes if it signs.
    addr: DeviceAddr,
    answer: oneshot::Receiver<Result<Signed, PairError>>,
}

impl Hub {
    /// The companion behind a reference; `None` when it is unknown, gone or too old.
    pub fn pairing_candidate(&self, reference: &str) -> Option<Candidate> {
        self.desk()
            .find(reference)
            .map(|(_, waiting)| waiting.candidate.clone())
    }

    /// Tells the companion which phone links it and waits for its signature. Then it is a device of the account.
    pub async fn complete_pairing(&self, reference: &str, success: PairSuccess) -> Result<DeviceAddr, PairError> {
        let account = self.account(&success.number).ok_or(PairError::UnknownAccount)?;
        let Announced { attempt, addr, answer } = self.announce(reference, &account, &success)?;
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, answer).await;
        let signed = match answer {
            Ok(Ok(signed)) => signed,
            Ok(Err(_)) => Err(PairError::Gone),
            Err(_) => Err(PairError::Timeout),
        };
        let waiting = self.desk().close(attempt).ok_or(PairError::Gone)?;
        let signed = match signed {
            Ok(signed) => signed,
            Err(error) => return Err(self.hang_up(&waiting, error)),
        };
        let outcome = self.conclude(&account, &addr, &success, &waiting, &signed.device_identity);
        if let Some(verdict) = signed.verdict {
            drop(verdict.send(outcome.clone()));
        }
        match outcome {
            Ok(addr) => {
                if let Side::Wire(to_socket) = &waiting.side {
                    drop(to_socket.send(Outbound::End(Some(stream_error(515)))));
                }
                self.tell_device_change(&addr, success.key_index, "add");
                Ok(addr)
            }
            Err(error) => Err(self.hang_up(&waiting, error)),
        }
    }

    fn announce(&self, reference: &str, account: &Account, success: &PairSuccess) -> Result<Announced, PairError> {
        let device = {
            let mut state = account.state();
            let device = state.next_device;
            state.next_device += 1;
            device
        };
        let mut desk = self.desk();
        let (attempt, waiting) = desk.find_mut(reference).ok_or(PairError::Stale)?;
        // A scanned code is no longer valid for a second phone.
        if waiting.taken {
            return Err(PairError::Stale);
        }
        let (answer, answered) = oneshot::channel();
        let query = self.ids.stanza();
        let told = match &waiting.side {
            Side::Wire(to_socket) => {
                let stanza = companion::pair_success(&query, account, device, success, self.lid_migrated);
                to_socket.send(Outbound::Stanza(stanza.into())).is_ok()
            }
            Side::Seeded(to_companion) => to_companion.send(self.seeded_pairing(account, device, success)).is_ok(),
        };
        if !told {
            return Err(PairError::Gone);
        }
        waiting.taken = true;
        waiting.signing = Some(Signing { query, answer });
        Ok(Announced {
            attempt,
            addr: account.addr(device),
            answer: answered,
        })
    }

    /// Verifies both signatures and adds the device.
    fn conclude(
        &self,
        account: &Account,
        addr: &DeviceAddr,
        success: &PairSuccess,
        waiting: &Waiting,
        device_identity: &[u8],
    ) -> Result<DeviceAddr, PairError> {
        let candidate = &waiting.candidate;
        let whole = verified(
            device_identity,
            &candidate.identity_public,
            &account.identity,
            success.key_index,
        )?;
        let device = Device {
            platform: candidate.platform.clone(),
            key_index: success.key_index,
            noise_public: Some(candidate.noise_public),
            identity_public: candidate.identity_public,
            device_identity: Some(whole.into()),
            bundle: Some(KeyBundle {
                registration_id: candidate.registration_id,
                identity: candidate.identity_public,
                signed_prekey: candidate.signed_prekey.clone(),
                prekeys: Vec::new(),
            }),
            outlet: Outlet::Companion(None),
            queue: Default::default(),
            held: None,
        };
        account.state().devices.insert(addr.device, device);
        write(&self.directory)
            .by_noise_key
            .insert(candidate.noise_public, addr.clone());
        Ok(addr.clone())
    }

    /// Applies a fault that cuts pairings to the waiting companions on sockets that it is armed for.
    pub(super) fn cut_waiting(&self) {
        let desk = self.desk();
        for (attempt, waiting) in &desk.attempts {
            let Side::Wire(to_socket) = &waiting.side else { continue };
            let number = desk.link_codes.iter().find(|(_, of)| *of == attempt);
            let number = number.map_or("", |(number, _)| number.as_str());
            if self.faults.take_any(number, &[FaultKind::CutPairing]).is_some() {
                drop(to_socket.send(Outbound::End(None)));
            }
        }
    }

    fn hang_up(&self, waiting: &Waiting, error: PairError) -> PairError {
        if let Side::Wire(to_socket) = &waiting.side {
            drop(to_socket.send(Outbound::End(None)));
        }
        error
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock()
    }
}

/// The device identity with the account key in it (some clients leave it out), if it is valid.
fn verified(
    device_identity: &[u8],
    companion: &[u8; 32],
    account: &[u8; 32],
    key_index: u32,
) -> Result<Vec<u8>, PairError> {
    let mut signed = adv_signed_device_identity_decode(device_identity).map_err(|_| PairError::BadSignature)?;
    let details = signed.details.as_deref().unwrap_or_default();
    let details = adv_device_identity_decode(details).map_err(|_| PairError::BadSignature)?;
    if details.key_index != Some(key_index) || key_index == 0 {
        return Err(PairError::BadSignature);
    }
    signed.account_signature_key = Some(account.to_vec());
    let whole = adv_signed_device_identity_to_vec(&signed);
    match validate_adv_with_identity_key(&whole, companion, Some(account)) {
        AdvValidation::Valid => Ok(whole),
        AdvValidation::Invalid | AdvValidation::NoAccountKey => Err(PairError::BadSignature),
    }
}

/// The `<device-identity>` of a `pair-device-sign`.
fn signature_in(answer: &Node) -> Option<Vec<u8>> {
    let identity = answer.get_optional_child_by_tag(&["pair-device-sign", "device-identity"])?;
    super::stanza::content(identity).map(<[u8]>::to_vec)
}
