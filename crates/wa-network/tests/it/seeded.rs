//! Pairing inside the process, then logging in over an ordinary socket.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use wa_network::Network;
use wa_network::hub::{PairError, SeededCompanion, SeededOffer, SeededPairing, SignedPreKey};
use whatsapp_rust::Jid;
use whatsapp_rust::wacore::pair::{DeviceState, PairUtils};
use whatsapp_rust::wacore::store::traits::DeviceStore as _;
use whatsapp_rust::wacore::store::{CachedNoiseCert, CachedServerCertChain, Device, InMemoryBackend};
use whatsapp_rust::waproto::codec::adv_signed_device_identity_decode;

use crate::support::{BUSINESS, CUSTOMER, Companion, network, text_arrives};

fn key(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap()
}

fn offer(network: &Network, device: &Device) -> SeededOffer {
    network.hub().offer_seeded(SeededCompanion {
        noise_public: key(device.noise_key.public_key.public_key_bytes()),
        identity_public: key(device.identity_key.public_key.public_key_bytes()),
        registration_id: device.registration_id,
        signed_prekey: SignedPreKey {
            id: device.signed_pre_key_id,
            public: key(device.signed_pre_key.public_key.public_key_bytes()),
            signature: device.signed_pre_key_signature.to_vec(),
        },
        platform: "Demo".to_owned(),
    })
}

fn qr_text(offer: &SeededOffer, device: &Device) -> String {
    let encode = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    format!(
        "{},{},{},{},1",
        offer.references()[0],
        encode(device.noise_key.public_key.public_key_bytes()),
        encode(device.identity_key.public_key.public_key_bytes()),
        encode(&device.adv_secret_key)
    )
}

/// The companion's signature of the phone's identity, by the library's own code.
fn sign(device: &Device, pairing: &SeededPairing) -> Vec<u8> {
    let state = DeviceState {
        identity_key: device.identity_key.clone(),
        noise_key: device.noise_key.clone(),
        adv_secret_key: device.adv_secret_key,
    };
    PairUtils::do_pair_crypto(&state, &pairing.hmac_blob).unwrap().0
}

fn paired(device: &mut Device, pairing: &SeededPairing, identity: &[u8]) {
    let certificates = pairing.certificates;
    device.pn = Some(Jid::pn_device(pairing.number.as_str(), pairing.device));
    device.lid = Some(Jid::lid_device(pairing.lid.as_str(), pairing.device));
    device.push_name.clone_from(&pairing.name);
    device.account = Some(Arc::new(adv_signed_device_identity_decode(identity).unwrap()));
    device.server_cert_chain = Some(CachedServerCertChain {
        leaf: CachedNoiseCert {
            key: certificates.leaf_key,
            not_before: certificates.leaf_not_before,
            not_after: certificates.leaf_not_after,
        },
        intermediate: CachedNoiseCert {
            key: certificates.intermediate_key,
            not_before: certificates.intermediate_not_before,
            not_after: certificates.intermediate_not_after,
        },
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seeded_companion_logs_in_and_chats() {
    let network = network().await;
    let mut device = Device::new();
    let mut offer = offer(&network, &device);
    let (phones, qr) = (network.phones(), qr_text(&offer, &device));
    let scan = tokio::spawn(async move { phones.scan(BUSINESS, &qr).await });
    let pairing = offer.scanned().await.unwrap();
    let identity = sign(&device, &pairing);
    let addr = offer.confirm(identity.clone()).await.unwrap();
    assert_eq!(scan.await.unwrap().unwrap(), addr.device);

    paired(&mut device, &pairing, &identity);
    let store = InMemoryBackend::new();
    store.save(&device).await.unwrap();
    let companion = Companion::from_store(&network, Arc::new(store)).await;
    companion.connected().await;
    network.phones().send(CUSTOMER, BUSINESS, "hello").await.unwrap();
    companion.receives("hello").await;
    companion
        .client
        .send_text(Jid::pn(CUSTOMER), "hello back")
        .await
        .unwrap();
    text_arrives(&network, CUSTOMER, "hello back").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_signature_makes_no_device() {
    let network = network().await;
    let device = Device::new();
    let mut offer = offer(&network, &device);
    let (phones, qr) = (network.phones(), qr_text(&offer, &device));
    let scan = tokio::spawn(async move { phones.scan(BUSINESS, &qr).await });
    let pairing = offer.scanned().await.unwrap();
    let mut identity = sign(&device, &pairing);
    let last = identity.len() - 1;
    identity[last] ^= 1;
    assert_eq!(offer.confirm(identity).await, Err(PairError::BadSignature));
    assert!(scan.await.unwrap().is_err());
    assert!(network.phones().info(BUSINESS).unwrap().linked_devices.is_empty());
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_offer_cannot_be_scanned() {
    let network = network().await;
    let device = Device::new();
    let offer = offer(&network, &device);
    let qr = qr_text(&offer, &device);
    drop(offer);
    assert!(network.phones().scan(BUSINESS, &qr).await.is_err());
    network.stop().await;
}
