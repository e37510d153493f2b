//! The socket side of the network: WebSocket, Noise and binary nodes around the hub.
//!
//! One reader and one writer task per connection. The reader decrypts, decodes and submits to the hub; the writer
//! sends the hub's stanzas for this connection, several frames at a time. A client's error ends
//! its own connection and nothing else.

mod certificates;
mod connection;
mod frames;
mod noise;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::hub::Hub;

pub(crate) use certificates::ServerKeys;

/// Path of the WebSocket, as with the real service.
pub(crate) const PATH: &str = "/ws/chat";

const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Accepts connections until `stop` is cancelled.
pub(crate) async fn listen(listener: TcpListener, hub: Arc<Hub>, keys: Arc<ServerKeys>, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = connection::serve(stream, hub.clone(), keys.clone(), stop.clone());
                connections.spawn(connection);
            }
            // Usually too many open files. The connection stays in the backlog, so trying at once would spin.
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection: raise the limit of open files (ulimit -n)");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}
