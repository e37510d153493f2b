//! Memory of the server while large files go out and come in, all at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use ureq::Agent;
use wa_network::phone::{Content, Media, MediaKind};

use super::process::Server;
use super::report::Report;
use super::rig::{Rig, failed};
use crate::crypto::random_bytes;
use crate::operator::Failure;
use crate::operator::output::Output;

/// Long enough for the work after a login.
const SETTLE: Duration = Duration::from_secs(5);
/// How often memory is read while files move.
const LOOK: Duration = Duration::from_millis(5);

#[derive(Args)]
pub struct MediaArgs {
    /// Files in each direction, all at the same time
    #[arg(long, default_value_t = 20)]
    files: usize,
    /// Bytes of each
    #[arg(long, default_value_t = 16_000_000)]
    size: usize,
}

pub async fn run(args: &MediaArgs, output: Output) -> Result<Vec<Report>, Failure> {
    let method = format!(
        "{} files of {} bytes that differ, all at once. Out: each is uploaded by POST /v1/…/media and sent to a phone of \
         its own, until all phones have theirs. In: as many phones send one each, until the server's store has them. \
         Memory is private (RssAnon) of the server process: {} s after its number connected, and the highest of \
         readings every {} ms; resident (VmRSS) contains the pages of the binary and of files, too.",
        args.files,
        args.size,
        SETTLE.as_secs(),
        LOOK.as_millis(),
    );
    let columns = [
        "way",
        "seconds",
        "idle MiB",
        "peak MiB",
        "above idle MiB",
        "resident peak MiB",
    ];
    let mut report = Report::new("Files", method, &columns);
    output.progress("linking a number…");
    let rig = Rig::new(1).await?;
    let customers = rig.customers(args.files)?;
    let server = rig.spawn()?;
    super::start::first_page(&rig, &server).await?;
    rig.connected().await?;
    tokio::time::sleep(SETTLE).await;
    let idle = server.private()?;
    for way in ["out", "in"] {
        output.progress(&format!("{} files {way}…", args.files));
        let began = Instant::now();
        let (peak, resident) = if way == "out" {
            let program = Program::log_in(&rig, &server).await?;
            watched(&server, send(&rig, &program, &customers, args.size)).await?
        } else {
            watched(&server, receive(&rig, &customers, args.size)).await?
        };
        let mib = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
        report.row([
            way.to_owned(),
            format!("{:.1}", began.elapsed().as_secs_f64()),
            mib(idle),
            mib(peak),
            mib(peak.saturating_sub(idle)),
            mib(resident),
        ]);
    }
    Ok(vec![report])
}

/// The highest private and resident memory while `work` goes on, in KiB.
async fn watched(server: &Server, work: impl Future<Output = Result<(), Failure>>) -> Result<(u64, u64), Failure> {
    tokio::pin!(work);
    let mut peak = (server.private()?, server.resident()?);
    loop {
        tokio::select! {
            done = &mut work => return done.map(|()| peak),
            () = tokio::time::sleep(LOOK) => {
                peak = (peak.0.max(server.private()?), peak.1.max(server.resident()?));
            }
        }
    }
}

/// Bytes that nobody takes for anything, each time others.
fn unlike(size: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8 | 0x80).collect();
    let mark = random_bytes::<16>();
    let length = mark.len().min(size);
    bytes[..length].copy_from_slice(&mark[..length]);
    bytes
}

/// A program that calls the API.
#[derive(Clone)]
struct Program {
    agent: Agent,
    base: String,
    token: Arc<str>,
}

impl Program {
    async fn log_in(rig: &Rig, server: &Server) -> Result<Self, Failure> {
        let config = Agent::config_builder().http_status_as_error(false);
        let (agent, base) = (Agent::from(config.build()), format!("http://{}/v1", server.address));
        let anonymous = Self {
            agent,
            base,
            token: Arc::from(""),
        };
        let who = json!({ "email": "bench@example.com", "password": rig.password });
        let body = serde_json::to_vec(&who).map_err(|error| failed(error.into()))?;
        let answer = anonymous.post("/auth/login", "application/json", body).await?;
        let token = Arc::from(answer["access_token"].as_str().unwrap_or_default());
        Ok(Self { token, ..anonymous })
    }

    async fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> Result<Value, Failure> {
        let mut request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("content-type", kind);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let answered = tokio::task::spawn_blocking(move || {
            let mut answer = request.send(&body)?;
            let status = answer.status();
            let value: Value = answer.body_mut().read_json()?;
            anyhow::ensure!(status.is_success(), "the API answered {status}: {value}");
            Ok(value)
        });
        answered.await.map_err(|error| failed(error.into()))?.map_err(failed)
    }
}

async fn send(rig: &Rig, program: &Program, customers: &[String], size: usize) -> Result<(), Failure> {
    let session = &rig.numbers[0].session;
    let each = customers.iter().map(|customer| async move {
        let head = "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n";
        let body = [head.as_bytes(), &unlike(size), b"\r\n--edge--\r\n"].concat();
        let path = format!("/sessions/{session}/media");
        let file = program.post(&path, "multipart/form-data; boundary=edge", body).await?;
        let to = format!("{customer}@s.whatsapp.net");
        let message = json!({ "to": to, "type": "document", "document": { "file": file["id"] } });
        let body = serde_json::to_vec(&message).map_err(|error| failed(error.into()))?;
        let path = format!("/sessions/{session}/messages");
        program.post(&path, "application/json", body).await.map(drop)
    });
    try_join_all(each).await?;
    let phones = rig.phones();
    rig.until("all phones have their file", || {
        customers.iter().all(|customer| {
            let inbox = phones.inbox(customer, 0).unwrap_or_default();
            inbox.iter().any(|message| message.kind == "document")
        })
    })
    .await
}

async fn receive(rig: &Rig, customers: &[String], size: usize) -> Result<(), Failure> {
    let store = rig.config.data_dir.join(crate::media::DIR);
    let before = objects(&store);
    for customer in customers {
        let picture = Media {
            kind: MediaKind::Image,
            mime: "image/jpeg".to_owned(),
            bytes: unlike(size).into(),
            caption: None,
            file_name: None,
            seconds: None,
            thumbnail: None,
        };
        rig.phones()
            .send(customer, &rig.numbers[0].digits, Content::Media(picture))
            .await
            .map_err(|error| failed(error.into()))?;
    }
    rig.until("the store has all files", || {
        objects(&store) >= before + customers.len()
    })
    .await
}

/// Files two directories deep.
fn objects(store: &Path) -> usize {
    let inside = |dir: &PathBuf| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).into_iter().flatten();
        entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
    };
    let first = inside(&store.to_owned());
    let second = first.iter().flat_map(&inside);
    second.map(|dir| inside(&dir).len()).sum()
}
