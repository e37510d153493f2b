//! `backup create`: by the process that has the database open.

use super::News;
use crate::app::App;
use crate::audit::{Action, Actor, Entry};
use crate::backup::{BackupError, Kind, Step};
use crate::operator::exit::{of_db, of_io};
use crate::operator::wire::{BackupLine, BackupRequest, Exit, Failure, Reply};

pub(super) async fn create(app: &App, request: BackupRequest, news: &News) -> Result<BackupLine, Failure> {
    // News that nobody takes are left out: the next one says more.
    let tell = |step: Step| {
        let reply = match step {
            Step::Copying { done, total } => Reply::Meter {
                what: "copying".to_owned(),
                done,
                total,
            },
            Step::Verifying => Reply::Progress {
                text: "reading every page of the copy".to_owned(),
            },
        };
        let _ = news.try_send(reply);
    };
    let to = request.to.as_deref();
    let made = if request.with_keys {
        if app.is_started() {
            return Err(BackupError::NotAtRest.into());
        }
        app.backups.create_with_keys(to, tell).await
    } else {
        app.backups.create(Kind::Manual, to, tell).await
    };
    let (file, _) = made?;
    let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut entry = Entry::new(Actor::Operator, Action::BackupMade);
    entry.target = name;
    app.audit.record(entry).await.map_err(BackupError::from)?;
    Ok(file.into())
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
