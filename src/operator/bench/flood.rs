//! What a visitor still gets while strangers flood every route without a log-in.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use url::Url;
use wa_network::{Network, NetworkOptions};

use super::process::Server;
use super::report::{Report, ms, percentile};
use super::rig::{ScratchDir, failed};
use crate::operator::Failure;
use crate::operator::output::Output;
use crate::site::routes::{Demo, Route, Verb, all};
use crate::web::problem::is_api;

/// Delay between two requests of the visitor.
const LOOK: Duration = Duration::from_millis(10);

#[derive(Args)]
pub struct FloodArgs {
    /// Seconds for each route, quiet before and after not counted
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Strangers, each at an address of its own
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=50))]
    clients: u8,
    /// Requests a second of each stranger at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=100))]
    rate: u64,
    /// Another build of this program, measured in the same run
    #[arg(long, value_name = "PROGRAM")]
    beside: Option<PathBuf>,
    /// Only routes whose path contains this
    #[arg(long)]
    only: Option<String>,
}

pub async fn run(args: &FloodArgs, output: Output) -> Result<Vec<Report>, Failure> {
    let method = format!(
        "{} strangers, each at an address of 127.0.0.0/8 of its own, send one route at most {} requests a second each \
         for {} s, a new connection for each; meanwhile a visitor gets /login every {} ms. Before each route the same \
         visitor looks for a quarter of that time while nobody else is there. Memory: RssAnon of the server, the \
         highest while hammered less the quiet one. Each program on a fresh data directory.",
        args.clients,
        args.rate,
        args.seconds,
        LOOK.as_millis(),
    );
    let columns = [
        "program",
        "route",
        "requests/s",
        "answers",
        "quiet p99 ms",
        "hammered p99 ms",
        "memory above quiet MiB",
    ];
    let mut report = Report::new("Strangers at the door", method, &columns);
    let network = Network::start(NetworkOptions::default()).await.map_err(failed)?;
    let url: Url = network
        .ws_url()
        .parse()
        .map_err(|error: url::ParseError| failed(error.into()))?;
    let this = std::env::current_exe()?;
    let programs = args.beside.iter().map(|path| ("beside", path.as_path()));
    for (name, program) in programs.chain([("this", this.as_path())]) {
        let dir = ScratchDir::new()?;
        owner(program, dir.path())?;
        let server = Server::spawn_program(program, dir.path(), &url)?;
        until_served(server.address).await?;
        for route in open_doors().filter(|route| args.only.as_ref().is_none_or(|only| route.path.contains(only))) {
            output.progress(&format!("{name}: {}…", route.path));
            let figures = hammer(&server, route, args).await?;
            report.row([name.to_owned(), route.path.to_owned()].into_iter().chain(figures));
        }
    }
    Ok(vec![report])
}

/// Routes that strangers may send something to.
fn open_doors() -> impl Iterator<Item = &'static Route> {
    all(Demo::Off).filter(|route| route.verb == Verb::Post && !route.access.needs_login())
}

/// Creates an administrator, so that the routes behave as in a set-up installation.
fn owner(program: &Path, data_dir: &Path) -> Result<(), Failure> {
    let made = Command::new(program)
        .args([
            "user",
            "create",
            "bench@example.com",
            "--name",
            "Bench",
            "--role",
            "admin",
        ])
        .arg("--data-dir")
        .arg(data_dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    if made.success() {
        Ok(())
    } else {
        Err(failed(anyhow::anyhow!("no administrator could be made: {made}")))
    }
}

async fn until_served(server: SocketAddr) -> Result<(), Failure> {
    let began = Instant::now();
    while get_login(server).await.is_err() {
        if began.elapsed() > Duration::from_secs(30) {
            return Err(failed(anyhow::anyhow!("the server did not answer")));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Requests a second, responses by status, both percentiles, memory.
async fn hammer(server: &Server, route: &Route, args: &FloodArgs) -> Result<[String; 5], Failure> {
    let span = Duration::from_secs(args.seconds);
    let (quiet, resting) = visit(server, span / 4).await?;
    let over = CancellationToken::new();
    let strangers = (0..args.clients).map(|client| {
        let stranger = Stranger {
            server: server.address,
            from: Ipv4Addr::new(127, 0, 0, client + 2),
            path: route
                .path
                .replace("{token}", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            pause: Duration::from_secs(1) / u32::try_from(args.rate).unwrap_or(50),
        };
        tokio::spawn(stranger.until(over.clone()))
    });
    let strangers: Vec<_> = strangers.collect();
    let seen = visit(server, span).await;
    over.cancel();
    let answers = try_join_all(strangers).await.map_err(|error| failed(error.into()))?;
    let (hammered, peak) = seen?;
    let mut by_status: BTreeMap<u16, usize> = BTreeMap::new();
    for status in answers.into_iter().flatten() {
        *by_status.entry(status).or_default() += 1;
    }
    let sent: usize = by_status.values().sum();
    let told = by_status.iter().map(|(status, count)| match status {
        0 => format!("none {count}"),
        status => format!("{status} {count}"),
    });
    Ok([
        format!("{:.0}", sent as f64 / span.as_secs_f64()),
        told.collect::<Vec<_>>().join(", "),
        ms(percentile(&quiet, 99)),
        ms(percentile(&hammered, 99)),
        format!("{:.1}", peak.saturating_sub(resting) as f64 / 1024.0),
    ])
}

/// Requests the log-in page repeatedly; returns the sorted times, and the highest private memory in KiB.
async fn visit(server: &Server, span: Duration) -> Result<(Vec<Duration>, u64), Failure> {
    let (mut spans, mut peak) = (Vec::new(), 0);
    let mut turns = tokio::time::interval(LOOK);
    turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let began = Instant::now();
    while began.elapsed() < span {
        turns.tick().await;
        let asked = Instant::now();
        let status = get_login(server.address).await?;
        spans.push(asked.elapsed());
        if status != 200 {
            return Err(failed(anyhow::anyhow!("/login was answered {status}")));
        }
        peak = peak.max(server.private()?);
    }
    spans.sort_unstable();
    Ok((spans, peak))
}

async fn get_login(server: SocketAddr) -> std::io::Result<u16> {
    let request = format!("GET /login HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    exchange(Ipv4Addr::LOCALHOST, server, request.as_bytes()).await
}

/// A client that sends plausible forms to one route.
struct Stranger {
    server: SocketAddr,
    from: Ipv4Addr,
    path: String,
    pause: Duration,
}

impl Stranger {
    /// The statuses of all responses; 0 means none.
    async fn until(self, over: CancellationToken) -> Vec<u16> {
        let (mut statuses, mut count) = (Vec::new(), 0);
        let mut turns = tokio::time::interval(self.pause);
        turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                () = over.cancelled() => return statuses,
                _ = turns.tick() => {}
            }
            count += 1;
            let request = self.request(count);
            statuses.push(exchange(self.from, self.server, request.as_bytes()).await.unwrap_or(0));
        }
    }

    /// The fields of every form together, with a password long enough to keep an estimator busy.
    fn request(&self, count: u32) -> String {
        let email = format!("stranger{count}-of-{}@example.com", self.from);
        let password = format!("kitchen{count}Qu4rtz-violet-Harbour-mongoose-0815-tangerine");
        let (kind, body) = if is_api(&self.path) {
            let (key, token) = match self.path.as_str() {
                "/v1/auth/refresh-token" => ("refresh_token", "wamr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                "/v1/auth/reset-password" => ("token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                _ => ("email", email.as_str()),
            };
            let mut fields = serde_json::Map::from_iter([(key.to_owned(), token.into())]);
            if !matches!(
                self.path.as_str(),
                "/v1/auth/refresh-token" | "/v1/auth/forgot-password"
            ) {
                fields.insert("password".to_owned(), password.into());
            }
            if self.path.ends_with("/register") {
                let more = [
                    ("name", "Stranger"),
                    ("workspace", "Shop"),
                    ("time_zone", "UTC"),
                    ("country", "PT"),
                ];
                fields.extend(more.map(|(name, value)| (name.to_owned(), value.into())));
            }
            ("application/json", serde_json::Value::from(fields).to_string())
        } else {
            let form = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([
                    ("name", "Stranger"),
                    ("workspace", "Shop"),
                    ("zone", "UTC"),
                    ("country", "PT"),
                ])
                .extend_pairs([
                    ("email", email.as_str()),
                    ("password", password.as_str()),
                    ("code", "123456"),
                ])
                .finish();
            ("application/x-www-form-urlencoded", form)
        };
        let (path, server, length) = (&self.path, self.server, body.len());
        format!(
            "POST {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }
}

/// One request on its own connection; the status of its response, which is read to its end.
async fn exchange(from: Ipv4Addr, server: SocketAddr, request: &[u8]) -> std::io::Result<u16> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let mut stream = socket.connect(server).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let head = String::from_utf8_lossy(answer.get(..12).unwrap_or_default()).into_owned();
    let status = head.rsplit(' ').next().and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}
