//! Types that the hub and the phones share: addresses, key bundles, devices, pairing.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

/// One device of one account. Device 0 is the phone itself, companions count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceAddr {
    /// Phone number of the account, digits without `+`.
    pub account: Arc<str>,
    pub device: u16,
}

impl DeviceAddr {
    pub fn new(account: impl Into<Arc<str>>, device: u16) -> Self {
        Self {
            account: account.into(),
            device,
        }
    }

    /// The phone of an account.
    pub fn phone(account: impl Into<Arc<str>>) -> Self {
        Self::new(account, 0)
    }

    pub fn is_phone(&self) -> bool {
        self.device == 0
    }

    /// `NUMBER[:DEVICE]@s.whatsapp.net`
    pub fn jid(&self) -> Jid {
        Jid::pn_device(self.account.as_ref(), self.device)
    }
}

/// Numbers are personal data even if simulated ones replace them here: logs show the device only.
impl fmt::Display for DeviceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device {}", self.device)
    }
}

/// What a phone joins the network with.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Digits without `+`.
    pub number: String,
    /// Digits of the LID; `Hub::lid_for` gives the one derived from the seed.
    pub lid: String,
    /// The name others see (push name).
    pub name: String,
    /// The phone's Signal identity key, without type byte. Signs the companions.
    pub identity_public: [u8; 32],
}

/// What an account lets others see of its number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Visibility {
    /// `a-z0-9._`, without `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Nobody learns the number: not from stanzas, not by asking.
    pub hidden: bool,
    /// Stanzas name the LID alone, although whoever asks for the number finds the account.
    pub lid_only: bool,
    /// Only their own contacts add them to groups, and no linked number is one.
    pub contacts_only: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPreKey {
    pub id: u32,
    pub public: [u8; 32],
    #[serde(with = "super::b64")]
    pub signature: Vec<u8>,
}

/// The public keys by which others open a Signal session with a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyBundle {
    pub registration_id: u32,
    pub identity: [u8; 32],
    pub signed_prekey: SignedPreKey,
    /// One-time keys: handed out once each, oldest first.
    pub prekeys: Vec<(u32, [u8; 32])>,
}

/// What one fetch returns of a bundle; its one-time key is removed from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedBundle {
    pub registration_id: u32,
    pub identity: [u8; 32],
    pub signed_prekey: SignedPreKey,
    pub prekey: Option<(u32, [u8; 32])>,
    /// `ADVSignedDeviceIdentity` bytes; companions only.
    pub device_identity: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub struct DeviceInfo {
    pub addr: DeviceAddr,
    /// 0 for the phone, else the key index its identity was signed with.
    pub key_index: u32,
    /// What the companion called itself at registration, e.g. "CHROME".
    pub platform: String,
    pub connected: bool,
    /// How many messages wait for it at the server.
    pub waiting: usize,
    pub identity_public: [u8; 32],
    /// `ADVSignedDeviceIdentity` bytes; companions only.
    pub device_identity: Option<Vec<u8>>,
}

/// An unpaired companion that waits for a phone, found by the reference in its QR text.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub noise_public: [u8; 32],
    pub identity_public: [u8; 32],
    pub registration_id: u32,
    pub signed_prekey: SignedPreKey,
    pub platform: String,
}

/// What the phone sends the companion through the server.
#[derive(Debug, Clone)]
pub struct PairSuccess {
    /// The phone that links.
    pub number: String,
    /// `ADVSignedDeviceIdentityHMAC` bytes.
    pub hmac_blob: Vec<u8>,
    /// The key index inside the signed details, 1 or more.
    pub key_index: u32,
}

#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum PairError {
    #[error("this code is not (or no longer) valid: show a fresh one and scan again")]
    Stale,
    #[error("there is no account with this number: create the phone first")]
    UnknownAccount,
    #[error("the companion refused the pairing with code {0}: check that the code belongs to it")]
    Refused(u16),
    #[error("the companion's signature does not verify: show a fresh code and scan again")]
    BadSignature,
    #[error("the companion went away before it had answered: show a fresh code and scan again")]
    Gone,
    #[error("the companion did not answer in time: show a fresh code and scan again")]
    Timeout,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an account with this number exists already: use it, or choose another number")]
pub struct AccountExists;

/// A companion that requested an 8-character code and shows it now.
#[derive(Debug, Clone)]
pub struct LinkCodeHello {
    /// Names this attempt in `Hub::primary_hello` and `Hub::complete_pairing`.
    pub reference: String,
    /// salt32 ‖ iv16 ‖ encrypted ephemeral key: 80 bytes.
    pub wrapped_companion_ephemeral: Vec<u8>,
}

/// What a companion says in the passkey step of a linking, in this order.
#[derive(Debug, Clone)]
pub enum PasskeyWord {
    /// The passkey's signature, and what the companion commits to.
    Prologue {
        credential_id: Vec<u8>,
        assertion: Vec<u8>,
        payload: Vec<u8>,
    },
    Nonce([u8; 32]),
    /// Its keys and its new secret, sealed.
    Request(Vec<u8>),
}

/// The phone's half of the link-code exchange.
#[derive(Debug, Clone)]
pub struct PrimaryHello {
    /// salt32 ‖ iv16 ‖ encrypted ephemeral key: 80 bytes.
    pub wrapped_primary_ephemeral: Vec<u8>,
    pub primary_identity_public: [u8; 32],
}

/// The companion's final message in the link-code exchange.
#[derive(Debug, Clone)]
pub struct CompanionFinish {
    /// salt32 ‖ iv12 ‖ AES-GCM(companion identity ‖ primary identity ‖ random32)
    pub wrapped_key_bundle: Vec<u8>,
    pub companion_identity_public: [u8; 32],
}

/// Public keys of a companion that pairs inside this process instead of on the wire.
#[derive(Debug, Clone)]
pub struct SeededCompanion {
    pub noise_public: [u8; 32],
    pub identity_public: [u8; 32],
    pub registration_id: u32,
    pub signed_prekey: SignedPreKey,
    /// Shown in the phone's list of linked devices.
    pub platform: String,
}

/// The result of a scan for a seeded companion: the content of `pair-success` and of the certificates.
#[derive(Debug, Clone)]
pub struct SeededPairing {
    pub number: String,
    pub lid: String,
    /// The device number the server gives it.
    pub device: u16,
    /// The account's push name.
    pub name: String,
    pub lid_migrated: bool,
    /// `ADVSignedDeviceIdentityHMAC` bytes, to be checked and signed as on the wire.
    pub hmac_blob: Vec<u8>,
    pub certificates: CertificateValidity,
}

/// The keys a client may cache for Noise IK, with their validity in unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateValidity {
    pub leaf_key: [u8; 32],
    pub leaf_not_before: i64,
    pub leaf_not_after: i64,
    pub intermediate_key: [u8; 32],
    pub intermediate_not_before: i64,
    pub intermediate_not_after: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    pub number: Arc<str>,
    pub lid: Arc<str>,
    pub rank: Rank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rank {
    Member,
    Admin,
    SuperAdmin,
}

#[derive(Debug, Clone)]
pub struct GroupInfo {
    /// `ID@g.us`
    pub jid: String,
    pub subject: String,
    pub creator: Arc<str>,
    /// Unix seconds.
    pub created_at: i64,
    pub participants: Vec<Participant>,
    pub settings: GroupSettings,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupSettings {
    /// Members are named by LID.
    pub lid: bool,
    pub description: Option<String>,
    /// Only admins write.
    pub announcement: bool,
    /// Only admins change subject and description.
    pub locked: bool,
    /// The disappearing timer, in seconds; 0 for none.
    pub ephemeral: u32,
}

#[derive(Debug, Clone)]
pub enum GroupChange {
    Add(Vec<String>),
    Remove(Vec<String>),
    Promote(Vec<String>),
    Demote(Vec<String>),
    Leave,
    Subject(String),
    Description(Option<String>),
    Announcement(bool),
    Locked(bool),
    /// Seconds; 0 ends it.
    Ephemeral(u32),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GroupError {
    #[error("there is no such group")]
    NotFound,
    #[error("only a member may do this")]
    NotMember,
    #[error("only an admin may do this")]
    NotAdmin,
    #[error("a number of the list is not on the network: create its phone first")]
    UnknownNumber,
}
