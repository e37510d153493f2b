//! The second factor: a code of an authenticator app (TOTP, RFC 6238), and recovery codes for its loss.
//!
//! Invariants
//! - The shared secret is sealed in the database and shown only during the set-up.
//! - A code of the app works once, within half a minute of its own; a recovery code works once, ever.
//! - A code is needed only after a first right one, so that an unfinished set-up locks nobody out.

mod codes;
mod service;
mod store;

use rusqlite::Connection;

use crate::clock::UnixMs;
use crate::crypto::Sealer;
use crate::db;
use crate::ids::UserId;

pub use codes::Enrolment;
pub use service::SecondFactor;
pub(super) use service::used_recovery_in;
pub(super) use store::{clear_wrong, count_wrong, is_on};

/// How many recovery codes a person gets.
pub const RECOVERY_CODES: usize = 10;

/// A right code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Right {
    App,
    Recovery { left: u32 },
}

impl Right {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::App => "code",
            Self::Recovery { .. } => "recovery_code",
        }
    }
}

/// Uses up the code if it is the user's; `None` when it is wrong or was used before.
pub(super) fn check_in(
    tx: &Connection,
    sealer: &Sealer,
    user: UserId,
    code: &str,
    now: UnixMs,
) -> db::Result<Option<Right>> {
    let typed = codes::tidy(code);
    if !codes::is_of_app(&typed) {
        let used = store::use_recovery(tx, user, &crate::crypto::hash_token(&typed), now)?;
        return match used {
            true => Ok(Some(Right::Recovery {
                left: store::recovery_left(tx, user)?,
            })),
            false => Ok(None),
        };
    }
    let Some(factor) = store::find(tx, user)?.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(None);
    };
    let step = codes::open(sealer, user, &factor.secret).and_then(|totp| codes::step_of(&totp, &typed, now));
    match step {
        Some(step) if store::use_step(tx, user, step)? => Ok(Some(Right::App)),
        _ => Ok(None),
    }
}
