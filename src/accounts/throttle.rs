//! Throttles guesses at passwords, and requests that cause emails or rows.
//!
//! Failures are counted for the pair of account and address, for the address alone (one machine, many accounts) and for
//! the account alone (many machines, one account). Beyond a counter's limit each failure doubles the wait. Counters are
//! in memory: a restart resets them, and an attacker cannot restart the server.
//!
//! A device that has logged in to the account before is counted separately from all of them: guesses elsewhere do not
//! lock it out, and its own guesses have the pair's limit.
//!
//! A machine is an IPv4 address or the /64 of an IPv6 one, which is what a provider's customer gets.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::UnixMs;

use super::model::{AccountError, Email};

const PAIR_LIMIT: u32 = 5;
const ADDRESS_LIMIT: u32 = 20;
/// Generous, and see [`ACCOUNT_LONGEST`]: a stranger must not be able to lock the owner out.
const ACCOUNT_LIMIT: u32 = 30;
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
const ACCOUNT_LONGEST: Duration = Duration::from_secs(60);
/// A counter is dropped after this long without a failure.
const MEMORY: Duration = Duration::from_secs(60 * 60);
/// Above this many counters the stale ones are removed, so that the map stays small under attack.
const SWEEP_AT: usize = 10_000;

/// Acts that are limited within [`MEMORY`], successful or not.
#[derive(Clone, PartialEq, Eq, Hash)]
enum RateBudget {
    /// A machine registers a user.
    Registration(IpAddr),
    /// A machine requests an email of this kind.
    Asking(IpAddr, Mailing),
    /// A machine logs in as a guest.
    GuestLogin(IpAddr),
    /// A machine has a password's strength estimated.
    Estimate(IpAddr),
    /// A mailbox gets an email because somebody typed its address.
    Mail(Email, Mailing),
}

/// Kinds of email that strangers can cause. Each has its own budget, so that none uses up another's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Mailing {
    /// The link of a registration.
    Verification,
    /// Somebody registers an address that has a login.
    KnownAddress,
    /// The link to choose another password.
    Reset,
    /// The link that confirms a new address.
    NewAddress,
    /// The warning after wrong codes.
    WrongCodes,
}

/// Guesses are counted under this key.
#[derive(Clone, Debug)]
pub(super) enum Guesser {
    /// Anybody at this address.
    Stranger(IpAddr),
    /// A program at this address, in a network from which the account's owner has logged in before with a program of
    /// this name; the fingerprint of both.
    Neighbour(IpAddr, Vec<u8>),
    /// The browser with the cookie from an earlier log-in of the owner; the fingerprint of both.
    Device(Vec<u8>),
}

impl RateBudget {
    const fn limit(&self) -> u32 {
        match self {
            // An office behind one address may register ten people in an hour.
            Self::Registration(_) => 10,
            Self::Asking(..) | Self::GuestLogin(_) => 20,
            // A dozen people behind one address who type slowly.
            Self::Estimate(_) => 240,
            Self::Mail(..) => 3,
        }
    }
}

/// The machine or network that is counted.
#[must_use]
pub fn machine(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
            || IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            IpAddr::V4,
        ),
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(Email, IpAddr),
    Address(IpAddr),
    Account(Email),
    Known(Email, Vec<u8>),
}

impl Key {
    /// The guesser's own counter for this account comes first.
    fn all(email: &Email, who: &Guesser) -> Vec<Self> {
        match who {
            Guesser::Stranger(address) => {
                let address = machine(*address);
                vec![
                    Self::Pair(email.clone(), address),
                    Self::Address(address),
                    Self::Account(email.clone()),
                ]
            }
            // A machine that tries many accounts of its own office is still one machine.
            Guesser::Neighbour(address, print) => {
                vec![
                    Self::Known(email.clone(), print.clone()),
                    Self::Address(machine(*address)),
                ]
            }
            Guesser::Device(print) => vec![Self::Known(email.clone(), print.clone())],
        }
    }

    const fn limit(&self) -> u32 {
        match self {
            Self::Pair(..) | Self::Known(..) => PAIR_LIMIT,
            Self::Address(_) => ADDRESS_LIMIT,
            Self::Account(_) => ACCOUNT_LIMIT,
        }
    }

    const fn longest(&self) -> Duration {
        match self {
            Self::Account(_) => ACCOUNT_LONGEST,
            Self::Pair(..) | Self::Known(..) | Self::Address(_) => LONGEST_WAIT,
        }
    }
}

#[derive(Clone, Copy)]
struct Count {
    failures: u32,
    last: UnixMs,
}

/// Cheap to clone; all clones share the counters.
#[derive(Clone, Default)]
pub(super) struct Throttle {
    counts: Arc<Mutex<HashMap<Key, Count>>>,
    /// The number of acts, and since when.
    budgets: Arc<Mutex<HashMap<RateBudget, Count>>>,
}

impl Throttle {
    /// How long the caller must wait before the next attempt is looked at; `None` when it may go on.
    pub(super) fn wait(&self, email: &Email, who: &Guesser, now: UnixMs) -> Option<Duration> {
        let counts = self.counts.lock();
        Key::all(email, who)
            .iter()
            .filter_map(|key| counts.get(key).and_then(|count| remaining(key, *count, now)))
            .max()
    }

    /// Counts an attempt. Call it before the slow password check, and [`Self::succeeded`] afterwards if it was right,
    /// so that concurrent guesses cannot exceed the limit together.
    pub(super) fn failed(&self, email: &Email, who: &Guesser, now: UnixMs) {
        let mut counts = self.counts.lock();
        if counts.len() >= SWEEP_AT {
            counts.retain(|_, count| count.last.is_within(MEMORY, now));
        }
        for key in Key::all(email, who) {
            let count = counts.entry(key).or_insert(Count { failures: 0, last: now });
            let fresh = count.last.is_within(MEMORY, now);
            count.failures = if fresh { count.failures.saturating_add(1) } else { 1 };
            count.last = now;
        }
    }

    /// An attempt that was counted as a failure during its check was right: resets the guesser's own counter and
    /// restores the others.
    pub(super) fn succeeded(&self, email: &Email, who: &Guesser) {
        let mut counts = self.counts.lock();
        for key in Key::all(email, who) {
            if matches!(key, Key::Pair(..) | Key::Known(..)) {
                counts.remove(&key);
            } else if let Some(count) = counts.get_mut(&key) {
                count.failures = count.failures.saturating_sub(1);
            }
        }
    }

    /// Somebody registers.
    ///
    /// # Errors
    /// [`AccountError::Throttled`]; nothing was counted.
    pub(super) fn registration(&self, address: IpAddr, now: UnixMs) -> Result<(), AccountError> {
        self.take(RateBudget::Registration(machine(address)), now)
    }

    /// Somebody asks for an email to an address.
    ///
    /// # Errors
    /// [`AccountError::Throttled`]; nothing was counted.
    pub(super) fn asking(&self, address: IpAddr, mailing: Mailing, now: UnixMs) -> Result<(), AccountError> {
        self.take(RateBudget::Asking(machine(address), mailing), now)
    }

    /// Somebody logs in as a guest.
    ///
    /// # Errors
    /// [`AccountError::Throttled`]; nothing was counted.
    pub(super) fn guest_login(&self, address: IpAddr, now: UnixMs) -> Result<(), AccountError> {
        self.take(RateBudget::GuestLogin(machine(address)), now)
    }

    /// Somebody types a password for the meter, or registers with one.
    ///
    /// # Errors
    /// [`AccountError::Throttled`]; nothing was counted.
    pub(super) fn estimate(&self, address: IpAddr, now: UnixMs) -> Result<(), AccountError> {
        self.take(RateBudget::Estimate(machine(address)), now)
    }

    /// Whether another email of this kind may go there. Not revealed to the requester, since it depends on earlier
    /// ones.
    pub(super) fn mail(&self, email: &Email, mailing: Mailing, now: UnixMs) -> bool {
        self.take(RateBudget::Mail(email.clone(), mailing), now).is_ok()
    }

    fn take(&self, budget: RateBudget, now: UnixMs) -> Result<(), AccountError> {
        let mut budgets = self.budgets.lock();
        if budgets.len() >= SWEEP_AT {
            budgets.retain(|_, taken| taken.last.is_within(MEMORY, now));
        }
        let limit = budget.limit();
        let taken = budgets.entry(budget).or_insert(Count { failures: 0, last: now });
        if !taken.last.is_within(MEMORY, now) {
            *taken = Count { failures: 0, last: now };
        }
        if taken.failures >= limit {
            return Err(AccountError::Throttled(MEMORY.saturating_sub(now.since(taken.last))));
        }
        taken.failures += 1;
        Ok(())
    }
}

fn remaining(key: &Key, count: Count, now: UnixMs) -> Option<Duration> {
    let over = count.failures.checked_sub(key.limit()).filter(|_| count.last <= now)?;
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

    fn at(last: u8) -> Guesser {
        Guesser::Stranger(address(last))
    }

    #[test]
    fn five_failures_cost_a_wait_that_doubles_and_ends() {
        let throttle = Throttle::default();
        let (ada, here, now) = (&email("ada@example.com"), &at(1), UnixMs(0));
        for _ in 0..4 {
            throttle.failed(ada, here, now);
        }
        assert_eq!(throttle.wait(ada, here, now), None);
        throttle.failed(ada, here, now);
        assert_eq!(throttle.wait(ada, here, now), Some(FIRST_WAIT));
        throttle.failed(ada, here, now);
        assert_eq!(throttle.wait(ada, here, now), Some(FIRST_WAIT * 2));
        assert_eq!(throttle.wait(ada, here, now.plus(FIRST_WAIT * 2)), None);
    }

    #[test]
    fn the_owner_elsewhere_is_not_locked_out_by_a_stranger() {
        let throttle = Throttle::default();
        let (ada, now) = (email("ada@example.com"), UnixMs(0));
        for _ in 0..10 {
            throttle.failed(&ada, &at(1), now);
        }
        assert!(throttle.wait(&ada, &at(1), now).is_some());
        assert_eq!(throttle.wait(&ada, &at(2), now), None);
    }

    #[test]
    fn one_machine_cannot_try_many_accounts_nor_many_machines_one() {
        let throttle = Throttle::default();
        let now = UnixMs(0);
        for n in 0..ADDRESS_LIMIT {
            throttle.failed(&email(&format!("user{n}@example.com")), &at(1), now);
        }
        assert!(throttle.wait(&email("new@example.com"), &at(1), now).is_some());
        for n in 0..ACCOUNT_LIMIT + 9 {
            throttle.failed(&email("ada@example.com"), &at(u8::try_from(n + 10).unwrap()), now);
        }
        assert_eq!(
            throttle.wait(&email("ada@example.com"), &at(9), now),
            Some(ACCOUNT_LONGEST)
        );
    }

    #[test]
    fn emails_to_an_address_and_registrations_of_a_machine_are_limited_by_the_hour() {
        let throttle = Throttle::default();
        let ada = email("ada@example.com");
        assert_eq!(
            (0..5)
                .filter(|_| throttle.mail(&ada, Mailing::Reset, UnixMs(0)))
                .count(),
            3,
            "no mailbox is filled by somebody who types its address"
        );
        assert!(throttle.mail(&email("bob@example.com"), Mailing::Reset, UnixMs(0)));
        assert!(
            throttle.mail(&ada, Mailing::Verification, UnixMs(0)),
            "no kind takes another's budget"
        );
        for _ in 0..10 {
            throttle.registration(address(1), UnixMs(0)).unwrap();
        }
        let refused = throttle.registration(address(1), UnixMs(60_000));
        assert!(matches!(refused, Err(AccountError::Throttled(wait)) if wait == Duration::from_secs(59 * 60)));
        throttle.registration(address(2), UnixMs(0)).unwrap();
        assert!(throttle.mail(&ada, Mailing::Reset, UnixMs(60 * 60 * 1000)));
    }

    #[test]
    fn addresses_of_one_network_are_counted_together() {
        let throttle = Throttle::default();
        let of = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        for n in 0..10 {
            throttle.registration(of(n), UnixMs(0)).unwrap();
        }
        assert!(throttle.registration(of(99), UnixMs(0)).is_err());
        assert!(
            throttle
                .registration(IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]), UnixMs(0))
                .is_ok()
        );
    }

    #[test]
    fn success_clears_the_pair() {
        let throttle = Throttle::default();
        let (ada, here) = (&email("ada@example.com"), &at(1));
        for _ in 0..PAIR_LIMIT {
            throttle.failed(ada, here, UnixMs(0));
        }
        throttle.succeeded(ada, here);
        assert_eq!(throttle.wait(ada, here, UnixMs(0)), None);
    }

    #[test]
    fn a_known_device_is_counted_separately_and_a_known_network_also_as_a_machine() {
        let throttle = Throttle::default();
        let (ada, now) = (&email("ada@example.com"), UnixMs(0));
        for n in 0..=ACCOUNT_LIMIT {
            throttle.failed(ada, &at(u8::try_from(n).unwrap()), now);
        }
        assert!(throttle.wait(ada, &at(200), now).is_some());
        let (device, network) = (&Guesser::Device(vec![1]), &Guesser::Neighbour(address(250), vec![2]));
        for known in [device, network] {
            assert_eq!(throttle.wait(ada, known, now), None);
            for _ in 0..PAIR_LIMIT {
                throttle.failed(ada, known, now);
            }
            assert_eq!(throttle.wait(ada, known, now), Some(FIRST_WAIT));
            throttle.succeeded(ada, known);
            assert_eq!(throttle.wait(ada, known, now), None);
        }
        for n in 0..ADDRESS_LIMIT {
            throttle.failed(&email(&format!("user{n}@example.com")), &at(250), now);
        }
        assert!(throttle.wait(ada, network, now).is_some());
        assert_eq!(throttle.wait(ada, device, now), None);
    }
}
