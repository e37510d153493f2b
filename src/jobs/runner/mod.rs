//! Leases jobs from the queue, runs them, and stores the outcomes.
//!
//! One transaction at a time (a *turn*) stores the outcomes since the last and leases the next jobs, so the
//! busier the queue is, the more jobs share an fsync. The runner is the only waiter for [`Jobs::wake`], and a
//! wake-up is kept until it waits, so no job is overlooked between checking and waiting.

mod carry;
mod hand;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::model::{Job, Lane, pause_after};
use super::service::Jobs;
use super::store::{self, Lease, Leased, Outcome};
use crate::clock::{Clock, UnixMs};
use crate::crypto;
use crate::db::{self, Db, DbError};
use crate::ids::JobId;

use carry::{Erased, Finished, Typed, carry_out};
pub use carry::{Finisher, Handler, Run};
use hand::InHand;

/// How long a job belongs to its lease's holder.
const LEASE: Duration = Duration::from_secs(90);
/// How often leases are renewed and expired ones found; a third of [`LEASE`], so that two failures are survived.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Pause after a database error.
const REST: Duration = Duration::from_secs(2);

/// Jitter of the pause before the next attempt, so that jobs which failed together do not retry together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Jitter {
    /// Up to a fifth longer.
    #[default]
    Random,
    /// None: for clocks that stand still.
    None,
}

impl Jitter {
    fn apply(self, pause: Duration) -> Duration {
        match self {
            Self::None => pause,
            Self::Random => pause + pause.mul_f64(f64::from(crypto::random_bytes::<1>()[0]) / 255.0 / 5.0),
        }
    }
}

/// A lane's state in the runner.
struct LaneState {
    lane: Lane,
    at_once: usize,
    running: usize,
    /// Leased, and started when there is room.
    next: VecDeque<Leased>,
    /// There may be ready jobs in the table.
    look: bool,
}

impl LaneState {
    /// Some are leased ahead, so that short jobs need not wait for a commit each.
    fn room(&self) -> usize {
        (self.at_once * 2).saturating_sub(self.running + self.next.len())
    }
}

/// The work of a turn.
struct Turn {
    finished: Arc<Vec<(Lease, Outcome)>>,
    wanted: Vec<(Lane, usize)>,
    /// Leases to renew; `None` when it is not time yet.
    renew: Option<Vec<Lease>>,
}

struct Turned {
    finished: Arc<Vec<(Lease, Outcome)>>,
    result: Result<Taken, DbError>,
}

#[derive(Default)]
struct Taken {
    jobs: Vec<(Lane, usize, Vec<Leased>)>,
    next_due: Option<UnixMs>,
    /// Leases that somebody else has now, or whose jobs were deleted.
    lost: Vec<JobId>,
}

/// The task; see the module.
pub struct Runner {
    db: Db,
    clock: Clock,
    jobs: Jobs,
    stop: CancellationToken,
    handlers: HashMap<&'static str, Arc<dyn Erased>>,
    jitter: Jitter,
    lanes: Vec<LaneState>,
    running: JoinSet<Finished>,
    in_hand: InHand,
    finished: Vec<(Lease, Outcome)>,
    turn: Option<BoxFuture<'static, Turned>>,
    /// When the next waiting job is due, as of the last turn.
    next_due: Option<UnixMs>,
    renew_at: UnixMs,
    /// No turn starts before, after a database error.
    rest_until: UnixMs,
}

impl Runner {
    /// `stop` ends it: running jobs are notified, get a few seconds, and are released if they did not finish.
    #[must_use]
    pub fn new(db: Db, clock: Clock, jobs: Jobs, stop: CancellationToken) -> Self {
        let lane = |lane: &Lane| LaneState {
            lane: *lane,
            at_once: lane.at_once(),
            running: 0,
            next: VecDeque::new(),
            look: true,
        };
        // A clock that stands still is a test's, which has to know when a job is retried.
        let jitter = match clock {
            Clock::System => Jitter::Random,
            Clock::Manual(_) => Jitter::None,
        };
        Self {
            in_hand: InHand::new(jobs.stops.clone()),
            db,
            clock,
            jobs,
            stop,
            handlers: HashMap::new(),
            jitter,
            lanes: Lane::ALL.iter().map(lane).collect(),
            running: JoinSet::new(),
            finished: Vec::new(),
            turn: None,
            next_due: None,
            renew_at: UnixMs(i64::MIN),
            rest_until: UnixMs(i64::MIN),
        }
    }

    /// Does jobs of kind `J` with `handler`.
    #[must_use]
    pub fn handle<J: Job>(mut self, handler: impl Handler<J>) -> Self {
        let before = self.handlers.insert(J::KIND, Arc::new(Typed::new(handler)));
        debug_assert!(before.is_none(), "two handlers for {}", J::KIND);
        self
    }

    /// How many jobs of the lane run at the same time, in place of [`Lane::at_once`].
    #[must_use]
    pub fn at_once(mut self, lane: Lane, jobs: usize) -> Self {
        for state in self.lanes.iter_mut().filter(|state| state.lane == lane) {
            state.at_once = jobs.max(1);
        }
        self
    }

    /// In place of the one that goes with the clock.
    #[must_use]
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// Runs until it is stopped and has stored the outcomes of the running jobs.
    pub async fn run(mut self) {
        let (stop, clock, jobs) = (self.stop.clone(), self.clock.clone(), self.jobs.clone());
        self.recover().await;
        while !stop.is_cancelled() {
            self.begin_jobs();
            self.begin_turn();
            let next_look = self.next_look();
            tokio::select! {
                () = stop.cancelled() => break,
                turned = turn_of(&mut self.turn) => self.turned(turned),
                Some(ended) = self.running.join_next() => self.ended(ended),
                () = jobs.woken.notified() => self.look_everywhere(),
                () = clock.sleep_until(next_look), if self.turn.is_none() => self.look_everywhere(),
            }
        }
        self.end().await;
    }

    /// One process owns the file, so no job marked as running at startup is running.
    async fn recover(&mut self) {
        while !self.stop.is_cancelled() {
            let now = self.clock.now();
            match self.db.write(move |tx| store::recover(tx, UnixMs(i64::MAX), now)).await {
                Ok(0) => return,
                Ok(jobs) => return tracing::info!(jobs, "jobs of an ended run are restarted"),
                Err(error) => tracing::error!(%error, "jobs cannot be read"),
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.clock.sleep(REST) => {}
            }
        }
    }

    fn look_everywhere(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.look = true);
    }

    fn next_look(&self) -> UnixMs {
        let due = self.next_due.map_or(self.renew_at, |due| due.min(self.renew_at));
        due.max(self.rest_until)
    }

    fn begin_jobs(&mut self) {
        for index in 0..self.lanes.len() {
            while self.lanes[index].running < self.lanes[index].at_once
                && let Some(job) = self.lanes[index].next.pop_front()
            {
                self.lanes[index].running += 1;
                self.begin(job);
            }
        }
    }

    fn begin(&mut self, job: Leased) {
        let lease = lease_of(&job);
        let run = Run::new(
            &job,
            lease,
            self.in_hand.stopper(job.id),
            self.db.clone(),
            self.clock.clone(),
        );
        let handler = self.handlers.get(job.kind.as_str()).cloned();
        self.running.spawn(carry_out(handler, job, run));
    }

    /// Starts a turn if none is running and there is something to store or to lease.
    fn begin_turn(&mut self) {
        let now = self.clock.now();
        if self.turn.is_some() || now < self.rest_until {
            return;
        }
        let renew = (now >= self.renew_at).then(|| self.in_hand.leases());
        if renew.is_some() || self.next_due.is_some_and(|due| due <= now) {
            // This turn makes jobs ready, in whichever lane.
            self.look_everywhere();
        }
        let wanted = self.wanted();
        if self.finished.is_empty() && wanted.is_empty() && renew.is_none() {
            return;
        }
        if renew.is_some() {
            self.renew_at = now.plus(LOOK_EVERY);
        }
        let finished = Arc::new(std::mem::take(&mut self.finished));
        let turn = Turn {
            finished: Arc::clone(&finished),
            wanted,
            renew,
        };
        let db = self.db.clone();
        let work = async move {
            let result = db.write(move |tx| take_turn(tx, &turn, now)).await;
            Turned { finished, result }
        };
        self.turn = Some(work.boxed());
    }

    /// How many jobs to lease of each lane. A wake-up from here on means more than this turn may see.
    fn wanted(&mut self) -> Vec<(Lane, usize)> {
        let mut wanted = Vec::new();
        for lane in &mut self.lanes {
            if lane.look && lane.room() > 0 {
                lane.look = false;
                wanted.push((lane.lane, lane.room()));
            }
        }
        wanted
    }

    fn turned(&mut self, turned: Turned) {
        match turned.result {
            Ok(taken) => {
                for (lease, _) in turned.finished.iter() {
                    self.in_hand.drop(lease.id);
                }
                self.take(taken);
            }
            Err(error) => {
                tracing::error!(%error, "jobs cannot be leased or stored");
                self.finished.extend(turned.finished.iter().cloned());
                self.rest_until = self.clock.now().plus(REST);
                self.look_everywhere();
            }
        }
        self.jobs.turns.send_modify(|turns| *turns += 1);
    }

    fn take(&mut self, taken: Taken) {
        self.next_due = taken.next_due;
        for id in taken.lost {
            self.in_hand.stop(id);
        }
        for (lane, asked, jobs) in taken.jobs {
            let Some(state) = self.lanes.iter_mut().find(|state| state.lane == lane) else {
                continue;
            };
            // Fewer than requested: the lane is empty until the next wake-up.
            state.look |= jobs.len() == asked;
            for job in jobs {
                self.in_hand.add(lease_of(&job), self.stop.child_token());
                state.next.push_back(job);
            }
        }
    }

    fn ended(&mut self, ended: Result<Finished, tokio::task::JoinError>) {
        // Handlers' panics are caught where they are called; this is a task that was aborted.
        let Ok(finished) = ended else { return };
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.lane == finished.job.lane) {
            lane.running = lane.running.saturating_sub(1);
        }
        let outcome = self.judge(&finished);
        self.finished.push((lease_of(&finished.job), outcome));
    }

    fn judge(&self, finished: &Finished) -> Outcome {
        let job = &finished.job;
        let Err(error) = &finished.result else {
            return Outcome::Done;
        };
        if self.stop.is_cancelled() {
            return Outcome::GivenBack;
        }
        let text = error.to_string();
        let again = match error {
            super::JobError::Fatal(_) => None,
            _ if job.attempt >= job.max_attempts => None,
            super::JobError::RetryAt { at, .. } => Some(*at),
            super::JobError::Retry(_) => Some(self.clock.now().plus(self.jitter.apply(pause_after(job.attempt)))),
        };
        let (id, kind, attempt) = (&job.public_id, &job.kind, job.attempt);
        match again {
            Some(due_at) => {
                tracing::info!(job = %id, kind, attempt, error = text, "a job failed and is tried again later");
                Outcome::Again { due_at, error: text }
            }
            None => {
                tracing::warn!(job = %id, kind, attempt, error = text, "a job failed permanently");
                Outcome::Dead { error: text }
            }
        }
    }

    /// Running jobs are stopped by their tokens. Jobs that were not started are given back at once.
    async fn end(mut self) {
        for lane in &mut self.lanes {
            let left = lane.next.drain(..).map(|job| (lease_of(&job), Outcome::GivenBack));
            self.finished.extend(left);
        }
        while let Some(ended) = self.running.join_next().await {
            self.ended(ended);
        }
        if self.turn.is_some() {
            let turned = turn_of(&mut self.turn).await;
            self.turned(turned);
            for lane in &mut self.lanes {
                let left = lane.next.drain(..).map(|job| (lease_of(&job), Outcome::GivenBack));
                self.finished.extend(left);
            }
        }
        let (finished, now) = (std::mem::take(&mut self.finished), self.clock.now());
        let written = self.db.write(move |tx| {
            for (lease, outcome) in &finished {
                store::settle(tx, *lease, outcome, now)?;
            }
            Ok::<_, DbError>(())
        });
        if let Err(error) = written.await {
            // Their leases are recovered at the next start.
            tracing::warn!(%error, "the outcomes of the last jobs could not be stored");
        }
    }
}

fn lease_of(job: &Leased) -> Lease {
    Lease {
        id: job.id,
        token: job.token,
    }
}

/// The end of the running turn; never, if there is none.
async fn turn_of(turn: &mut Option<BoxFuture<'static, Turned>>) -> Turned {
    let Some(future) = turn.as_mut() else {
        return std::future::pending().await;
    };
    let turned = future.await;
    *turn = None;
    turned
}

fn take_turn(tx: &rusqlite::Connection, turn: &Turn, now: UnixMs) -> db::Result<Taken> {
    let mut taken = Taken::default();
    for (lease, outcome) in turn.finished.iter() {
        if !store::settle(tx, *lease, outcome, now)? {
            tracing::debug!(job = %lease.id, "a job's lease was lost");
        }
    }
    let until = now.plus(LEASE);
    if let Some(leases) = &turn.renew {
        let settled: Vec<JobId> = turn.finished.iter().map(|(lease, _)| lease.id).collect();
        for lease in leases.iter().filter(|lease| !settled.contains(&lease.id)) {
            if !store::renew(tx, *lease, until)? {
                taken.lost.push(lease.id);
            }
        }
        // After the renewal, so that only abandoned leases can have expired.
        store::recover(tx, now, now)?;
    }
    taken.next_due = store::promote(tx, now)?;
    for (lane, room) in &turn.wanted {
        let token = i64::from_ne_bytes(crypto::random_bytes());
        taken
            .jobs
            .push((*lane, *room, store::lease(tx, *lane, *room, token, until, now)?));
    }
    Ok(taken)
}
