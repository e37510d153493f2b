//! Which handler runs which job, and what the schedule does.

use std::sync::atomic::Ordering;

use super::App;
use super::follow::Follower;
use super::upkeep::PruneAudit;
use crate::accounts::{EraseUser, EraseWorkspace, MailLink, PruneLinks};
use crate::backup::DailyBackup;
use crate::billing::{Compare, Keeper, Upkeep};
use crate::chats::{FetchFile, IndexBacklog, Indexer, MarkUnreached, Unreached, WakeChat};
use crate::export::{Eraser, MakeExport, PruneExports};
use crate::jobs::{PruneJobs, Pruner, Runner, Schedule};
use crate::mail::{PruneMails, SendMail};
use crate::media::{CleanMedia, Cleaner, SweepMedia, Sweeper};
use crate::outbox::SendScheduled;
use crate::plans::{SyncPlanLimits, TellUsage, UsageTold};

impl App {
    /// Starts to run queued jobs. Does nothing the second time.
    pub fn start_jobs(&self) {
        if !self.jobs_started.swap(true, Ordering::SeqCst) {
            self.spawn("jobs", runner(self).run());
            let (db, jobs) = (self.db.clone(), self.jobs.clone());
            self.spawn("search_backlog", async move {
                if let Err(error) = IndexBacklog::enqueue(db, jobs).await {
                    tracing::error!(%error, "what was stored before cannot be made findable");
                }
            });
        }
    }

    /// The recurring work of the program.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule::new()
            .cron("12 * * * *", "prune-jobs", PruneJobs::enqueue)
            .cron("30 3 * * *", "backup", DailyBackup::enqueue)
            .cron("18 3 * * *", "prune-links", PruneLinks::enqueue)
            .cron("24 3 * * *", "prune-mail", PruneMails::enqueue)
            .cron("36 3 * * *", "prune-audit", PruneAudit::enqueue)
            .cron("42 * * * *", "prune-exports", PruneExports::enqueue)
            .cron("54 3 * * *", "clean-media", CleanMedia::enqueue)
            .cron("12 5 * * *", "sweep-media", SweepMedia::enqueue)
            .cron("6-59/10 * * * *", "unreached", MarkUnreached::enqueue)
            .cron("*/10 * * * *", "billing-upkeep", Upkeep::enqueue)
            .cron("48 4 * * *", "billing-compare", Compare::enqueue)
    }

    pub(super) fn start_schedule(&self) {
        let schedule = self.schedule();
        let (jobs, backups, stop) = (self.jobs.clone(), self.backups.clone(), self.tasks.stop.clone());
        self.spawn("schedule", async move {
            // There may be no backup yet, or it may have been deleted.
            if let Err(error) = backups.catch_up().await {
                tracing::error!(%error, "the backups cannot be read");
            }
            schedule.run(jobs, stop).await;
        });
    }
}

/// One line for each kind of job.
fn runner(app: &App) -> Runner {
    let (db, clock) = (|| app.db.clone(), || app.clock.clone());
    let eraser = Eraser::new(db(), app.sessions.clone(), app.exports.clone());
    Runner::new(db(), clock(), app.jobs.clone(), app.tasks.stop.clone())
        .handle::<PruneJobs>(Pruner::new(db(), clock()))
        .handle::<DailyBackup>(app.backups.clone())
        .handle::<IndexBacklog>(Indexer::new(db()))
        .handle::<MarkUnreached>(Unreached::new(db(), clock(), app.bus.clone()))
        .handle::<PruneAudit>(app.audit.clone())
        .handle::<SendMail>(app.mail_worker.clone())
        .handle::<PruneMails>(app.mail_worker.clone())
        .handle::<MakeExport>(app.exports.clone())
        .handle::<PruneExports>(app.exports.clone())
        .handle::<EraseWorkspace>(eraser.clone())
        .handle::<EraseUser>(eraser)
        .handle::<MailLink>(app.accounts.clone())
        .handle::<PruneLinks>(app.accounts.clone())
        .handle::<FetchFile>(app.files.clone())
        .handle::<SendScheduled>(app.scheduler.clone())
        .handle::<WakeChat>(app.handling.clone())
        .handle::<CleanMedia>(Cleaner(app.media.clone()))
        .handle::<SweepMedia>(Sweeper(app.media.clone()))
        .handle::<SyncPlanLimits>(Follower {
            sessions: app.sessions.clone(),
            outbox: app.outbox.clone(),
        })
        .handle::<Upkeep>(Keeper(app.billing.clone()))
        .handle::<Compare>(Keeper(app.billing.clone()))
        .handle::<TellUsage>(UsageTold::new(db(), clock(), app.mail.clone()))
}
