//! The jobs of mail: delivering one, and deleting old ones.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use super::model::State;
use super::store::{self, Sealed};
use super::transport::{MailTransport, TransportError};
use super::{render, seal};
use crate::clock::Clock;
use crate::crypto::Sealer;
use crate::db::{self, Db};
use crate::ids::{JobId, MailId};
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};

/// How long mail is kept for administrators to see.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Rows deleted in one transaction, which other writes wait for.
const AT_ONCE: u32 = 500;

/// Delivers one mail.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMail {
    pub mail: MailId,
}

impl Job for SendMail {
    const KIND: &'static str = "mail.send";
    const LANE: Lane = Lane::Email;
    /// About a day, including the pauses.
    const MAX_ATTEMPTS: u32 = 18;
}

/// Deletes mail that was kept long enough, and its files.
#[derive(Debug, Serialize, Deserialize)]
pub struct PruneMails {}

impl Job for PruneMails {
    const KIND: &'static str = "mail.prune";
    const LANE: Lane = Lane::Upkeep;
}

impl PruneMails {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self {}, Order::unique("")).await
    }
}

/// Runs the jobs of mail. Cheap to clone.
#[derive(Clone)]
pub struct MailWorker {
    db: Db,
    clock: Clock,
    sealer: Sealer,
    from: Mailbox,
    transport: MailTransport,
}

impl MailWorker {
    #[must_use]
    pub fn new(db: Db, clock: Clock, sealer: Sealer, from: Mailbox, transport: MailTransport) -> Self {
        Self {
            db,
            clock,
            sealer,
            from,
            transport,
        }
    }

    /// Delivers a mail at once, without the queue; if it fails it is `failed`, for a person to send again.
    pub async fn deliver_now(&self, id: MailId) -> db::Result<()> {
        let Some(mail) = self.db.read(move |c| store::get(c, id)).await? else {
            return Ok(());
        };
        match self.deliver(&mail).await {
            Ok(()) => self.gone(mail).await,
            Err(error) => self.note(id, State::Failed, &error.to_string()).await,
        }
    }

    async fn deliver(&self, mail: &Sealed) -> Result<(), TransportError> {
        let email = seal::open_body(&self.sealer, mail).ok_or_else(|| {
            TransportError::Never("its text cannot be opened: the master key is another one".to_owned())
        })?;
        let stamped = render::Stamped {
            from: &self.from,
            message_id: &mail.message_id,
            written_at: mail.created_at,
        };
        let message = render::message(&email, &stamped).map_err(TransportError::Never)?;
        self.transport.take(&mail.public_id, message).await
    }

    /// Marks a mail as delivered or filed.
    async fn gone(&self, mail: Sealed) -> db::Result<()> {
        let (id, now, files) = (mail.id, self.clock.now(), self.transport.files());
        self.db
            .write(move |tx| {
                if files {
                    store::filed(tx, id, now)
                } else {
                    store::sent(tx, id, now)
                }
            })
            .await?;
        if !files {
            // It may have been filed before there was a server.
            self.transport.forget(vec![mail.public_id]).await;
        }
        Ok(())
    }

    async fn note(&self, mail: MailId, state: State, why: &str) -> db::Result<()> {
        let why = why.to_owned();
        self.db.write(move |tx| store::not_sent(tx, mail, state, &why)).await
    }
}

#[async_trait]
impl Handler<SendMail> for MailWorker {
    async fn run(&self, job: SendMail, run: &Run) -> Result<(), JobError> {
        let id = job.mail;
        let Some(mail) = self.db.read(move |c| store::get(c, id)).await? else {
            return Ok(());
        };
        if mail.state == State::Sent || mail.held {
            return Ok(());
        }
        match self.deliver(&mail).await {
            Ok(()) => Ok(self.gone(mail).await?),
            Err(TransportError::Never(why)) => {
                self.note(id, State::Failed, &why).await?;
                Err(JobError::Fatal(why))
            }
            Err(TransportError::Later(why)) => {
                let last = run.attempt >= SendMail::MAX_ATTEMPTS;
                let state = if last { State::Failed } else { State::Queued };
                self.note(id, state, &why).await?;
                Err(JobError::Retry(why))
            }
        }
    }
}

#[async_trait]
impl Handler<PruneMails> for MailWorker {
    async fn run(&self, _: PruneMails, run: &Run) -> Result<(), JobError> {
        let before = self.clock.now().minus(KEPT);
        loop {
            run.check()?;
            let gone = self
                .db
                .write_background(move |tx| store::prune(tx, before, AT_ONCE))
                .await?;
            let more = gone.len() >= AT_ONCE as usize;
            self.transport.forget(gone).await;
            if !more {
                return Ok(());
            }
        }
    }
}
