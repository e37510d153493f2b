//! What rooms call to send an email, and what administrators see of it.

use parking_lot::RwLock;
use std::sync::Arc;

use lettre::Address;
use lettre::message::Mailbox;
use rusqlite::Connection;
use url::Url;

use super::draft::EmailDraft;
use super::model::{Counts, MailError, MailRow, OpenMail, State};
use super::store::{self, PAGE, Sealed};
use super::worker::SendMail;
use super::{render, seal};
use crate::audit::{self, Action, Admin};
use crate::clock::{Clock, UnixMs};
use crate::config::MailConfig;
use crate::crypto::Sealer;
use crate::db::{self, Db, Page};
use crate::i18n::T;
use crate::ids::{MailId, PublicId};
use crate::jobs::{Jobs, Order, enqueue_in};

/// Sends emails. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    db: Db,
    clock: Clock,
    jobs: Jobs,
    sealer: Sealer,
    from: Mailbox,
    /// Name and port of the mail server, for people.
    server: Option<String>,
    /// The address of the pages. A port that the system picks is known only once it is bound.
    base: Arc<RwLock<Url>>,
}

impl Mailer {
    /// `base` is where people reach the pages.
    #[must_use]
    pub fn new(db: Db, clock: Clock, jobs: Jobs, sealer: Sealer, config: &MailConfig, base: Url) -> Self {
        Self {
            db,
            clock,
            jobs,
            sealer,
            from: config.from.clone(),
            server: config.smtp.as_ref().map(|smtp| format!("{}:{}", smtp.host, smtp.port)),
            base: Arc::new(RwLock::new(base)),
        }
    }

    /// The pages are served here from now on.
    pub fn reached_at(&self, base: Url) {
        *self.base.write() = base;
    }

    /// A path of this installation as an address that works in a mail.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let base = self.base.read();
        let path = path.trim_start_matches('/');
        format!("{}/{path}", base.as_str().trim_end_matches('/'))
    }

    /// Writes the email and the job that carries it. Call it in the transaction that makes the email necessary, and
    /// [`Mailer::wake`] after its commit.
    pub fn send_in(&self, tx: &Connection, email: &EmailDraft, now: UnixMs) -> db::Result<MailId> {
        let id = self.write_in(tx, email, now)?;
        enqueue_in(tx, &SendMail { mail: id }, order(id), now)?;
        Ok(id)
    }

    fn write_in(&self, tx: &Connection, email: &EmailDraft, now: UnixMs) -> db::Result<MailId> {
        let public_id = PublicId::new("mail");
        let mut email = email.clone();
        if let Some((_, target)) = &mut email.button {
            *target = self.url(target);
        }
        let message_id = format!("<{public_id}@{}>", self.from.email.domain());
        let new = store::New {
            envelope: seal::envelope(&self.sealer, &public_id, &email),
            body: seal::body(&self.sealer, &public_id, &email),
            public_id: &public_id,
            workspace: email.workspace,
            message_id: &message_id,
        };
        store::insert(tx, &new, now)
    }

    /// There is mail to carry: call it after the commit of a [`Mailer::send_in`].
    pub fn wake(&self) {
        self.jobs.wake();
    }

    /// Writes the email in a transaction of its own.
    pub async fn send(&self, email: EmailDraft) -> db::Result<MailId> {
        let (mailer, now) = (self.clone(), self.clock.now());
        let id = self.db.write(move |tx| mailer.send_in(tx, &email, now)).await?;
        self.wake();
        Ok(id)
    }

    // For administrators.

    /// Name and port of the mail server, if there is one.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// Who all mail is from.
    #[must_use]
    pub fn sender(&self) -> String {
        self.from.to_string()
    }

    /// The newest first.
    pub async fn list(
        &self,
        _: Admin,
        state: Option<State>,
        before: Option<PublicId>,
    ) -> db::Result<Page<MailRow, PublicId>> {
        let rows = self.db.read(move |c| store::page(c, state, before.as_ref())).await?;
        Ok(Page::of(rows, PAGE, |row| row.public_id.clone()).map(|row| self.row(row)))
    }

    pub async fn counts(&self, _: Admin) -> db::Result<Counts> {
        self.db.read(store::counts).await
    }

    /// With its text, while that is kept.
    ///
    /// # Errors
    /// [`MailError::NotFound`].
    pub async fn get(&self, _: Admin, id: &PublicId) -> Result<OpenMail, MailError> {
        let id = id.clone();
        let row = self.db.read(move |c| Ok::<_, MailError>(store::find(c, &id)?)).await?;
        let email = seal::open_body(&self.sealer, &row);
        Ok(OpenMail {
            text: email.as_ref().map(render::text),
            link: email.and_then(|email| Some(email.button?.1)),
            row: self.row(row),
        })
    }

    /// Sends a mail again that failed or was filed.
    ///
    /// # Errors
    /// [`MailError::NotFound`], [`MailError::Gone`].
    pub async fn send_again(&self, admin: Admin, id: &PublicId) -> Result<MailRow, MailError> {
        let (now, id) = (self.clock.now(), id.clone());
        let row = self
            .db
            .write(move |tx| {
                let row = store::find(tx, &id)?;
                if row.body.is_none() || row.state == State::Sent {
                    return Err(MailError::Gone);
                }
                store::again(tx, row.id)?;
                enqueue_in(tx, &SendMail { mail: row.id }, order(row.id), now)?;
                record(tx, admin, Action::MailRetried, &id, now)?;
                Ok(store::find(tx, &id)?)
            })
            .await?;
        self.wake();
        Ok(self.row(row))
    }

    /// How many wait for a person since a backup was restored.
    pub async fn count_held(&self, _: Admin) -> db::Result<u64> {
        self.db.read(|c| Ok(store::held(c)?.len() as u64)).await
    }

    /// Lets them go. Returns how many.
    pub async fn resume_held(&self, admin: Admin) -> db::Result<u64> {
        let now = self.clock.now();
        let resumed = self.db.write(move |tx| {
            let held = store::held(tx)?;
            for id in &held {
                store::again(tx, *id)?;
                enqueue_in(tx, &SendMail { mail: *id }, order(*id), now)?;
            }
            decided(tx, admin, Action::HeldResumed, held.len() as u64, now)
        });
        let resumed = resumed.await?;
        self.wake();
        Ok(resumed)
    }

    /// Takes them out; they are kept without their text. Returns how many.
    pub async fn discard_held(&self, admin: Admin) -> db::Result<u64> {
        let now = self.clock.now();
        let discard = move |tx: &rusqlite::Transaction<'_>| {
            let gone = store::discard_held(tx, DISCARDED)?;
            decided(tx, admin, Action::HeldDiscarded, gone, now)
        };
        self.db.write(discard).await
    }

    /// A mail that only says that mail works, queued like any other.
    ///
    /// # Errors
    /// [`MailError::Address`].
    pub async fn send_test(&self, admin: Admin, to: &str) -> Result<MailRow, MailError> {
        let row = self.write_test(admin, to).await?;
        let (id, now) = (row.id, self.clock.now());
        self.db
            .write(move |tx| enqueue_in(tx, &SendMail { mail: id }, order(id), now))
            .await?;
        self.wake();
        Ok(row)
    }

    /// The same without a job: whoever calls carries it at once and tells what became of it.
    ///
    /// # Errors
    /// [`MailError::Address`].
    pub async fn write_test(&self, admin: Admin, to: &str) -> Result<MailRow, MailError> {
        let to: Address = to.trim().parse().map_err(|_| MailError::Address)?;
        let t = T::default();
        let email = EmailDraft::new(AsRef::<str>::as_ref(&to), t.get("mail-test-subject"))
            .text(t.with("mail-test-text", "url", self.url("/")))
            .button(t.get("mail-test-button"), "/admin/mail")
            .note(t.get("mail-test-note"));
        let (mailer, now) = (self.clone(), self.clock.now());
        let row = self
            .db
            .write(move |tx| {
                let id = mailer.write_in(tx, &email, now)?;
                let row = store::get(tx, id)?.ok_or(MailError::NotFound)?;
                record(tx, admin, Action::MailTested, &row.public_id, now)?;
                Ok::<_, MailError>(row)
            })
            .await?;
        Ok(self.row(row))
    }

    fn row(&self, row: Sealed) -> MailRow {
        let (to, subject) = seal::open_envelope(&self.sealer, &row).unwrap_or_default();
        let email = seal::open_body(&self.sealer, &row);
        MailRow {
            has_link: email.is_some_and(|email| email.button.is_some()),
            id: row.id,
            public_id: row.public_id,
            to,
            subject,
            state: row.state,
            error: row.error,
            created_at: row.created_at,
            sent_at: row.sent_at,
            has_body: row.body.is_some(),
        }
    }
}

/// The note on a held mail, for administrators.
const HELD: &str = "A backup was restored while this waited, so it may have left already.";
const DISCARDED: &str = "Discarded after a backup was restored.";

/// Holds what waits in a database that was just restored: it may have left after the backup was made. Returns how many.
pub fn hold_all_in(tx: &Connection, now: UnixMs) -> db::Result<u64> {
    store::hold_all(tx, HELD, now)
}

fn decided(tx: &Connection, admin: Admin, action: Action, emails: u64, now: UnixMs) -> db::Result<u64> {
    if emails > 0 {
        let entry = admin.entry(action).detail(serde_json::json!({ "emails": emails }));
        audit::record_in(tx, &entry, now)?;
    }
    Ok(emails)
}

/// One job per mail: pressing the button twice sends it once.
fn order(id: MailId) -> Order {
    Order::unique(id.to_string())
}

fn record(tx: &Connection, admin: Admin, action: Action, mail: &PublicId, now: UnixMs) -> db::Result<()> {
    audit::record_in(tx, &admin.entry(action).target(mail.to_string()), now)
}
