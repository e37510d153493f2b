//! Known devices: where a person has logged in before.
//!
//! A browser keeps a cookie for longer than any login, so that it is recognised in another network; without the
//! cookie, the same kind of browser in the same network is recognised, too. Either is enough: too frequent alerts are
//! ignored. While strangers guess at the account, a known device is not throttled: see the throttle.

use std::net::IpAddr;
use std::time::Duration;

use rusqlite::Connection;

use super::agent::Agent;
use super::{VisitingBrowser, store};
use crate::accounts::model::Email;
use crate::accounts::throttle::Guesser;
use crate::clock::UnixMs;
use crate::crypto;
use crate::db;
use crate::ids::UserId;

/// A device that has not logged in for this long is deleted, unless it is the person's last.
const MEMORY: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Whether a log-in's device is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::accounts) enum Familiarity {
    /// Nobody has logged in to this account before.
    First,
    Known,
    New,
}

/// Stores the device, and returns what it was before.
pub(in crate::accounts) fn meet_in(
    tx: &Connection,
    user: UserId,
    browser: &VisitingBrowser,
    now: UnixMs,
) -> db::Result<Familiarity> {
    store::forget_devices(tx, now.minus(MEMORY))?;
    let prints = fingerprints(browser);
    let before = store::devices_known(tx, user, &prints)?;
    for print in &prints {
        store::put_device(tx, user, print, now)?;
    }
    Ok(match before {
        (0, _) => Familiarity::First,
        (_, 0) => Familiarity::New,
        _ => Familiarity::Known,
    })
}

/// Who the browser's guesses count for. A device counts as known only if the owner has logged in on it.
pub(in crate::accounts) fn guesser(c: &Connection, email: &Email, browser: &VisitingBrowser) -> db::Result<Guesser> {
    if let Some(print) = device_print(browser)
        && store::knows_device(c, email, &print)?
    {
        return Ok(Guesser::Device(print));
    }
    let print = network_print(browser);
    Ok(if store::knows_device(c, email, &print)? {
        Guesser::Neighbour(browser.address, print)
    } else {
        Guesser::Stranger(browser.address)
    })
}

fn fingerprints(browser: &VisitingBrowser) -> Vec<Vec<u8>> {
    device_print(browser)
        .into_iter()
        .chain([network_print(browser)])
        .collect()
}

fn device_print(browser: &VisitingBrowser) -> Option<Vec<u8>> {
    let family = Agent::of(&browser.agent).family();
    let token = browser.device.as_ref()?;
    Some(crypto::hash_token(&format!("device\n{token}\n{family}")))
}

fn network_print(browser: &VisitingBrowser) -> Vec<u8> {
    let family = Agent::of(&browser.agent).family();
    crypto::hash_token(&format!("network\n{}\n{family}", network_of(browser.address)))
}

/// The network of an access point or a provider's customer: /24 of IPv4, /64 of IPv6.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            IpAddr::from([a, b, c, 0])
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_network() {
        let same = |a: &str, b: &str| network_of(a.parse().unwrap()) == network_of(b.parse().unwrap());
        assert!(same("192.0.2.7", "192.0.2.200") && same("::ffff:192.0.2.7", "192.0.2.9"));
        assert!(!same("192.0.2.7", "192.0.3.7"));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9") && !same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    }
}
