//! Files of two workspaces in one store.

use std::io::{Cursor, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use image::{ImageFormat, RgbImage};

use super::retention::Cleaner;
use super::*;
use crate::accounts::{MemberRole, Scope};
use crate::clock::{Clock, ManualClock, UnixMs};
use crate::config::{Clamd, MediaConfig};
use crate::db::{self, Db};
use crate::ids::{PublicId, UserId, WorkspaceId};
use crate::jobs::{Jobs, Order, Runner};
use crate::plans;

const START: UnixMs = UnixMs(1_800_000_000_000);
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

struct Store {
    dir: tempfile::TempDir,
    db: Db,
    manual: ManualClock,
    media: Media,
}

impl Store {
    async fn new() -> Self {
        Self::with(None).await
    }

    async fn with(clamd: Option<Clamd>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = db::open(dir.path()).unwrap();
        db.write(|tx| {
            tx.execute_batch(
                "INSERT INTO users (id, public_id, email, name, password_hash, platform_role, created_at)
                 VALUES (1, 'usr_00000000000000000000000001', 'a@example.org', 'A', '', 'admin', 0);
                 INSERT INTO workspaces (id, public_id, name, time_zone, country, created_at)
                 VALUES (1, 'wsp_00000000000000000000000001', 'One', 'UTC', 'BR', 0),
                        (2, 'wsp_00000000000000000000000002', 'Two', 'UTC', 'BR', 0);",
            )
            .map_err(db::DbError::from)
        })
        .await
        .unwrap();
        let manual = ManualClock::new(START);
        let config = MediaConfig {
            max_size: 100_000,
            clamd,
            s3: None,
        };
        let media = Media::new(db.clone(), Clock::Manual(manual.clone()), &config, dir.path(), &[7; 32]);
        Self { dir, db, manual, media }
    }

    async fn staged(&self, bytes: &[u8]) -> Staged {
        let staged = self.media.stage().await.unwrap();
        staged.writer().unwrap().write_all(bytes).unwrap();
        staged
    }

    async fn keep(&self, scope: Scope, bytes: &[u8]) -> Result<MediaFile, MediaError> {
        self.media.keep(scope, self.staged(bytes).await).await
    }

    async fn read(&self, file: &MediaFile, from: u64, length: u64) -> Result<Vec<u8>, MediaError> {
        let mut chunks = self.media.open(file, Span { from, length }).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            bytes.extend(chunk.unwrap());
        }
        Ok(bytes)
    }

    /// Every file below the store's directory, as paths within it.
    fn objects(&self) -> Vec<PathBuf> {
        let (mut found, mut dirs) = (Vec::new(), vec![self.dir.path().join(DIR)]);
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(dir).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    dirs.push(path)
                } else {
                    found.push(path)
                }
            }
        }
        found
    }

    async fn storage(&self, workspace: i64) -> u64 {
        let used = move |c: &rusqlite::Connection| plans::storage_used_in(c, WorkspaceId(workspace));
        self.db.read(used).await.unwrap()
    }

    async fn clean(&self) {
        self.run(CleanMedia {}).await;
    }

    async fn sweep(&self) -> Swept {
        self.run(SweepMedia {}).await;
        self.media
            .swept(crate::audit::Admin::operator())
            .await
            .unwrap()
            .unwrap()
    }

    async fn run<J: crate::jobs::Job>(&self, job: J) {
        let (clock, stop) = (
            Clock::Manual(self.manual.clone()),
            tokio_util::sync::CancellationToken::new(),
        );
        let jobs = Jobs::new(self.db.clone(), clock.clone());
        let runner = Runner::new(self.db.clone(), clock, jobs.clone(), stop.clone())
            .handle::<CleanMedia>(Cleaner(self.media.clone()))
            .handle::<SweepMedia>(Sweeper(self.media.clone()));
        let running = tokio::spawn(runner.run());
        jobs.enqueue(job, Order::default()).await.unwrap();
        jobs.settled().await.unwrap();
        stop.cancel();
        running.await.unwrap();
    }

    /// As if a message referred to the file, or stopped to.
    async fn refer(&self, file: &MediaFile, refs: i64) {
        let id = file.id;
        self.db
            .write(move |tx| {
                tx.execute("UPDATE media_files SET refs = ?1 WHERE id = ?2", (refs, id))
                    .map_err(db::DbError::from)
            })
            .await
            .unwrap();
    }
}

fn member(workspace: i64) -> Scope {
    Scope::person(WorkspaceId(workspace), UserId(1), MemberRole::Agent)
}

fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(400, 30).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn one_content_is_one_object_and_each_workspace_has_its_own_file() {
    let store = Store::new().await;
    let bytes = picture();
    let mine = store.keep(member(1), &bytes).await.unwrap();
    let again = store.keep(member(1), &bytes).await.unwrap();
    let theirs = store.keep(member(2), &bytes).await.unwrap();
    assert_eq!(mine.public_id, again.public_id);
    assert_ne!(mine.public_id, theirs.public_id);
    assert_eq!(
        (mine.mime.as_str(), mine.width, mine.height),
        ("image/png", Some(400), Some(30))
    );
    let objects = store.objects();
    assert_eq!(objects.len(), 1);
    let hex = mine.sha256.hex();
    let place = store.dir.path().join(DIR).join(&hex[..2]).join(&hex[2..4]).join(&hex);
    assert_eq!(objects[0], place);
    let size = bytes.len() as u64;
    assert_eq!((store.storage(1).await, store.storage(2).await), (size, size));
    assert_eq!(store.read(&mine, 0, size).await.unwrap(), bytes);
    assert_eq!(store.read(&mine, 7, 5).await.unwrap(), bytes[7..12]);
    let small = store.media.thumbnail(&mine).await.unwrap();
    assert_eq!(image::load_from_memory(&small).unwrap().width(), 320);
    let foreign = store.media.file(member(2), &mine.public_id).await;
    assert!(matches!(foreign, Err(MediaError::NotFound)));
}

#[tokio::test]
async fn what_is_refused_is_said_and_leaves_nothing() {
    let store = Store::new().await;
    let refused = async |bytes: &[u8]| store.keep(member(1), bytes).await.unwrap_err();
    assert!(matches!(refused(b"").await, MediaError::Empty));
    assert!(matches!(refused(b"MZ\x90\0 photo.jpg").await, MediaError::Program));
    assert!(matches!(
        refused(&[b'a'; 100_001]).await,
        MediaError::TooLarge { limit: 100_000 }
    ));
    let half = picture();
    assert!(matches!(
        refused(&half[..half.len() / 2]).await,
        MediaError::DamagedPicture
    ));
    assert_eq!(store.objects(), Vec::<PathBuf>::new());
    assert_eq!(store.storage(1).await, 0);
}

#[tokio::test]
async fn storage_is_counted_once_and_its_limit_holds() {
    let store = Store::new().await;
    store
        .db
        .write(|tx| {
            tx.execute("UPDATE plans SET storage_bytes = 1000", [])
                .map_err(db::DbError::from)
        })
        .await
        .unwrap();
    let kept = store.keep(member(1), &[b'a'; 900]).await.unwrap();
    assert!(
        store.keep(member(1), &[b'a'; 900]).await.is_ok(),
        "what is here already takes no room"
    );
    assert!(matches!(
        store.keep(member(1), &[b'b'; 101]).await,
        Err(MediaError::Plan(_))
    ));
    assert_eq!(store.storage(1).await, 900);
    // The object of the refused one goes with the next cleaning, and the room of an unused one comes back.
    store.manual.advance(2 * DAY);
    store.clean().await;
    assert_eq!((store.objects().len(), store.storage(1).await), (0, 0));
    assert!(matches!(
        store.media.file(member(1), &kept.public_id).await,
        Err(MediaError::NotFound)
    ));
}

#[tokio::test]
async fn an_object_stays_as_long_as_anybody_has_it() {
    let store = Store::new().await;
    let mine = store.keep(member(1), b"shared").await.unwrap();
    let theirs = store.keep(member(2), b"shared").await.unwrap();
    store.refer(&theirs, 1).await;
    store.manual.advance(2 * DAY);
    store.clean().await;
    assert!(matches!(
        store.media.file(member(1), &mine.public_id).await,
        Err(MediaError::NotFound)
    ));
    assert_eq!(store.read(&theirs, 0, 6).await.unwrap(), b"shared");
    store.refer(&theirs, 0).await;
    store.clean().await;
    assert!(store.objects().is_empty());
}

#[tokio::test]
async fn files_go_after_the_time_that_the_workspace_keeps_them() {
    let store = Store::new().await;
    let owner = Scope::person(WorkspaceId(1), UserId(1), MemberRole::Owner);
    let file = store.keep(owner, b"an old invoice").await.unwrap();
    let theirs = store.keep(member(2), b"of another workspace").await.unwrap();
    store.refer(&file, 1).await;
    store.refer(&theirs, 1).await;
    assert!(
        store.media.keep_for(member(1), Some(30)).await.is_err(),
        "agents decide nothing"
    );
    store.media.keep_for(owner, Some(30)).await.unwrap();
    store.manual.advance(29 * DAY);
    store.clean().await;
    assert_eq!(store.media.usage(owner).await.unwrap().0.files, 1);
    store.manual.advance(2 * DAY);
    assert_eq!(store.media.would_clear(owner, 30).await.unwrap(), (1, 14));
    store.clean().await;
    let gone = store.media.file(owner, &file.public_id).await.unwrap();
    assert_eq!((gone.state, gone.why), (FileState::Wanted, Some(Why::Cleared)));
    assert!(matches!(
        store.read(&gone, 0, 1).await,
        Err(MediaError::NotHere(FileState::Wanted, Some(Why::Cleared)))
    ));
    assert_eq!((store.storage(1).await, store.objects().len()), (0, 1));
    assert_eq!(store.read(&theirs, 0, 2).await.unwrap(), b"of");
}

#[tokio::test]
async fn a_signed_address_opens_one_file_until_it_ends() {
    let store = Store::new().await;
    let file = store.keep(member(1), b"signed").await.unwrap();
    let other = store.keep(member(2), b"another").await.unwrap();
    let path = store.media.sign(&file, DAY);
    let exp: i64 = path
        .split("exp=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let sig = path.split("sig=").nth(1).unwrap();
    let opened = store.media.signed(&file.public_id, exp, sig).await.unwrap();
    assert_eq!(opened.public_id, file.public_id);
    let asked = async |id: &PublicId, exp| store.media.signed(id, exp, sig).await.unwrap_err();
    assert!(matches!(asked(&other.public_id, exp).await, MediaError::NotFound));
    assert!(matches!(asked(&file.public_id, exp + 1).await, MediaError::NotFound));
    store.manual.advance(DAY + std::time::Duration::from_secs(1));
    assert!(matches!(asked(&file.public_id, exp).await, MediaError::AddressExpired));
}

#[tokio::test]
async fn a_file_that_the_store_lost_is_wanted_again() {
    let store = Store::new().await;
    let file = store.keep(member(1), b"here today").await.unwrap();
    std::fs::remove_file(&store.objects()[0]).unwrap();
    assert!(matches!(store.read(&file, 0, 1).await, Err(MediaError::NotHere(..))));
    let file = store.media.file(member(1), &file.public_id).await.unwrap();
    assert_eq!((file.state, file.why), (FileState::Wanted, Some(Why::Lost)));
    assert_eq!(store.storage(1).await, 0);
}

/// A clamd that answers every scan alike.
fn clamd(answer: &'static str) -> (tempfile::TempDir, Clamd) {
    use std::io::Read as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("clamd.ctl");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(&[0; 4]) {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                seen.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (dir, Clamd::Socket(path))
}

async fn announced(store: &Store, bytes: &[u8]) -> MediaFile {
    use sha2::Digest as _;
    let sha256 = Sha256(sha2::Sha256::digest(bytes).into());
    store
        .db
        .write(move |tx| {
            let file = Announced {
                sha256,
                mime: "image/jpeg",
                size: 5,
                width: None,
                height: None,
                seconds: None,
            };
            let (id, state) = announce_in(tx, WorkspaceId(1), &file, START)?;
            assert_eq!(state, FileState::Wanted);
            by_id_in(tx, id)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn what_the_scanner_finds_something_in_is_kept_apart() {
    let (_clamd_dir, at) = clamd("stream: Demo.Harmless-1.UNOFFICIAL FOUND\0");
    let store = Store::with(Some(at)).await;
    let refused = store.keep(member(1), b"demo").await.unwrap_err();
    assert!(refused.to_string().contains("Demo.Harmless-1.UNOFFICIAL"), "{refused}");
    let file = announced(&store, b"demo").await;
    let landed = store
        .media
        .land(&file, store.staged(b"demo").await, |_, _| Ok(()))
        .await
        .unwrap();
    let Landed::Refused(file) = landed else {
        panic!("{landed:?}")
    };
    assert_eq!(file.state, FileState::Quarantined);
    assert_eq!(file.finding.as_deref(), Some("Demo.Harmless-1.UNOFFICIAL"));
    assert!(store.objects().is_empty());
    let apart = store.dir.path().join("quarantine").join(file.sha256.hex());
    assert_eq!(std::fs::read(apart).unwrap(), b"demo");
    assert!(matches!(
        store.read(&file, 0, 1).await,
        Err(MediaError::NotHere(FileState::Quarantined, _))
    ));
}

#[tokio::test]
async fn nothing_is_taken_in_while_the_scanner_does_not_answer() {
    let store = Store::with(Some(Clamd::Socket("/nowhere/clamd.ctl".into()))).await;
    assert!(matches!(
        store.keep(member(1), b"unseen").await,
        Err(MediaError::NotScanned)
    ));
    let file = announced(&store, b"unseen").await;
    let landed = store
        .media
        .land(&file, store.staged(b"unseen").await, |_, _| Ok(()))
        .await;
    assert!(matches!(landed, Err(MediaError::NotScanned)));
    assert!(store.objects().is_empty());
}

#[tokio::test]
async fn what_arrives_is_what_was_announced_or_it_is_refused() {
    let store = Store::new().await;
    let file = announced(&store, b"whole").await;
    let landed = store
        .media
        .land(&file, store.staged(b"other").await, |_, _| Ok(()))
        .await
        .unwrap();
    assert!(
        matches!(&landed, Landed::Refused(file) if file.why == Some(Why::Damaged)),
        "{landed:?}"
    );
    let landed = store
        .media
        .land(&file, store.staged(b"whole").await, |_, _| Ok(()))
        .await
        .unwrap();
    let Landed::Present(here) = landed else {
        panic!("{landed:?}")
    };
    assert_eq!(here.public_id, file.public_id);
    // It said that it was a picture.
    assert_eq!((here.mime.as_str(), here.size, here.why), ("text/plain", 5, None));
    // A program that comes in is kept, and is nothing that a page shows.
    let program = announced(&store, b"MZ\x90\0").await;
    let landed = store
        .media
        .land(&program, store.staged(b"MZ\x90\0").await, |_, _| Ok(()))
        .await
        .unwrap();
    assert!(matches!(landed, Landed::Present(file) if !is_shown(&file.mime)));
}

#[tokio::test]
async fn an_object_that_no_row_knows_goes_a_week_after_it_was_first_seen() {
    let store = Store::new().await;
    let mine = store.keep(member(1), b"mine").await.unwrap();
    store.refer(&mine, 1).await;
    let place = store.dir.path().join(DIR).join("ab/ab");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(
        place.join("ab".repeat(32)),
        b"of a file that a restored backup does not know",
    )
    .unwrap();
    std::fs::write(place.join("README"), b"of somebody else").unwrap();
    let stray = place.join("ab".repeat(32));
    let seen = store.sweep().await;
    assert_eq!((seen.objects, seen.strays, seen.missing, seen.removed), (2, 1, 0, 0));
    store.manual.advance(6 * DAY);
    assert_eq!(store.sweep().await.removed, 0);
    assert!(stray.exists());
    store.manual.advance(2 * DAY);
    let swept = store.sweep().await;
    assert_eq!((swept.removed, swept.strays), (1, 0));
    assert!(!stray.exists() && place.join("README").exists());
    assert_eq!(store.read(&mine, 0, 4).await.unwrap(), b"mine");
}

#[tokio::test]
async fn an_object_that_is_known_again_is_no_stray() {
    use sha2::Digest as _;
    let store = Store::new().await;
    let bytes = b"fetched again after a restore";
    let name = Sha256(sha2::Sha256::digest(bytes).into()).hex();
    let place = store.dir.path().join(DIR).join(&name[..2]).join(&name[2..4]);
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join(&name), bytes).unwrap();
    assert_eq!(store.sweep().await.strays, 1);
    let file = store.keep(member(1), bytes).await.unwrap();
    store.refer(&file, 1).await;
    store.manual.advance(8 * DAY);
    let swept = store.sweep().await;
    assert_eq!((swept.strays, swept.removed), (0, 0));
    assert_eq!(store.read(&file, 0, 7).await.unwrap(), b"fetched");
}

#[tokio::test]
async fn a_file_whose_object_is_gone_is_told_and_nothing_is_changed() {
    let store = Store::new().await;
    for bytes in [&b"first"[..], b"second", b"third"] {
        let file = store.keep(member(1), bytes).await.unwrap();
        store.refer(&file, 1).await;
    }
    let objects = store.objects();
    let aside = store.dir.path().join("aside");
    std::fs::rename(&objects[0], &aside).unwrap();
    let swept = store.sweep().await;
    assert_eq!((swept.objects, swept.missing, swept.strays), (2, 1, 0));
    assert_eq!(store.media.usage(member(1)).await.unwrap().0.files, 3);
    // It comes back, as when a disk is mounted again.
    std::fs::rename(&aside, &objects[0]).unwrap();
    assert_eq!(store.sweep().await.missing, 0);
}
