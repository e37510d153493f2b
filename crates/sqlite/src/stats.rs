//! Counters of the writer: how large groups are and how long jobs wait. For the bench command and for metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the queue-time histogram, in microseconds; the last bucket has none.
const BOUNDS_US: [u64; 7] = [500, 1_000, 5_000, 20_000, 50_000, 200_000, 1_000_000];

/// Counted since the database was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Jobs that ran, committed or not.
    pub jobs: u64,
    /// Transactions, each with one fsync when something changed.
    pub groups: u64,
    /// Jobs in the largest transaction.
    pub largest_group: u64,
    /// Time spent in COMMIT.
    pub commit_time: Duration,
    /// How long jobs waited for the writer: upper bound (`None` for the last bucket) and count.
    pub queued: Vec<(Option<Duration>, u64)>,
}

#[derive(Default)]
pub(crate) struct Counters {
    jobs: AtomicU64,
    groups: AtomicU64,
    largest_group: AtomicU64,
    commit_us: AtomicU64,
    queued: [AtomicU64; BOUNDS_US.len() + 1],
}

impl Counters {
    pub(crate) fn queued(&self, waited: Duration) {
        let bucket = BOUNDS_US
            .iter()
            .position(|bound| waited.as_micros() <= u128::from(*bound));
        self.queued[bucket.unwrap_or(BOUNDS_US.len())].fetch_add(1, Relaxed);
    }

    pub(crate) fn group(&self, jobs: usize, commit: Duration) {
        self.jobs.fetch_add(jobs as u64, Relaxed);
        self.groups.fetch_add(1, Relaxed);
        self.largest_group.fetch_max(jobs as u64, Relaxed);
        self.commit_us
            .fetch_add(u64::try_from(commit.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        let bounds = BOUNDS_US
            .iter()
            .map(|us| Some(Duration::from_micros(*us)))
            .chain([None]);
        Stats {
            jobs: self.jobs.load(Relaxed),
            groups: self.groups.load(Relaxed),
            largest_group: self.largest_group.load(Relaxed),
            commit_time: Duration::from_micros(self.commit_us.load(Relaxed)),
            queued: bounds.zip(self.queued.iter().map(|n| n.load(Relaxed))).collect(),
        }
    }
}
