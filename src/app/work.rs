//! Which job is done by whom, and what happens by the clock.

use std::sync::atomic::Ordering;

use super::App;
use crate::jobs::{PruneJobs, Pruner, Runner, Schedule};
use crate::mail::{PruneMails, SendMail};

impl App {
    /// Lets the jobs in the queue be done. Does nothing the second time.
    pub fn start_jobs(&self) {
        if !self.jobs_started.swap(true, Ordering::SeqCst) {
            self.spawn("jobs", runner(self).run());
        }
    }

    /// The recurring work of the program.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule::new()
            .cron("0 12 * * * *", "prune-jobs", PruneJobs::enqueue)
            .cron("0 24 3 * * *", "prune-mail", PruneMails::enqueue)
    }

    pub(super) fn start_schedule(&self) {
        let schedule = self.schedule();
        self.spawn("schedule", schedule.run(self.jobs.clone(), self.tasks.stop.clone()));
    }
}

/// One line for each kind of job.
fn runner(app: &App) -> Runner {
    let (db, clock) = (|| app.db.clone(), || app.clock.clone());
    Runner::new(db(), clock(), app.jobs.clone(), app.tasks.stop.clone())
        .handle::<PruneJobs>(Pruner::new(db(), clock()))
        .handle::<SendMail>(app.carrier.clone())
        .handle::<PruneMails>(app.carrier.clone())
}
