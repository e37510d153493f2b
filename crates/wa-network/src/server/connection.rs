//! One client's connection, from the upgrade to the last stanza.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use rand::rngs::StdRng;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_util::sync::CancellationToken;
use wacore::noise::NoiseCipher;
use wacore_binary::marshal::unmarshal_ref;
use wacore_binary::util::unpack;
use wacore_binary::{BinaryError, Node};

use super::frames::{BadHeader, FrameReader, frame};
use super::noise::{NoiseFailed, Secured, Step, respond};
use super::writer::Writer;
use super::{PATH, ServerKeys};
use crate::hub::{Attempt, DeviceAddr, Hub, Outbound, Registration};

/// Timeout of the upgrade and of each handshake message, the same as the clients'.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) type Sink = SplitSink<WebSocketStream<TcpStream>, Message>;
type Source = SplitStream<WebSocketStream<TcpStream>>;

#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the WebSocket failed")]
    Socket(#[from] WsError),
    #[error(transparent)]
    Header(#[from] BadHeader),
    #[error(transparent)]
    Noise(#[from] NoiseFailed),
    #[error("a frame could not be decrypted")]
    Cipher(#[from] wacore::noise::NoiseError),
    #[error("a frame holds no stanza")]
    Stanza(#[from] BinaryError),
    #[error("the client went away")]
    Closed,
    #[error("the client was silent for too long")]
    Silent,
}

/// Runs a connection to its end.
pub(super) async fn serve(stream: TcpStream, hub: Arc<Hub>, keys: Arc<ServerKeys>, stop: CancellationToken) {
    let done = stop.child_token();
    let outcome = tokio::select! {
        () = done.cancelled() => Ok(()),
        outcome = converse(stream, hub, keys, done.clone()) => outcome,
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection ended");
    }
    done.cancel();
}

async fn converse(
    stream: TcpStream,
    hub: Arc<Hub>,
    keys: Arc<ServerKeys>,
    done: CancellationToken,
) -> Result<(), Broken> {
    stream.set_nodelay(true).map_err(WsError::Io)?;
    let upgrade = tokio_tungstenite::accept_hdr_async(stream, only_our_path);
    let socket = in_time(upgrade).await??;
    let (mut sink, mut source) = socket.split();
    let mut frames = FrameReader::default();
    let secured = handshake(&keys, &mut sink, &mut source, &mut frames).await?;
    hub.stats().connected();
    let (to_socket, stanzas) = unbounded_channel();
    let writer = Writer {
        hub: hub.clone(),
        sink,
        cipher: secured.to_client,
        counter: 0,
        done: done.clone(),
    };
    tokio::spawn(writer.run(stanzas));
    let Some(peer) = Peer::admit(&hub, secured.client_static, &secured.payload, to_socket) else {
        // The writer still has to deliver the refusal; it cancels when that is done.
        done.cancelled().await;
        return Ok(());
    };
    let mut reader = Reader {
        hub,
        source,
        frames,
        cipher: secured.from_client,
        counter: 0,
        peer,
    };
    reader.run().await
}

#[expect(clippy::result_large_err, reason = "the signature is the WebSocket library's")]
fn only_our_path(request: &Request, response: Response) -> Result<Response, ErrorResponse> {
    if request.uri().path() == PATH {
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some(format!("the WebSocket is at {PATH}")));
    *refusal.status_mut() = StatusCode::NOT_FOUND;
    Err(refusal)
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Broken> {
    tokio::time::timeout(PATIENCE, work).await.map_err(|_| Broken::Silent)
}

async fn handshake(
    keys: &ServerKeys,
    sink: &mut Sink,
    source: &mut Source,
    frames: &mut FrameReader,
) -> Result<Secured, Broken> {
    let hello = in_time(next_frame(source, frames)).await??;
    let (answer, step) = respond(keys, &hello, &mut rand::make_rng::<StdRng>())?;
    sink.send(Message::Binary(frame(&answer))).await?;
    match step {
        Step::Done(secured) => Ok(*secured),
        Step::Finish(waits) => {
            let finish = in_time(next_frame(source, frames)).await??;
            Ok(waits.finish(&finish)?)
        }
    }
}

async fn next_frame(source: &mut Source, frames: &mut FrameReader) -> Result<BytesMut, Broken> {
    loop {
        if let Some(frame) = frames.next()? {
            return Ok(frame);
        }
        match source.next().await.ok_or(Broken::Closed)?? {
            Message::Binary(bytes) => frames.push(&bytes),
            Message::Close(_) => return Err(Broken::Closed),
            _ => {}
        }
    }
}

/// The client of a connection.
enum Peer {
    /// A companion that wants to be paired.
    Unpaired {
        attempt: Attempt,
        to_socket: UnboundedSender<Outbound>,
    },
    Device {
        hub: Arc<Hub>,
        addr: DeviceAddr,
        link: u64,
    },
}

impl Peer {
    /// Authenticates the client by its payload. A refusal is sent, and `None` returned.
    fn admit(
        hub: &Arc<Hub>,
        client_static: [u8; 32],
        payload: &waproto::whatsapp::ClientPayload,
        to_socket: UnboundedSender<Outbound>,
    ) -> Option<Self> {
        let refuse = |stanza| {
            drop(to_socket.send(Outbound::End(Some(stanza))));
            None
        };
        let Some(username) = payload.username else {
            if hub.refuses_version("") {
                return refuse(crate::hub::LoginRefused::OldVersion.stanza());
            }
            return match Registration::read(client_static, payload) {
                Some(registration) => Some(Self::Unpaired {
                    attempt: hub.open_attempt(registration, to_socket.clone()),
                    to_socket,
                }),
                None => refuse(crate::hub::LoginRefused::NotPaired.stanza()),
            };
        };
        let device = u16::try_from(payload.device.unwrap_or(0)).unwrap_or(0);
        match hub.authenticate(&client_static, &username.to_string(), device) {
            Ok(addr) => {
                let link = hub.attach(&addr, to_socket)?;
                Some(Self::Device {
                    hub: hub.clone(),
                    addr,
                    link,
                })
            }
            Err(refused) => refuse(refused.stanza()),
        }
    }

    fn take(&self, hub: &Hub, stanza: Node) {
        match self {
            Self::Device { addr, .. } => hub.submit(addr, stanza),
            Self::Unpaired { attempt, to_socket } => {
                if let Some(answer) = attempt.handle(&stanza) {
                    drop(to_socket.send(Outbound::Stanza(Arc::new(answer))));
                }
            }
        }
    }
}

/// However the connection ends, the hub learns that the device is disconnected.
impl Drop for Peer {
    fn drop(&mut self) {
        if let Self::Device { hub, addr, link } = self {
            hub.detach(addr, *link);
        }
    }
}

struct Reader {
    hub: Arc<Hub>,
    source: Source,
    frames: FrameReader,
    cipher: NoiseCipher,
    counter: u32,
    peer: Peer,
}

impl Reader {
    async fn run(&mut self) -> Result<(), Broken> {
        loop {
            let mut frame = next_frame(&mut self.source, &mut self.frames).await?;
            self.hub.stats().received(frame.len());
            self.cipher.decrypt_in_place_with_counter(self.counter, &mut frame)?;
            self.counter = self.counter.wrapping_add(1);
            let stanza = unmarshal_ref(&unpack(&frame)?)?.to_owned();
            self.peer.take(&self.hub, stanza);
        }
    }
}
