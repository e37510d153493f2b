//! The hub: the state of WhatsApp's servers, in memory.
//!
//! Accounts with their devices, public keys and unacknowledged stanzas, groups, app state, pairings.
//! The socket side (`server`) and the simulated phones (`phone`) both use the network only through it:
//! a companion's stanza and a phone's stanza take the same path.
//!
//! Invariants
//! - No account's lock is held while another account's is taken, and none across an `.await`.
//! - A message, receipt or notification for a companion stays queued until that companion has acknowledged it.
//! - Nothing about numbers, keys or contents is logged.

mod accounts;
mod appstate;
mod b64;
mod bundles;
mod calls;
mod delivery;
mod directory;
mod ending;
mod groups;
mod ids;
mod iq;
mod login;
mod outlet;
mod pairing;
mod pictures;
mod presence;
mod receipts;
mod relay;
mod replay;
pub(crate) mod stanza;
mod state;
#[cfg(test)]
mod testing;
mod types;
mod verdicts;

use parking_lot::{Mutex, RwLock};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use wacore_binary::Node;

use crate::faults::{FaultKind, FaultSpec, Faults};
use crate::media::MediaStore;
use crate::server::ServerKeys;
use crate::stats::{Stats, StatsSnapshot};

pub use calls::{CallInfo, CallState};
pub(crate) use login::LoginRefused;
pub(crate) use outlet::Outbound;
pub use pairing::SeededOffer;
pub(crate) use pairing::{Attempt, Registration};
pub use state::HubState;
pub use types::{
    AccountExists, Candidate, CertificateValidity, CompanionFinish, DeviceAddr, DeviceInfo, FetchedBundle, GroupChange,
    GroupError, GroupInfo, GroupSettings, KeyBundle, LinkCodeHello, NewAccount, PairError, PairSuccess, Participant,
    PasskeyWord, PrimaryHello, Rank, SeededCompanion, SeededPairing, SignedPreKey, Visibility,
};

pub struct Hub {
    me: Weak<Hub>,
    lid_migrated: bool,
    /// What new accounts show of themselves.
    lid_only: AtomicBool,
    keys: Arc<ServerKeys>,
    directory: RwLock<accounts::Directory>,
    groups: Mutex<groups::Groups>,
    pictures: Mutex<pictures::Pictures>,
    desk: Mutex<pairing::Desk>,
    calls: Mutex<Vec<CallInfo>>,
    ids: ids::Ids,
    faults: Faults,
    stats: Stats,
    media: Arc<MediaStore>,
    /// `HOST:PORT` of the media host, once it is up.
    media_address: OnceLock<String>,
}

impl Hub {
    pub(crate) fn new(seed: u64, lid_migrated: bool, keys: Arc<ServerKeys>) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            me: me.clone(),
            lid_migrated,
            lid_only: AtomicBool::new(false),
            keys,
            directory: RwLock::default(),
            groups: Mutex::default(),
            pictures: Mutex::default(),
            desk: Mutex::default(),
            calls: Mutex::default(),
            ids: ids::Ids::new(seed),
            faults: Faults::default(),
            stats: Stats::default(),
            media: Arc::default(),
            media_address: OnceLock::new(),
        })
    }

    /// Whether accounts count as LID-migrated: direct messages are then addressed by LID.
    pub fn lid_migrated(&self) -> bool {
        self.lid_migrated
    }

    /// The files of the media host.
    pub fn media(&self) -> &Arc<MediaStore> {
        &self.media
    }

    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    pub fn stats_snapshot(&self) -> StatsSnapshot {
        self.stats.read(self.queued())
    }

    /// Arms a fault and, if it ends connections, applies it to the open ones.
    pub fn inject_fault(&self, spec: FaultSpec) -> u64 {
        if matches!(spec.kind, FaultKind::PushTimelock | FaultKind::PushCapping) {
            self.push_verdict(&spec);
            // Pushed already, so there is nothing to arm.
            return self.faults.arm(spec.times(0));
        }
        let id = self.faults.arm(spec.clone());
        if spec.kind.ends_connection() && !spec.after_send {
            self.end_connected(spec.session.as_deref(), spec.kind);
        }
        match spec.kind {
            FaultKind::CutPairing => self.cut_waiting(),
            FaultKind::ClientExpiration => self.announce_expiration(spec.session.as_deref()),
            _ => {}
        }
        id
    }

    pub fn clear_faults(&self) {
        self.faults.clear();
        self.forget_verdicts();
    }

    /// Accepts a stanza as a device sends it: messages, receipts, acks, presence, chat states, queries.
    /// Answers arrive like all stanzas of that device.
    pub fn submit(&self, from: &DeviceAddr, node: Node) {
        match node.tag.as_ref() {
            "message" => self.relay_message(from, node),
            "receipt" => self.relay_receipt(from, &node),
            "ack" => self.acknowledged(from, &node),
            "presence" => self.presence(from, &node),
            "chatstate" => self.chat_state(from, &node),
            "iq" => self.answer(from, &node),
            "call" => self.call_stanza(from, &node),
            // `ib` stanzas (unified_session, offline_batch) want no answer.
            _ => {}
        }
    }

    /// Drops every account, group, pairing and fault, and ends every connection.
    pub(crate) fn reset(&self, seed: Option<u64>) {
        self.end_all();
        *accounts::write(&self.directory) = accounts::Directory::default();
        *self.groups.lock() = groups::Groups::default();
        self.pictures.lock().clear();
        self.desk().clear();
        self.calls.lock().clear();
        self.ids.restart(seed);
        self.faults.clear();
        self.lid_only.store(false, Ordering::Relaxed);
        self.stats.reset();
        self.media.clear();
    }

    pub(crate) fn set_media_address(&self, address: String) {
        // There is one media host per network, so the first address stays.
        self.media_address.get_or_init(|| address);
    }
}
