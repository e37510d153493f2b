//! Linking a number: by QR code, by pairing code, by record.

use std::sync::Arc;

use async_trait::async_trait;
use wa_client::live::{CompanionKeys, SeededDevice, SeededOffer, SeededPairing};
use wa_client::{Gateway as _, LinkError, LinkEvent};
use wa_network::hub::{self, Hub, SeededCompanion, SignedPreKey};
use wa_network::phone::PastMessage;
use wa_network::{Network, NetworkOptions};

use crate::support::{BUSINESS, CUSTOMER, SESSION, Sink, World, patiently, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_linked_by_qr_code() {
    let world = World::new().await;
    let sink = Sink::new();
    assert!(!world.gateway.is_paired(SESSION).await.unwrap());
    let mut open = world.open(&sink).await;
    let code = open.qr().await;
    world.network.phones().scan(BUSINESS, &code).await.unwrap();
    let paired = open.until("paired", |event| match event {
        LinkEvent::Paired { phone, lid, .. } => Some((phone.clone(), lid.is_some())),
        _ => None,
    });
    assert_eq!(paired.await, (BUSINESS.to_owned(), true));
    open.connected().await;
    assert!(world.gateway.is_paired(SESSION).await.unwrap());
    assert!(open.link.last_frame_age().is_some());
    assert!(matches!(
        open.link.pairing_code(CUSTOMER).await,
        Err(LinkError::Permanent(_))
    ));
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_linked_by_code_also_after_a_second_request() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.open(&sink).await;
    open.qr().await;
    let first = open.link.pairing_code(BUSINESS).await.unwrap();
    let second = open.link.pairing_code(BUSINESS).await.unwrap();
    assert_ne!(first, second);
    assert_eq!((second.len(), second.as_bytes()[4]), (9, b'-'));
    world.network.phones().pairing_code(BUSINESS, &second).await.unwrap();
    open.connected().await;
    world.customer_writes("hello").await;
    sink.text("hello").await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phones_history_is_stored_as_history() {
    let world = World::new().await;
    let sink = Sink::new();
    let past = PastMessage {
        peer: CUSTOMER.to_owned(),
        peer_name: "Carol".to_owned(),
        from_me: false,
        text: "long ago".to_owned(),
        at: 1_700_000_000_000,
    };
    world.network.phones().remember(BUSINESS, vec![past]).await.unwrap();
    let open = world.linked(&sink).await;
    let row = sink.past("long ago").await;
    assert_eq!((row.at_ms, row.from_me, row.offline), (1_700_000_000_000, false, true));
    assert!(sink.texts().is_empty(), "history does not count as new");
    world.end(open).await;
}

/// The simulated network as the record's issuer, as in the demo.
struct Records {
    hub: Arc<Hub>,
}

struct Record(hub::SeededOffer);

#[async_trait]
impl SeededPairing for Records {
    async fn offer(&self, keys: CompanionKeys) -> anyhow::Result<Box<dyn SeededOffer>> {
        let signed_prekey = SignedPreKey {
            id: keys.signed_prekey_id,
            public: keys.signed_prekey_public,
            signature: keys.signed_prekey_signature.to_vec(),
        };
        Ok(Box::new(Record(self.hub.offer_seeded(SeededCompanion {
            noise_public: keys.noise_public,
            identity_public: keys.identity_public,
            registration_id: keys.registration_id,
            signed_prekey,
            platform: "test".to_owned(),
        }))))
    }
}

#[async_trait]
impl SeededOffer for Record {
    fn refs(&self) -> &[String] {
        self.0.references()
    }

    async fn scanned(&mut self) -> anyhow::Result<SeededDevice> {
        let scan = self
            .0
            .scanned()
            .await
            .ok_or_else(|| anyhow::anyhow!("the network has stopped"))?;
        Ok(SeededDevice {
            phone: scan.number,
            device: scan.device,
            lid: Some(scan.lid),
            hmac_blob: scan.hmac_blob,
            server_static: scan.certificates.leaf_key,
            valid: (scan.certificates.leaf_not_before, scan.certificates.leaf_not_after),
        })
    }

    async fn confirm(&mut self, signed_identity: Vec<u8>) -> anyhow::Result<()> {
        self.0.confirm(signed_identity).await?;
        Ok(())
    }
}

async fn world_of_records() -> World {
    // The gateway needs the hub of the network that it connects to.
    let network = Network::start(NetworkOptions::default()).await.unwrap();
    World::on(network, |network, options| {
        options.seeded = Some(Arc::new(Records { hub: network.hub() }))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_linked_by_record_and_logs_in_over_the_socket() {
    let world = world_of_records().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    world.customer_writes("hello").await;
    sink.text("hello").await;
    open.link.send(&text("REC1", CUSTOMER, "hello yourself")).await.unwrap();
    open.acked("REC1").await;
    world.customer_gets(|message| message.id == "REC1").await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_waits_for_its_record_can_be_closed() {
    let world = world_of_records().await;
    let sink = Sink::new();
    let mut open = world.open(&sink).await;
    open.qr().await;
    let code = open.link.pairing_code(BUSINESS).await;
    assert!(matches!(code, Err(LinkError::Permanent(_))));
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linking_that_asks_for_a_passkey_goes_on_once_it_is_answered_and_compared() {
    let world = World::new().await;
    let (sink, phones) = (Sink::new(), world.network.phones());
    for number in [BUSINESS, CUSTOMER] {
        phones.set_passkey(number, true).unwrap();
    }
    let mut open = world.open(&sink).await;
    let qr = open.qr().await;
    let scanning = {
        let phones = phones.clone();
        tokio::spawn(async move { phones.scan(BUSINESS, &qr).await })
    };
    let asked = |event: &LinkEvent| match event {
        LinkEvent::PasskeyWanted { request } => Some(request.clone()),
        _ => None,
    };
    let request = open.until("the question", asked).await;
    assert!(
        phones.passkey_answer(CUSTOMER, &request).is_err(),
        "another account's passkey"
    );
    assert!(open.link.answer_passkey("not JSON").await.is_err());
    let answer = phones.passkey_answer(BUSINESS, &request).unwrap();
    open.link.answer_passkey(&answer).await.unwrap();
    phones.passkey_tap(BUSINESS).unwrap();
    let code = |event: &LinkEvent| match event {
        LinkEvent::PasskeyCode { code, known } => Some((code.clone(), *known)),
        _ => None,
    };
    let (shown, known) = open.until("the code", code).await;
    assert!(!known);
    let mut ticks = phones.watch(BUSINESS).unwrap();
    patiently("the code on the phone", async {
        while phones.passkey_code(BUSINESS).unwrap().is_none() {
            ticks.changed().await.unwrap();
        }
    })
    .await;
    assert_eq!(phones.passkey_code(BUSINESS).unwrap(), Some(shown));
    assert!(!world.gateway.is_paired(SESSION).await.unwrap());
    open.link.confirm_passkey().await.unwrap();
    phones.passkey_tap(BUSINESS).unwrap();
    patiently("the scan", scanning).await.unwrap().unwrap();
    open.connected().await;
    world.customer_writes("hello").await;
    sink.text("hello").await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_of_another_account_links_nothing() {
    let world = World::new().await;
    let (sink, phones) = (Sink::new(), world.network.phones());
    phones.set_passkey(BUSINESS, true).unwrap();
    let mut open = world.open(&sink).await;
    let qr = open.qr().await;
    let scanning = {
        let phones = phones.clone();
        tokio::spawn(async move { phones.scan(BUSINESS, &qr).await })
    };
    open.until("the question", |event| {
        matches!(event, LinkEvent::PasskeyWanted { .. }).then_some(())
    })
    .await;
    let forged = r#"{"id":"AQID","rawId":"AQID","type":"public-key","response":{"clientDataJSON":"e30",
        "authenticatorData":"AA","signature":"AA","userHandle":null}}"#;
    // The server takes it; what the phone makes of it is the phone's.
    let _ = open.link.answer_passkey(forged).await;
    let scanned = patiently("the scan", scanning).await.unwrap();
    assert!(scanned.is_err());
    assert!(!world.gateway.is_paired(SESSION).await.unwrap());
    world.end(open).await;
}
