//! A proxy that a number connects through.

use std::fmt;
use std::str::FromStr;

use url::Url;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProxyKind {
    /// An HTTP proxy that opens a tunnel when it is asked to `CONNECT`.
    Http,
    Socks5,
}

/// Where a proxy is, and how it lets us in. Neither is in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub kind: ProxyKind,
    pub host: String,
    pub port: u16,
    pub login: Option<ProxyLogin>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct ProxyLogin {
    pub user: String,
    pub password: String,
}

/// What a proxy did not do for a number that connects through it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProxyTrouble {
    /// Nobody answers there, or its name has no address.
    Unreachable,
    /// It does not accept the user name and password, or wants some.
    Login,
    /// It answers, and opens no connection to WhatsApp.
    Refused,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProxyError {
    #[error(
        "a proxy is written as http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ before HOST if it asks for it"
    )]
    NotAnAddress,
    #[error("only proxies of the kinds http and socks5 can be used")]
    Kind,
    #[error("the proxy's port is missing")]
    NoPort,
    /// SOCKS has one byte for the length of each.
    #[error("the proxy's user name or password is longer than 255 bytes")]
    TooLong,
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let text = text.trim();
        let url = Url::parse(text).map_err(|_| ProxyError::NotAnAddress)?;
        let (kind, usual) = match url.scheme() {
            "http" => (ProxyKind::Http, Some(80)),
            // The second form leaves names to the proxy; here they always are.
            "socks5" | "socks5h" => (ProxyKind::Socks5, Some(1080)),
            _ => return Err(ProxyError::Kind),
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(ProxyError::NotAnAddress)?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyError::NotAnAddress);
        }
        let port = match url.port() {
            Some(port) => port,
            // A URL drops the port that its scheme has anyway.
            None if text.trim_end_matches('/').ends_with(":80") => 80,
            None => usual.filter(|_| kind == ProxyKind::Socks5).ok_or(ProxyError::NoPort)?,
        };
        let plain = |text: &str| percent_decoded(text).ok_or(ProxyError::NotAnAddress);
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some(ProxyLogin {
                user: plain(user)?,
                password: plain(password.unwrap_or_default())?,
            }),
        };
        if login
            .as_ref()
            .is_some_and(|login| login.user.len() > 255 || login.password.len() > 255)
        {
            return Err(ProxyError::TooLong);
        }
        Ok(Self {
            kind,
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port,
            login,
        })
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

impl Proxy {
    /// Without user name and password.
    #[must_use]
    pub fn shown(&self) -> String {
        let scheme = match self.kind {
            ProxyKind::Http => "http",
            ProxyKind::Socks5 => "socks5",
        };
        if self.host.contains(':') {
            format!("{scheme}://[{}]:{}", self.host, self.port)
        } else {
            format!("{scheme}://{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_with_its_login() {
        let proxy: Proxy = " socks5://anna:p%40ss@proxy.example:1081 ".parse().unwrap();
        assert_eq!(
            (proxy.kind, proxy.host.as_str(), proxy.port),
            (ProxyKind::Socks5, "proxy.example", 1081)
        );
        let login = proxy.login.as_ref().unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("anna", "p@ss"));
        assert_eq!(proxy.shown(), "socks5://proxy.example:1081");
        assert!(!format!("{proxy:?}").contains("p@ss"));
        for (text, port) in [
            ("http://10.0.0.1:80", 80),
            ("http://[::1]:3128/", 3128),
            ("socks5h://p.example", 1080),
        ] {
            assert_eq!(text.parse::<Proxy>().unwrap().port, port, "{text}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        for (text, error) in [
            ("", ProxyError::NotAnAddress),
            ("proxy.example:3128", ProxyError::Kind),
            ("https://proxy.example:443", ProxyError::Kind),
            ("http://proxy.example", ProxyError::NoPort),
            ("http://proxy.example:3128/path", ProxyError::NotAnAddress),
        ] {
            assert_eq!(text.parse::<Proxy>(), Err(error), "{text}");
        }
        let long = format!("socks5://{}:x@p.example:1", "u".repeat(256));
        assert_eq!(long.parse::<Proxy>(), Err(ProxyError::TooLong));
    }
}
