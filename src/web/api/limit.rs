//! Rate limits: a bucket that refills evenly, one per user, key or address.

use parking_lot::Mutex;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as GovernorClock, Reference as _};
use governor::middleware::{NoOpMiddleware, StateInformationMiddleware};
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::{Clock, UnixMs};

/// Drops full buckets once there are this many.
const TIDY_ABOVE: usize = 10_000;

/// The product's clock for the limiter, so that tests can move it. It stands still while the clock is set back: a
/// bucket would not refill until the earlier time is reached again, which may take years.
#[derive(Clone)]
struct Ticks {
    clock: Clock,
    /// The clock's last reading, and the time that has passed since the start.
    gone: Arc<Mutex<(UnixMs, Duration)>>,
}

impl Ticks {
    fn new(clock: Clock) -> Self {
        let gone = Arc::new(Mutex::new((clock.now(), Duration::ZERO)));
        Self { clock, gone }
    }
}

impl GovernorClock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let mut gone = self.gone.lock();
        let (last, sum) = *gone;
        let now = self.clock.now();
        *gone = (now, sum.saturating_add(now.since(last)));
        gone.1.into()
    }
}

type Buckets = RateLimiter<String, DashMapStateStore<String>, Ticks, StateInformationMiddleware>;

/// Cheap to clone; clones share the buckets.
#[derive(Clone)]
pub struct RateLimit {
    buckets: Arc<Buckets>,
    clock: Ticks,
    limit: u32,
}

/// A caller's rate limit after a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimitState {
    pub allowed: bool,
    pub limit: u32,
    pub remaining: u32,
    /// Until the bucket is full again, or until the next request is allowed.
    pub reset: Duration,
}

impl RateLimit {
    /// Allows a burst of `per_minute` requests, refilled evenly within a minute; zero counts as one.
    #[must_use]
    pub fn new(per_minute: u32, clock: Clock) -> Self {
        let limit = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let clock = Ticks::new(clock);
        let quota = Quota::per_minute(limit);
        let buckets: RateLimiter<String, _, Ticks, NoOpMiddleware<Nanos>> =
            RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Self {
            buckets: Arc::new(buckets.with_middleware()),
            clock,
            limit: limit.get(),
        }
    }

    /// Counts one request of this caller.
    #[must_use]
    pub fn count(&self, caller: &str) -> RateLimitState {
        if self.buckets.len() > TIDY_ABOVE {
            self.buckets.retain_recent();
        }
        match self.buckets.check_key(&caller.to_owned()) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                RateLimitState {
                    allowed: true,
                    limit: self.limit,
                    remaining,
                    reset: state.quota().replenish_interval() * (self.limit - remaining),
                }
            }
            Err(not_until) => {
                let wait: Duration = not_until.earliest_possible().duration_since(self.clock.now()).into();
                RateLimitState {
                    allowed: false,
                    limit: self.limit,
                    remaining: 0,
                    reset: wait,
                }
            }
        }
    }
}

/// The name that requests without a credential are counted under. An IPv6 subscriber has 2⁶⁴ addresses.
#[must_use]
pub fn address_name(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn only_a_caller_with_too_many_requests_waits() {
        let clock = ManualClock::new(UnixMs(1_700_000_000_000));
        let limit = RateLimit::new(6, Clock::Manual(clock.clone()));
        let remaining: Vec<_> = (0..6).map(|_| limit.count("ada").remaining).collect();
        assert_eq!(remaining, [5, 4, 3, 2, 1, 0]);
        let refused = limit.count("ada");
        assert!(!refused.allowed && refused.reset == Duration::from_secs(10));
        assert!(limit.count("bob").allowed);
        clock.advance(Duration::from_secs(10));
        assert!(limit.count("ada").allowed);
        assert!(!limit.count("ada").allowed);
        clock.advance(Duration::from_secs(60));
        assert_eq!(limit.count("ada").remaining, 5);
    }

    #[test]
    fn a_clock_that_is_set_back_refuses_nobody() {
        let clock = ManualClock::new(UnixMs(1_900_000_000_000));
        let limit = RateLimit::new(2, Clock::Manual(clock.clone()));
        assert!(limit.count("ada").allowed && limit.count("ada").allowed);
        clock.set(UnixMs(1_700_000_000_000));
        assert!(!limit.count("ada").allowed, "nor does the bucket refill");
        clock.advance(Duration::from_secs(30));
        assert!(limit.count("ada").allowed);
    }

    #[test]
    fn all_addresses_of_one_line_are_one_caller() {
        let name = |text: &str| address_name(text.parse().unwrap());
        assert_eq!(name("2001:db8:1:2::1"), name("2001:db8:1:2:ffff::9"));
        assert_ne!(name("2001:db8:1:2::1"), name("2001:db8:1:3::1"));
        assert_eq!(name("::ffff:192.0.2.1"), name("192.0.2.1"));
        assert_ne!(name("192.0.2.1"), name("192.0.2.2"));
    }
}
