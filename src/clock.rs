//! Time: the only place that reads the system's clock.
//!
//! Rooms get a [`Clock`] and never read the system's; tests give them a [`ManualClock`] and move it.

use std::time::Duration;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A point in time: milliseconds since 1970-01-01 UTC, as stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMs(pub i64);

impl UnixMs {
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// The next full minute, for times that are shown to the minute and must not be too early.
    #[must_use]
    pub fn to_minute(self) -> Self {
        Self(self.0.saturating_add(59_999).div_euclid(60_000) * 60_000)
    }

    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// The time since `earlier`; zero when it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whether this lies within `span` before `now`. A future time does not: the clock was wrong when it was stored,
    /// and callers must not wait until then.
    #[must_use]
    pub fn is_within(self, span: Duration, now: Self) -> bool {
        self <= now && now.since(self) < span
    }

    /// The same time for calendars and formatting.
    #[must_use]
    pub fn to_utc(self) -> chrono::DateTime<chrono::Utc> {
        chrono::DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl ToSql for UnixMs {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for UnixMs {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

/// A room's source of time.
#[derive(Clone)]
pub enum Clock {
    System,
    Manual(ManualClock),
}

impl Clock {
    #[must_use]
    pub fn now(&self) -> UnixMs {
        match self {
            Self::System => UnixMs(chrono::Utc::now().timestamp_millis()),
            Self::Manual(clock) => clock.now(),
        }
    }

    pub async fn sleep(&self, span: Duration) {
        match self {
            Self::System => tokio::time::sleep(span).await,
            Self::Manual(clock) => clock.sleep_until(clock.now().plus(span)).await,
        }
    }

    /// Returns at once when `at` has passed.
    pub async fn sleep_until(&self, at: UnixMs) {
        match self {
            Self::System => tokio::time::sleep(at.since(self.now())).await,
            Self::Manual(clock) => clock.sleep_until(at).await,
        }
    }
}

/// A clock that stands still until a test moves it; sleepers wake when their time has come.
#[derive(Clone)]
pub struct ManualClock {
    now: watch::Sender<UnixMs>,
}

impl ManualClock {
    #[must_use]
    pub fn new(start: UnixMs) -> Self {
        Self {
            now: watch::Sender::new(start),
        }
    }

    #[must_use]
    pub fn now(&self) -> UnixMs {
        *self.now.borrow()
    }

    pub fn advance(&self, span: Duration) {
        self.now.send_modify(|now| *now = now.plus(span));
    }

    /// Sets the clock forwards or back, as after a correction.
    pub fn set(&self, at: UnixMs) {
        self.now.send_replace(at);
    }

    async fn sleep_until(&self, at: UnixMs) {
        let mut ticks = self.now.subscribe();
        // Cannot fail: `self` holds the sender.
        let _ = ticks.wait_for(|now| *now >= at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_on_a_manual_clock_wakes_when_its_time_has_come() {
        let manual = ManualClock::new(UnixMs(1_000));
        let clock = Clock::Manual(manual.clone());
        let sleeper = clock.sleep(Duration::from_secs(5));
        tokio::pin!(sleeper);
        assert!(futures_util::poll!(sleeper.as_mut()).is_pending());
        manual.advance(Duration::from_secs(4));
        assert!(futures_util::poll!(sleeper.as_mut()).is_pending());
        manual.advance(Duration::from_secs(1));
        sleeper.await;
        assert_eq!(clock.now(), UnixMs(6_000));
    }

    #[test]
    fn a_span_before_the_start_is_zero() {
        assert_eq!(UnixMs(5).since(UnixMs(9)), Duration::ZERO);
        assert_eq!(UnixMs(9).since(UnixMs(5)), Duration::from_millis(4));
    }

    #[test]
    fn a_time_that_has_not_come_is_not_recent() {
        let span = Duration::from_millis(4);
        let recent = [5, 6, 9, 10].map(|at| UnixMs(at).is_within(span, UnixMs(9)));
        assert_eq!(recent, [false, true, true, false]);
    }
}
