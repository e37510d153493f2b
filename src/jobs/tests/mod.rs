//! The queue against a real database, on a clock that stands still.

mod hand;
mod schedule;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::runner::{Handler, Run, Runner};
use super::store::{self, Lease, Outcome};
use super::*;
use crate::audit::Admin;
use crate::clock::{Clock, ManualClock, UnixMs};
use crate::db::{self, Db, DbError};
use crate::ids::JobId;

/// Far more than any step here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the test's handler does with a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Task {
    Note(String),
    FailTimes(u32),
    FailAt(i64),
    GiveUp,
    Panic,
    /// Runs until it is stopped.
    Wait,
    /// Finishes the job in the transaction of its effect, and reports whether the row was done at once.
    Finish,
    /// Has its effect and its end in a transaction that fails the first time.
    FailAfterFinish,
}

macro_rules! kinds {
    ($($name:ident = $kind:literal in $lane:ident),+) => {$(
        #[derive(Debug, Serialize, Deserialize)]
        struct $name(Task);

        impl Job for $name {
            const KIND: &'static str = $kind;
            const LANE: Lane = Lane::$lane;
            const MAX_ATTEMPTS: u32 = 3;
        }

        #[async_trait]
        impl Handler<$name> for Worker {
            async fn run(&self, job: $name, run: &Run) -> Result<(), JobError> {
                self.work(job.0, run).await
            }
        }
    )+};
}
kinds!(Mailing = "test.mailing" in Email, Hook = "test.hook" in Webhook, Lost = "test.lost" in Media);

#[derive(Clone)]
struct Worker {
    notes: mpsc::UnboundedSender<String>,
    /// Running jobs.
    begun: Arc<Mutex<HashSet<JobId>>>,
    changed: Arc<Notify>,
    db: Db,
}

impl Worker {
    async fn work(&self, task: Task, run: &Run) -> Result<(), JobError> {
        self.begun.lock().unwrap().insert(run.id);
        self.changed.notify_waiters();
        match task {
            Task::Note(text) => self.notes.send(text).unwrap(),
            Task::FailTimes(times) if run.attempt <= times => return Err(JobError::Retry("Not today.".into())),
            Task::FailTimes(_) => self.notes.send(format!("attempt {}", run.attempt)).unwrap(),
            Task::FailAt(at) => {
                let (at, why) = (UnixMs(at), "Asked to come later.".to_owned());
                return Err(JobError::RetryAt { at, why });
            }
            Task::GiveUp => return Err(JobError::Fatal("Never.".into())),
            Task::Panic => panic!("on purpose"),
            Task::Wait => {
                run.until_stopped().await;
                run.check()?;
            }
            Task::Finish => {
                let (finisher, id) = (run.finisher(), run.id);
                let finish = move |tx: &rusqlite::Transaction<'_>| {
                    finisher.complete_in(tx)?;
                    // The second time the lease is gone, so the effect of a duplicate run is rolled back.
                    assert!(matches!(finisher.complete_in(tx), Err(DbError::NotFound)));
                    let sql = "SELECT state = 'done' FROM jobs WHERE id = ?1";
                    Ok::<bool, DbError>(tx.query_row(sql, [id], |row| row.get(0))?)
                };
                let done = self.db.write(finish).await?;
                self.notes.send(format!("finished: {done}")).unwrap();
            }
            Task::FailAfterFinish => {
                let (finisher, fails) = (run.finisher(), run.attempt == 1);
                let finish = move |tx: &rusqlite::Transaction<'_>| {
                    tx.execute("INSERT INTO schedule_lines (name, due_at) VALUES ('effect', 0)", [])?;
                    finisher.complete_in(tx)?;
                    if fails { Err(DbError::NotFound) } else { Ok(()) }
                };
                let finished = self.db.write(finish).await;
                finished.map_err(|_| JobError::Retry("Not today.".to_owned()))?;
            }
        }
        Ok(())
    }
}

struct Queue {
    db: Db,
    clock: ManualClock,
    jobs: Jobs,
    notes: mpsc::UnboundedReceiver<String>,
    worker: Worker,
    stop: CancellationToken,
    runner: Option<JoinHandle<()>>,
    _dir: tempfile::TempDir,
}

impl Queue {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = db::open(dir.path()).unwrap();
        let clock = ManualClock::new(UnixMs(1_700_000_000_000));
        let (sender, notes) = mpsc::unbounded_channel();
        let worker = Worker {
            notes: sender,
            begun: Arc::default(),
            changed: Arc::default(),
            db: db.clone(),
        };
        Self {
            jobs: Jobs::new(db.clone(), Clock::Manual(clock.clone())),
            db,
            clock,
            notes,
            worker,
            stop: CancellationToken::new(),
            runner: None,
            _dir: dir,
        }
    }

    /// A queue with a running runner.
    fn running() -> Self {
        let mut queue = Self::new();
        queue.start();
        queue
    }

    fn start(&mut self) {
        let clock = Clock::Manual(self.clock.clone());
        let runner = Runner::new(self.db.clone(), clock, self.jobs.clone(), self.stop.clone())
            .handle::<Mailing>(self.worker.clone())
            .handle::<Hook>(self.worker.clone())
            .at_once(Lane::Email, 1);
        self.runner = Some(tokio::spawn(runner.run()));
    }

    async fn stopped(&mut self) {
        self.stop.cancel();
        let runner = self.runner.take().unwrap();
        tokio::time::timeout(PATIENCE, runner).await.unwrap().unwrap();
    }

    async fn add<J: Job>(&self, job: J) -> JobId {
        self.jobs.enqueue(job, Order::default()).await.unwrap()
    }

    /// A job that another runner has leased from the start: between two transactions this one could lease it.
    async fn add_taken_by_another<J: Job>(&self, job: J) -> (JobId, Lease) {
        let now = self.clock.now();
        let until = now.plus(Duration::from_secs(90));
        let add = move |tx: &rusqlite::Transaction<'_>| {
            let id = enqueue_in(tx, &job, Order::default(), now)?;
            let taken = store::lease(tx, J::LANE, 1, 7, until, now)?.remove(0);
            assert_eq!(taken.id, id);
            Ok::<_, crate::db::DbError>((id, Lease { id, token: taken.token }))
        };
        self.db.write(add).await.unwrap()
    }

    async fn settled(&self) {
        tokio::time::timeout(PATIENCE, self.jobs.settled())
            .await
            .unwrap()
            .unwrap();
    }

    async fn note(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.notes.recv())
            .await
            .unwrap()
            .unwrap()
    }

    async fn job(&self, id: JobId) -> JobRow {
        let page = self
            .jobs
            .list(Admin::operator(), Filter::default(), None)
            .await
            .unwrap();
        page.rows.into_iter().find(|job| job.id == id).unwrap()
    }

    async fn begun(&self, id: JobId) {
        let wait = async {
            loop {
                let changed = self.worker.changed.notified();
                if self.worker.begun.lock().unwrap().contains(&id) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap();
    }

    /// The job as another runner would lease it.
    async fn taken_by_another(&self, lane: Lane) -> Lease {
        let now = self.clock.now();
        let until = now.plus(Duration::from_secs(90));
        let take = move |tx: &rusqlite::Transaction<'_>| store::lease(tx, lane, 1, 7, until, now);
        let job = self.db.write(take).await.unwrap().remove(0);
        Lease {
            id: job.id,
            token: job.token,
        }
    }
}

fn note(text: &str) -> Task {
    Task::Note(text.to_owned())
}

#[tokio::test]
async fn a_job_runs_and_stays_visible() {
    let mut queue = Queue::running();
    let id = queue.add(Mailing(note("hello"))).await;
    assert_eq!(queue.note().await, "hello");
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!((job.state, job.attempts, job.last_error), (State::Done, 1, None));
    assert_eq!(job.finished_at, Some(queue.clock.now()));
}

#[tokio::test]
async fn an_unfinished_job_is_not_enqueued_twice() {
    let mut queue = Queue::new();
    let order = || Order::unique("shop");
    let first = queue.jobs.enqueue(Mailing(note("once")), order()).await.unwrap();
    let again = queue.jobs.enqueue(Mailing(note("twice")), order()).await.unwrap();
    assert_eq!(first, again);
    // Another kind may use the same key.
    assert_ne!(first, queue.jobs.enqueue(Hook(note("other")), order()).await.unwrap());
    queue.start();
    queue.settled().await;
    let next = queue.jobs.enqueue(Mailing(note("later")), order()).await.unwrap();
    assert_ne!(first, next);
    queue.settled().await;
    let mut said = [queue.note().await, queue.note().await, queue.note().await];
    said.sort();
    assert_eq!(said, ["later", "once", "other"]);
}

#[tokio::test]
async fn the_highest_priority_goes_first_and_among_equals_the_oldest() {
    let mut queue = Queue::new();
    for (text, priority) in [("low", -1), ("first", 0), ("second", 0), ("urgent", 9)] {
        let order = Order {
            priority,
            ..Order::default()
        };
        queue.jobs.enqueue(Mailing(note(text)), order).await.unwrap();
    }
    queue.start();
    let mut order = Vec::new();
    for _ in 0..4 {
        order.push(queue.note().await);
    }
    assert_eq!(order, ["urgent", "first", "second", "low"]);
}

#[tokio::test]
async fn a_failed_job_is_retried_after_a_growing_pause() {
    let mut queue = Queue::running();
    let id = queue.add(Mailing(Task::FailTimes(2))).await;
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!((job.state, job.attempts), (State::Waiting, 1));
    assert_eq!(job.due_at, queue.clock.now().plus(Duration::from_secs(10)));
    assert_eq!(job.last_error.as_deref(), Some("Not today."));

    queue.clock.advance(Duration::from_secs(10));
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!(job.due_at, queue.clock.now().plus(Duration::from_secs(30)));

    queue.clock.advance(Duration::from_secs(30));
    assert_eq!(queue.note().await, "attempt 3");
    queue.settled().await;
    assert_eq!(queue.job(id).await.state, State::Done);
}

#[tokio::test]
async fn a_job_can_choose_when_it_is_retried() {
    let queue = Queue::running();
    let at = queue.clock.now().plus(Duration::from_secs(3_600));
    let id = queue.add(Mailing(Task::FailAt(at.0))).await;
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!((job.state, job.due_at), (State::Waiting, at));
}

#[tokio::test]
async fn after_the_last_attempt_or_a_fatal_error_a_job_is_dead_until_a_person_retries_it() {
    let queue = Queue::running();
    let fatal = queue.add(Hook(Task::GiveUp)).await;
    let failing = queue.add(Mailing(Task::FailTimes(3))).await;
    for pause in [0, 10, 30] {
        queue.clock.advance(Duration::from_secs(pause));
        queue.settled().await;
    }
    assert_eq!(queue.job(fatal).await.state, State::Dead);
    let job = queue.job(failing).await;
    assert_eq!((job.state, job.attempts), (State::Dead, 3));

    let again = queue.jobs.retry(Admin::operator(), &job.public_id).await.unwrap();
    assert_eq!((again.state, again.attempts), (State::Ready, 0));
    queue.settled().await;
    assert_eq!(queue.job(failing).await.attempts, 1);
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt_and_affects_no_other_job() {
    let mut queue = Queue::running();
    let id = queue.add(Mailing(Task::Panic)).await;
    queue.add(Mailing(note("still here"))).await;
    assert_eq!(queue.note().await, "still here");
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!((job.state, job.attempts), (State::Waiting, 1));
    assert_eq!(job.last_error.as_deref(), Some("The handler panicked: on purpose"));
}

#[tokio::test]
async fn a_job_of_an_unknown_kind_is_kept_for_a_person() {
    let queue = Queue::running();
    let id = queue.add(Lost(note("nobody"))).await;
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!(job.state, State::Dead);
    assert!(job.last_error.unwrap().contains("does not know this kind of job"));
}

#[tokio::test]
async fn a_payload_of_another_version_is_kept_for_a_person() {
    let mut queue = Queue::new();
    let id = queue.add(Mailing(note("old"))).await;
    let spoil = "UPDATE jobs SET payload = '{\"Gone\":1}'";
    queue
        .db
        .write(|tx| Ok::<_, DbError>(tx.execute_batch(spoil)?))
        .await
        .unwrap();
    queue.start();
    queue.settled().await;
    assert_eq!(queue.job(id).await.state, State::Dead);
}

#[tokio::test]
async fn a_stuck_lane_does_not_hold_up_another() {
    let mut queue = Queue::running();
    let stuck = queue.add(Mailing(Task::Wait)).await;
    queue.begun(stuck).await;
    queue.add(Hook(note("the other lane"))).await;
    assert_eq!(queue.note().await, "the other lane");
    assert_eq!(queue.job(stuck).await.state, State::Running);
}

#[tokio::test]
async fn an_expired_lease_is_taken_again_and_its_old_holder_changes_nothing() {
    let mut queue = Queue::running();
    queue.settled().await;
    let (id, old) = queue.add_taken_by_another(Mailing(note("taken over"))).await;
    queue.clock.advance(Duration::from_secs(60));
    queue.jobs.wake();
    assert!(queue.notes.try_recv().is_err(), "the lease still holds");
    queue.clock.advance(Duration::from_secs(31));
    assert_eq!(queue.note().await, "taken over");
    queue.settled().await;
    let late = queue
        .db
        .write(move |tx| store::settle(tx, old, &Outcome::Dead { error: "late".into() }, UnixMs(1)))
        .await
        .unwrap();
    assert!(!late);
    let job = queue.job(id).await;
    assert_eq!((job.state, job.attempts), (State::Done, 2));
}

#[tokio::test]
async fn a_long_job_keeps_its_lease() {
    let queue = Queue::running();
    let id = queue.add(Mailing(Task::Wait)).await;
    queue.begun(id).await;
    for _ in 0..10 {
        queue.clock.advance(Duration::from_secs(31));
        // Once another job has run, a turn has renewed the lease.
        let mark = queue.add(Hook(note("mark"))).await;
        let wait = async {
            let mut turns = queue.jobs.turns.subscribe();
            while queue.job(mark).await.state != State::Done {
                turns.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap();
    }
    let job = queue.job(id).await;
    assert_eq!((job.state, job.attempts), (State::Running, 1));
}

#[tokio::test]
async fn jobs_of_a_killed_run_are_done_by_the_next() {
    let mut queue = Queue::new();
    let first = queue.add(Mailing(note("had been begun"))).await;
    queue.taken_by_another(Lane::Email).await;
    queue.add(Mailing(note("had not"))).await;
    queue.start();
    // At once: the lease would be valid for another 90 s.
    let mut said = [queue.note().await, queue.note().await];
    said.sort();
    assert_eq!(said, ["had been begun", "had not"]);
    queue.settled().await;
    assert_eq!(queue.job(first).await.attempts, 2);
}

#[tokio::test]
async fn a_job_that_kills_the_program_each_time_is_dead_in_the_end() {
    let mut queue = Queue::new();
    let id = queue.add(Mailing(note("poison"))).await;
    for _ in 0..3 {
        queue.taken_by_another(Lane::Email).await;
        let back = |tx: &rusqlite::Transaction<'_>| store::recover(tx, UnixMs(i64::MAX), UnixMs(1));
        queue.db.write(back).await.unwrap();
    }
    queue.start();
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!(job.state, State::Dead);
    assert_eq!(job.last_error.as_deref(), Some("The program ended while this job ran."));
}

#[tokio::test]
async fn on_shutdown_running_jobs_are_given_back_and_lose_no_attempt() {
    let mut queue = Queue::running();
    let running = queue.add(Mailing(Task::Wait)).await;
    let behind = queue.add(Mailing(note("behind"))).await;
    queue.begun(running).await;
    queue.stopped().await;
    for id in [running, behind] {
        let job = queue.job(id).await;
        assert_eq!((job.state, job.attempts), (State::Ready, 0), "{id}");
    }
}

#[tokio::test]
async fn no_wake_up_is_missed_however_jobs_come_and_go() {
    let mut queue = Queue::running();
    // Each is enqueued the moment the runner goes back to waiting.
    for round in 0..200 {
        queue.add(Hook(note(&round.to_string()))).await;
        assert_eq!(queue.note().await, round.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wake_up_during_a_turn_is_not_missed() {
    let mut queue = Queue::running();
    for round in 0..500 {
        // The first keeps the runner in a turn while the others are enqueued.
        for part in ["a", "b", "c"] {
            queue.add(Hook(note(&format!("{round}{part}")))).await;
        }
        for _ in 0..3 {
            queue.note().await;
        }
    }
}

#[tokio::test]
async fn a_later_job_waits_for_its_time() {
    let mut queue = Queue::running();
    let order = Order {
        due_at: Some(queue.clock.now().plus(Duration::from_secs(5))),
        ..Order::default()
    };
    let id = queue.jobs.enqueue(Hook(note("later")), order).await.unwrap();
    queue.settled().await;
    assert_eq!(queue.job(id).await.state, State::Waiting);
    queue.clock.advance(Duration::from_secs(5));
    assert_eq!(queue.note().await, "later");
}

#[tokio::test]
async fn an_effect_and_the_end_of_its_job_are_one_transaction() {
    let mut queue = Queue::running();
    let id = queue.add(Hook(Task::Finish)).await;
    assert_eq!(queue.note().await, "finished: true");
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!((job.state, job.attempts), (State::Done, 1));
}

#[tokio::test]
async fn a_transaction_that_fails_undoes_the_effect_and_the_end_of_its_job() {
    let queue = Queue::running();
    let effects = async || {
        let sql = "SELECT COUNT(*) FROM schedule_lines WHERE name = 'effect'";
        let count = queue
            .db
            .read(move |c| Ok::<i64, DbError>(c.query_row(sql, [], |row| row.get(0))?));
        count.await.unwrap()
    };
    let id = queue.add(Hook(Task::FailAfterFinish)).await;
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!((job.state, job.attempts, effects().await), (State::Waiting, 1, 0));
    queue.clock.advance(Duration::from_secs(10));
    queue.settled().await;
    let job = queue.job(id).await;
    assert_eq!((job.state, job.attempts, effects().await), (State::Done, 2, 1));
}
