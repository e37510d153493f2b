//! The socket of a running server.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use super::protocol::{line, parse};
use super::{Failure, Reply, Request, handle};
use crate::app::App;

/// Longer than the longest text WhatsApp takes, with room for escapes.
const MAX_REQUEST_BYTES: u64 = 512 * 1024;
/// A client writes its line at once; one that does not is no client.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// News that wait for a slow terminal.
const NEWS_BUFFER: usize = 16;

/// Listens on `path` and answers until the program stops. The caller holds the data directory's lock, so a socket that
/// is there already was left by a process that is gone.
///
/// # Errors
/// When the socket cannot be made, for example because its path is longer than the 107 bytes the system allows.
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
        // The next start would remove it as well; a path without a listener only puzzles people.
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
                // Out of file descriptors, most likely: the next try would fail at once, and the one after it.
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
    let (news, mut replies) = mpsc::channel(NEWS_BUFFER);
    let stopping = app.stopping();
    let work = async move {
        let reply = handle(&app, request, &news).await.unwrap_or_else(Reply::from);
        let _ = news.send(reply).await;
    };
    let telling = async {
        while let Some(reply) = replies.recv().await {
            if write(&mut writing, &reply).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        ((), ()) = futures_util::future::join(work, telling) => {}
        () = stopping.cancelled() => {
            let failure = Failure::new(super::Exit::Failure, "the server is stopping; try again once it runs");
            let _ = write(&mut writing, &failure.into()).await;
        }
    }
}

async fn write(writing: &mut OwnedWriteHalf, reply: &Reply) -> io::Result<()> {
    writing.write_all(&line(reply)?).await
}
