//! A number that connects through a proxy: its socket and its files.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use wa_client::{Content, Gateway as _, Inbound, LinkEvent, ProxyTrouble};
use wa_network::phone::{self, MediaKind};

use crate::support::{BUSINESS, CUSTOMER, SESSION, Sink, World, text};

/// A proxy on loopback that lets in who has the login, and remembers where they wanted to go.
struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(serve: fn(&mut TcpStream) -> Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, asked) = (listener.local_addr().unwrap().port(), Arc::default());
        let seen: Arc<Mutex<Vec<String>>> = Arc::clone(&asked);
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let (mut client, seen) = (client.unwrap(), Arc::clone(&seen));
                thread::spawn(move || {
                    let Some(target) = serve(&mut client) else { return };
                    seen.lock().unwrap().push(target.clone());
                    let server = TcpStream::connect(&target).unwrap();
                    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                    let up = thread::spawn(move || pump(from, to));
                    pump(server, client);
                    up.join().unwrap();
                });
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let _ended = std::io::copy(&mut from, &mut to);
    let _closed = to.shutdown(Shutdown::Both);
}

/// Answers `CONNECT` of somebody with the login `anna:secret`.
fn http(client: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    if !head.contains("Proxy-Authorization: Basic YW5uYTpzZWNyZXQ=\r\n") {
        client
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            .ok()?;
        return None;
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    Some(head.split_whitespace().nth(1)?.to_owned())
}

/// The same as a SOCKS proxy.
fn socks(client: &mut TcpStream) -> Option<String> {
    let mut head = [0; 2];
    client.read_exact(&mut head).ok()?;
    let mut methods = vec![0; usize::from(head[1])];
    client.read_exact(&mut methods).ok()?;
    if !methods.contains(&2) {
        client.write_all(&[5, 0xff]).ok()?;
        return None;
    }
    client.write_all(&[5, 2]).ok()?;
    let mut login = [0; 1 + 1 + 4 + 1 + 6];
    client.read_exact(&mut login).ok()?;
    assert_eq!(&login, b"\x01\x04anna\x06secret");
    client.write_all(&[1, 0]).ok()?;
    let mut request = [0; 4];
    client.read_exact(&mut request).ok()?;
    assert_eq!(request, [5, 1, 0, 1], "an address, since the network is on one");
    let mut address = [0; 6];
    client.read_exact(&mut address).ok()?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    let [a, b, c, d, high, low] = address;
    Some(format!("{a}.{b}.{c}.{d}:{}", u16::from_be_bytes([high, low])))
}

async fn works_through(proxy: &Proxy, address: &str) {
    let world = World::new().await;
    world.gateway.set_proxy(SESSION, Some(address.parse().unwrap()));
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    open.link
        .send(&text("VIA", CUSTOMER, "through the proxy"))
        .await
        .unwrap();
    open.acked("VIA").await;
    world.customer_gets(|message| message.id == "VIA").await;
    let url: url::Url = world.network.ws_url().parse().unwrap();
    let socket = format!("127.0.0.1:{}", url.port().unwrap());
    let before = proxy.asked();
    assert!(
        before.contains(&socket) && before.iter().all(|target| *target == socket),
        "{before:?}"
    );

    let photo = phone::Content::Media(phone::Media {
        kind: MediaKind::Image,
        mime: "image/png".to_owned(),
        bytes: vec![0x5a; 3_000].into(),
        caption: None,
        file_name: None,
        seconds: None,
        thumbnail: None,
    });
    world.network.phones().send(CUSTOMER, BUSINESS, photo).await.unwrap();
    let is_photo = |row: &Inbound| matches!(row.content, Content::Media(_));
    let Content::Media(media) = sink.row("a photo", is_photo).await.content else {
        panic!("a photo")
    };
    let file = tempfile::tempfile().unwrap();
    open.link.download(&media, file.try_clone().unwrap()).await.unwrap();
    assert_eq!(file.metadata().unwrap().len(), 3_000);
    let asked = proxy.asked();
    assert!(
        asked.iter().any(|target| *target != socket),
        "files go through it, too: {asked:?}"
    );
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_connects_through_an_http_proxy() {
    let proxy = Proxy::start(http);
    works_through(&proxy, &format!("http://anna:secret@127.0.0.1:{}", proxy.port)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_connects_through_a_socks_proxy() {
    let proxy = Proxy::start(socks);
    works_through(&proxy, &format!("socks5://anna:secret@127.0.0.1:{}", proxy.port)).await;
}

fn failure(event: &LinkEvent) -> Option<(ProxyTrouble, String)> {
    match event {
        LinkEvent::ProxyFailed { trouble, why, .. } => Some((*trouble, why.clone())),
        _ => None,
    }
}

/// Says that it does not go there, whoever asks.
fn unwilling(client: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").ok()?;
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_gone_or_unwilling_is_told_as_that_and_a_new_one_works() {
    let world = World::new().await;
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let unwilling = Proxy::start(unwilling);
    for (port, expected) in [
        (gone, ProxyTrouble::Unreachable),
        (unwilling.port, ProxyTrouble::Refused),
    ] {
        let address = format!("http://127.0.0.1:{port}");
        world.gateway.set_proxy(SESSION, Some(address.parse().unwrap()));
        let mut open = world.open(&Sink::new()).await;
        let (trouble, why) = open.until("a failed attempt", failure).await;
        assert_eq!(trouble, expected, "{why}");
        open.link.close().await;
    }
    let proxy = Proxy::start(http);
    works_through(&proxy, &format!("http://anna:secret@127.0.0.1:{}", proxy.port)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_refuses_the_login_is_named_and_nothing_goes_around_it() {
    let world = World::new().await;
    let proxy = Proxy::start(http);
    let address = format!("http://anna:wrong@127.0.0.1:{}", proxy.port);
    world.gateway.set_proxy(SESSION, Some(address.parse().unwrap()));
    let connections = world.network.hub().stats_snapshot().connections;
    let mut open = world.open(&Sink::new()).await;
    let told = open.until("a failed attempt", failure).await;
    let (trouble, why) = told;
    assert_eq!(trouble, ProxyTrouble::Login);
    assert!(why.contains("407") && !why.contains("wrong"), "{why}");
    assert_eq!(world.network.hub().stats_snapshot().connections, connections);
    world.end(open).await;
}
