//! Configuration: flags, environment and file become one checked [`Config`].
//!
//! Two stages. [`RawConfig`] holds every option as text with its source (flag > environment > file >
//! default); [`check`] turns all of them into typed values and reports all errors at once. One table,
//! [`options::OPTIONS`], gives each option its flag, its variable, its TOML key, its default and its help.
//!
//! Invariants
//! - An unknown key is an error, wherever it was written: a misspelt option must never be silently ignored.
//! - A secret is never printed and cannot be given as a flag, which every user of the machine could read.
//! - Nothing here is a global: `app` and `operator` receive the [`Config`] as a value.

mod billing;
mod check;
mod error;
mod file;
mod mail;
pub mod master_key;
mod media;
pub mod options;
mod print;
mod raw;
mod secret;
#[cfg(test)]
mod testing;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use url::Url;
use wa_client::WebVersion;

pub use billing::{BillingConfig, RazorpayConfig, StripeConfig};
pub use check::check;
pub use error::{ConfigErrors, Problem};
pub use mail::{MailConfig, Smtp, SmtpLogin, SmtpSecurity};
pub use media::{Clamd, MediaConfig, S3Config};
pub use print::Shown;
pub use raw::{Origin, RawConfig, Sources};
pub use secret::Secret;

/// Whether this is a test build: any server on loopback is trusted, every other address is refused.
pub use wa_client::live::TEST_NETWORK;

/// Everything that `serve` and the other commands need, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Contains both databases, the lock, the control socket and, by default, the master key.
    pub data_dir: PathBuf,
    pub listen: SocketAddr,
    /// The public address of the pages; `None` means the listen address.
    pub public_url: Option<Url>,
    pub log: Log,
    pub master_key: MasterKeySource,
    /// A server other than WhatsApp's own; loopback only.
    pub whatsapp_url: Option<Url>,
    /// The version of WhatsApp Web that clients name; `None` takes the one of WhatsApp's own page.
    pub whatsapp_version: Option<WebVersion>,
    /// The device name in the phone's list of linked devices.
    pub device_name: String,
    /// Web worker threads.
    pub workers: usize,
    /// One-time keys that each linked number keeps on the server.
    pub prekeys: u32,
    pub mail: MailConfig,
    /// Proxies whose headers about the client's address are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins (`https://shop.example`) of pages that may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// Requests that one API key may make in a minute.
    pub rate_limit: u32,
    pub billing: BillingConfig,
    pub media: MediaConfig,
    /// Daily backups that are kept.
    pub backup_keep: u32,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    /// A level, or directives as `tracing` knows them: `info,wamanager=debug`.
    pub level: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    Text,
    Json,
}

/// Where to find the key that seals the databases' secrets.
#[derive(Clone)]
pub enum MasterKeySource {
    /// The text itself, from `WAMANAGER_MASTER_KEY`.
    Given(zeroize::Zeroizing<String>),
    /// A file that must exist.
    File(PathBuf),
    /// Provided by systemd (`LoadCredential=master-key:…`), which protects it itself.
    Credential(PathBuf),
    /// `<data-dir>/master.key`, created at the first start.
    Own(PathBuf),
}

impl std::fmt::Debug for MasterKeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given(_) => f.write_str("Given(hidden)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Credential(path) => f.debug_tuple("Credential").field(path).finish(),
            Self::Own(path) => f.debug_tuple("Own").field(path).finish(),
        }
    }
}

impl Config {
    /// Reads and checks everything.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        check(&RawConfig::collect(sources)?)
    }

    /// The public address, given the actual listen address (port 0 picks any).
    #[must_use]
    pub fn base_url(&self, bound: SocketAddr) -> Url {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        let mut shown = bound;
        if bound.ip().is_unspecified() {
            shown.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{shown}/")
            .parse()
            .expect("a socket address makes a valid URL")
    }

    /// Cookies are https-only where the site is reached by https.
    #[must_use]
    pub fn secure_cookies(&self) -> bool {
        self.https_url().is_some()
    }

    /// The public address, if it is https.
    #[must_use]
    pub fn https_url(&self) -> Option<Url> {
        self.public_url.clone().filter(|url| url.scheme() == "https")
    }

    /// The address for a browser on this machine, if different from the public one: it works before the
    /// proxy does. Browsers store https-only cookies there, too.
    #[must_use]
    pub fn local_url(&self, bound: SocketAddr) -> Option<Url> {
        self.public_url.as_ref()?;
        let here = bound.ip().is_unspecified() || bound.ip().is_loopback();
        here.then(|| format!("http://localhost:{}/", bound.port()).parse().ok())?
    }

    #[must_use]
    pub fn app_db(&self) -> PathBuf {
        self.data_dir.join("app.db")
    }

    #[must_use]
    pub fn wa_db(&self) -> PathBuf {
        self.data_dir.join("wa.db")
    }

    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        control_socket(&self.data_dir)
    }
}

/// The Unix socket by which the command line reaches a running server.
#[must_use]
pub fn control_socket(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}
