//! Sends mail: through a mail server, or into files.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::config::{Smtp, SmtpSecurity};
use crate::ids::PublicId;

/// A server that does not respond for this long is unreachable.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The number of mails that the lane delivers at once.
const CONNECTIONS: u32 = 4;

/// Delivers mail. Cheap to clone.
#[derive(Clone)]
pub struct MailTransport {
    server: Option<AsyncSmtpTransport<Tokio1Executor>>,
    /// The directory with a file per mail, where there is no server.
    dir: PathBuf,
}

/// Why a mail was not sent, without addresses.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TransportError {
    /// May work later.
    #[error("{0}")]
    Later(String),
    /// The server will never take this mail.
    #[error("{0}")]
    Never(String),
}

impl MailTransport {
    /// Call within the main runtime: connections are kept by it.
    pub fn new(smtp: Option<&Smtp>, data_dir: &Path) -> Result<Self, String> {
        Ok(Self {
            server: smtp.map(server).transpose()?,
            dir: data_dir.join("mail"),
        })
    }

    /// Whether mail goes into files.
    #[must_use]
    pub const fn files(&self) -> bool {
        self.server.is_none()
    }

    /// Delivers the mail; after `Ok` the server has it, or it is on disk.
    pub(super) async fn take(&self, id: &PublicId, mail: Message) -> Result<(), TransportError> {
        if let Some(server) = &self.server {
            return server.send(mail).await.map(|_| ()).map_err(|error| told(&error));
        }
        let (dir, path, bytes) = (self.dir.clone(), file(&self.dir, id), mail.formatted());
        let written = tokio::task::spawn_blocking(move || write(&dir, &path, &bytes)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(TransportError::Later(format!("the file cannot be written: {error}"))),
            Err(error) => Err(TransportError::Later(error.to_string())),
        }
    }

    /// Removes the files of mails that were deleted or sent after all.
    pub(super) async fn forget(&self, ids: Vec<PublicId>) {
        let dir = self.dir.clone();
        let removing = tokio::task::spawn_blocking(move || {
            for id in &ids {
                // Most never had one.
                let _ = std::fs::remove_file(file(&dir, id));
            }
        });
        // An error means that the program is stopping; the next pruning finds the files.
        let _ = removing.await;
    }
}

fn file(dir: &Path, id: &PublicId) -> PathBuf {
    dir.join(format!("{id}.eml"))
}

/// Atomic, and private: links in it give access.
fn write(dir: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let half = path.with_extension("part");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&half, path)?;
    std::fs::File::open(dir)?.sync_all()
}

fn server(smtp: &Smtp) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let tls = || tls_parameters(smtp);
    let tls = match smtp.security {
        SmtpSecurity::Tls => Tls::Wrapper(tls()?),
        SmtpSecurity::StartTls => Tls::Required(tls()?),
        SmtpSecurity::None => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .tls(tls)
        .timeout(Some(ANSWER_TIMEOUT))
        .pool_config(PoolConfig::new().max_size(CONNECTIONS));
    if let Some(login) = &smtp.login {
        let password = login.password.reveal().to_owned();
        builder = builder.credentials(Credentials::new(login.user.clone(), password));
    }
    Ok(builder.build())
}

fn tls_parameters(smtp: &Smtp) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(smtp.host.clone());
    if let Some(path) = &smtp.ca_file {
        let unusable = |error: &dyn std::fmt::Display| format!("smtp.ca_file {}: {error}", path.display());
        let pem = std::fs::read(path).map_err(|error| unusable(&error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| unusable(&error))?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(certificate);
    }
    builder
        .build()
        .map_err(|error| format!("the mail server's encryption: {error}"))
}

/// The server's refusal of this mail is permanent; an error of the connection, a busy server or the configuration
/// is not, since it will be corrected.
fn told(error: &lettre::transport::smtp::Error) -> TransportError {
    let text = without_addresses(&whole(error));
    let code = error.status().map(|code| code.to_string());
    let about_login = code.is_some_and(|code| ["530", "534", "535", "538"].contains(&code.as_str()));
    if error.is_permanent() && !about_login {
        TransportError::Never(text)
    } else {
        TransportError::Later(text)
    }
}

/// The error with all its causes, where lettre says what happened.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = inner.source();
    }
    text
}

/// Servers repeat the recipient in their errors; it is stored sealed, so it does not belong there.
pub(super) fn without_addresses(text: &str) -> String {
    let word = |word: &str| {
        if word.contains('@') {
            "<…>".to_owned()
        } else {
            word.to_owned()
        }
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}
