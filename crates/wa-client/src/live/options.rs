//! The address and identity of a live gateway, and which addresses a build refuses.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use super::seeded::SeededPairing;
use crate::WebVersion;

/// This build has the feature `test-network`: it trusts any server, and therefore connects to loopback only.
pub const TEST_NETWORK: bool = cfg!(feature = "test-network");

/// This build may not connect to the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    #[error(
        "this is a test-network build: it does not check WhatsApp's certificate and connects to 127.0.0.1 or [::1] \
         only. Give a ws:// address on loopback, or use the normal build"
    )]
    TestBuildNeedsLoopback,
    #[error(
        "only WhatsApp's own address or a ws:// address on 127.0.0.1 or [::1] is allowed: use the simulated network \
         of `demo`, or leave the address out"
    )]
    NotLoopback,
}

/// Settings shared by all sessions of a [`super::LiveGateway`].
#[derive(Clone)]
pub struct LiveOptions {
    /// `None`: WhatsApp's own address. `Some`: a simulated network on loopback, for example
    /// `ws://127.0.0.1:8090/ws/chat`.
    pub url: Option<Url>,
    /// The name that the phone shows under "Linked devices".
    pub device_name: String,
    /// One-time keys per upload; `None` keeps WhatsApp Web's 812. Fewer make linking faster and sessions smaller.
    pub pre_key_count: Option<usize>,
    /// Use plain http for media hosts on loopback; other hosts are not affected.
    pub media_plain_http: bool,
    /// Pair by a record that the simulated network issues, instead of on the wire (the demo in a normal build).
    pub seeded: Option<Arc<dyn SeededPairing>>,
    /// A send that takes longer is reported as timed out. The first message to a contact needs several round trips.
    pub send_timeout: Duration,
    /// The version that clients name themselves as; `None` takes the one of WhatsApp's own page.
    pub version: Option<WebVersion>,
    /// Where that page is; `None` is WhatsApp's own, and on a simulated network none at all.
    pub version_page: Option<Url>,
    /// Store the history that the phone offers after pairing.
    pub history: bool,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            url: None,
            device_name: "WhatsApp Manager Pro".to_owned(),
            pre_key_count: None,
            media_plain_http: false,
            seeded: None,
            send_timeout: Duration::from_secs(45),
            version: None,
            version_page: None,
            history: true,
        }
    }
}

impl LiveOptions {
    /// Checks whether this build may connect to the address.
    ///
    /// # Errors
    /// [`AddressRefused`] for anything but loopback, and in a test build also for WhatsApp's own address.
    pub fn check(&self) -> Result<(), AddressRefused> {
        check_address(self.url.as_ref(), TEST_NETWORK)
    }
}

fn check_address(url: Option<&Url>, test_network: bool) -> Result<(), AddressRefused> {
    let allowed = match url {
        None => !test_network,
        Some(url) => url.scheme() == "ws" && is_loopback(url),
    };
    match (allowed, test_network) {
        (true, _) => Ok(()),
        (false, true) => Err(AddressRefused::TestBuildNeedsLoopback),
        (false, false) => Err(AddressRefused::NotLoopback),
    }
}

/// Whether the host of `url` is a loopback address, without a DNS lookup.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        // A name is not an address: a resolver may map "localhost" to anything.
        Some(Host::Domain(_)) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_test_build_refuses_everything_but_loopback() {
        for refused in [
            "ws://192.0.2.1:80/ws/chat",
            "wss://web.whatsapp.com/ws/chat",
            "ws://localhost:1/ws/chat",
        ] {
            assert_eq!(
                check_address(Some(&url(refused)), true),
                Err(AddressRefused::TestBuildNeedsLoopback)
            );
        }
        assert_eq!(check_address(None, true), Err(AddressRefused::TestBuildNeedsLoopback));
        assert_eq!(check_address(Some(&url("ws://127.0.0.1:8090/ws/chat")), true), Ok(()));
    }

    #[test]
    fn a_normal_build_talks_to_whatsapp_or_to_loopback() {
        assert_eq!(check_address(None, false), Ok(()));
        assert_eq!(check_address(Some(&url("ws://[::1]:8090/ws/chat")), false), Ok(()));
        assert_eq!(
            check_address(Some(&url("ws://203.0.113.7/ws/chat")), false),
            Err(AddressRefused::NotLoopback)
        );
    }
}
