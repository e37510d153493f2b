//! Links companions by QR code or by typed code, and unlinks them.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, SemaphorePermit};
use wacore::libsignal::protocol::KeyPair;
use wacore::pair::{DeviceState, PairUtils};

use super::{Entry, Phones};
use crate::hub::{DeviceAddr, PairError, PasskeyWord, SeededCompanion};
use crate::phone::actor::{lock, signal_error};
use crate::phone::command::{Command, LinkStep};
use crate::phone::crypto::{phone_rng, public32, random};
use crate::phone::linkcode;
use crate::phone::passkey::{Authenticator, Ceremony, Confirmed};
use crate::phone::qr::QrText;
use crate::phone::signal::{PREKEY_BATCH, SignalState};
use crate::phone::types::PhoneError;

/// Where the randomness of added devices begins, far from that of the phone itself.
const ADDED_DEVICES: u64 = 1 << 32;

/// How long the server waits for a person in the passkey step.
const PASSKEY_WAITS: Duration = Duration::from_secs(5 * 60);

async fn in_time<T>(step: impl Future<Output = T>) -> Result<T, PairError> {
    let taken = tokio::time::timeout(PASSKEY_WAITS, step).await;
    taken.map_err(|_| PairError::Timeout)
}

async fn next(words: &mut UnboundedReceiver<PasskeyWord>) -> Result<PasskeyWord, PairError> {
    in_time(words.recv()).await?.ok_or(PairError::Gone)
}

async fn tap(taps: &Semaphore) -> Result<(), PairError> {
    let tapped = in_time(taps.acquire()).await?;
    tapped.map(SemaphorePermit::forget).map_err(|_| PairError::Gone)
}

impl Phones {
    /// Scans a linking QR code. Returns the companion's device number once it is linked.
    pub async fn scan(&self, number: &str, qr: &str) -> Result<u16, PhoneError> {
        let entry = self.entry(number)?;
        let qr = QrText::parse(qr)?;
        let candidate = self
            .inner
            .hub
            .pairing_candidate(&qr.reference)
            .ok_or(PairError::Stale)?;
        if candidate.noise_public != qr.noise_public || candidate.identity_public != qr.identity_public {
            return Err(PhoneError::BadQr);
        }
        let secret = if lock(&entry.board).has_passkey {
            let confirmed = self.by_passkey(&entry, &qr.reference).await;
            lock(&entry.board).passkey_code = None;
            let confirmed = confirmed?;
            if confirmed.noise != qr.noise_public || confirmed.identity != qr.identity_public {
                return Err(PhoneError::Passkey("the request is another companion's"));
            }
            confirmed.secret
        } else {
            qr.adv_secret
        };
        self.pair(&entry, &qr.reference, qr.identity_public, secret).await
    }

    /// Secures an account with a passkey, or no longer.
    pub fn set_passkey(&self, number: &str, has: bool) -> Result<(), PhoneError> {
        let entry = self.entry(number)?;
        lock(&entry.board).has_passkey = has;
        Ok(())
    }

    /// What the account's passkey answers to this question at WhatsApp's site.
    pub fn passkey_answer(&self, number: &str, options: &str) -> Result<String, PhoneError> {
        let entry = self.entry(number)?;
        let (has, number) = {
            let board = lock(&entry.board);
            (board.has_passkey, board.number.clone())
        };
        if !has {
            return Err(PhoneError::Passkey("the account has none"));
        }
        Authenticator::of(self.seed(), &number).answer(options)
    }

    /// The code that the phone shows in the passkey step.
    pub fn passkey_code(&self, number: &str) -> Result<Option<String>, PhoneError> {
        let entry = self.entry(number)?;
        let code = lock(&entry.board).passkey_code.clone();
        Ok(code)
    }

    /// The owner taps "Continue" in the passkey step: once to begin the exchange after the passkey has answered, once
    /// when the codes are equal. A phone that went on by itself would overtake the server's answer to the companion's own
    /// word, behind which the published client library (whatsapp-rust 0.7.0) keeps what the next step needs.
    pub fn passkey_tap(&self, number: &str) -> Result<(), PhoneError> {
        lock(&self.entry(number)?.board).passkey_taps.add_permits(1);
        Ok(())
    }

    async fn by_passkey(&self, entry: &Entry, reference: &str) -> Result<Confirmed, PhoneError> {
        let hub = &self.inner.hub;
        let (number, taps) = {
            let board = lock(&entry.board);
            (board.number.clone(), board.passkey_taps.clone())
        };
        taps.forget_permits(usize::MAX);
        let mut ceremony = Ceremony::new(self.seed(), &number, reference);
        let mut words = hub.ask_passkey(reference, &ceremony.options())?;
        let primary = ceremony.begin(next(&mut words).await?)?;
        tap(&taps).await?;
        hub.continue_passkey(reference, &primary)?;
        let code = ceremony.code(next(&mut words).await?)?;
        {
            let mut board = lock(&entry.board);
            board.passkey_code = Some(code);
            board.tick();
        }
        let confirmed = ceremony.finish(next(&mut words).await?)?;
        tap(&taps).await?;
        hub.passkey_confirmed(reference)?;
        Ok(confirmed)
    }

    /// Types the link code that a companion shows for this number.
    pub async fn pairing_code(&self, number: &str, code: &str) -> Result<u16, PhoneError> {
        let entry = self.entry(number)?;
        let code = linkcode::normalise(code)?;
        let hub = &self.inner.hub;
        let own = lock(&entry.board).number.clone();
        let hello = hub.link_code_hello(&own).ok_or(PhoneError::NoPendingCode)?;
        let exchange = entry
            .ask(|reply| {
                let wrapped = hello.wrapped_companion_ephemeral;
                Command::Link(LinkStep::StartExchange { code, wrapped, reply })
            })
            .await?;
        let exchange = Box::new(exchange);
        let finish = hub.primary_hello(&hello.reference, exchange.hello.clone()).await?;
        let identity_public = finish.companion_identity_public;
        let adv_secret = entry
            .ask(|reply| {
                Command::Link(LinkStep::FinishExchange {
                    exchange,
                    finish,
                    reply,
                })
            })
            .await?;
        self.pair(&entry, &hello.reference, identity_public, adv_secret).await
    }

    /// Adds a companion that nobody uses, with real keys: what is encrypted for it waits at the server. Returns its
    /// device number.
    pub async fn add_device(&self, number: &str, platform: &str) -> Result<u16, PhoneError> {
        let entry = self.entry(number)?;
        let hub = &self.inner.hub;
        let number = lock(&entry.board).number.clone();
        let last = hub.devices(&number).last().map_or(0, |device| device.addr.device);
        let mut rng = phone_rng(self.seed(), &number, ADDED_DEVICES + u64::from(last));
        let mut signal = SignalState::new(&mut rng).map_err(signal_error)?;
        let bundle = signal.next_bundle(PREKEY_BATCH, &mut rng);
        let keys = DeviceState {
            identity_key: signal.identity.clone(),
            noise_key: KeyPair::generate(&mut rng),
            adv_secret_key: random(&mut rng),
        };
        let mut offer = hub.offer_seeded(SeededCompanion {
            noise_public: public32(&keys.noise_key),
            identity_public: bundle.identity,
            registration_id: bundle.registration_id,
            signed_prekey: bundle.signed_prekey.clone(),
            platform: platform.to_owned(),
        });
        let reference = offer.references().first().cloned().ok_or(PairError::Gone)?;
        let answer = async {
            let scan = offer.scanned().await?;
            let (identity, _) = PairUtils::do_pair_crypto(&keys, &scan.hmac_blob).ok()?;
            offer.confirm(identity).await.ok()
        };
        let paired = self.pair(&entry, &reference, bundle.identity, keys.adv_secret_key);
        let (paired, _) = tokio::join!(paired, answer);
        let device = paired?;
        hub.publish_bundle(&DeviceAddr::new(number, device), bundle);
        Ok(device)
    }

    async fn pair(
        &self,
        entry: &Entry,
        reference: &str,
        identity: [u8; 32],
        secret: [u8; 32],
    ) -> Result<u16, PhoneError> {
        let success = entry
            .ask(|reply| {
                Command::Link(LinkStep::Sign {
                    identity,
                    secret,
                    reply,
                })
            })
            .await?;
        let key_index = success.key_index;
        match self.inner.hub.complete_pairing(reference, success).await {
            Ok(device) => {
                let id = device.device;
                entry
                    .ask(|reply| Command::Link(LinkStep::Linked { device, reply }))
                    .await?;
                Ok(id)
            }
            Err(error) => {
                entry.tell(Command::Link(LinkStep::Unsigned { key_index }));
                Err(error.into())
            }
        }
    }

    /// Unlinks a companion: it is logged out.
    pub async fn unlink(&self, number: &str, device: u16) -> Result<(), PhoneError> {
        self.entry(number)?
            .ask(|reply| Command::Link(LinkStep::Unlink { device, reply }))
            .await
    }
}
