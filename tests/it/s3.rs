//! Files in a bucket, at an S3 that somebody else wrote.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use wamanager::accounts::{MemberRole, Scope};
use wamanager::audit::Admin;
use wamanager::clock::Clock;
use wamanager::config::{MediaConfig, S3Config, Secret};
use wamanager::db;
use wamanager::ids::{UserId, WorkspaceId};
use wamanager::jobs::{Jobs, Order, Runner};
use wamanager::media::{Media, MediaError, MediaFile, Span, SweepMedia, Sweeper};

use crate::support::python_tool;

const BUCKET: &str = "shop-files";

/// The service as a process; it ends with the test.
struct Bucket {
    child: Child,
    output: BufReader<ChildStdout>,
    port: u64,
}

impl Bucket {
    /// `None`, with a note, where it is not installed.
    fn start() -> Option<Self> {
        let python = python_tool("files in a bucket", "python")?;
        python_tool("files in a bucket", "moto_server")?;
        let mut child = Command::new(python)
            .args(["-W", "ignore", "tests/tools/s3_bucket.py", BUCKET])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut bucket = Self { child, output, port: 0 };
        bucket.port = bucket.line()["port"].as_u64().unwrap();
        Some(bucket)
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Keys and sizes of what is in it.
    fn objects(&mut self) -> Vec<(String, u64)> {
        writeln!(self.child.stdin.as_mut().unwrap(), "list").unwrap();
        let listed = self.line();
        let one = |one: &Value| (one["key"].as_str().unwrap().to_owned(), one["size"].as_u64().unwrap());
        listed.as_array().unwrap().iter().map(one).collect()
    }

    /// Puts something into it that is not the program's.
    fn put(&mut self, key: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "put {key}").unwrap();
        assert_eq!(self.line()["put"], key);
    }

    fn config(&self) -> MediaConfig {
        MediaConfig {
            max_size: 16 << 20,
            clamd: None,
            s3: Some(S3Config {
                endpoint: format!("http://127.0.0.1:{}", self.port).parse().unwrap(),
                bucket: BUCKET.to_owned(),
                region: "eu-central-1".to_owned(),
                access_key: "AKIA1".to_owned(),
                secret_key: Secret::new("a-secret-of-the-test"),
                path_style: true,
            }),
        }
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn read(media: &Media, file: &MediaFile, from: u64, length: u64) -> Result<Vec<u8>, MediaError> {
    let mut chunks = media.open(file, Span { from, length }).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        bytes.extend(chunk.unwrap());
    }
    Ok(bytes)
}

#[tokio::test]
async fn files_are_kept_in_a_bucket_and_read_back_in_parts() {
    let Some(mut bucket) = Bucket::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let db = db::open(dir.path()).unwrap();
    db.write(|tx| {
        tx.execute(
            "INSERT INTO workspaces (id, public_id, name, time_zone, country, created_at)
             VALUES (1, 'wsp_00000000000000000000000001', 'One', 'UTC', 'BR', 0)",
            [],
        )
        .map_err(db::DbError::from)
    })
    .await
    .unwrap();
    let media = Media::new(db.clone(), Clock::System, &bucket.config(), dir.path(), &[7; 32]);
    let scope = Scope::person(WorkspaceId(1), UserId(1), MemberRole::Owner);
    let keep = async |bytes: &[u8]| {
        let staged = media.stage().await.unwrap();
        staged.writer().unwrap().write_all(bytes).unwrap();
        media.keep(scope, staged).await
    };
    // Larger than what the client reads into memory by default.
    let bytes: Vec<u8> = (0..11_u32 << 20).map(|n| (n % 251) as u8).collect();
    let file = keep(&bytes).await.unwrap();
    let hex = file.sha256.hex();
    let key = format!("{}/{}/{hex}", &hex[..2], &hex[2..4]);
    assert_eq!(bucket.objects(), [(key, bytes.len() as u64)]);
    assert!(read(&media, &file, 0, file.size).await.unwrap() == bytes);
    assert_eq!(read(&media, &file, 1_000, 4).await.unwrap(), bytes[1_000..1_004]);
    let health = media.store_health(Admin::operator()).await.unwrap();
    assert!(health.place.starts_with(BUCKET), "{health:?}");
    assert!(health.ahead.is_some_and(|ahead| ahead.abs() < 60), "{health:?}");
    let sweep = async || {
        let (jobs, stop) = (Jobs::new(db.clone(), Clock::System), CancellationToken::new());
        let runner = Runner::new(db.clone(), Clock::System, jobs.clone(), stop.clone());
        let running = tokio::spawn(runner.handle::<SweepMedia>(Sweeper(media.clone())).run());
        jobs.enqueue(SweepMedia {}, Order::default()).await.unwrap();
        jobs.settled().await.unwrap();
        stop.cancel();
        running.await.unwrap();
        media.swept(Admin::operator()).await.unwrap().unwrap()
    };
    let swept = sweep().await;
    assert_eq!((swept.objects, swept.missing, swept.strays), (1, 0, 0));
    assert!(swept.shared_with.is_empty(), "{swept:?}");
    // Another installation comes to the same bucket, with a file of its own.
    bucket.put(&format!("ab/ab/{}", "ab".repeat(32)));
    bucket.put("wamanager-installations/of-somebody-else");
    bucket.put("holiday.jpg");
    let swept = sweep().await;
    assert_eq!((swept.objects, swept.strays, swept.removed), (2, 1, 0));
    assert_eq!(swept.shared_with, ["of-somebody-else"]);
    // Nothing of it stays on this machine.
    let left = std::fs::read_dir(dir.path().join("media/incoming")).unwrap().count();
    assert_eq!(left, 0);

    let config = MediaConfig {
        s3: bucket.config().s3.map(|s3| S3Config {
            bucket: "somebody-elses".to_owned(),
            ..s3
        }),
        ..bucket.config()
    };
    let astray = Media::new(db, Clock::System, &config, dir.path(), &[7; 32]);
    assert!(matches!(
        astray.store_health(Admin::operator()).await,
        Err(MediaError::Store(_))
    ));
    let missing = read(&astray, &file, 0, 1).await;
    assert!(matches!(missing, Err(MediaError::NotHere(..))), "{missing:?}");
}
