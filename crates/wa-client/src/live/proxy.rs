//! Connections through a proxy: the socket to WhatsApp, and the files.
//!
//! Names are resolved by the proxy, so this machine asks nobody for WhatsApp's addresses. The handshakes are blocking
//! code over any stream: a handful of bytes each way.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_websockets::ClientBuilder;
use ureq::http::{HeaderValue, Uri, header};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, NextTimeout, RustlsConnector, TcpConnector, Transport as HttpTransport,
    TransportAdapter,
};
use ureq::{Agent, config::Config};
use url::Url;
use wacore::net::{Transport, TransportEvent, TransportFactory, WHATSAPP_WEB_ORIGIN, WHATSAPP_WEB_WS_URL};
use whatsapp_rust::async_channel::Receiver;
use whatsapp_rust_tokio_transport::{default_tls_connector, from_websocket};

use crate::{Proxy, ProxyKind, ProxyTrouble};

const CONNECTS_WITHIN: Duration = Duration::from_secs(6);
/// A proxy that takes longer for a step of its handshake is not there. Both together are less than the time that an
/// attempt has, so that it is the proxy which is named.
const STEP_WITHIN: Duration = Duration::from_secs(8);
/// The longest answer to `CONNECT` that is read.
const MAX_HEAD: usize = 8 * 1024;

/// Why a proxy did not open a connection.
#[derive(Debug)]
pub(super) struct ProxyFailure {
    pub trouble: ProxyTrouble,
    why: String,
}

impl fmt::Display for ProxyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for ProxyFailure {}

impl From<io::Error> for ProxyFailure {
    /// Whatever is not its own answer means that it is not there.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(answered) => answered,
            Err(error) => Self {
                trouble: ProxyTrouble::Unreachable,
                why: format!("the proxy does not answer: {error}"),
            },
        }
    }
}

/// Opens a stream to `host` through the proxy.
fn dial(proxy: &Proxy, host: &str, port: u16) -> Result<TcpStream, ProxyFailure> {
    let mut last = io::Error::other("its name has no address");
    for address in (proxy.host.as_str(), proxy.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECTS_WITHIN) {
            Ok(mut stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(STEP_WITHIN))?;
                stream.set_write_timeout(Some(STEP_WITHIN))?;
                shake_hands(&mut stream, proxy, host, port)?;
                stream.set_read_timeout(None)?;
                stream.set_write_timeout(None)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last.into())
}

fn shake_hands(stream: &mut (impl Read + Write), proxy: &Proxy, host: &str, port: u16) -> io::Result<()> {
    match proxy.kind {
        ProxyKind::Http => connect(stream, proxy, host, port),
        ProxyKind::Socks5 => socks5(stream, proxy, host, port),
    }
}

fn answered(trouble: ProxyTrouble, why: impl Into<String>) -> io::Error {
    let why = why.into();
    io::Error::other(ProxyFailure { trouble, why })
}

fn refused(why: impl Into<String>) -> io::Error {
    answered(ProxyTrouble::Refused, why)
}

fn no_login(why: &str) -> io::Error {
    answered(ProxyTrouble::Login, why)
}

/// RFC 9110, 9.3.6.
fn connect(stream: &mut (impl Read + Write), proxy: &Proxy, host: &str, port: u16) -> io::Result<()> {
    let target = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(login) = &proxy.login {
        let pair = STANDARD.encode(format!("{}:{}", login.user, login.password));
        head.push_str(&format!("Proxy-Authorization: Basic {pair}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.flush()?;
    // Byte by byte: what follows the head belongs to the tunnel.
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        answer.push(byte[0]);
        if answer.len() > MAX_HEAD {
            return Err(refused("the proxy's answer is too long"));
        }
    }
    let text = String::from_utf8_lossy(&answer);
    let status = text
        .split_whitespace()
        .nth(1)
        .and_then(|status| status.parse::<u16>().ok());
    match status {
        Some(200..=299) => Ok(()),
        Some(407) => Err(no_login("the proxy does not accept the user name and password (407)")),
        Some(status) => Err(refused(format!("the proxy refuses to connect ({status})"))),
        None => Err(refused("the proxy does not answer as an HTTP proxy does")),
    }
}

/// RFC 1928 and 1929.
fn socks5(stream: &mut (impl Read + Write), proxy: &Proxy, host: &str, port: u16) -> io::Result<()> {
    const NO_LOGIN: u8 = 0;
    const WITH_LOGIN: u8 = 2;
    let offers: &[u8] = match proxy.login {
        Some(_) => &[5, 2, NO_LOGIN, WITH_LOGIN],
        None => &[5, 1, NO_LOGIN],
    };
    stream.write_all(offers)?;
    stream.flush()?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen)?;
    match (chosen, &proxy.login) {
        ([5, NO_LOGIN], _) => {}
        ([5, WITH_LOGIN], Some(login)) => {
            let mut packet = vec![1];
            for part in [&login.user, &login.password] {
                packet.push(u8::try_from(part.len()).map_err(|_| refused("the proxy's login is too long"))?);
                packet.extend_from_slice(part.as_bytes());
            }
            stream.write_all(&packet)?;
            stream.flush()?;
            let mut verdict = [0; 2];
            stream.read_exact(&mut verdict)?;
            if verdict[1] != 0 {
                return Err(no_login("the proxy does not accept the user name and password"));
            }
        }
        ([5, _], _) => return Err(no_login("the proxy asks for a login that was not given")),
        _ => return Err(refused("the proxy does not answer as a SOCKS proxy does")),
    }
    let mut packet = vec![5, 1, 0];
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            packet.push(1);
            packet.extend_from_slice(&ip.octets());
        }
        Ok(IpAddr::V6(ip)) => {
            packet.push(4);
            packet.extend_from_slice(&ip.octets());
        }
        Err(_name) => {
            packet.push(3);
            packet.push(u8::try_from(host.len()).map_err(|_| refused("the name is too long"))?);
            packet.extend_from_slice(host.as_bytes());
        }
    }
    packet.extend_from_slice(&port.to_be_bytes());
    stream.write_all(&packet)?;
    stream.flush()?;
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    if head[1] != 0 {
        return Err(refused(format!("the proxy refuses to connect (SOCKS {})", head[1])));
    }
    // The address that the proxy uses, which tells us nothing.
    let length = match head[3] {
        1 => 4,
        4 => 16,
        3 => {
            let mut length = [0];
            stream.read_exact(&mut length)?;
            usize::from(length[0])
        }
        _ => return Err(refused("the proxy does not answer as a SOCKS proxy does")),
    };
    stream.read_exact(&mut vec![0; length + 2])
}

/// Opens the socket to WhatsApp.
pub(super) struct ProxiedFactory {
    proxy: Proxy,
    url: String,
}

impl ProxiedFactory {
    pub(super) fn new(proxy: Proxy, url: Option<&Url>) -> Self {
        let url = url.map_or(WHATSAPP_WEB_WS_URL, Url::as_str).to_owned();
        Self { proxy, url }
    }
}

#[async_trait]
impl TransportFactory for ProxiedFactory {
    async fn create_transport(&self) -> anyhow::Result<(Arc<dyn Transport>, Receiver<TransportEvent>)> {
        let uri: Uri = self.url.parse()?;
        let host = uri.host().context("the address names no host")?.to_owned();
        let tls = uri.scheme_str() == Some("wss");
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let (proxy, target) = (self.proxy.clone(), host.clone());
        let stream = tokio::task::spawn_blocking(move || dial(&proxy, target.trim_matches(['[', ']']), port)).await??;
        stream.set_nonblocking(true)?;
        let stream = tokio::net::TcpStream::from_std(stream)?;
        let origin = HeaderValue::from_static(WHATSAPP_WEB_ORIGIN);
        let builder = ClientBuilder::from_uri(uri).add_header(header::ORIGIN, origin)?;
        if tls {
            let stream = default_tls_connector().wrap(&host, stream).await?;
            Ok(from_websocket(builder.connect_on(stream).await?.0))
        } else {
            Ok(from_websocket(builder.connect_on(stream).await?.0))
        }
    }
}

/// An agent whose every connection goes through the proxy.
pub(super) fn agent(config: Config, proxy: Proxy) -> Agent {
    let proxy = Arc::new(proxy);
    let connector =
        ().chain(TcpConnector::default())
            .chain(Tunnel(Arc::clone(&proxy)))
            .chain(RustlsConnector::default());
    Agent::with_parts(config, connector, ToProxy(proxy))
}

/// Every name leads to the proxy, which resolves it itself.
#[derive(Debug)]
struct ToProxy(Arc<Proxy>);

impl Resolver for ToProxy {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        for address in (self.0.host.as_str(), self.0.port).to_socket_addrs()?.take(8) {
            found.push(address);
        }
        if found.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(found)
    }
}

/// Asks the proxy for a tunnel to the host of the request.
#[derive(Debug)]
struct Tunnel(Arc<Proxy>);

impl<In: HttpTransport> Connector<In> for Tunnel {
    type Out = In;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<In>, ureq::Error> {
        let Some(transport) = chained else { return Ok(None) };
        let host = details.uri.host().ok_or(ureq::Error::HostNotFound)?;
        let tls = details.uri.scheme_str() == Some("https");
        let port = details.uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let mut stream = TransportAdapter::new(transport, Arc::clone(&details.current_time));
        stream.set_timeout(details.timeout);
        shake_hands(&mut stream, &self.0, host.trim_matches(['[', ']']), port)?;
        Ok(Some(stream.into_inner()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream with a script of the proxy's answers.
    struct Script {
        answers: io::Cursor<Vec<u8>>,
        asked: Vec<u8>,
    }

    impl Read for Script {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.answers.read(into)
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.asked.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn ask(proxy: &str, answers: &[u8]) -> (io::Result<()>, Vec<u8>, usize) {
        let mut script = Script {
            answers: io::Cursor::new(answers.to_vec()),
            asked: Vec::new(),
        };
        let result = shake_hands(&mut script, &proxy.parse().unwrap(), "web.whatsapp.com", 443);
        let left = answers.len() - usize::try_from(script.answers.position()).unwrap();
        (result, script.asked, left)
    }

    #[test]
    fn a_tunnel_is_asked_for_and_what_follows_it_is_left_alone() {
        let (result, asked, left) = ask(
            "http://u:p@proxy:3128",
            b"HTTP/1.1 200 Established\r\nVia: x\r\n\r\n\x16\x03",
        );
        result.unwrap();
        let asked = String::from_utf8(asked).unwrap();
        assert!(asked.starts_with("CONNECT web.whatsapp.com:443 HTTP/1.1\r\nHost: web.whatsapp.com:443\r\n"));
        assert!(asked.contains("Proxy-Authorization: Basic dTpw\r\n"), "{asked}");
        assert_eq!(left, 2);
        let (refused, ..) = ask("http://proxy:3128", b"HTTP/1.1 407 No\r\n\r\n");
        assert!(refused.unwrap_err().to_string().contains("407"));
    }

    #[test]
    fn socks_names_the_host_and_logs_in_where_it_is_asked_to() {
        let ok = [5, 2, 1, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80];
        let (result, asked, left) = ask("socks5://u:pw@proxy:1080", &ok);
        result.unwrap();
        let mut expected = vec![5, 2, 0, 2, 1, 1, b'u', 2, b'p', b'w', 5, 1, 0, 3, 16];
        expected.extend_from_slice(b"web.whatsapp.com");
        expected.extend_from_slice(&443_u16.to_be_bytes());
        assert_eq!((asked, left), (expected, 0));
        for answers in [&[5, 0xff][..], &[4, 0], &[5, 0, 5, 5, 0, 1], &[5]] {
            assert!(ask("socks5://proxy:1080", answers).0.is_err(), "{answers:?}");
        }
    }
}
