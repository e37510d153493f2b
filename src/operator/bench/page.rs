//! The cost of serving a conversation: the whole page, and the fragment that an open page loads instead.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use clap::Args;
use ureq::Agent;

use super::process::Server;
use super::report::{Report, ms, percentile};
use super::rig::{Rig, failed};
use crate::ids::PublicId;
use crate::operator::output::Output;
use crate::operator::{Exit, Failure};

/// Requests before measuring, so that both kinds find warm caches.
const WARM_UP: usize = 50;

#[derive(Args)]
pub struct PageArgs {
    /// Messages in one number
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Requests of each kind
    #[arg(long, default_value_t = 2_000)]
    requests: usize,
}

pub async fn run(args: &PageArgs, output: Output) -> Result<Vec<Report>, Failure> {
    if args.messages == 0 || args.requests == 0 {
        return Err(Failure::new(Exit::Usage, "--messages and --requests are at least 1"));
    }
    let method = format!(
        "{} messages in 200 chats of one number. A member who is logged in gets the newest 50 messages of the largest \
         chat, one request at a time on one connection: as a page, with the list of 50 chats and the frame, and as \
         the fragment that htmx asks for. CPU: user and system time of the server process for {} requests. Bytes: \
         the body as sent to a browser that accepts gzip and brotli.",
        args.messages, args.requests,
    );
    let columns = ["what", "CPU ms each", "p50 ms", "p99 ms", "bytes"];
    let mut report = Report::new("Conversation", method, &columns);
    let rig = Rig::new(1).await?;
    super::reads::fill(&rig, args.messages, super::reads::CHATS, output).await?;
    let chat = largest_chat(&rig).await?;
    let server = rig.spawn()?;
    super::start::first_page(&rig, &server).await?;
    let visitor = Visitor::log_in(&server, &rig.password)?;
    let address = format!("http://{}/chats/{chat}", server.address);
    for (name, fragment) in [("page", false), ("fragment", true)] {
        output.progress(&format!("{name}…"));
        visitor.get(&address, fragment, WARM_UP)?;
        let before = server.cpu()?;
        let mut spans = visitor.get(&address, fragment, args.requests)?;
        let each = (server.cpu()? - before).as_secs_f64() * 1_000.0 / args.requests as f64;
        spans.sort_unstable();
        let p = |p| ms(percentile(&spans, p));
        let bytes = visitor.weigh(server.address, &format!("/chats/{chat}"), fragment)?;
        report.row([name.into(), format!("{each:.3}"), p(50), p(99), bytes.to_string()]);
    }
    Ok(vec![report])
}

/// The data directory is free again when the program has gone out of scope.
async fn largest_chat(rig: &Rig) -> Result<PublicId, Failure> {
    let app = rig.open().await?;
    let chat = super::reads::largest_chat(rig, &app).await;
    app.stop().await;
    chat
}

struct Visitor {
    agent: Agent,
    cookie: String,
}

impl Visitor {
    fn log_in(server: &Server, password: &str) -> Result<Self, Failure> {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent: Agent = config.build().into();
        let form = [("email", "bench@example.com"), ("password", password)];
        let reply = agent
            .post(format!("http://{}/login", server.address))
            .send_form(form)
            .map_err(|error| failed(error.into()))?;
        let cookies = reply.headers().get_all("set-cookie").iter();
        let named = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookie = named.collect::<Vec<_>>().join("; ");
        Ok(Self { agent, cookie })
    }

    /// How long each answer took.
    fn get(&self, address: &str, fragment: bool, times: usize) -> Result<Vec<Duration>, Failure> {
        let mut spans = Vec::with_capacity(times);
        for _ in 0..times {
            let began = Instant::now();
            let mut request = self.agent.get(address);
            for (name, value) in self.headers(fragment) {
                request = request.header(name, value);
            }
            let mut reply = request.call().map_err(|error| failed(error.into()))?;
            if reply.status().as_u16() != 200 {
                return Err(failed(anyhow::anyhow!("the page was answered {}", reply.status())));
            }
            reply.body_mut().read_to_vec().map_err(|error| failed(error.into()))?;
            spans.push(began.elapsed());
        }
        Ok(spans)
    }

    /// As a browser sends them.
    fn headers(&self, fragment: bool) -> Vec<(&'static str, &str)> {
        let mut headers = vec![
            ("accept-encoding", "gzip, deflate, br"),
            ("cookie", self.cookie.as_str()),
        ];
        if fragment {
            headers.extend([("hx-request", "true"), ("hx-request-type", "partial")]);
        }
        headers
    }

    /// The length of the body as it is sent: a client shows it as it was before it was compressed.
    fn weigh(&self, server: SocketAddr, path: &str, fragment: bool) -> Result<usize, Failure> {
        let mut request = format!("GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n");
        for (name, value) in self.headers(fragment) {
            request += &format!("{name}: {value}\r\n");
        }
        let answer = (|| {
            let (mut stream, mut answer) = (TcpStream::connect(server)?, Vec::new());
            stream.write_all(format!("{request}\r\n").as_bytes())?;
            stream.read_to_end(&mut answer)?;
            Ok::<_, io::Error>(answer)
        })();
        let answer = answer.map_err(|error| failed(error.into()))?;
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
        Ok(answer.len() - head.map_or(0, |end| end + 4))
    }
}
