//! The socket side of the network: WebSocket, Noise and binary nodes around the hub.
//!
//! One reader and one writer task per connection. The reader decrypts, decodes and submits to the hub; the writer
//! takes what the hub has for this connection, several frames at a time. Everything a client can get wrong ends
//! its own connection and nothing else.

mod certificates;
mod connection;
mod frames;
mod noise;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::hub::Hub;

pub(crate) use certificates::ServerKeys;

/// Path of the WebSocket, as with the real service.
pub(crate) const PATH: &str = "/ws/chat";

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
            // Usually too many open files: others may close theirs.
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::task::yield_now().await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}
