//! Runs a request: by the running server if there is one, else in this process.

use std::io;
use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use super::protocol::{line, parse};
use super::{Answer, Reply, Request};
use crate::app::{App, Network};
use crate::config::Config;
use crate::operator::{Exit, Failure, handle};

/// Runs `request` and passes all progress to `tell`. When `interrupted` returns, the request is cancelled: its worker
/// sees that nobody waits for it any more.
///
/// # Errors
/// The failure in the answer, why there was no answer, or [`Exit::Interrupted`].
pub async fn ask(
    config: &Config,
    request: &Request,
    mut tell: impl FnMut(Reply),
    interrupted: impl Future<Output = ()>,
) -> Result<Answer, Failure> {
    match connect(&config.control_socket()).await? {
        // Dropping the connection notifies the server.
        Some(stream) => tokio::select! {
            answer = over_socket(stream, request, &mut tell) => answer,
            () = interrupted => Err(Failure::new(Exit::Interrupted, "broken off")),
        },
        None => in_process(config, request, &mut tell, interrupted).await,
    }
}

/// `None` when nothing listens there.
async fn connect(path: &Path) -> Result<Option<UnixStream>, Failure> {
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) => match error.kind() {
            // Any problem with the directory is reported better when it is claimed. `InvalidInput`: the path is
            // longer than a socket's may be, so no server listens there either.
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::InvalidInput => Ok(None),
            io::ErrorKind::PermissionDenied => Err(Failure::new(
                Exit::DataDir,
                format!(
                    "{} belongs to another user; run this command as the user that runs the server",
                    path.display()
                ),
            )),
            _ => Err(Failure::new(
                Exit::Failure,
                format!("{} cannot be reached: {error}", path.display()),
            )),
        },
    }
}

async fn over_socket(stream: UnixStream, request: &Request, tell: &mut impl FnMut(Reply)) -> Result<Answer, Failure> {
    let (reading, mut writing) = stream.into_split();
    writing.write_all(&line(request)?).await?;
    let mut lines = BufReader::new(reading).lines();
    while let Some(text) = lines.next_line().await? {
        if let Some(end) = consume(parse(&text)?, tell) {
            return end;
        }
    }
    Err(Failure::new(
        Exit::Failure,
        "the server went away before it answered; look into its log and try again",
    ))
}

async fn in_process(
    config: &Config,
    request: &Request,
    tell: &mut impl FnMut(Reply),
    interrupted: impl Future<Output = ()>,
) -> Result<Answer, Failure> {
    let app = App::open(config, Network::of(config)).await?;
    let end = drive(&app, request, tell, interrupted).await;
    app.stop().await;
    end
}

async fn drive(
    app: &App,
    request: &Request,
    tell: &mut impl FnMut(Reply),
    interrupted: impl Future<Output = ()>,
) -> Result<Answer, Failure> {
    let (news, mut replies) = mpsc::channel(16);
    let work = async {
        let reply = handle(app, request, &news).await.map_or_else(Reply::from, Reply::Done);
        drop(news);
        reply
    };
    tokio::pin!(work, interrupted);
    let mut listening = true;
    loop {
        tokio::select! {
            biased;
            () = &mut interrupted, if listening => {
                replies.close();
                listening = false;
            }
            Some(reply) = replies.recv() => { consume(reply, tell); }
            reply = &mut work => {
                // Progress reported just before the end must be shown first.
                while let Ok(reply) = replies.try_recv() {
                    consume(reply, tell);
                }
                return consume(reply, tell).unwrap_or_else(|| Err(Failure::new(Exit::Failure, "no answer was given")));
            }
        }
    }
}

/// The end, if this reply is final; otherwise passes it on.
fn consume(reply: Reply, tell: &mut impl FnMut(Reply)) -> Option<Result<Answer, Failure>> {
    reply.end().map_err(tell).ok()
}
