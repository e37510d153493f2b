//! Gets the files of messages: from WhatsApp, or from the phone when WhatsApp has lost them.
//!
//! Small files of what people look at come by themselves, in a job that exists exactly when their message does; others
//! come when somebody asks. Every outcome is written into the file's row, and open pages show it.

use std::fs::File;
use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use wa_client::{FileError, FileOf, Media as Announcement};

use super::model::{ChatError, Kind};
use super::store::files::{self, Way};
use crate::accounts::{Permission, Scope};
use crate::clock::{Clock, UnixMs};
use crate::crypto::Sealer;
use crate::db::{self, Db, DbError};
use crate::events::{self, Bus, Event};
use crate::ids::{PublicId, SessionId, WorkspaceId};
use crate::jobs::{self, Handler, Job, JobError, Jobs, Lane, Order, Run};
use crate::media::{self, Announced, FileId, FileState, Landed, Media, MediaError, MediaFile, Sha256, Why};
use crate::sessions::{self, Supervisor};

/// Larger ones wait until somebody wants them.
const BY_ITSELF: u64 = 16 * 1024 * 1024;
/// Messages whose keys are tried for one file.
const WAYS: u32 = 3;

/// Gets one file.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchFile {
    file: FileId,
    /// Where WhatsApp does not have it any more, the phone is asked.
    ask_phone: bool,
}

impl Job for FetchFile {
    const KIND: &'static str = "media.fetch";
    const LANE: Lane = Lane::Media;
}

impl FetchFile {
    fn order(file: FileId, workspace: WorkspaceId) -> Order {
        Order {
            workspace: Some(workspace),
            ..Order::unique(file.to_string())
        }
    }
}

/// The linked numbers, as far as files come from them.
#[async_trait]
pub trait FileSource: Send + Sync + 'static {
    /// Writes the decrypted file to `into`, which is empty.
    async fn download(&self, session: SessionId, file: &Announcement, into: File) -> Result<(), FileError>;

    /// Has the number's phone upload the file again; where it is then.
    async fn ask_phone(&self, session: SessionId, message: &FileOf<'_>) -> Result<String, FileError>;
}

#[async_trait]
impl FileSource for Supervisor {
    async fn download(&self, session: SessionId, file: &Announcement, into: File) -> Result<(), FileError> {
        let link = self.link(session).ok_or(FileError::NotConnected)?;
        link.download(file, into).await
    }

    async fn ask_phone(&self, session: SessionId, message: &FileOf<'_>) -> Result<String, FileError> {
        let link = self.link(session).ok_or(FileError::NotConnected)?;
        link.ask_phone_for_file(message).await
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Files(Arc<Parts>);

/// Behind one pointer, since every future that holds the program would hold all of it.
pub struct Parts {
    db: Db,
    clock: Clock,
    bus: Bus,
    jobs: Jobs,
    sealer: Sealer,
    media: Media,
    source: Arc<dyn FileSource>,
}

impl Deref for Files {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What became of one way.
enum Tried {
    Landed,
    Gone,
    Later(String),
}

impl Files {
    /// `sealer` is the one that [`super::Ingest`] seals keys with.
    #[must_use]
    pub fn new(
        (db, clock, bus): (Db, Clock, Bus),
        jobs: Jobs,
        sealer: Sealer,
        media: Media,
        source: Arc<dyn FileSource>,
    ) -> Self {
        Self(Arc::new(Parts {
            db,
            clock,
            bus,
            jobs,
            sealer,
            media,
            source,
        }))
    }

    /// Gets the file of a message that is not here, from the phone if WhatsApp has lost it. What is being fetched is
    /// not fetched twice.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also for a message of another workspace or without a file.
    pub async fn fetch(&self, scope: Scope, message: &PublicId) -> Result<(), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (message, now) = (message.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                let file = files::file_of(tx, scope.workspace, &message)?.ok_or(ChatError::NotFound)?;
                let state = media::by_id_in(tx, file)?.state;
                if matches!(state, FileState::Wanted | FileState::Gone) {
                    let job = FetchFile { file, ask_phone: true };
                    jobs::enqueue_in(tx, &job, FetchFile::order(file, scope.workspace), now)?;
                }
                Ok::<_, ChatError>(())
            })
            .await?;
        self.jobs.wake();
        Ok(())
    }

    /// A file that a message of this number has, or that was uploaded to be sent with it.
    ///
    /// # Errors
    /// [`MediaError::NotFound`] for any other file.
    pub async fn of_number(&self, scope: Scope, session: &PublicId, file: &PublicId) -> Result<MediaFile, MediaError> {
        let found = self.media.file(scope, file).await?;
        let (session, workspace, id) = (session.clone(), scope.workspace, found.id);
        let belongs = self
            .db
            .read(move |c| {
                let session = sessions::find_in(c, workspace, &session)?;
                Ok::<_, MediaError>(media::is_uploaded_in(c, id, session)? || files::has(c, session, id)?)
            })
            .await?;
        if belongs { Ok(found) } else { Err(MediaError::NotFound) }
    }

    async fn work(&self, job: &FetchFile, run: &Run) -> Result<(), JobError> {
        let id = job.file;
        let file = match self.db.read(move |c| media::by_id_in(c, id)).await {
            // Its workspace was deleted.
            Err(DbError::NotFound) => return Ok(()),
            file => file?,
        };
        if matches!(file.state, FileState::Present | FileState::Quarantined) {
            return Ok(());
        }
        if file.size > self.media.max_size() {
            return self.refuse(&file, FileState::Wanted, Why::TooLarge).await;
        }
        let ways = self.db.read(move |c| files::ways(c, id, WAYS)).await?;
        let mut later = None;
        for way in &ways {
            run.check()?;
            match self.try_way(&file, way, job.ask_phone).await? {
                Tried::Landed => return Ok(()),
                Tried::Gone => {}
                Tried::Later(why) => later = Some(why),
            }
        }
        match later {
            Some(why) if !run.is_last() => Err(JobError::Retry(why)),
            // Whoever wants it can ask again: a number that is off for hours is no failure of the queue.
            Some(_) => Ok(()),
            None if job.ask_phone => self.refuse(&file, FileState::Gone, Why::Nowhere).await,
            None => self.refuse(&file, FileState::Gone, Why::Expired).await,
        }
    }

    async fn try_way(&self, file: &MediaFile, way: &Way, ask_phone: bool) -> Result<Tried, JobError> {
        let place = format!("media|media_key|{}", way.public_id);
        let Ok(key) = self.sealer.open(&place, &way.sealed_key) else {
            return Ok(Tried::Gone);
        };
        let mut wanted = Announcement {
            media_key: key,
            ..way.media.clone()
        };
        let mut tried = self.download(file, way.session, &wanted).await?;
        if matches!(tried, Tried::Gone) && ask_phone {
            let asked = FileOf {
                chat: &way.chat,
                sender: way.sender.as_ref(),
                from_me: way.from_me,
                id: &way.wa_id,
                media_key: &wanted.media_key,
            };
            match self.source.ask_phone(way.session, &asked).await {
                Ok(path) => {
                    let (message, new_path) = (way.message, path.clone());
                    self.db.write(move |tx| files::set_path(tx, message, &new_path)).await?;
                    wanted.direct_path = path;
                    tried = self.download(file, way.session, &wanted).await?;
                }
                Err(FileError::Gone) => {}
                Err(error) => {
                    self.refuse(file, FileState::Gone, Why::Asked).await?;
                    tried = Tried::Later(error.to_string());
                }
            }
        }
        Ok(tried)
    }

    async fn download(&self, file: &MediaFile, session: SessionId, wanted: &Announcement) -> Result<Tried, JobError> {
        let staged = self.media.stage().await.map_err(later)?;
        let into = staged.writer().map_err(|error| JobError::Retry(error.to_string()))?;
        match self.source.download(session, wanted, into).await {
            Ok(()) => {}
            // Another message's key may open it.
            Err(FileError::Gone) => return Ok(Tried::Gone),
            Err(error) => return Ok(Tried::Later(error.to_string())),
        }
        let landed = self.media.land(file, staged, self.teller()).await.map_err(later)?;
        self.bus.nudge(file.workspace);
        Ok(match landed {
            Landed::Refused(file) if file.why == Some(Why::Damaged) => Tried::Gone,
            Landed::Present(_) | Landed::Refused(_) => Tried::Landed,
        })
    }

    async fn refuse(&self, file: &MediaFile, state: FileState, why: Why) -> Result<(), JobError> {
        let refused = self.media.refuse(file, state, Some(why), None, self.teller()).await;
        refused.map_err(later)?;
        self.bus.nudge(file.workspace);
        Ok(())
    }

    /// Tells in the transaction that changes a file that its messages look different now.
    fn teller(&self) -> impl Fn(&Connection, &MediaFile) -> db::Result<()> + Send + Clone + 'static {
        let now = self.clock.now();
        move |c: &Connection, file: &MediaFile| {
            for (chat, message) in files::showing(c, file.id)? {
                events::append(c, file.workspace, &Event::MessageChanged { chat, message }, now)?;
            }
            Ok(())
        }
    }
}

fn later(error: MediaError) -> JobError {
    match error {
        MediaError::Db(error) => error.into(),
        other => JobError::Retry(other.to_string()),
    }
}

#[async_trait]
impl Handler<FetchFile> for Files {
    async fn run(&self, job: FetchFile, run: &Run) -> Result<(), JobError> {
        self.work(&job, run).await
    }
}

/// The row of a message's file, and a job to get it where it comes by itself.
pub(super) fn announce_in(
    c: &Connection,
    workspace: WorkspaceId,
    (kind, media): (Kind, &Announcement),
    by_itself: bool,
    now: UnixMs,
) -> db::Result<Option<FileId>> {
    let Some(sha256) = Sha256::of_bytes(&media.sha256) else {
        // Nothing could be verified that came under it.
        return Ok(None);
    };
    let announced = Announced {
        sha256,
        mime: &media.mime,
        size: media.size.unwrap_or(0),
        width: media.width,
        height: media.height,
        seconds: media.seconds,
    };
    let (file, state) = media::announce_in(c, workspace, &announced, now)?;
    let looked_at = matches!(
        kind,
        Kind::Image | Kind::Voice | Kind::Sticker | Kind::Gif | Kind::VideoNote
    );
    if by_itself && looked_at && state == FileState::Wanted && announced.size <= BY_ITSELF {
        let job = FetchFile { file, ask_phone: false };
        jobs::enqueue_in(c, &job, FetchFile::order(file, workspace), now)?;
    }
    Ok(Some(file))
}
