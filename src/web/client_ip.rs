//! Where a request comes from.
//!
//! The other end of the socket, unless that is a reverse proxy that the operator trusts: then the nearest address that
//! the proxies report and that is not a trusted proxy itself. What stands further left was written by whoever sent the
//! request and is never believed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Data;
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

/// Networks whose word is taken; provided as `Data<TrustedProxies>`.
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

/// The machine that made the request, as far as anybody whom we trust knows.
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
        // A proxy keeps one of the two and passes the other on as the client wrote it. Where they agree it does not
        // matter; where they do not, one of them is a lie.
        (false, false) => {
            let (one, other) = (nearest(trusted, peer, &by_list), nearest(trusted, peer, &by_pairs));
            if one == other { one } else { peer }
        }
    }
}

/// Walks from us towards the client until somebody is not one of our proxies.
fn nearest(trusted: &TrustedProxies, peer: IpAddr, hops: &[Option<IpAddr>]) -> IpAddr {
    let mut last = peer;
    for hop in hops.iter().rev() {
        // A hop that hides itself ends what can be known.
        let Some(address) = hop else { return last };
        last = *address;
        if !trusted.has(last) {
            return last;
        }
    }
    last
}

/// All members of a header's lines in order, each an address or something that is none.
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

    /// What is taken for the client when `peer` connects with these headers and 10.0.0.0/8 and ::1 are trusted.
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
    fn whoever_is_no_trusted_proxy_is_taken_for_itself_whatever_it_says() {
        for header in ["x-forwarded-for", "forwarded"] {
            assert_eq!(client("203.0.113.9", &[(header, "198.51.100.1")]), "203.0.113.9");
        }
        assert_eq!(client("::ffff:203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn the_nearest_hop_that_is_no_proxy_of_ours_is_the_client() {
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
    fn what_is_no_address_ends_what_can_be_known() {
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
    fn a_header_that_the_proxy_passed_on_unread_does_not_win() {
        let spoofed = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(client("10.0.0.1", &spoofed), "10.0.0.1");
        let agreeing = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.7")];
        assert_eq!(client("10.0.0.1", &agreeing), "198.51.100.7");
    }
}
