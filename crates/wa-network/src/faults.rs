//! Fault injection: errors that the control API can cause, for one session or for all.
//!
//! A fault is armed with a count and consumed where it takes effect. Faults affect linked sessions
//! (companions) only, never the simulated phones.
//!
//! - `drop`, `restart_515`, `logged_out`, `banned` end a session's connection: at once when it is connected,
//!   otherwise right after its next login. With `after_send` they wait until the session's next message has been
//!   relayed, and cut the connection instead of acknowledging it.
//! - `cut_pairing` ends the connection of a companion that waits to be paired: at once when one waits, otherwise as
//!   soon as one does. With a number: the companion that requested a pairing code for it.
//! - `refuse` (479), `timelock_463`, `nack_475` and `overlimit_429` refuse the session's next message; `overlimit_429` also
//!   applies to the next query (usync, keys, groups, media) if that comes first.
//! - `lose_ack` relays the next message but never acknowledges it.
//! - `bad_prekey` breaks the signature in the next key bundle that the session fetches.
//! - `unkeyable`: whoever fetches a key bundle of this number's devices is told that there is none.
//! - `refresh_lid`: the next acknowledgement says that the recipient's LID has changed.
//! - `old_version_405` refuses the next login, or the next companion that wants to be paired.
//! - `client_expiration` announces, `ms` from now (14 days if 0), the end of the client's version: at once when the
//!   session is connected, otherwise after its next login.
//! - `signature_mismatch`: the number's next pairing is signed as that of a number in coexistence with the Business
//!   Platform, which companions refuse with 401.
//! - `push_timelock` and `push_capping` push the verdicts of WhatsApp with the fields of `data`; queries for them get
//!   the same answer until the faults are cleared.
//! - `delay` (by `ms`), `duplicate` and `reorder` change how the next messages reach the session; with
//!   `after_send`, `delay` delays the acknowledgement of its own next message instead.

use parking_lot::{Mutex, MutexGuard};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    #[serde(rename = "drop")]
    Drop,
    #[serde(rename = "delay")]
    Delay,
    #[serde(rename = "refuse")]
    Refuse,
    #[serde(rename = "duplicate")]
    Duplicate,
    #[serde(rename = "reorder")]
    Reorder,
    #[serde(rename = "logged_out")]
    LoggedOut,
    #[serde(rename = "banned")]
    Banned,
    #[serde(rename = "restart_515")]
    Restart515,
    #[serde(rename = "overlimit_429")]
    Overlimit429,
    #[serde(rename = "timelock_463")]
    Timelock463,
    #[serde(rename = "bad_prekey")]
    BadPrekey,
    #[serde(rename = "lose_ack")]
    LoseAck,
    #[serde(rename = "cut_pairing")]
    CutPairing,
    #[serde(rename = "nack_475")]
    Nack475,
    #[serde(rename = "unkeyable")]
    Unkeyable,
    #[serde(rename = "refresh_lid")]
    RefreshLid,
    #[serde(rename = "old_version_405")]
    OldVersion405,
    #[serde(rename = "client_expiration")]
    ClientExpiration,
    #[serde(rename = "signature_mismatch")]
    SignatureMismatch,
    #[serde(rename = "push_timelock")]
    PushTimelock,
    #[serde(rename = "push_capping")]
    PushCapping,
}

impl FaultKind {
    /// The kinds that end a connection.
    pub(crate) const ENDING: [Self; 4] = [Self::Drop, Self::Restart515, Self::LoggedOut, Self::Banned];
    /// The kinds that refuse a message.
    pub(crate) const REFUSING: [Self; 4] = [Self::Refuse, Self::Timelock463, Self::Nack475, Self::Overlimit429];

    pub(crate) fn ends_connection(self) -> bool {
        Self::ENDING.contains(&self)
    }
}

/// The body of `POST /faults`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FaultSpec {
    /// Number of the session, digits; `None` means every session.
    #[serde(default)]
    pub session: Option<String>,
    pub kind: FaultKind,
    /// How often it happens.
    #[serde(default = "once")]
    pub count: u32,
    /// Milliseconds, for the kinds that take time.
    #[serde(default)]
    pub ms: u64,
    /// Wait for the session's next message and act once it has been relayed.
    #[serde(default)]
    pub after_send: bool,
    /// Fields of what is pushed, for the kinds that push; left out, plausible ones.
    #[serde(default)]
    pub data: Option<serde_json::Value>,
}

fn once() -> u32 {
    1
}

impl FaultSpec {
    pub fn new(kind: FaultKind) -> Self {
        Self {
            session: None,
            kind,
            count: 1,
            ms: 0,
            after_send: false,
            data: None,
        }
    }

    pub fn data(mut self, data: serde_json::Value) -> Self {
        self.data = Some(data);
        self
    }

    pub fn for_session(mut self, number: impl Into<String>) -> Self {
        self.session = Some(number.into());
        self
    }

    pub fn times(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    pub fn ms(mut self, ms: u64) -> Self {
        self.ms = ms;
        self
    }

    pub fn after_send(mut self) -> Self {
        self.after_send = true;
        self
    }
}

/// One occurrence of a fault, consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub kind: FaultKind,
    pub ms: u64,
}

#[derive(Default)]
pub struct Faults {
    /// Lets the hot path skip the lock while nothing is armed.
    armed: AtomicUsize,
    last_id: AtomicU64,
    list: Mutex<VecDeque<FaultSpec>>,
}

impl Faults {
    /// Arms a fault and returns its id.
    pub(crate) fn arm(&self, spec: FaultSpec) -> u64 {
        if spec.count > 0 {
            let mut list = self.list();
            list.push_back(spec);
            self.armed.store(list.len(), Ordering::Release);
        }
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn clear(&self) {
        let mut list = self.list();
        list.clear();
        self.armed.store(0, Ordering::Release);
    }

    /// Consumes one occurrence of the oldest armed fault of these kinds for this session.
    pub(crate) fn take(&self, session: &str, kinds: &[FaultKind], after_send: bool) -> Option<Hit> {
        if self.armed.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut list = self.list();
        let at = list.iter().position(|fault| {
            kinds.contains(&fault.kind)
                && fault.after_send == after_send
                && fault.session.as_deref().is_none_or(|number| number == session)
        })?;
        let hit = Hit {
            kind: list[at].kind,
            ms: list[at].ms,
        };
        list[at].count -= 1;
        if list[at].count == 0 {
            list.remove(at);
        }
        self.armed.store(list.len(), Ordering::Release);
        Some(hit)
    }

    /// Like `take`, for kinds that mean the same with and without `after_send`.
    pub(crate) fn take_any(&self, session: &str, kinds: &[FaultKind]) -> Option<Hit> {
        self.take(session, kinds, false)
            .or_else(|| self.take(session, kinds, true))
    }

    fn list(&self) -> MutexGuard<'_, VecDeque<FaultSpec>> {
        self.list.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_asked_and_only_to_its_session() {
        let faults = Faults::default();
        faults.arm(FaultSpec::new(FaultKind::Drop).for_session("1").times(2));
        assert_eq!(faults.take("2", &[FaultKind::Drop], false), None);
        assert_eq!(faults.take("1", &[FaultKind::Drop], true), None);
        assert!(faults.take("1", &[FaultKind::Drop], false).is_some());
        assert!(faults.take("1", &[FaultKind::Drop], false).is_some());
        assert_eq!(faults.take("1", &[FaultKind::Drop], false), None);
    }

    #[test]
    fn the_control_apis_faults_are_parsed() {
        let spec: FaultSpec =
            serde_json::from_str(r#"{"session":null,"kind":"restart_515","count":3,"ms":5,"after_send":true}"#)
                .unwrap();
        assert_eq!(spec.kind, FaultKind::Restart515);
        assert_eq!((spec.count, spec.ms, spec.after_send), (3, 5, true));
        let short: FaultSpec = serde_json::from_str(r#"{"kind":"lose_ack"}"#).unwrap();
        assert_eq!((short.count, short.session), (1, None));
        assert!(serde_json::from_str::<FaultSpec>(r#"{"kind":"melt"}"#).is_err());
    }
}
