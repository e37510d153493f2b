//! Takes files in, gives them out, and lets go of them.

use std::fs;
use std::io::{self, Read as _};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::Connection;
use tokio::sync::{RwLock, Semaphore, mpsc};

use super::address::Signer;
use super::model::{FileState, MediaError, MediaFile, Sha256, Usage, Why};
use super::picture::{self, Picture};
use super::scan::{self, Verdict};
use super::shelf::{Disk, S3, Shelf, Span};
use super::sniff::{self, Class, Sniffed};
use super::staging::{Received, Staged, Staging};
use super::store::{self, Known};
use super::voice::{self, VoiceNote};
use crate::accounts::{Permission, Scope};
use crate::audit::{self, Action};
use crate::clock::{Clock, UnixMs};
use crate::config::{Clamd, MediaConfig};
use crate::db::{self, Db};
use crate::ids::{PublicId, SessionId, WorkspaceId};
use crate::plans;

/// The directories' names within the data directory.
pub const DIR: &str = "media";
const QUARANTINE: &str = "quarantine";
/// Bytes read and passed on at a time.
const CHUNK: usize = 64 * 1024;
/// Chunks that wait for a slow reader: no more of a file is in memory.
const AHEAD: usize = 4;
/// A file's last use is written once in this time.
const USED_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Cheap to clone.
#[derive(Clone)]
pub struct Media(Arc<Parts>);

/// Behind one pointer, since every future that holds the program would hold all of it.
pub struct Parts {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) shelf: Arc<dyn Shelf>,
    staging: Staging,
    pub(super) quarantine: PathBuf,
    pub(super) clamd: Option<Clamd>,
    max_size: u64,
    signer: Signer,
    /// A picture takes up to 150 MB while it is decoded, and a recording a whole core.
    heavy: Semaphore,
    /// Held for reading while an object is put and its row written, for writing while one is removed.
    pub(super) putting: RwLock<()>,
}

impl Deref for Media {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What is known of a file before it is kept.
struct Looked {
    received: Received,
    sniffed: Sniffed,
    picture: Picture,
    seconds: Option<u32>,
}

/// A file that was taken in.
#[derive(Debug)]
pub enum Landed {
    Present(MediaFile),
    /// It is not here after all; its row says why.
    Refused(MediaFile),
}

/// A file's bytes, as they are read.
pub type Chunks = mpsc::Receiver<io::Result<Bytes>>;

impl Media {
    /// Files go to the bucket that `config` names, or else below `data_dir`.
    #[must_use]
    pub fn new(db: Db, clock: Clock, config: &MediaConfig, data_dir: &Path, master_key: &[u8; 32]) -> Self {
        let dir = data_dir.join(DIR);
        let shelf: Arc<dyn Shelf> = match &config.s3 {
            Some(s3) => Arc::new(S3::new(s3.clone(), clock.clone())),
            None => Arc::new(Disk::new(dir.clone())),
        };
        Self(Arc::new(Parts {
            db,
            clock,
            shelf,
            staging: Staging::new(dir.join("incoming")),
            quarantine: data_dir.join(QUARANTINE),
            clamd: config.clamd.clone(),
            max_size: config.max_size,
            signer: Signer::new(master_key),
            heavy: Semaphore::new(1),
            putting: RwLock::default(),
        }))
    }

    /// Deletes what a killed process was writing. Call it before the first [`Self::stage`].
    pub fn clear_staging(&self) -> io::Result<()> {
        self.staging.clear()
    }

    /// The most bytes of one file.
    #[must_use]
    pub fn max_size(&self) -> u64 {
        self.max_size
    }

    /// A file to write to. Nothing is kept until [`Self::keep`] or [`Self::land`].
    ///
    /// # Errors
    /// [`MediaError::Store`].
    pub async fn stage(&self) -> Result<Staged, MediaError> {
        let staging = self.staging.clone();
        blocking(move || Ok(staging.begin()?)).await
    }

    /// Keeps a file that somebody here wants to send. `picture`: it was announced as one, so it has to be one.
    ///
    /// # Errors
    /// All that is said about a file: [`MediaError`].
    pub async fn keep(&self, scope: Scope, staged: Staged) -> Result<MediaFile, MediaError> {
        scope.require(Permission::UseInbox)?;
        let looked = self.look(staged).await?;
        if looked.sniffed.class == Class::Program {
            return Err(MediaError::Program);
        }
        if looked.picture.damaged {
            return Err(MediaError::DamagedPicture);
        }
        match self.scan(&looked.received).await? {
            Verdict::NothingFound => {}
            Verdict::Found(finding) => return Err(MediaError::Unsafe { finding }),
        }
        self.put(scope.workspace, looked, |_, _| Ok(())).await
    }

    /// Keeps a recording as the voice note that phones play.
    ///
    /// # Errors
    /// As [`Self::keep`]; [`MediaError::NotAVoiceNote`], [`MediaError::TooLong`].
    pub async fn keep_voice(&self, scope: Scope, staged: Staged) -> Result<(MediaFile, VoiceNote), MediaError> {
        scope.require(Permission::UseInbox)?;
        let recorded = self.look(staged).await?;
        if let Verdict::Found(finding) = self.scan(&recorded.received).await? {
            return Err(MediaError::Unsafe { finding });
        }
        let (staging, limit) = (self.staging.clone(), self.max_size);
        let _one_at_a_time = self.heavy.acquire().await;
        let (made, note) = blocking(move || {
            let made = staging.begin()?;
            let from = recorded.received.staged.reader()?;
            let note = voice::convert(from, recorded.sniffed.mime, made.writer()?)?;
            let made = Looked {
                received: made.received(limit)?,
                sniffed: Sniffed {
                    mime: sniff::OPUS,
                    class: Class::Sound,
                },
                picture: Picture::default(),
                seconds: Some(note.seconds),
            };
            Ok((made, note))
        })
        .await?;
        Ok((self.put(scope.workspace, made, |_, _| Ok(())).await?, note))
    }

    /// Takes in a file that was fetched for `file`; `tell` runs in the transaction that changes its row.
    ///
    /// # Errors
    /// [`MediaError::Store`] and [`MediaError::NotScanned`] may pass: try again later. What is wrong with the file
    /// itself is no error, but [`Landed::Refused`].
    pub async fn land(
        &self,
        file: &MediaFile,
        staged: Staged,
        tell: impl Fn(&Connection, &MediaFile) -> db::Result<()> + Send + Clone + 'static,
    ) -> Result<Landed, MediaError> {
        let refuse = |why| self.refuse(file, FileState::Wanted, Some(why), None, tell.clone());
        let looked = match self.look(staged).await {
            Err(MediaError::TooLarge { .. }) => return refuse(Why::TooLarge).await,
            Err(MediaError::Empty) => return refuse(Why::Damaged).await,
            looked => looked?,
        };
        if looked.received.sha256 != file.sha256 {
            return refuse(Why::Damaged).await;
        }
        if let Verdict::Found(finding) = self.scan(&looked.received).await? {
            self.set_apart(looked.received).await?;
            return self
                .refuse(file, FileState::Quarantined, None, Some(finding), tell)
                .await;
        }
        match self.put(file.workspace, looked, tell.clone()).await {
            Ok(file) => Ok(Landed::Present(file)),
            Err(MediaError::Plan(_)) => {
                self.refuse(file, FileState::Wanted, Some(Why::NoRoom), None, tell)
                    .await
            }
            Err(error) => Err(error),
        }
    }

    /// Says of a file that it cannot be had now; `tell` runs in the transaction that says so.
    pub async fn refuse(
        &self,
        file: &MediaFile,
        state: FileState,
        why: Option<Why>,
        finding: Option<String>,
        tell: impl Fn(&Connection, &MediaFile) -> db::Result<()> + Send + 'static,
    ) -> Result<Landed, MediaError> {
        let file = file.id;
        self.db
            .write(move |tx| {
                store::absent(tx, file, state, why, finding.as_deref())?;
                let file = store::by_id_in(tx, file)?;
                tell(tx, &file)?;
                Ok::<_, MediaError>(Landed::Refused(file))
            })
            .await
    }

    /// The file was uploaded to be sent with this number.
    pub async fn uploaded(&self, scope: Scope, file: &MediaFile, session: SessionId) -> Result<(), MediaError> {
        scope.require(Permission::UseInbox)?;
        let file = file.id;
        let noted = self.db.write(move |tx| store::uploaded(tx, file, session)).await;
        Ok(noted?)
    }

    /// # Errors
    /// [`MediaError::NotFound`], also for a file of another workspace.
    pub async fn file(&self, scope: Scope, id: &PublicId) -> Result<MediaFile, MediaError> {
        scope.require(Permission::UseInbox)?;
        let id = id.clone();
        self.db.read(move |c| Ok(store::file(c, scope.workspace, &id)?)).await
    }

    /// The file of a signed address; see [`Self::sign`].
    ///
    /// # Errors
    /// [`MediaError::NotFound`] for an address that was not signed here; [`MediaError::AddressExpired`].
    pub async fn signed(&self, id: &PublicId, exp: i64, sig: &str) -> Result<MediaFile, MediaError> {
        if !self.signer.is_ours(id, exp, sig) {
            return Err(MediaError::NotFound);
        }
        if UnixMs(exp.saturating_mul(1000)) < self.clock.now() {
            return Err(MediaError::AddressExpired);
        }
        let id = id.clone();
        self.db.read(move |c| Ok(store::file_of_anyone(c, &id)?)).await
    }

    /// An address that opens the file without a login, for as long as `span`.
    #[must_use]
    pub fn sign(&self, file: &MediaFile, span: Duration) -> String {
        self.signer.sign(&file.public_id, self.clock.now().plus(span))
    }

    /// The small JPEG of a picture.
    ///
    /// # Errors
    /// [`MediaError::NotFound`] where there is none, or when the picture is not here.
    pub async fn thumbnail(&self, file: &MediaFile) -> Result<Vec<u8>, MediaError> {
        let id = file.id;
        let found = self
            .db
            .read(move |c| Ok::<_, MediaError>(store::thumbnail(c, id)?))
            .await?;
        match file.state {
            FileState::Present => found.ok_or(MediaError::NotFound),
            state => Err(MediaError::NotHere(state, file.why)),
        }
    }

    /// Reads part of a file.
    ///
    /// # Errors
    /// [`MediaError::NotHere`], also when the store turns out not to have it.
    pub async fn open(&self, file: &MediaFile, span: Span) -> Result<Chunks, MediaError> {
        if file.state != FileState::Present {
            return Err(MediaError::NotHere(file.state, file.why));
        }
        let (shelf, name) = (Arc::clone(&self.shelf), file.sha256);
        let opened = blocking(move || Ok(shelf.open(name, span))).await?;
        let reader = match opened {
            Ok(reader) => reader,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::warn!(file = %file.public_id, "the store does not have a file that was in it");
                self.refuse(file, FileState::Wanted, Some(Why::Lost), None, |_, _| Ok(()))
                    .await?;
                return Err(MediaError::NotHere(FileState::Wanted, Some(Why::Lost)));
            }
            Err(error) => return Err(error.into()),
        };
        self.note_use(file).await?;
        Ok(stream(reader))
    }

    /// Writes a whole file to `to`, for threads that may wait; whether the store has it.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn copy_blocking(&self, file: &MediaFile, to: &mut impl io::Write) -> io::Result<bool> {
        let whole = Span {
            from: 0,
            length: file.size,
        };
        match self.shelf.open(file.sha256, whole) {
            Ok(mut from) => io::copy(&mut from, to).map(|_| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A copy of a file, for whoever needs all of it at once.
    ///
    /// # Errors
    /// [`MediaError::NotHere`], also when the store turns out not to have it.
    pub async fn copy(&self, file: &MediaFile) -> Result<Staged, MediaError> {
        if file.state != FileState::Present {
            return Err(MediaError::NotHere(file.state, file.why));
        }
        let (media, wanted, staged) = (self.clone(), file.clone(), self.stage().await?);
        let (here, staged) = blocking(move || {
            let here = media.copy_blocking(&wanted, &mut staged.writer()?)?;
            Ok((here, staged))
        })
        .await?;
        if !here {
            self.refuse(file, FileState::Wanted, Some(Why::Lost), None, |_, _| Ok(()))
                .await?;
            return Err(MediaError::NotHere(FileState::Wanted, Some(Why::Lost)));
        }
        Ok(staged)
    }

    async fn note_use(&self, file: &MediaFile) -> Result<(), MediaError> {
        let (id, now) = (file.id, self.clock.now());
        if file.used_at.is_within(USED_EVERY, now) {
            return Ok(());
        }
        let noted = self.db.write_background(move |tx| store::used(tx, id, now)).await;
        Ok(noted?)
    }

    /// What the workspace has here, and for how many days it keeps files.
    pub async fn usage(&self, scope: Scope) -> Result<(Usage, Option<u32>), MediaError> {
        self.db
            .read(move |c| Ok((store::usage(c, scope.workspace)?, store::keep_days(c, scope.workspace)?)))
            .await
    }

    /// How many files would go, and their bytes, if files were kept for `days`.
    pub async fn would_clear(&self, scope: Scope, days: u32) -> Result<(u64, u64), MediaError> {
        let before = self.clock.now().minus(of_days(days));
        self.db
            .read(move |c| Ok(store::older(c, scope.workspace, before)?))
            .await
    }

    /// Keeps files for `days` from when they came; `None`: as long as their messages.
    pub async fn keep_for(&self, scope: Scope, days: Option<u32>) -> Result<(), MediaError> {
        scope.require(Permission::ManageWorkspace)?;
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                store::set_keep_days(tx, scope.workspace, days)?;
                let detail = serde_json::json!({ "files_kept_days": days });
                Ok::<_, MediaError>(audit::record_in(
                    tx,
                    &scope.entry(Action::WorkspaceChanged).detail(detail),
                    now,
                )?)
            })
            .await
    }

    /// Hashes the file and finds out what it is.
    async fn look(&self, staged: Staged) -> Result<Looked, MediaError> {
        let limit = self.max_size;
        let (received, sniffed) = blocking(move || {
            let received = staged.received(limit)?;
            let sniffed = sniff::sniff(&mut received.staged.reader()?)?;
            Ok((received, sniffed))
        })
        .await?;
        let mut looked = Looked {
            received,
            sniffed,
            picture: Picture::default(),
            seconds: None,
        };
        if looked.sniffed.class == Class::Picture {
            let _one_at_a_time = self.heavy.acquire().await;
            looked = blocking(move || {
                looked.picture = picture::look(looked.received.staged.reader()?)?;
                Ok(looked)
            })
            .await?;
        }
        Ok(looked)
    }

    async fn scan(&self, received: &Received) -> Result<Verdict, MediaError> {
        let Some(clamd) = self.clamd.clone() else {
            return Ok(Verdict::NothingFound);
        };
        let file = received.staged.reader()?;
        blocking(move || {
            scan::scan(&clamd, file).map_err(|error| {
                tracing::warn!(%error, "a file could not be scanned");
                MediaError::NotScanned
            })
        })
        .await
    }

    /// Moves a file to where only the operator finds it.
    async fn set_apart(&self, received: Received) -> Result<(), MediaError> {
        let dir = self.quarantine.clone();
        blocking(move || {
            db::private_dir(&dir)?;
            fs::rename(received.staged.path(), dir.join(received.sha256.hex()))?;
            Ok(())
        })
        .await
    }

    /// Puts the object, then writes the row; both or neither are to be seen.
    async fn put(
        &self,
        workspace: WorkspaceId,
        looked: Looked,
        tell: impl FnOnce(&Connection, &MediaFile) -> db::Result<()> + Send + 'static,
    ) -> Result<MediaFile, MediaError> {
        let (sha256, size, now) = (looked.received.sha256, looked.received.size, self.clock.now());
        let _nothing_is_removed = self.putting.read().await;
        self.db
            .write(move |tx| {
                require_room_in(tx, workspace, sha256, size)?;
                store::object_expected(tx, sha256, size, now)?;
                Ok::<_, MediaError>(())
            })
            .await?;
        let shelf = Arc::clone(&self.shelf);
        let looked = blocking(move || {
            let staged = &looked.received.staged;
            shelf.put(sha256, staged.path(), staged.reader()?, size)?;
            Ok(looked)
        })
        .await?;
        self.db
            .write(move |tx| {
                require_room_in(tx, workspace, sha256, size)?;
                let (width, height) = looked.picture.size.unzip();
                let known = Known {
                    sha256,
                    mime: looked.sniffed.mime,
                    size,
                    width,
                    height,
                    seconds: looked.seconds,
                    thumbnail: looked.picture.thumbnail.as_deref(),
                };
                let file = store::arrived(tx, workspace, &known, now)?;
                tell(tx, &file)?;
                Ok(file)
            })
            .await
    }
}

/// A file that the workspace has already takes no room a second time.
fn require_room_in(c: &Connection, workspace: WorkspaceId, sha256: Sha256, size: u64) -> Result<(), MediaError> {
    let here = store::by_sha256(c, workspace, sha256)?.is_some_and(|file| file.state == FileState::Present);
    if !here {
        plans::require_storage_in(c, workspace, size)?;
    }
    Ok(())
}

pub(super) fn of_days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

/// Work that waits for the disk or another server.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(MediaError::Store(error.to_string())))
}

/// Reads on a thread that may wait, as fast as the chunks are taken.
fn stream(mut reader: Box<dyn io::Read + Send>) -> Chunks {
    let (give, take) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = reader.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
            let (last, item) = match read {
                Ok(0) => return,
                Ok(_) => (false, Ok(Bytes::from(chunk))),
                Err(error) => (true, Err(error)),
            };
            // Nobody reads on.
            if give.blocking_send(item).is_err() || last {
                return;
            }
        }
    });
    take
}
