//! Configuration: what the operator typed, in flags, the environment and a file, made into one checked [`Config`].
//!
//! Two stages. [`RawConfig`] holds every option as text with the place it came from (flag > environment > file >
//! default); [`check`] turns all of them into ready values and reports everything that is wrong at once. One table,
//! [`options::OPTIONS`], gives each option its flag, its variable, its TOML key, its default and its help.
//!
//! Invariants
//! - A key nobody knows is an error, wherever it was written: a misspelt option must never be silently ignored.
//! - A secret is never printed and cannot be given as a flag, where every user of the machine could read it.
//! - Nothing here is a global: `app` and `operator` receive the [`Config`] as a value.

mod billing;
mod check;
mod error;
mod file;
mod mail;
pub mod master_key;
pub mod options;
mod print;
mod raw;
mod secret;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use url::Url;

pub use billing::{BillingConfig, RazorpayConfig, StripeConfig};
pub use check::check;
pub use error::{ConfigErrors, Problem};
pub use mail::{MailConfig, Smtp, SmtpLogin, SmtpSecurity};
pub use print::Shown;
pub use raw::{Origin, RawConfig, Sources};
pub use secret::Secret;

/// Whether this is a test build: any server on loopback is trusted, every other address is refused.
pub use wa_client::live::TEST_NETWORK;

/// Everything `serve` and the other commands need to know, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Holds both databases, the lock, the control socket and, unless told otherwise, the master key.
    pub data_dir: PathBuf,
    pub listen: SocketAddr,
    /// Where people reach the pages; `None` means: at the address that is listened on.
    pub public_url: Option<Url>,
    pub log: Log,
    pub master_key: MasterKeySource,
    /// A server other than WhatsApp's own; loopback only.
    pub whatsapp_url: Option<Url>,
    /// What the owner's phone shows in its list of linked devices.
    pub device_name: String,
    /// Web worker threads.
    pub workers: usize,
    /// One-time keys that each linked number keeps at the server.
    pub prekeys: u32,
    pub mail: MailConfig,
    /// Only these are believed when they say where a request came from.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins (`https://shop.example`) of pages that may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// Requests that one API key may make in a minute.
    pub rate_limit: u32,
    pub billing: BillingConfig,
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

/// Where the key that seals the databases' secrets is found.
#[derive(Clone)]
pub enum MasterKeySource {
    /// The text itself, from `WAMANAGER_MASTER_KEY`.
    Given(zeroize::Zeroizing<String>),
    /// A file that must exist.
    File(PathBuf),
    /// Handed over by systemd (`LoadCredential=master-key:…`), which guards the permissions itself.
    Credential(PathBuf),
    /// `<data-dir>/master.key`, made at the first start.
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

    /// The address people type, given the one that is really listened on (port 0 picks any).
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

    /// Cookies are for https only where people come by https.
    #[must_use]
    pub fn secure_cookies(&self) -> bool {
        self.https_url().is_some()
    }

    /// Where people come by https, if they do.
    #[must_use]
    pub fn https_url(&self) -> Option<Url> {
        self.public_url.clone().filter(|url| url.scheme() == "https")
    }

    /// The address for a browser on this machine, where that is another than the public one: it works before the
    /// proxy does. Browsers keep cookies that are for https only there, too.
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
