//! The client's address.
//!
//! It is the socket's peer, unless that is a reverse proxy that the operator trusts: then it is the nearest address
//! that the proxies report and that is not itself a trusted proxy. Addresses further left were written by the client
//! and are never trusted.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Data;
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

/// Networks whose headers are trusted; provided as `Data<TrustedProxies>`.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    #[must_use]
    pub fn new(nets: &[IpNet]) -> Self {
        Self(nets.into())
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// The machine that made the request, as far as trusted proxies report it.
///
/// Without a socket (a test) all callers share one address, so limits err on the strict side.
#[must_use]
pub fn client_address(req: &HttpRequest) -> IpAddr {
    let peer = req
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
    match req.app_data::<Data<TrustedProxies>>() {
        Some(trusted) => behind(trusted, peer, req.headers()),
        None => peer,
    }
}

fn behind(trusted: &TrustedProxies, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !trusted.has(peer) {
        return peer;
    }
    let by_list = hops(headers, &X_FORWARDED_FOR, listed);
    let by_pairs = hops(headers, &FORWARDED, forwarded);
    match (by_list.is_empty(), by_pairs.is_empty()) {
        (true, true) => peer,
        (false, true) => nearest(trusted, peer, &by_list),
        (true, false) => nearest(trusted, peer, &by_pairs),
        // A proxy sets one of the two headers and passes the other on as the client wrote it. If they agree it does not
        // matter; if not, one of them is forged.
        (false, false) => {
            let (one, other) = (nearest(trusted, peer, &by_list), nearest(trusted, peer, &by_pairs));
            if one == other { one } else { peer }
        }
    }
}

/// Walks from the server towards the client to the first hop that is not a trusted proxy.
fn nearest(trusted: &TrustedProxies, peer: IpAddr, hops: &[Option<IpAddr>]) -> IpAddr {
    let mut last = peer;
    for hop in hops.iter().rev() {
        // An obscured hop ends the trusted chain.
        let Some(address) = hop else { return last };
        last = *address;
        if !trusted.has(last) {
            return last;
        }
    }
    last
}

/// All members of a header's lines in order; `None` for one that is not an address.
fn hops(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Option<IpAddr>) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).map(|line| line.to_str().unwrap_or("?"));
    lines.flat_map(|line| line.split(',')).map(read).collect()
}

fn listed(member: &str) -> Option<IpAddr> {
    address(member.trim())
}

/// `for=192.0.2.60;proto=http`, `For="[2001:db8::17]:4711"`.
fn forwarded(member: &str) -> Option<IpAddr> {
    member.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let node = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("for").then(|| address(node))?
    })
}

/// With or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// The client's address when `peer` connects with these headers and 10.0.0.0/8 and ::1 are trusted.
    fn client(peer: &str, headers: &[(&str, &str)]) -> String {
        let nets = ["10.0.0.0/8", "::1/128"].map(|net| net.parse().unwrap());
        let mut request = TestRequest::default()
            .app_data(Data::new(TrustedProxies::new(&nets)))
            .peer_addr(SocketAddr::new(peer.parse().unwrap(), 4711));
        for header in headers {
            request = request.append_header(*header);
        }
        client_address(&request.to_http_request()).to_string()
    }

    #[test]
    fn headers_of_an_untrusted_peer_are_ignored() {
        for header in ["x-forwarded-for", "forwarded"] {
            assert_eq!(client("203.0.113.9", &[(header, "198.51.100.1")]), "203.0.113.9");
        }
        assert_eq!(client("::ffff:203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn the_nearest_untrusted_hop_is_the_client() {
        let chain = "1.1.1.1, 198.51.100.7, 10.0.0.2";
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", chain)]), "198.51.100.7");
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(client("10.0.0.1", &lines), "198.51.100.7");
        let inside = [("x-forwarded-for", "10.0.0.3, 10.0.0.2")];
        assert_eq!(client("10.0.0.1", &inside), "10.0.0.3");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn both_spellings_and_ports_are_understood() {
        let pairs = r#"for=1.1.1.1, For="[2001:db8::17]:4711";proto=https;by=10.0.0.1"#;
        assert_eq!(client("::1", &[("forwarded", pairs)]), "2001:db8::17");
        assert_eq!(
            client("::1", &[("x-forwarded-for", "198.51.100.7:1234")]),
            "198.51.100.7"
        );
        assert_eq!(client("::1", &[("x-forwarded-for", "2001:db8::1")]), "2001:db8::1");
    }

    #[test]
    fn a_hop_that_is_not_an_address_ends_the_trusted_chain() {
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "198.51.100.7, unknown")]),
            "10.0.0.1"
        );
        assert_eq!(
            client(
                "10.0.0.1",
                &[("forwarded", "for=198.51.100.7, for=_hidden, for=10.0.0.5")]
            ),
            "10.0.0.5"
        );
    }

    #[test]
    fn a_forged_header_passed_on_by_the_proxy_is_ignored() {
        let spoofed = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(client("10.0.0.1", &spoofed), "10.0.0.1");
        let agreeing = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.7")];
        assert_eq!(client("10.0.0.1", &agreeing), "198.51.100.7");
    }
}
