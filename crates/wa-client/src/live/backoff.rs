//! Predicts the delays of the library's reconnect loop.
//!
//! The library waits 1, 1, 2, 3, 5, 8 … s (Fibonacci, ±10 %, at most 900 s) and starts over after a connection that
//! held 30 s. It publishes the number of failures but not the delay, so the same rule is applied here; up to the jitter
//! the result is exact, which is enough for a countdown on a page.

use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(900);
const STABLE_AFTER: Duration = Duration::from_secs(30);

/// The start of the current connection.
#[derive(Default)]
pub(super) struct Backoff {
    connected: Option<(Instant, u32)>,
}

impl Backoff {
    /// The login succeeded; `failures` is the library's count at this moment.
    pub(super) fn connected(&mut self, failures: u32) {
        self.connected = Some((Instant::now(), failures));
    }

    /// The connection ended or failed: returns the delay before the next attempt.
    pub(super) fn ended(&mut self, failures: u32) -> Duration {
        match self.connected.take() {
            // A count that grew while connected is a penalty (429 adds five steps) and outlives a stable connection.
            Some((since, at_login)) if since.elapsed() >= STABLE_AFTER && failures <= at_login => delay(0),
            _ => delay(failures),
        }
    }
}

/// The delay before attempt `failures + 1`, without jitter.
fn delay(failures: u32) -> Duration {
    let (mut this, mut next) = (1_u64, 1_u64);
    for _ in 0..failures {
        (this, next) = (next, (this + next).min(LONGEST.as_secs()));
        if this >= LONGEST.as_secs() {
            break;
        }
    }
    Duration::from_secs(this).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delays_are_fibonacci_numbers_up_to_fifteen_minutes() {
        let seconds: Vec<u64> = (0..8).map(|failures| delay(failures).as_secs()).collect();
        assert_eq!(seconds, [1, 1, 2, 3, 5, 8, 13, 21]);
        assert_eq!(delay(40), LONGEST);
        assert_eq!(delay(u32::MAX), LONGEST);
    }

    #[test]
    fn a_short_connection_does_not_reset_the_delay() {
        let mut backoff = Backoff::default();
        backoff.connected(5);
        assert_eq!(backoff.ended(5), delay(5));
    }
}
