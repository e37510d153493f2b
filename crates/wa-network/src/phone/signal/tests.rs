use super::*;
use crate::phone::crypto::phone_rng;

struct Side {
    addr: DeviceAddr,
    state: SignalState,
    rng: StdRng,
}

impl Side {
    fn new(number: &str) -> Self {
        let mut rng = phone_rng(7, number, 0);
        Self {
            addr: DeviceAddr::phone(number),
            state: SignalState::new(&mut rng).unwrap(),
            rng,
        }
    }

    fn fetched(&mut self) -> FetchedBundle {
        let bundle = self.state.next_bundle(1, &mut self.rng);
        FetchedBundle {
            registration_id: bundle.registration_id,
            identity: bundle.identity,
            signed_prekey: bundle.signed_prekey,
            prekey: bundle.prekeys.first().copied(),
            device_identity: None,
        }
    }

    async fn send(&mut self, other: &mut Self, text: &[u8]) -> (&'static str, Vec<u8>) {
        if !self.state.has_session(&other.addr) {
            let bundle = other.fetched();
            self.state
                .open_session(&other.addr, &bundle, &mut self.rng)
                .await
                .unwrap();
        }
        let sealed = self.state.encrypt(&other.addr, text).await.unwrap();
        (sealed.kind, sealed.bytes)
    }

    async fn open(&mut self, from: &DeviceAddr, kind: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        self.state.decrypt(from, kind, bytes, &mut self.rng).await
    }
}

#[tokio::test]
async fn two_phones_talk_and_leave_the_prekey_stage() {
    let (mut ana, mut ben) = (Side::new("491"), Side::new("492"));
    let (kind, bytes) = ana.send(&mut ben, b"hello").await;
    assert_eq!(kind, "pkmsg");
    assert_eq!(ben.open(&ana.addr, kind, &bytes).await.unwrap(), b"hello");
    let (kind, bytes) = ben.send(&mut ana, b"hi").await;
    assert_eq!(kind, "msg");
    assert_eq!(ana.open(&ben.addr, kind, &bytes).await.unwrap(), b"hi");
    let (kind, _) = ana.send(&mut ben, b"again").await;
    assert_eq!(kind, "msg");
}

#[tokio::test]
async fn the_same_ciphertext_opens_once() {
    let (mut ana, mut ben) = (Side::new("491"), Side::new("492"));
    let (kind, bytes) = ana.send(&mut ben, b"hello").await;
    ben.open(&ana.addr, kind, &bytes).await.unwrap();
    let again = ben.open(&ana.addr, kind, &bytes).await;
    assert!(matches!(again, Err(SignalProtocolError::DuplicatedMessage(..))));
}

#[tokio::test]
async fn a_restored_state_goes_on_with_its_sessions() {
    let (mut ana, mut ben) = (Side::new("491"), Side::new("492"));
    let (kind, bytes) = ana.send(&mut ben, b"one").await;
    ben.open(&ana.addr, kind, &bytes).await.unwrap();
    let json = serde_json::to_string(&ben.state.store().unwrap()).unwrap();
    ben.state = SignalState::restore(&serde_json::from_str(&json).unwrap()).unwrap();
    let (kind, bytes) = ben.send(&mut ana, b"two").await;
    assert_eq!(kind, "msg");
    assert_eq!(ana.open(&ben.addr, kind, &bytes).await.unwrap(), b"two");
    let (kind, bytes) = ana.send(&mut ben, b"three").await;
    assert_eq!(ben.open(&ana.addr, kind, &bytes).await.unwrap(), b"three");
}

#[tokio::test]
async fn a_group_message_opens_only_with_the_distributed_key() {
    let (mut ana, mut ben) = (Side::new("491"), Side::new("492"));
    let group = "120363000000000001@g.us";
    let key = ana
        .state
        .own_distribution(group, &ana.addr, &mut ana.rng)
        .await
        .unwrap();
    let sealed = ana
        .state
        .group_encrypt(group, &ana.addr, b"all", &mut ana.rng)
        .await
        .unwrap();
    let early = ben.state.group_decrypt(group, &ana.addr, &sealed).await;
    assert!(matches!(early, Err(SignalProtocolError::NoSenderKeyState(_))));
    ben.state.accept_distribution(group, &ana.addr, &key).await.unwrap();
    assert_eq!(
        ben.state.group_decrypt(group, &ana.addr, &sealed).await.unwrap(),
        b"all"
    );
}

#[test]
fn the_same_seed_and_number_give_the_same_keys() {
    let keys = |seed, number| {
        let mut rng = phone_rng(seed, number, 0);
        SignalState::new(&mut rng).unwrap().next_bundle(3, &mut rng)
    };
    assert_eq!(keys(1, "491"), keys(1, "491"));
    assert_ne!(keys(1, "491").identity, keys(2, "491").identity);
    assert_ne!(keys(1, "491").identity, keys(1, "492").identity);
}
