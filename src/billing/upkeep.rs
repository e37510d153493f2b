//! The schedule of billing: periods and grace end, and once a day every subscription is compared with its
//! provider, which compensates a lost webhook.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::apply::apply_in;
use super::model::{BillingError, ProviderKind};
use super::provider::{ProviderError, Remote};
use super::rules;
use super::service::Billing;
use super::store;
use crate::audit::Actor;
use crate::clock::UnixMs;
use crate::db;
use crate::ids::{JobId, WorkspaceId};
use crate::jobs::{self, Handler, Job, JobError, Jobs, Lane, Order, Run};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Providers send an event for three days at most; kept for much longer, events explain an invoice.
const EVENTS_KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);
const AT_ONCE: u32 = 200;

/// Ends what has expired: periods, grace, unused subscriptions.
#[derive(Debug, Serialize, Deserialize)]
pub struct Upkeep {}

impl Job for Upkeep {
    const KIND: &'static str = "billing.upkeep";
    const LANE: Lane = Lane::Upkeep;
}

impl Upkeep {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self {}, Order::unique("")).await
    }
}

/// Compares with the provider: one workspace, or all that were not compared for most of a day.
#[derive(Debug, Serialize, Deserialize)]
pub struct Compare {
    pub workspace: Option<WorkspaceId>,
}

impl Job for Compare {
    const KIND: &'static str = "billing.compare";
    const LANE: Lane = Lane::Upkeep;
}

impl Compare {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self { workspace: None }, Order::unique("all")).await
    }

    pub(super) fn after(tx: &Connection, workspace: WorkspaceId, due: UnixMs, now: UnixMs) -> db::Result<()> {
        let order = Order {
            workspace: Some(workspace),
            due_at: Some(due),
            ..Order::unique(format!("workspace {workspace}"))
        };
        let job = Self {
            workspace: Some(workspace),
        };
        jobs::enqueue_in(tx, &job, order, now).map(|_| ())
    }
}

/// Runs the jobs of billing.
pub struct Keeper(pub Billing);

#[async_trait]
impl Handler<Upkeep> for Keeper {
    async fn run(&self, _: Upkeep, run: &Run) -> Result<(), JobError> {
        self.0.elapse(run).await?;
        self.0.end_orphans(run).await?;
        let before = self.0.clock.now().minus(EVENTS_KEPT);
        let prune = move |tx: &rusqlite::Transaction<'_>| store::prune_events(tx, before, AT_ONCE);
        self.0.db.write_background(prune).await?;
        Ok(())
    }
}

#[async_trait]
impl Handler<Compare> for Keeper {
    async fn run(&self, job: Compare, run: &Run) -> Result<(), JobError> {
        let Some(workspace) = job.workspace else {
            return self.0.compare_all(run).await;
        };
        self.0.compare(workspace).await.map_err(of_job)
    }
}

impl Billing {
    /// Applies what time alone changes.
    async fn elapse(&self, run: &Run) -> Result<(), JobError> {
        loop {
            run.check()?;
            let now = self.clock.now();
            let due = self.db.read(move |c| store::due(c, now, AT_ONCE)).await?;
            let Some(last) = due.last().copied() else { return Ok(()) };
            for workspace in due {
                let this = self.clone();
                let changed = self
                    .db
                    .write(move |tx| {
                        let Some(old) = store::get(tx, workspace)? else {
                            return Ok(false);
                        };
                        let Some((new, effects)) = rules::elapse(&old, now) else {
                            return Ok(false);
                        };
                        apply_in(tx, &this.mailer, Actor::System, (Some(&old), &new), &effects, now)?;
                        Ok::<_, db::DbError>(true)
                    })
                    .await?;
                if changed {
                    self.notify(workspace);
                } else if workspace == last {
                    // Found but unchanged: another iteration would find it again.
                    return Ok(());
                }
            }
        }
    }

    async fn end_orphans(&self, run: &Run) -> Result<(), JobError> {
        let orphans = self.db.read(|c| store::ends(c, AT_ONCE)).await?;
        let mut failed = None;
        for (kind, reference) in orphans {
            run.check()?;
            let Ok(provider) = self.providers.get(kind) else {
                continue;
            };
            match provider.end(&reference).await {
                Ok(()) => {
                    let ended = move |tx: &rusqlite::Transaction<'_>| store::delete_end(tx, kind, &reference);
                    self.db.write(ended).await?;
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), |error| {
            Err(JobError::Retry(format!(
                "a subscription could not be ended at the provider: {error}"
            )))
        })
    }

    async fn compare_all(&self, run: &Run) -> Result<(), JobError> {
        let now = self.clock.now();
        // This run itself takes less than an hour.
        let (before, ahead) = (now.minus(20 * HOUR), now.plus(HOUR));
        let mut failed = None;
        loop {
            let due = self
                .db
                .read(move |c| store::unchecked(c, before, ahead, AT_ONCE))
                .await?;
            let more = due.len() >= AT_ONCE as usize;
            for (workspace, _) in due {
                run.check()?;
                if let Err(error) = self.compare(workspace).await {
                    failed = Some(of_job(error));
                }
            }
            if !more || failed.is_some() {
                return failed.map_or(Ok(()), Err);
            }
        }
    }

    /// Asks the provider how the workspace's subscription, or its open checkout, stands.
    pub async fn compare(&self, workspace: WorkspaceId) -> Result<(), BillingError> {
        let (known, pending) = self
            .db
            .read(move |c| Ok::<_, BillingError>((store::get(c, workspace)?, store::pending(c, workspace)?)))
            .await?;
        let live = known.filter(|s| s.is_live() && s.reference.is_some());
        if let Some(known) = live
            && let Some(reference) = known.reference
        {
            let provider = self.providers.get(known.provider)?;
            let remote = provider.subscription(&reference).await?;
            match remote {
                // As of the last state when we asked: events in between are newer.
                Some(remote) => self.follow(workspace, known.provider, remote, known.heard_at).await?,
                // A provider keeps ended subscriptions. More likely the key is another account's, and nobody must lose
                // a plan for that.
                None => tracing::warn!(provider = %known.provider, "a provider does not know one of our subscriptions"),
            }
        }
        let bought = pending.filter(|p| p.provider != ProviderKind::Manual);
        if let Some(pending) = bought
            && let Some(checkout) = pending.reference
        {
            let provider = self.providers.get(pending.provider)?;
            let found = match provider.bought(&checkout).await? {
                Some(reference) => provider.subscription(&reference).await?,
                None => None,
            };
            if let Some(remote) = found {
                self.follow(workspace, pending.provider, remote, pending.since).await?;
            }
        }
        Ok(())
    }

    async fn follow(
        &self,
        workspace: WorkspaceId,
        kind: ProviderKind,
        remote: Remote,
        at: UnixMs,
    ) -> Result<(), BillingError> {
        let (this, now) = (self.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                this.follow_in(tx, workspace, kind, &remote, at, now)?;
                store::set_checked(tx, workspace, now)
            })
            .await?;
        self.notify(workspace);
        Ok(())
    }
}

fn of_job(error: BillingError) -> JobError {
    match error {
        BillingError::Db(error) => error.into(),
        BillingError::NotConfigured => JobError::Fatal("the provider is not set up here any more".to_owned()),
        other => JobError::Retry(other.to_string()),
    }
}

impl From<ProviderError> for JobError {
    fn from(error: ProviderError) -> Self {
        Self::Retry(error.to_string())
    }
}
