//! The schedule across changes of the clocks, restarts, and wrong clocks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Hook, Queue, note};
use crate::clock::{Clock, ManualClock, UnixMs};
use crate::db::{self, Db};
use crate::jobs::{Jobs, Order, PruneJobs, Schedule};
use crate::zone::Zone;

fn at(utc: &str) -> UnixMs {
    UnixMs(utc.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis())
}

/// One line in a zone, on a manual clock, and the times when it ran.
struct Desk {
    db: Db,
    clock: ManualClock,
    jobs: Jobs,
    zone: Zone,
    when: &'static str,
    done: Arc<Mutex<Vec<UnixMs>>>,
    _dir: tempfile::TempDir,
}

impl Desk {
    fn new(zone: &str, when: &'static str, now: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = db::open(dir.path()).unwrap();
        let clock = ManualClock::new(at(now));
        let jobs = Jobs::new(db.clone(), Clock::Manual(clock.clone()));
        let (zone, done) = (zone.parse().unwrap(), Arc::default());
        Self {
            db,
            clock,
            jobs,
            zone,
            when,
            done,
            _dir: dir,
        }
    }

    /// As every start of the program makes it.
    fn schedule(&self) -> Schedule {
        let done = Arc::clone(&self.done);
        Schedule::in_zone(self.zone).cron(self.when, "line", move |jobs| {
            done.lock().unwrap().push(jobs.now());
            async move { jobs.enqueue(Hook(note("line")), Order::default()).await }
        })
    }

    /// Ticks each minute until then; returns when the line ran, in UTC.
    async fn until(&self, utc: &str) -> Vec<String> {
        let schedule = self.schedule();
        schedule.look(&self.jobs).await.unwrap();
        while self.clock.now() < at(utc) {
            self.clock.advance(Duration::from_secs(60));
            schedule.look(&self.jobs).await.unwrap();
        }
        self.done()
    }

    fn done(&self) -> Vec<String> {
        let done = std::mem::take(&mut *self.done.lock().unwrap());
        done.iter()
            .map(|at| at.to_utc().format("%d %H:%M").to_string())
            .collect()
    }
}

#[tokio::test]
async fn nine_o_clock_stays_nine_o_clock_when_the_clocks_change() {
    let autumn = Desk::new("Europe/Berlin", "0 9 * * *", "2026-10-24T06:00:00Z");
    assert_eq!(
        autumn.until("2026-10-26T12:00:00Z").await,
        ["24 07:00", "25 08:00", "26 08:00"]
    );
    let spring = Desk::new("Europe/Berlin", "0 9 * * *", "2026-03-28T06:00:00Z");
    assert_eq!(
        spring.until("2026-03-30T12:00:00Z").await,
        ["28 08:00", "29 07:00", "30 07:00"]
    );
}

#[tokio::test]
async fn a_skipped_hour_runs_at_its_end_and_a_repeated_hour_once() {
    let gap = Desk::new("Africa/Cairo", "30 0 * * *", "2026-04-23T12:00:00Z");
    assert_eq!(gap.until("2026-04-25T12:00:00Z").await, ["23 22:00", "24 21:30"]);
    let fold = Desk::new("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00:00Z");
    assert_eq!(fold.until("2026-10-26T12:00:00Z").await, ["25 00:30", "26 01:30"]);
    // The hour in between also counts.
    let often = Desk::new("Europe/Berlin", "*/30 * * * *", "2026-10-24T23:45:00Z");
    assert_eq!(
        often.until("2026-10-25T02:15:00Z").await,
        ["25 00:00", "25 00:30", "25 01:00", "25 01:30", "25 02:00"]
    );
    let hourly = Desk::new("America/Havana", "12 * * * *", "2026-11-01T03:30:00Z");
    assert_eq!(
        hourly.until("2026-11-01T06:30:00Z").await,
        ["01 04:12", "01 05:12", "01 06:12"]
    );
}

#[tokio::test]
async fn missed_runs_are_made_up_once_at_the_next_start() {
    let desk = Desk::new("Europe/Berlin", "30 3 * * *", "2026-11-23T12:00:00Z");
    assert_eq!(desk.until("2026-11-23T12:05:00Z").await, Vec::<String>::new());
    // The machine is off for three nights.
    desk.clock.set(at("2026-11-26T12:00:00Z"));
    assert_eq!(desk.until("2026-11-27T12:00:00Z").await, ["26 12:00", "27 02:30"]);
}

#[tokio::test]
async fn a_wrong_clock_stops_no_line() {
    let desk = Desk::new("Europe/Berlin", "30 3 * * *", "2031-01-01T12:00:00Z");
    desk.until("2031-01-02T12:00:00Z").await;
    desk.clock.set(at("2026-11-24T12:00:00Z"));
    assert_eq!(desk.until("2026-11-25T12:00:00Z").await, ["25 02:30"]);
    desk.clock.set(at("1970-01-02T12:00:00Z"));
    assert_eq!(desk.until("1970-01-03T12:00:00Z").await, ["03 02:30"]);
    desk.clock.set(at("2026-11-25T12:00:00Z"));
    assert_eq!(desk.until("2026-11-26T12:00:00Z").await, ["25 12:00", "26 02:30"]);
    let lines = |c: &rusqlite::Connection| {
        Ok::<_, db::DbError>(c.query_row("SELECT COUNT(*) FROM schedule_lines", [], |row| row.get::<_, i64>(0))?)
    };
    assert_eq!(desk.db.read(lines).await.unwrap(), 1);
}

#[tokio::test]
async fn a_job_that_a_wrong_clock_delayed_for_years_runs_when_requested_again() {
    let queue = Queue::new();
    let order = |due: UnixMs| Order {
        due_at: Some(due),
        ..Order::unique("one")
    };
    let now = queue.clock.now();
    let years = now.plus(Duration::from_secs(5 * 365 * 24 * 60 * 60));
    let first = queue.jobs.enqueue(Hook(note("late")), order(years)).await.unwrap();
    let soon = now.plus(Duration::from_secs(60));
    assert_eq!(
        queue.jobs.enqueue(Hook(note("soon")), order(soon)).await.unwrap(),
        first
    );
    assert_eq!(queue.job(first).await.due_at, soon);
    // A later request does not delay it.
    assert_eq!(
        queue.jobs.enqueue(Hook(note("late")), order(years)).await.unwrap(),
        first
    );
    assert_eq!(queue.job(first).await.due_at, soon);
}

#[tokio::test]
async fn a_line_that_never_runs_is_detected_at_startup() {
    let queue = Queue::new();
    for never in ["every now and then", "0 0 31 2 *", "61 * * * *"] {
        let schedule = Schedule::new().cron(never, "never", PruneJobs::enqueue);
        assert!(
            schedule.check(&queue.jobs).unwrap_err().to_string().contains("never"),
            "{never}"
        );
    }
}
