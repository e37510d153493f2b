//! Asking twice, acting once: what an `Idempotency-Key` stands for.
//!
//! The key is claimed before the request is carried out, so that two at the same time cannot both be. What succeeded
//! is kept for a day and given again; what was refused leaves no trace, since nothing was done and the next attempt
//! may be right.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::model::AccessError;
use super::{Access, store};
use crate::crypto;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A request that has not ended after this long went down with its process; no handler runs longer.
const ABANDONED: Duration = Duration::from_secs(2 * 60);

/// Which request it is.
#[derive(Clone)]
pub struct Request {
    /// Whose keys these are.
    pub caller: String,
    pub key: String,
    /// Method and path.
    pub target: String,
    pub body: Vec<u8>,
}

/// An answer as it was first given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// What is to be done with a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// It is the first: carry it out, then [`Access::keep`] or [`Access::release`].
    First,
    Again(Answer),
    /// The first one is still under way.
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
                    // Abandoned, or sealed under a key that is gone.
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
