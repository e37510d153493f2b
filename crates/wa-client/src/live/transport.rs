//! The socket, with reports of failed connections.
//!
//! The library reports the end of an established connection, but a failed attempt only in its log. The factory is
//! wrapped so that the caller gets an event for those too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use wacore::net::{Transport, TransportEvent, TransportFactory};
use whatsapp_rust::async_channel::Receiver;

use super::core::Core;
use super::proxy::ProxyFailure;

/// Below the library's own 20 s, so that a timeout is detected here and reported.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) struct WatchedFactory {
    pub(super) inner: Arc<dyn TransportFactory>,
    pub(super) core: Arc<Core>,
}

#[async_trait]
impl TransportFactory for WatchedFactory {
    async fn create_transport(&self) -> anyhow::Result<(Arc<dyn Transport>, Receiver<TransportEvent>)> {
        let socket = self.core.attempt_begins();
        let failure = match tokio::time::timeout(CONNECT_TIMEOUT, self.inner.create_transport()).await {
            Ok(Ok((transport, events))) => {
                let watched = Watched {
                    inner: transport,
                    core: self.core.clone(),
                    socket,
                    sent: AtomicU32::new(0),
                    over: AtomicBool::new(false),
                };
                return Ok((Arc::new(watched), events));
            }
            Ok(Err(error)) => error,
            Err(_elapsed) => anyhow::anyhow!("no answer within {} s", CONNECT_TIMEOUT.as_secs()),
        };
        let why = format!("{failure:#}");
        match failure.downcast_ref::<ProxyFailure>() {
            Some(proxy) => self.core.proxy_failed(proxy.trouble, why),
            None => self.core.connection_ended(format!("WhatsApp cannot be reached: {why}")),
        }
        Err(failure)
    }
}

struct Watched {
    inner: Arc<dyn Transport>,
    core: Arc<Core>,
    socket: u64,
    /// Handshake messages count too: a connection that sent at most one never completed the handshake.
    sent: AtomicU32,
    over: AtomicBool,
}

impl Watched {
    fn ended(&self) {
        self.core.socket_ended(self.socket);
        if !self.over.swap(true, Ordering::Relaxed) && self.sent.load(Ordering::Relaxed) <= 1 {
            self.core
                .connection_ended("WhatsApp ended the connection during the secure handshake".to_owned());
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.ended();
    }
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, data: Bytes) -> anyhow::Result<()> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.inner.send(data).await
    }

    async fn disconnect(&self) {
        self.core.remember_last_frame();
        self.ended();
        self.inner.disconnect().await;
    }
}
