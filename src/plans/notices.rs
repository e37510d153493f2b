//! Notifies a workspace's owners that the day's messages run out.

use async_trait::async_trait;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::day::{Day, Today};
use super::limits::Limit;
use super::model::Plan;
use super::store;
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db};
use crate::i18n::{Locale, T, Text};
use crate::ids::WorkspaceId;
use crate::jobs::{Handler, Job, JobError, Lane, Order, Run};
use crate::mail::{EmailDraft, Mailer, plain};

/// A percentage of the day's limit was reached. Enqueued once per day and percentage, in that transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TellUsage {
    pub workspace: WorkspaceId,
    pub day: Day,
    /// 80 or 100.
    pub percent: u8,
}

impl Job for TellUsage {
    const KIND: &'static str = "plans.tell_usage";
    const LANE: Lane = Lane::Email;
}

impl TellUsage {
    pub(super) fn order(&self) -> Order {
        Order {
            workspace: Some(self.workspace),
            unique_key: Some(format!("{}:{}:{}", self.workspace, self.day, self.percent)),
            ..Order::default()
        }
    }
}

/// Runs [`TellUsage`].
pub struct UsageTold {
    db: Db,
    clock: Clock,
    mailer: Mailer,
}

impl UsageTold {
    #[must_use]
    pub fn new(db: Db, clock: Clock, mailer: Mailer) -> Self {
        Self { db, clock, mailer }
    }
}

#[async_trait]
impl Handler<TellUsage> for UsageTold {
    async fn run(&self, job: TellUsage, _: &Run) -> Result<(), JobError> {
        let (now, mailer) = (self.clock.now(), self.mailer.clone());
        self.db.write(move |tx| write_in(tx, &job, &mailer, now)).await?;
        self.mailer.wake();
        Ok(())
    }
}

fn write_in(tx: &Connection, job: &TellUsage, mailer: &Mailer, now: UnixMs) -> db::Result<()> {
    let plan = store::plan_of(tx, job.workspace)?;
    // The day is over, or the plan has no limit any more: the notice is outdated.
    let Limit::Of(limit) = plan.limits.messages_per_day else {
        return Ok(());
    };
    let today = store::today(tx, job.workspace, now)?;
    if today.day != job.day {
        return Ok(());
    }
    let (name, owners) = store::owners(tx, job.workspace)?;
    for owner in owners {
        let draft = draft(&owner, &name, job, &plan, limit, today);
        mailer.send_in(tx, &draft, now)?;
    }
    Ok(())
}

fn draft(to: &str, workspace: &str, job: &TellUsage, plan: &Plan, limit: u64, today: Today) -> EmailDraft {
    let t = T::new(Locale::En, today.zone);
    let used_up = job.percent >= 100;
    let said = |key: &'static str| {
        let text = Text::new(key)
            .with("workspace", plain(workspace))
            .with("plan", &plan.name);
        let text = text.number("limit", limit).number("percent", job.percent);
        t.text(&text.at("time", today.ends, today.zone))
    };
    let (subject, text) = match used_up {
        true => ("plans-mail-used-up", "plans-mail-used-up-text"),
        false => ("plans-mail-nearly", "plans-mail-nearly-text"),
    };
    EmailDraft::new(to, said(subject))
        .text(T::default().get("mail-hello"))
        .text(said(text))
        .button(t.get("plans-mail-button"), "/settings/billing")
        .note(t.get("plans-mail-note"))
        .at(job.workspace)
}
