//! Time from the start of the process to its first page, and until all numbers are connected.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use clap::Args;

use super::process::Server;
use super::reads::{CHATS, fill};
use super::report::{Report, ms, percentile};
use super::rig::Rig;
use crate::operator::output::Output;
use crate::operator::{Exit, Failure};

#[derive(Args)]
pub struct StartArgs {
    /// Messages in the database
    #[arg(long, default_value_t = 100_000)]
    messages: usize,
    /// Linked numbers
    #[arg(long, default_value_t = 10)]
    sessions: usize,
    #[arg(long, default_value_t = 10)]
    runs: usize,
}

pub async fn run(args: &StartArgs, output: Output) -> Result<Vec<Report>, Failure> {
    if args.sessions == 0 || args.runs == 0 {
        return Err(Failure::new(Exit::Usage, "--sessions and --runs are at least 1"));
    }
    let method = format!(
        "{} starts of the server process on one data directory. First page: from fork until the whole login page has \
         come over HTTP. Connected: from fork until the network saw all numbers logged in.",
        args.runs
    );
    let columns = [
        "messages",
        "sessions",
        "first page p50 ms",
        "max ms",
        "all connected p50 ms",
        "max ms",
    ];
    let mut report = Report::new("Start", method, &columns);
    output.progress(&format!("linking {} numbers…", args.sessions));
    let rig = Rig::new(args.sessions).await?;
    fill(&rig, args.messages, CHATS, output).await?;
    let (mut pages, mut connections) = (Vec::new(), Vec::new());
    for _ in 0..args.runs {
        // The network must have seen the previous server end, or its numbers would count as connected.
        rig.until("nothing is connected", || none_connected(&rig)).await?;
        let began = Instant::now();
        let server = rig.spawn()?;
        first_page(&rig, &server).await?;
        pages.push(began.elapsed());
        rig.connected().await?;
        connections.push(began.elapsed());
    }
    pages.sort_unstable();
    connections.sort_unstable();
    report.row([
        args.messages.to_string(),
        args.sessions.to_string(),
        ms(percentile(&pages, 50)),
        ms(percentile(&pages, 100)),
        ms(percentile(&connections, 50)),
        ms(percentile(&connections, 100)),
    ]);
    Ok(vec![report])
}

/// Waits until the login page was received completely.
pub async fn first_page(rig: &Rig, server: &Server) -> Result<(), Failure> {
    rig.until("the first page is served", || get_login(server).unwrap_or(false))
        .await
}

fn get_login(server: &Server) -> std::io::Result<bool> {
    let patience = Duration::from_secs(5);
    let mut stream = TcpStream::connect_timeout(&server.address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200") && answer.contains("</html>"))
}

fn none_connected(rig: &Rig) -> bool {
    rig.phones()
        .list()
        .iter()
        .all(|phone| phone.linked_devices.iter().all(|device| !device.connected))
}
