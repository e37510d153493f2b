//! The one place where a request of the operator is carried out, socket or not.

mod backups;
mod billing;
mod held;
mod jobs;
mod keys;
mod mail;
mod pairing;
mod plans;
mod send;
mod sessions;
mod team;
mod users;
mod workspace;

use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;

use super::wire::{Exit, Failure, Reply, Request};
use crate::accounts::AccountError;
use crate::app::{App, doctor};
use crate::operator::exit::of_db;
use crate::plans::PlanError;

/// Where news on the way to the answer go. Nobody listening is no reason to stop.
pub type News = mpsc::Sender<Reply>;

/// Carries out `request`.
///
/// # Errors
/// What the operator is told, with how the command exits.
pub async fn handle(app: &App, request: Request, news: &News) -> Result<Reply, Failure> {
    match request {
        Request::SessionList { workspace } => done(sessions::list(app, workspace).await?),
        Request::SessionPair {
            workspace,
            session,
            phone,
        } => done(pairing::pair(app, workspace, &session, phone, news).await?),
        Request::SessionReconnect { workspace, session } => {
            done(sessions::reconnect(app, workspace, &session, news).await?)
        }
        Request::SessionLogout { workspace, session } => done(sessions::logout(app, workspace, &session).await?),
        Request::SessionDelete { workspace, session } => done(sessions::delete(app, workspace, &session).await?),
        Request::Send {
            workspace,
            session,
            to,
            text,
            wait_seconds,
        } => {
            let order = send::Order {
                workspace,
                session,
                to,
                text,
                wait: Duration::from_secs(wait_seconds),
            };
            done(send::send(app, order, news).await?)
        }
        Request::UserCreate(user) => done(users::create(app, user).await?),
        Request::UserList => done(users::list(app).await?),
        Request::UserResetPassword { email, password } => done(users::reset_password(app, &email, password).await?),
        Request::UserExport { email } => done(users::export(app, &email).await?),
        Request::UserDelete { email } => done(users::delete(app, &email).await?),
        Request::UserDropSecondFactor { email } => done(users::drop_second_factor(app, &email).await?),
        Request::UserSuspend { email } => done(users::suspend(app, &email).await?),
        Request::UserResume { email } => done(users::resume(app, &email).await?),
        Request::UserVouch { email } => done(users::vouch(app, &email).await?),
        Request::UserRole { email, role } => done(users::set_role(app, &email, &role).await?),
        Request::BackupCreate(request) => done(backups::create(app, request, news).await?),
        Request::Held(request) => done(held::handle(app, request).await?),
        Request::Billing(request) => billing::handle(app, request).await,
        Request::Audit(request) => team::audit(app, request).await,
        Request::Workspace(request) => team::handle(app, request).await,
        Request::Jobs(request) => jobs::handle(app, request).await,
        Request::Key(request) => keys::handle(app, request).await,
        Request::Mail(request) => mail::handle(app, request).await,
        Request::Plan(request) => plans::handle(app, request).await,
        Request::Status => done(doctor::report(app).await),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every arm above is a result")]
fn done(result: impl Serialize) -> Result<Reply, Failure> {
    Ok(Reply::done(&result))
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Invalid(fields) => {
                let lines = fields.iter().map(|field| format!("{}: {}", field.field, field.message));
                Self::new(Exit::Refused, lines.collect::<Vec<_>>().join("\n"))
            }
            PlanError::NotFound => Self::new(
                Exit::NotFound,
                "there is no such plan or workspace; `wamanager plan list` shows all plans",
            ),
            PlanError::Db(error) => Self::new(of_db(&error), error.to_string()),
            error => Self::new(Exit::Refused, error.to_string()),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(fields) => {
                let lines: Vec<_> = fields
                    .iter()
                    .map(|field| format!("{}: {}", field.field, field.message))
                    .collect();
                Self::new(Exit::Refused, lines.join("\n"))
            }
            AccountError::NotFound => {
                Self::new(Exit::NotFound, "there is no such user; `wamanager user list` shows all")
            }
            AccountError::Db(error) => Self::new(of_db(&error), error.to_string()),
            other => Self::new(Exit::Refused, other.to_string()),
        }
    }
}
