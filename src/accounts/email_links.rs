//! Links that are requested by typing an address.
//!
//! Neither the response nor its duration may reveal whether the address has a login. So the request does the
//! same for every address: it enqueues a job, and the job finds out whether there is anybody to write to.

use std::net::IpAddr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::links::{self, Purpose};
use super::logins::VisitingBrowser;
use super::model::{AccountError, Email, PlatformRole, User};
use super::throttle::Mailing;
use super::unconfirmed::{self, UNCONFIRMED_LIFETIME};
use super::{Accounts, emails, store};
use crate::audit::{self, Action, Actor, Entry};
use crate::crypto;
use crate::db;
use crate::ids::{JobId, UserId};
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};

/// Writes to the user, if there is one.
#[derive(Serialize, Deserialize, Clone, Copy, Debug)]
pub struct MailLink {
    user: Option<UserId>,
    purpose: Purpose,
    address: IpAddr,
}

impl Job for MailLink {
    const KIND: &'static str = "accounts.mail_link";
    const LANE: Lane = Lane::Email;
}

/// Deletes expired links, and unconfirmed accounts.
#[derive(Serialize, Deserialize, Clone, Copy, Debug)]
pub struct PruneLinks;

impl Job for PruneLinks {
    const KIND: &'static str = "accounts.prune_links";
    const LANE: Lane = Lane::Upkeep;
}

impl PruneLinks {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self, Order::unique("")).await
    }
}

/// Rows deleted in one transaction.
const PRUNED_AT_ONCE: u32 = 500;

impl Accounts {
    /// Mails a link to choose another password, if the address has a login. The answer is the same if it has none.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] when this cannot be an address; [`AccountError::Throttled`] for who asks too often.
    pub async fn forgot_password(&self, email: &str, browser: &VisitingBrowser) -> Result<(), AccountError> {
        self.ask_for(email, Purpose::ResetPassword, browser).await
    }

    /// Mails the link that confirms the address once more, if somebody waits for it. The answer is the same otherwise.
    ///
    /// # Errors
    /// As [`Self::forgot_password`].
    pub async fn resend_verification(&self, email: &str, browser: &VisitingBrowser) -> Result<(), AccountError> {
        self.ask_for(email, Purpose::VerifyEmail, browser).await
    }

    async fn ask_for(&self, email: &str, purpose: Purpose, browser: &VisitingBrowser) -> Result<(), AccountError> {
        let email = Email::parse(email).map_err(|error| AccountError::Invalid(vec![error]))?;
        let mailing = mailing_of(purpose);
        self.throttle.asking(browser.address, mailing, self.clock.now())?;
        // The job names the user by id, since administrators read jobs; two requests in a row cause one email.
        let key = crypto::hash_token(email.as_str());
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let user = self.db.read(move |c| store::find_user(c, &email)).await?;
        let job = MailLink {
            user: user.map(|user| user.id),
            purpose,
            address: browser.address,
        };
        self.jobs
            .enqueue(job, Order::unique(format!("{purpose}:{key}")))
            .await?;
        Ok(())
    }

    pub(super) async fn mail_link(&self, job: MailLink) -> Result<(), AccountError> {
        let Some(user) = job.user else { return Ok(()) };
        let (now, accounts) = (self.clock.now(), self.clone());
        self.db
            .write(move |tx| {
                let Some(user) = store::user_by_id(tx, user)? else {
                    return Ok(());
                };
                if !wants(&user, job.purpose) {
                    return Ok(());
                }
                match job.purpose {
                    Purpose::ResetPassword => {
                        if !accounts.throttle.mail(&user.email, Mailing::Reset, now) {
                            return Ok(());
                        }
                        let entry = Entry::new(Actor::Anonymous, Action::PasswordResetAsked)
                            .target(user.public_id.to_string())
                            .from(job.address);
                        audit::record_in(tx, &entry, now)?;
                        let path = links::issue_in(tx, user.id, job.purpose, &user.email, now)?;
                        accounts.mailer.send_in(tx, &emails::reset(&user, &path), now)?;
                    }
                    // The requester is unknown, so each registration gets its own link again, and none is preferred.
                    _ => {
                        for waiting in unconfirmed::waiting_in(tx, &user)? {
                            accounts.mail_again_in(tx, &user, &waiting, now)?;
                        }
                    }
                }
                Ok::<_, AccountError>(())
            })
            .await?;
        self.mailer.wake();
        Ok(())
    }

    async fn prune_links(&self, run: &Run) -> Result<(), AccountError> {
        let now = self.clock.now();
        let before = now.minus(UNCONFIRMED_LIFETIME);
        while !run.stopped() {
            let prune = move |tx: &rusqlite::Transaction<'_>| links::prune(tx, now, before, PRUNED_AT_ONCE);
            let gone = self.db.write(prune).await?;
            if gone < PRUNED_AT_ONCE as usize {
                break;
            }
        }
        Ok(())
    }
}

const fn mailing_of(purpose: Purpose) -> Mailing {
    match purpose {
        Purpose::VerifyEmail => Mailing::Verification,
        Purpose::ResetPassword => Mailing::Reset,
        Purpose::ChangeEmail => Mailing::NewAddress,
    }
}

/// Whether a link of this kind is useful to the user.
fn wants(user: &User, purpose: Purpose) -> bool {
    let person = user.platform_role != PlatformRole::Guest && user.suspended_at.is_none();
    person && (purpose == Purpose::ResetPassword || user.verified_at.is_none())
}

#[async_trait]
impl Handler<MailLink> for Accounts {
    async fn run(&self, job: MailLink, _: &Run) -> Result<(), JobError> {
        self.mail_link(job).await.map_err(again)
    }
}

#[async_trait]
impl Handler<PruneLinks> for Accounts {
    async fn run(&self, _: PruneLinks, run: &Run) -> Result<(), JobError> {
        self.prune_links(run).await.map_err(again)?;
        self.prune_unconfirmed(run).await.map_err(again)
    }
}

fn again(error: AccountError) -> JobError {
    match error {
        AccountError::Db(error) => error.into(),
        other => JobError::Fatal(other.to_string()),
    }
}
