//! Idempotency: what an `Idempotency-Key` stands for.
//!
//! The key is claimed before the request runs, so that of two concurrent ones only one does. A successful response is
//! stored for a day and returned again; a refused request leaves no trace, since nothing was done and the next attempt
//! may succeed.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::model::AccessError;
use super::{Access, store};
use crate::crypto;

/// How long a response is stored.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A request that has not ended after this long was lost with its process; no handler runs longer.
const ABANDONED: Duration = Duration::from_secs(2 * 60);

/// The identity of a request.
#[derive(Clone)]
pub struct Request {
    /// The caller's name.
    pub caller: String,
    pub key: String,
    /// Method and path.
    pub target: String,
    pub body: Vec<u8>,
}

/// The stored response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// How to handle a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// It is the first: run it, then [`Access::keep`] or [`Access::release`].
    First,
    Again(Answer),
    /// The first one is still running.
    InFlight,
    /// The key was used for another request.
    Mismatch,
}

impl Access {
    pub async fn claim(&self, request: &Request) -> Result<Claim, AccessError> {
        let (now, mac, request) = (self.clock.now(), self.mac(&request.body), request.clone());
        let sealer = self.sealer.clone();
        self.db
            .write(move |tx| {
                store::prune_kept(tx, now.minus(KEPT))?;
                let Some(kept) = store::find_kept(tx, &request.caller, &request.key)? else {
                    store::put_kept(tx, &request.caller, &request.key, &request.target, &mac, now)?;
                    return Ok(Claim::First);
                };
                if kept.target != request.target || !crypto::constant_time_eq(&kept.request_mac, &mac) {
                    return Ok(Claim::Mismatch);
                }
                let place = place_of(&request.caller, &request.key);
                let answer = kept.answer.and_then(|sealed| sealer.open(&place, &sealed).ok());
                match (kept.status, answer) {
                    (Some(status), Some(body)) => Ok(Claim::Again(Answer { status, body })),
                    (None, _) if kept.began_at.is_within(ABANDONED, now) => Ok(Claim::InFlight),
                    // Abandoned, or sealed under a lost key.
                    _ => {
                        store::put_kept(tx, &request.caller, &request.key, &request.target, &mac, now)?;
                        Ok(Claim::First)
                    }
                }
            })
            .await
    }

    pub async fn keep(&self, request: &Request, answer: Answer) -> Result<(), AccessError> {
        let (caller, key) = (request.caller.clone(), request.key.clone());
        let sealed = self.sealer.seal(&place_of(&caller, &key), &answer.body);
        self.db
            .write(move |tx| Ok(store::finish_kept(tx, &caller, &key, answer.status, &sealed)?))
            .await
    }

    /// Nothing was done.
    pub async fn release(&self, request: &Request) -> Result<(), AccessError> {
        let (caller, key) = (request.caller.clone(), request.key.clone());
        self.db.write(move |tx| Ok(store::drop_kept(tx, &caller, &key)?)).await
    }

    fn mac(&self, body: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.mac_key[..]).expect("HMAC takes keys of any length");
        mac.update(body);
        mac.finalize().into_bytes().to_vec()
    }
}

fn place_of(caller: &str, key: &str) -> String {
    format!("idempotency|answer|{caller}|{key}")
}
