//! Slows down whoever guesses passwords.
//!
//! Failures are counted for the pair of account and address, for the address alone (one machine, many accounts) and
//! for the account alone (many machines, one account). Past a count's limit each failure doubles the wait. Counts live
//! in memory: a restart forgives, and an attacker cannot restart us.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::UnixMs;

use super::model::Email;

const PAIR_LIMIT: u32 = 5;
const ADDRESS_LIMIT: u32 = 20;
/// Generous, and see [`ACCOUNT_LONGEST`]: a stranger must not be able to lock the owner out.
const ACCOUNT_LIMIT: u32 = 30;
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
const ACCOUNT_LONGEST: Duration = Duration::from_secs(60);
/// A count without news for this long is dropped.
const MEMORY: Duration = Duration::from_secs(60 * 60);
/// Above this many counts the stale ones are swept out, so the map stays small whatever is thrown at it.
const SWEEP_AT: usize = 10_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(Email, IpAddr),
    Address(IpAddr),
    Account(Email),
}

impl Key {
    fn all(email: &Email, address: IpAddr) -> [Self; 3] {
        [
            Self::Pair(email.clone(), address),
            Self::Address(address),
            Self::Account(email.clone()),
        ]
    }

    const fn limit(&self) -> u32 {
        match self {
            Self::Pair(..) => PAIR_LIMIT,
            Self::Address(_) => ADDRESS_LIMIT,
            Self::Account(_) => ACCOUNT_LIMIT,
        }
    }

    const fn longest(&self) -> Duration {
        match self {
            Self::Account(_) => ACCOUNT_LONGEST,
            Self::Pair(..) | Self::Address(_) => LONGEST_WAIT,
        }
    }
}

#[derive(Clone, Copy)]
struct Count {
    failures: u32,
    last: UnixMs,
}

/// Cheap to clone; all clones count together.
#[derive(Clone, Default)]
pub(super) struct Throttle {
    counts: Arc<Mutex<HashMap<Key, Count>>>,
}

impl Throttle {
    /// How long the caller must wait before the next attempt is looked at; `None` when it may go on.
    pub(super) fn wait(&self, email: &Email, address: IpAddr, now: UnixMs) -> Option<Duration> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        Key::all(email, address)
            .iter()
            .filter_map(|key| counts.get(key).and_then(|count| remaining(key, *count, now)))
            .max()
    }

    /// Counts an attempt. Call it before the slow look at the password, and [`Self::succeeded`] if that went well, so
    /// that guesses made at the same time cannot slip past the limit together.
    pub(super) fn failed(&self, email: &Email, address: IpAddr, now: UnixMs) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= SWEEP_AT {
            counts.retain(|_, count| now.since(count.last) < MEMORY);
        }
        for key in Key::all(email, address) {
            let count = counts.entry(key).or_insert(Count { failures: 0, last: now });
            let fresh = now.since(count.last) < MEMORY;
            count.failures = if fresh { count.failures.saturating_add(1) } else { 1 };
            count.last = now;
        }
    }

    /// The attempt that was counted as a failure while it was being looked at turned out right: the pair is clear, and
    /// the other two counts are as they were before it.
    pub(super) fn succeeded(&self, email: &Email, address: IpAddr) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(&Key::Pair(email.clone(), address));
        for key in [Key::Address(address), Key::Account(email.clone())] {
            if let Some(count) = counts.get_mut(&key) {
                count.failures = count.failures.saturating_sub(1);
            }
        }
    }
}

fn remaining(key: &Key, count: Count, now: UnixMs) -> Option<Duration> {
    let over = count.failures.checked_sub(key.limit())?;
    let wait = FIRST_WAIT.saturating_mul(1 << over.min(16)).min(key.longest());
    wait.checked_sub(now.since(count.last)).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn five_failures_cost_a_wait_that_doubles_and_ends() {
        let throttle = Throttle::default();
        let (ada, here, now) = (email("ada@example.com"), address(1), UnixMs(0));
        for _ in 0..4 {
            throttle.failed(&ada, here, now);
        }
        assert_eq!(throttle.wait(&ada, here, now), None);
        throttle.failed(&ada, here, now);
        assert_eq!(throttle.wait(&ada, here, now), Some(FIRST_WAIT));
        throttle.failed(&ada, here, now);
        assert_eq!(throttle.wait(&ada, here, now), Some(FIRST_WAIT * 2));
        assert_eq!(throttle.wait(&ada, here, now.plus(FIRST_WAIT * 2)), None);
    }

    #[test]
    fn the_owner_elsewhere_is_not_locked_out_by_a_stranger() {
        let throttle = Throttle::default();
        let (ada, now) = (email("ada@example.com"), UnixMs(0));
        for _ in 0..10 {
            throttle.failed(&ada, address(1), now);
        }
        assert!(throttle.wait(&ada, address(1), now).is_some());
        assert_eq!(throttle.wait(&ada, address(2), now), None);
    }

    #[test]
    fn one_machine_cannot_try_many_accounts_nor_many_machines_one() {
        let throttle = Throttle::default();
        let now = UnixMs(0);
        for n in 0..ADDRESS_LIMIT {
            throttle.failed(&email(&format!("user{n}@example.com")), address(1), now);
        }
        assert!(throttle.wait(&email("new@example.com"), address(1), now).is_some());
        for n in 0..ACCOUNT_LIMIT + 9 {
            throttle.failed(&email("ada@example.com"), address(u8::try_from(n + 10).unwrap()), now);
        }
        assert_eq!(
            throttle.wait(&email("ada@example.com"), address(9), now),
            Some(ACCOUNT_LONGEST)
        );
    }

    #[test]
    fn success_clears_the_pair() {
        let throttle = Throttle::default();
        let (ada, here) = (email("ada@example.com"), address(1));
        for _ in 0..PAIR_LIMIT {
            throttle.failed(&ada, here, UnixMs(0));
        }
        throttle.succeeded(&ada, here);
        assert_eq!(throttle.wait(&ada, here, UnixMs(0)), None);
    }
}
