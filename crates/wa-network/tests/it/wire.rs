//! Misbehaving clients: each loses its own connection, and no other is affected.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wa_network::Network;

use crate::support::{BUSINESS, CUSTOMER, Companion, network};

/// Opens a socket and requests the upgrade; returns the status line.
async fn upgrade(network: &Network, path: &str) -> (TcpStream, String) {
    let url = network.ws_url();
    let address = url.trim_start_matches("ws://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let status = String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    (stream, status)
}

/// A WebSocket message from a client, masked with zeros.
fn message(payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    assert!(length < 126);
    let mut frame = vec![0x82, 0x80 | length, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_frame_ends_only_its_own_connection() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let header: &[u8] = &[0x57, 0x41, 6, 3];
    let nonsense: [Vec<u8>; 4] = [
        b"GET / HTTP/1.1".to_vec(),
        [header, &[0, 0, 3, 1, 2, 3]].concat(),
        [header, &[0, 0, 0]].concat(),
        // A client hello with an ephemeral key of one byte.
        [header, &[0, 0, 5, 0x12, 3, 0x0a, 1, 9]].concat(),
    ];
    for bytes in nonsense {
        let (mut stream, status) = upgrade(&network, "/ws/chat").await;
        assert!(status.contains("101"), "{status}");
        stream.write_all(&message(&bytes)).await.unwrap();
        let mut rest = Vec::new();
        // A reset is as good as an orderly close.
        drop(stream.read_to_end(&mut rest).await);
    }
    network.phones().send(CUSTOMER, BUSINESS, "all well").await.unwrap();
    companion.receives("all well").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_socket_is_at_one_path_only() {
    let network = network().await;
    let (_, status) = upgrade(&network, "/elsewhere").await;
    assert!(status.contains("404"), "{status}");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_network_closes_its_connections_and_frees_its_port() {
    let network = network().await;
    let (mut stream, _) = upgrade(&network, "/ws/chat").await;
    network.stop().await;
    let mut rest = Vec::new();
    drop(stream.read_to_end(&mut rest).await);
    let port = network
        .ws_url()
        .trim_end_matches("/ws/chat")
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let options = wa_network::NetworkOptions {
        ws_port: port,
        ..Default::default()
    };
    Network::start(options).await.unwrap().stop().await;
}
