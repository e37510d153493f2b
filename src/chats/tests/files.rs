//! Files of messages, from a source that does what the test says.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use sha2::Digest as _;
use wa_client::{Content, FileError, FileOf, Media as Announcement, MediaKind};

use crate::chats::testing::{Inbox, from_ana, sealer};
use crate::chats::{FetchFile, FileInfo, FileSource, Files};
use crate::config::MediaConfig;
use crate::events::Event;
use crate::ids::SessionId;
use crate::jobs::{Jobs, Runner};
use crate::media::{FileState, Media, Why};

/// What each download gives, in turn, and what the phone answers.
#[derive(Default)]
struct Script {
    downloads: VecDeque<Result<&'static [u8], FileError>>,
    phone: Option<Result<&'static str, FileError>>,
    /// The paths that were asked for.
    paths: Vec<String>,
    asked: usize,
}

#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[async_trait]
impl FileSource for Scripted {
    async fn download(&self, _: SessionId, file: &Announcement, mut into: File) -> Result<(), FileError> {
        assert_eq!(file.media_key, b"key of the file", "the key was opened");
        let next = {
            let mut script = self.0.lock();
            script.paths.push(file.direct_path.clone());
            script.downloads.pop_front()
        };
        into.write_all(next.unwrap_or(Err(FileError::Gone))?)
            .map_err(|error| FileError::Transient(error.to_string()))
    }

    async fn ask_phone(&self, _: SessionId, message: &FileOf<'_>) -> Result<String, FileError> {
        assert_eq!((message.id, message.from_me), ("A", false));
        let mut script = self.0.lock();
        script.asked += 1;
        script.phone.take().unwrap_or(Err(FileError::Gone)).map(str::to_owned)
    }
}

struct Album {
    inbox: Inbox,
    files: Files,
    jobs: Jobs,
    source: Scripted,
}

const NOTE: &[u8] = b"a note, or so it says";

fn announced(kind: MediaKind, size: u64) -> Content {
    Content::Media(Announcement {
        kind,
        mime: "image/jpeg".into(),
        direct_path: "/v/first".into(),
        media_key: b"key of the file".to_vec(),
        sha256: sha2::Sha256::digest(NOTE).to_vec(),
        enc_sha256: vec![2; 32],
        size: Some(size),
        ..Announcement::default()
    })
}

impl Album {
    async fn new(downloads: Vec<Result<&'static [u8], FileError>>) -> Self {
        let inbox = Inbox::new().await;
        let stage = &inbox.stage;
        let (db, clock, bus) = (stage.db.clone(), stage.clock.clone(), stage.bus.clone());
        let config = MediaConfig {
            max_size: 1 << 20,
            clamd: None,
            s3: None,
        };
        let media = Media::new(db.clone(), clock.clone(), &config, stage.dir.path(), &[7; 32]);
        let jobs = Jobs::new(db.clone(), clock.clone());
        let source = Scripted::default();
        source.0.lock().downloads = downloads.into();
        let files = Files::new(
            (db.clone(), clock.clone(), bus),
            jobs.clone(),
            sealer(),
            media,
            Arc::new(source.clone()),
        );
        let runner = Runner::new(db, clock, jobs.clone(), stage.stop.clone()).handle::<FetchFile>(files.clone());
        stage.tracker.spawn(runner.run());
        Self {
            inbox,
            files,
            jobs,
            source,
        }
    }

    /// A message arrives, and everything that follows from it has happened.
    async fn arrives(&self, content: Content) {
        use wa_client::InboundSink as _;
        let ingest = self.inbox.ingest().fetching(self.jobs.clone());
        let session = wa_client::SessionId(self.inbox.session.id.0);
        ingest.commit(session, vec![from_ana("A", 1, content)]).await.unwrap();
        self.jobs.settled().await.unwrap();
    }

    async fn file(&self) -> FileInfo {
        let mut messages = self.inbox.messages().await;
        messages.remove(0).media.unwrap().file.unwrap()
    }

    /// Somebody presses the button.
    async fn wanted(&self) {
        let message = self.inbox.messages().await.remove(0).public_id;
        self.files.fetch(self.inbox.stage.scope, &message).await.unwrap();
        self.jobs.settled().await.unwrap();
    }
}

#[tokio::test]
async fn a_small_file_comes_by_itself_and_open_pages_are_told() {
    let album = Album::new(vec![Ok(NOTE)]).await;
    album.arrives(announced(MediaKind::Voice, 20)).await;
    let file = album.file().await;
    assert_eq!((file.state, file.mime.as_str()), (FileState::Present, "text/plain"));
    let events = album.inbox.events().await;
    assert!(
        matches!(events.last(), Some(Event::MessageChanged { .. })),
        "{events:?}"
    );
    // The same content in another message is here already.
    album.source.0.lock().downloads.clear();
    let stage = &album.inbox.stage;
    let stranger = album.inbox.messages().await.remove(0).public_id;
    assert!(album.files.fetch(stage.stranger(), &stranger).await.is_err());
    assert_eq!(album.source.0.lock().paths, ["/v/first"]);
}

#[tokio::test]
async fn a_document_and_a_large_picture_wait_until_somebody_wants_them() {
    for (kind, size) in [(MediaKind::Document, 20), (MediaKind::Image, 17 << 20)] {
        let album = Album::new(vec![Ok(NOTE)]).await;
        album.arrives(announced(kind, size)).await;
        assert_eq!(album.file().await.state, FileState::Wanted);
        assert!(album.source.0.lock().paths.is_empty());
        album.wanted().await;
        let file = album.file().await;
        if size > 1 << 20 {
            assert_eq!((file.state, file.why), (FileState::Wanted, Some(Why::TooLarge)));
        } else {
            assert_eq!(file.state, FileState::Present);
        }
    }
}

#[tokio::test]
async fn what_whatsapp_lost_is_asked_from_the_phone_when_somebody_wants_it() {
    let album = Album::new(vec![Err(FileError::Gone)]).await;
    album.arrives(announced(MediaKind::Image, 20)).await;
    let file = album.file().await;
    assert_eq!((file.state, file.why), (FileState::Gone, Some(Why::Expired)));
    assert_eq!(
        album.source.0.lock().asked,
        0,
        "phones are not bothered on their own account"
    );
    {
        let mut script = album.source.0.lock();
        script.downloads = vec![Err(FileError::Gone), Ok(NOTE)].into();
        script.phone = Some(Ok("/v/again"));
    }
    album.wanted().await;
    assert_eq!(album.file().await.state, FileState::Present);
    assert_eq!(album.source.0.lock().paths, ["/v/first", "/v/first", "/v/again"]);
}

#[tokio::test]
async fn a_file_that_nobody_has_any_more_says_so() {
    let album = Album::new(Vec::new()).await;
    album.arrives(announced(MediaKind::Image, 20)).await;
    album.wanted().await;
    let file = album.file().await;
    assert_eq!((file.state, file.why), (FileState::Gone, Some(Why::Nowhere)));
}

#[tokio::test]
async fn a_file_that_is_not_the_announced_one_is_not_shown() {
    let album = Album::new(vec![Ok(b"something else")]).await;
    album.arrives(announced(MediaKind::Image, 20)).await;
    let file = album.file().await;
    assert_eq!(file.state, FileState::Gone);
}

#[tokio::test]
async fn a_number_that_is_off_is_asked_again_later() {
    let album = Album::new(vec![Err(FileError::NotConnected), Ok(NOTE)]).await;
    album.arrives(announced(MediaKind::Image, 20)).await;
    assert_eq!(album.file().await.state, FileState::Wanted);
    album.inbox.stage.manual.advance(std::time::Duration::from_secs(10));
    album.jobs.settled().await.unwrap();
    assert_eq!(album.file().await.state, FileState::Present);
}
