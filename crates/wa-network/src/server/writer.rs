//! The writing half of a connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::SinkExt as _;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use wacore::noise::NoiseCipher;
use wacore_binary::Node;
use wacore_binary::marshal::marshal_to_vec;

use super::connection::{Broken, Sink};
use super::frames::append;
use crate::hub::{Hub, Outbound};

/// How long a client may take to close after its last stanza. Closing first would lose that stanza whenever
/// data from the client is still unread.
const FAREWELL: Duration = Duration::from_secs(2);

/// Stanzas that leave together in one WebSocket message.
const BATCH: usize = 64;

pub(super) struct Writer {
    pub hub: Arc<Hub>,
    pub sink: Sink,
    pub cipher: NoiseCipher,
    pub counter: u32,
    pub done: CancellationToken,
}

impl Writer {
    /// Writes until it is told to end, or until no sender is left.
    pub async fn run(mut self, mut stanzas: UnboundedReceiver<Outbound>) {
        let done = self.done.clone();
        tokio::select! {
            () = done.cancelled() => {}
            outcome = self.write(&mut stanzas) => {
                if let Err(error) = outcome {
                    tracing::debug!(%error, "writing ended");
                }
            }
        }
        done.cancel();
    }

    async fn write(&mut self, stanzas: &mut UnboundedReceiver<Outbound>) -> Result<(), Broken> {
        let mut batch = Vec::with_capacity(BATCH);
        while stanzas.recv_many(&mut batch, BATCH).await > 0 {
            let mut out = Vec::new();
            for outbound in batch.drain(..) {
                match outbound {
                    Outbound::Stanza(node) => self.seal(&node, &mut out)?,
                    Outbound::Pause(time) => {
                        self.flush(&mut out).await?;
                        tokio::time::sleep(time).await;
                    }
                    Outbound::End(last_word) => return self.end(last_word, out).await,
                }
            }
            self.flush(&mut out).await?;
        }
        Ok(())
    }

    fn seal(&mut self, node: &Node, out: &mut Vec<u8>) -> Result<(), Broken> {
        let mut payload = Vec::new();
        marshal_to_vec(node, &mut payload)?;
        self.cipher.encrypt_in_place_with_counter(self.counter, &mut payload)?;
        self.counter = self.counter.wrapping_add(1);
        append(&payload, out);
        Ok(())
    }

    async fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), Broken> {
        if !out.is_empty() {
            self.hub.stats().sent(out.len());
            self.sink.send(Message::Binary(std::mem::take(out).into())).await?;
        }
        Ok(())
    }

    /// With a last stanza the connection is closed properly, without one it is cut.
    async fn end(&mut self, last_word: Option<Node>, mut out: Vec<u8>) -> Result<(), Broken> {
        let Some(last_word) = last_word else {
            return Ok(());
        };
        self.seal(&last_word, &mut out)?;
        self.flush(&mut out).await?;
        self.sink.close().await?;
        drop(tokio::time::timeout(FAREWELL, self.done.cancelled()).await);
        Ok(())
    }
}
