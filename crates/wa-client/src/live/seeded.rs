//! Pairing by a record instead of on the wire, for the demo in a normal build.
//!
//! A normal build verifies WhatsApp's certificate chain at every pairing, always, so it cannot pair with a simulated
//! network over a socket. It can *log in* to one whose static key it knows beforehand (protocol.md §1.1). So here the
//! companion makes its keys, shows a QR code, and the simulated network returns in process what the phone signed.
//! The same checks are made as on the wire: the HMAC with the secret of the QR code, and the account's signature.
//! No check of a real connection is weakened: the record pins one network's key, for one session.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use wacore::companion_reg::companion_web_client_type_for_props;
use wacore::libsignal::protocol::KeyPair;
use wacore::pair::{DeviceState, PairUtils};
use wacore::store::Device;
use wacore::store::device::{CachedNoiseCert, CachedServerCertChain};
use wacore::store::traits::Backend;
use wacore_binary::Jid;

use super::core::Core;
use super::gateway::Shared;
use super::session::device_props;
use crate::LinkEvent;

/// The library's own timing: the first code is shown longer.
const FIRST_CODE: Duration = Duration::from_secs(60);
const LATER_CODES: Duration = Duration::from_secs(20);

/// The public keys of a new companion device, as a registration on the wire would contain them.
pub struct CompanionKeys {
    pub noise_public: [u8; 32],
    pub identity_public: [u8; 32],
    pub registration_id: u32,
    pub signed_prekey_id: u32,
    pub signed_prekey_public: [u8; 32],
    pub signed_prekey_signature: [u8; 64],
}

/// The response of the phone and its network to a scanned code.
pub struct SeededDevice {
    /// Digits in E.164 without `+`.
    pub phone: String,
    pub device: u16,
    /// The LID's digits, without device and server.
    pub lid: Option<String>,
    /// `ADVSignedDeviceIdentityHMAC`, encoded.
    pub hmac_blob: Vec<u8>,
    /// The network's Noise key, and its validity in Unix seconds: not before and not after.
    pub server_static: [u8; 32],
    pub valid: (i64, i64),
}

/// A network that pairs by record.
#[async_trait]
pub trait SeededPairing: Send + Sync + 'static {
    async fn offer(&self, keys: CompanionKeys) -> anyhow::Result<Box<dyn SeededOffer>>;
}

/// A pairing in progress; dropping it cancels it.
#[async_trait]
pub trait SeededOffer: Send {
    /// The refs to show as QR codes, one after the other.
    fn refs(&self) -> &[String];

    /// Returns when a phone scanned one of the codes. Polled once; dropping it gives up.
    async fn scanned(&mut self) -> anyhow::Result<SeededDevice>;

    /// Sends the network the identity with our signature (`ADVSignedDeviceIdentity`, encoded); the device may log in.
    async fn confirm(&mut self, signed_identity: Vec<u8>) -> anyhow::Result<()>;
}

/// Shows codes until one is scanned, and saves the paired device. `false`: not paired, and an event said why.
pub(super) async fn pair(shared: &Arc<Shared>, core: &Core, backend: &dyn Backend) -> bool {
    match try_pair(shared, core, backend).await {
        Ok(true) => true,
        Ok(false) => {
            core.emit(LinkEvent::QrExhausted);
            false
        }
        Err(error) => {
            core.emit(LinkEvent::PairingFailed {
                why: format!("{error:#}"),
            });
            false
        }
    }
}

async fn try_pair(shared: &Arc<Shared>, core: &Core, backend: &dyn Backend) -> anyhow::Result<bool> {
    let Some(network) = &shared.options.seeded else {
        return Ok(false);
    };
    let mut device = Device::new();
    device.set_device_props(device_props(&shared.options.device_name));
    let state = state_of(&device);
    let mut offer = network.offer(public_keys(&device)).await?;
    let Some(scanned) = show_codes(core, &device, &state, &mut *offer).await? else {
        return Ok(false);
    };

    let (signed, _key_index) = PairUtils::do_pair_crypto(&state, &scanned.hmac_blob).map_err(|error| {
        error
            .source
            .context(format!("the phone's answer is not valid ({})", error.text))
    })?;
    complete(&mut device, &scanned, &signed)?;
    backend.save(&device).await?;
    if let Err(error) = offer.confirm(signed).await {
        // The network does not know this device: a later start must pair again rather than be refused at login.
        backend.save(&Device::new()).await?;
        return Err(error);
    }
    core.emit(LinkEvent::Paired {
        phone: scanned.phone,
        lid: scanned.lid,
        platform: None,
    });
    Ok(true)
}

/// `None` when every code expired.
async fn show_codes(
    core: &Core,
    device: &Device,
    state: &DeviceState,
    offer: &mut dyn SeededOffer,
) -> anyhow::Result<Option<SeededDevice>> {
    let client_type = companion_web_client_type_for_props(&device.device_props);
    let codes: Vec<String> = offer
        .refs()
        .iter()
        .map(|reference| PairUtils::make_qr_data(state, reference, client_type))
        .collect();
    let scanned = offer.scanned();
    tokio::pin!(scanned);
    let mut valid_for = FIRST_CODE;
    for code in codes {
        let until = Instant::now() + valid_for;
        core.emit(LinkEvent::Qr { code, valid_for });
        if let Ok(answer) = tokio::time::timeout_at(until, &mut scanned).await {
            return answer.map(Some);
        }
        valid_for = LATER_CODES;
    }
    Ok(None)
}

fn state_of(device: &Device) -> DeviceState {
    DeviceState {
        identity_key: device.identity_key.clone(),
        noise_key: device.noise_key.clone(),
        adv_secret_key: device.adv_secret_key,
    }
}

fn public_keys(device: &Device) -> CompanionKeys {
    CompanionKeys {
        noise_public: key32(&device.noise_key),
        identity_public: key32(&device.identity_key),
        registration_id: device.registration_id,
        signed_prekey_id: device.signed_pre_key_id,
        signed_prekey_public: key32(&device.signed_pre_key),
        signed_prekey_signature: device.signed_pre_key_signature,
    }
}

fn key32(pair: &KeyPair) -> [u8; 32] {
    pair.public_key
        .public_key_bytes()
        .try_into()
        .expect("a Curve25519 public key has 32 bytes")
}

/// Writes to `device` what pairing and a first handshake on the wire would have stored.
fn complete(device: &mut Device, scanned: &SeededDevice, signed: &[u8]) -> anyhow::Result<()> {
    let (not_before, not_after) = scanned.valid;
    let cert = CachedNoiseCert {
        key: scanned.server_static,
        not_before,
        not_after,
    };
    device.pn = Some(Jid::pn_device(scanned.phone.as_str(), scanned.device));
    device.lid = scanned.lid.as_deref().map(|lid| Jid::lid_device(lid, scanned.device));
    device.account = Some(Arc::new(waproto::codec::adv_signed_device_identity_decode(signed)?));
    device.server_cert_chain = Some(CachedServerCertChain {
        intermediate: cert.clone(),
        leaf: cert,
    });
    Ok(())
}
