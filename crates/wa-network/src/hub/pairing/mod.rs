//! Pairing: companions wait here with their codes until a phone takes one.
//!
//! An unpaired companion opens an attempt, by wire (`Attempt`) or inside this process (`SeededOffer`); both are
//! found by a reference out of a QR text or by the number that asked for a link code. The phone then sends its
//! signed device identity, the companion signs back, and only a pair of signatures that verify makes a device.

mod companion;
mod link_code;
mod seeded;

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
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
use super::types::{Candidate, DeviceAddr, KeyBundle, PairError, PairSuccess, SeededPairing};

pub(crate) use companion::{Attempt, Registration};
use link_code::LinkCode;
pub use seeded::SeededOffer;

/// A client shows the first reference for 60 s and each of the other five for 20 s.
const FIRST_REFERENCE: Duration = Duration::from_secs(60);
const NEXT_REFERENCE: Duration = Duration::from_secs(20);
const REFERENCES: u32 = 6;
/// A phone may be a little slower than the clock of the page that shows the code.
const GRACE: Duration = Duration::from_secs(5);

/// How long a companion may take to sign.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// All companions that wait for a phone.
#[derive(Default)]
pub(crate) struct Desk {
    attempts: HashMap<u64, Waiting>,
    references: HashMap<String, Reference>,
    /// Number → the attempt that asked to be linked with it by code.
    link_codes: HashMap<String, u64>,
}

struct Reference {
    attempt: u64,
    stale_at: Instant,
}

struct Waiting {
    candidate: Candidate,
    side: Side,
    /// A phone has taken this companion.
    taken: bool,
    /// Who waits for the companion's signature, between `pair-success` and its answer.
    signing: Option<Signing>,
    link_code: Option<LinkCode>,
}

/// Where the companion is.
enum Side {
    Wire(UnboundedSender<Outbound>),
    Seeded(UnboundedSender<SeededPairing>),
}

struct Signing {
    /// Id of the `pair-success` query, which the answer repeats.
    query: String,
    answer: oneshot::Sender<Result<Signed, PairError>>,
}

/// A companion that has been told who takes it.
struct Announced {
    attempt: u64,
    /// The device it becomes if it signs.
    addr: DeviceAddr,
    answer: oneshot::Receiver<Result<Signed, PairError>>,
}

/// The companion's signed identity, and who wants to know what came of it.
struct Signed {
    device_identity: Vec<u8>,
    verdict: Option<oneshot::Sender<Result<DeviceAddr, PairError>>>,
}

impl Waiting {
    /// Whether the companion has given its answer, so that the rest is up to the phone.
    fn answered(&self) -> bool {
        self.taken && self.signing.is_none()
    }
}

impl Desk {
    fn find(&self, reference: &str) -> Option<(u64, &Waiting)> {
        let known = self.references.get(reference)?;
        let fresh = Instant::now() < known.stale_at;
        fresh
            .then(|| Some((known.attempt, self.attempts.get(&known.attempt)?)))
            .flatten()
    }

    fn find_mut(&mut self, reference: &str) -> Option<(u64, &mut Waiting)> {
        let attempt = self.find(reference)?.0;
        Some((attempt, self.attempts.get_mut(&attempt)?))
    }

    fn open(&mut self, attempt: u64, waiting: Waiting, references: &[String]) {
        let mut lifetime = FIRST_REFERENCE;
        for reference in references {
            let stale_at = Instant::now() + lifetime + GRACE;
            self.references
                .insert(reference.clone(), Reference { attempt, stale_at });
            lifetime += NEXT_REFERENCE;
        }
        self.attempts.insert(attempt, waiting);
    }

    /// A reference that is good for as long as all others of the attempt together.
    fn name(&mut self, attempt: u64, reference: &str) {
        let stale_at = Instant::now() + FIRST_REFERENCE + NEXT_REFERENCE * (REFERENCES - 1) + GRACE;
        self.references
            .insert(reference.to_owned(), Reference { attempt, stale_at });
    }

    /// Forgets an attempt; whoever waits for it learns so by the closed channel.
    fn close(&mut self, attempt: u64) -> Option<Waiting> {
        self.references.retain(|_, reference| reference.attempt != attempt);
        self.link_codes.retain(|_, of| *of != attempt);
        self.attempts.remove(&attempt)
    }

    /// Sends every waiting companion away.
    pub(crate) fn clear(&mut self) {
        for waiting in self.attempts.values() {
            if let Side::Wire(to_socket) = &waiting.side {
                drop(to_socket.send(Outbound::End(None)));
            }
        }
        *self = Self::default();
    }
}

impl Hub {
    /// The companion behind a reference; `None` when it is unknown, gone or too old.
    pub fn pairing_candidate(&self, reference: &str) -> Option<Candidate> {
        self.desk()
            .find(reference)
            .map(|(_, waiting)| waiting.candidate.clone())
    }

    /// Tells the companion who takes it and waits until it has signed. Then it is a device of the account.
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
        // A code that was taken is no longer valid for a second phone.
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

    fn hang_up(&self, waiting: &Waiting, error: PairError) -> PairError {
        if let Side::Wire(to_socket) = &waiting.side {
            drop(to_socket.send(Outbound::End(None)));
        }
        error
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The device identity with the account key in it (some clients leave it out), if everything in it is right.
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
