//! The rooms' errors as messages for the operator.

use super::exit::{of_db, of_io};
use super::{Exit, Failure};
use crate::access::AccessError;
use crate::accounts::AccountError;
use crate::backup::BackupError;
use crate::billing::BillingError;
use crate::chats::{ChatError, GroupError, HandlingError};
use crate::db::DbError;
use crate::jobs::JobsError;
use crate::mail::MailError;
use crate::outbox::OutboxError;
use crate::plans::PlanError;
use crate::sessions::SessionError;
use crate::team::TeamError;

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::new(of_db(&error), error.to_string())
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(fields) => Self::fields(&fields),
            AccountError::NotFound => Self::not_found("there is no such user; `wamanager user list` shows all"),
            AccountError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Invalid(fields) => Self::fields(&fields),
            PlanError::NotFound => Self::not_found("there is no such plan; `wamanager plan list` shows all"),
            PlanError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<TeamError> for Failure {
    fn from(error: TeamError) -> Self {
        match error {
            TeamError::Invalid(fields) => Self::fields(&fields),
            TeamError::NotFound => {
                Self::not_found("there is no such member or user; `wamanager workspace members` shows all members")
            }
            TeamError::Plan(error) => error.into(),
            TeamError::Account(error) => error.into(),
            TeamError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Invalid(fields) => Self::fields(&fields),
            AccessError::NotFound => Self::not_found("there is no such key; `wamanager key list` shows all"),
            AccessError::Account(error) => error.into(),
            AccessError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<BillingError> for Failure {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::NoSuchPlan => PlanError::NotFound.into(),
            BillingError::Plan(error) => error.into(),
            BillingError::NotFound => {
                Self::not_found("there is no such invoice in this workspace; `wamanager billing invoices` shows all")
            }
            BillingError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<JobsError> for Failure {
    fn from(error: JobsError) -> Self {
        match error {
            JobsError::NotFound => Self::not_found(
                "there is no such job; `wamanager jobs list` shows all. Finished jobs are kept for a while only",
            ),
            JobsError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::NotFound => {
                Self::not_found("there is no such email; `wamanager mail list` shows all. Email is kept for 30 days")
            }
            MailError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<GroupError> for Failure {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::NotFound => Self::not_found("there is no such group; `wamanager group list` shows all"),
            GroupError::NotConnected => Self::new(Exit::NotLinked, error.to_string()),
            GroupError::NoAnswer | GroupError::Refused(_) => Self::new(Exit::Failure, error.to_string()),
            GroupError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NotFound => Self::not_found("there is no such number; `wamanager session list` shows all"),
            SessionError::Db(error) => error.into(),
            SessionError::CodeRefused(_) | SessionError::QrOnly => Self::new(Exit::NotLinked, error.to_string()),
            SessionError::Link(_) | SessionError::Stopping => Self::new(Exit::Failure, error.to_string()),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<OutboxError> for Failure {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::NotFound => Self::not_found(error.to_string()),
            OutboxError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<ChatError> for Failure {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::NotFound => Self::not_found(error.to_string()),
            ChatError::Db(error) => error.into(),
            ChatError::Forbidden(_) => Self::refused(error.to_string()),
        }
    }
}

impl From<HandlingError> for Failure {
    fn from(error: HandlingError) -> Self {
        match error {
            HandlingError::NotFound => Self::not_found(error.to_string()),
            HandlingError::Invalid(field) => Self::fields(&[field]),
            HandlingError::Db(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let exit = match &error {
            BackupError::NoSuchFile { .. } | BackupError::NoneYet => Exit::NotFound,
            BackupError::OtherKey(_) | BackupError::NoKey { .. } | BackupError::KeysOfAnother { .. } => Exit::MasterKey,
            BackupError::Bad { .. } | BackupError::NotOpened { .. } | BackupError::Unfit { .. } => Exit::Database,
            BackupError::TooNew { .. } | BackupError::NoKeys { .. } | BackupError::NotAtRest => Exit::Refused,
            BackupError::Io { source, .. } => of_io(source, Exit::DataDir),
            BackupError::Db(error) => of_db(error),
            BackupError::Keys(_) => Exit::Failure,
        };
        Self::new(exit, error.to_string())
    }
}
