//! Companions that wait for a phone, their references, and their progress.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::link_code::LinkCode;
use super::passkey::Listener;
use crate::hub::outlet::Outbound;
use crate::hub::types::{Candidate, DeviceAddr, PairError, SeededPairing};

/// A client shows the first reference for 60 s and each of the other five for 20 s.
const FIRST_REFERENCE: Duration = Duration::from_secs(60);
const NEXT_REFERENCE: Duration = Duration::from_secs(20);
pub(super) const REFERENCES: u32 = 6;
/// A phone may be a little later than the countdown of the page that shows the code.
const GRACE: Duration = Duration::from_secs(5);

/// All companions that wait for a phone.
#[derive(Default)]
pub(crate) struct Desk {
    pub(super) attempts: HashMap<u64, Waiting>,
    pub(super) references: HashMap<String, Reference>,
    /// Number → the attempt that requested a link code for it.
    pub(super) link_codes: HashMap<String, u64>,
}

pub(super) struct Reference {
    pub attempt: u64,
    pub stale_at: Instant,
}

pub(super) struct Waiting {
    pub candidate: Candidate,
    pub side: Side,
    /// A phone has taken this companion.
    pub taken: bool,
    /// The waiter for the companion's signature, between `pair-success` and its answer.
    pub signing: Option<Signing>,
    pub link_code: Option<LinkCode>,
    /// The phone that hears the companion's words of a passkey step.
    pub passkey: Option<Listener>,
}

/// Where the companion is.
pub(super) enum Side {
    Wire(UnboundedSender<Outbound>),
    Seeded(UnboundedSender<SeededPairing>),
}

pub(super) struct Signing {
    /// Id of the `pair-success` query, which the answer repeats.
    pub query: String,
    pub answer: oneshot::Sender<Result<Signed, PairError>>,
}

/// The companion's signed identity, and the waiter for the result.
pub(super) struct Signed {
    pub device_identity: Vec<u8>,
    pub verdict: Option<oneshot::Sender<Result<DeviceAddr, PairError>>>,
}

impl Waiting {
    /// Whether the companion has answered, so that the phone decides from here.
    pub fn answered(&self) -> bool {
        self.taken && self.signing.is_none()
    }
}

impl Desk {
    pub(super) fn find(&self, reference: &str) -> Option<(u64, &Waiting)> {
        let known = self.references.get(reference)?;
        let fresh = Instant::now() < known.stale_at;
        fresh
            .then(|| Some((known.attempt, self.attempts.get(&known.attempt)?)))
            .flatten()
    }

    pub(super) fn find_mut(&mut self, reference: &str) -> Option<(u64, &mut Waiting)> {
        let attempt = self.find(reference)?.0;
        Some((attempt, self.attempts.get_mut(&attempt)?))
    }

    pub(super) fn open(&mut self, attempt: u64, waiting: Waiting, references: &[String]) {
        let mut lifetime = FIRST_REFERENCE;
        for reference in references {
            let stale_at = Instant::now() + lifetime + GRACE;
            self.references
                .insert(reference.clone(), Reference { attempt, stale_at });
            lifetime += NEXT_REFERENCE;
        }
        self.attempts.insert(attempt, waiting);
    }

    /// Adds a reference that is valid as long as all others of the attempt together.
    pub(super) fn name(&mut self, attempt: u64, reference: &str) {
        let stale_at = Instant::now() + FIRST_REFERENCE + NEXT_REFERENCE * (REFERENCES - 1) + GRACE;
        self.references
            .insert(reference.to_owned(), Reference { attempt, stale_at });
    }

    /// Removes an attempt; its waiters see the closed channel.
    pub(super) fn close(&mut self, attempt: u64) -> Option<Waiting> {
        self.references.retain(|_, reference| reference.attempt != attempt);
        self.link_codes.retain(|_, of| *of != attempt);
        self.attempts.remove(&attempt)
    }

    /// Removes every waiting companion.
    pub fn clear(&mut self) {
        for waiting in self.attempts.values() {
            if let Side::Wire(to_socket) = &waiting.side {
                drop(to_socket.send(Outbound::End(None)));
            }
        }
        *self = Self::default();
    }
}
