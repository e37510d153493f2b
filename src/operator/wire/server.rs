//! The socket of a running server.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use super::protocol::{line, parse};
use super::{Reply, Request};
use crate::app::App;
use crate::operator::{Exit, Failure, handle};

/// More than the longest text that WhatsApp accepts, with room for escapes.
const MAX_REQUEST_BYTES: u64 = 512 * 1024;
/// A client writes its line at once; a slower one is dropped.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a linking may take to clean up when the program stops.
const CLEARS_UP_WITHIN: Duration = Duration::from_secs(5);
/// Progress reports queued for a slow terminal.
const NEWS_BUFFER: usize = 16;

/// Listens on `path` and answers until the program stops. The caller holds the data directory's lock, so an existing
/// socket was left by a process that has ended.
///
/// # Errors
/// When the socket cannot be created, for example because its path is longer than the 107 bytes the system allows.
pub fn serve(app: &App, path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    let (app_in_task, path) = (app.clone(), path.to_owned());
    app.spawn("control socket", async move {
        accept(app_in_task, listener).await;
        // The next start would remove it as well, but a path without a listener is confusing.
        let _ = std::fs::remove_file(path);
    });
    Ok(())
}

async fn accept(app: App, listener: UnixListener) {
    let stopping = app.stopping();
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => app.spawn("control request", answer(app.clone(), stream)),
            Err(error) => {
                tracing::warn!(%error, "a connection to the control socket could not be accepted");
                // Most likely out of file descriptors: an immediate retry would fail again.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(app: App, stream: UnixStream) {
    let (reading, mut writing) = stream.into_split();
    let mut text = String::new();
    let mut reading = BufReader::new(reading.take(MAX_REQUEST_BYTES));
    match tokio::time::timeout(REQUEST_TIMEOUT, reading.read_line(&mut text)).await {
        Ok(Ok(read)) if read > 0 => {}
        _ => return,
    }
    let request = match parse::<Request>(&text) {
        Ok(request) => request,
        Err(failure) => return drop(write(&mut writing, &failure.into()).await),
    };
    let (news, replies) = mpsc::channel(NEWS_BUFFER);
    let stopping = app.stopping();
    let is_followed = request.command.is_followed();
    let work = async move {
        let reply = handle(&app, &request, &news)
            .await
            .map_or_else(Reply::from, Reply::Done);
        let _ = news.send(reply).await;
    };
    tokio::pin!(work);
    let stopped = {
        let gone = has_gone(reading.into_inner().into_inner(), is_followed);
        let telling = tell(replies, &mut writing, gone);
        tokio::select! {
            ((), ()) = futures_util::future::join(&mut work, telling) => false,
            () = stopping.cancelled() => true,
        }
    };
    if stopped {
        let failure = Failure::new(Exit::Failure, "the server is stopping; try again once it runs");
        let _ = write(&mut writing, &failure.into()).await;
        if is_followed {
            // It sees that nobody listens any more.
            let _ = tokio::time::timeout(CLEARS_UP_WITHIN, work).await;
        }
    }
}

/// Forwards the replies until they end or the client is gone. Dropping the receiver is how the work learns that nobody
/// listens.
async fn tell(mut replies: mpsc::Receiver<Reply>, writing: &mut OwnedWriteHalf, gone: impl Future<Output = ()>) {
    tokio::pin!(gone);
    loop {
        tokio::select! {
            reply = replies.recv() => match reply {
                Some(reply) if write(writing, &reply).await.is_ok() => {}
                _ => return,
            },
            () = &mut gone => return,
        }
    }
}

/// Returns once the client of a linking has disconnected. Every other request is also answered to a client that has
/// closed its side after sending it.
async fn has_gone(mut reading: OwnedReadHalf, follows: bool) {
    let mut rest = [0; 64];
    while reading.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    if !follows {
        std::future::pending().await
    }
}

async fn write(writing: &mut OwnedWriteHalf, reply: &Reply) -> io::Result<()> {
    writing.write_all(&line(reply)?).await
}
