//! Whether the store and the scanner work, for whoever looks after the installation.

use std::sync::Arc;

use super::model::MediaError;
use super::scan;
use super::service::{Media, blocking};
use crate::audit::Admin;
use crate::config::Clamd;

/// A store that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreHealth {
    /// The directory, or the bucket and its host.
    pub place: String,
    /// Seconds that the service's clock is ahead of this machine's; `None` where there is no other clock.
    pub ahead: Option<i64>,
}

/// A scanner that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannerHealth {
    pub version: String,
    /// When its signatures were made; `None` for those of its operator's own.
    pub signatures: Option<chrono::NaiveDate>,
}

impl Media {
    /// Writes, reads and deletes something small in the store.
    ///
    /// # Errors
    /// [`MediaError::Store`], with the store's own words.
    pub async fn store_health(&self, _: Admin) -> Result<StoreHealth, MediaError> {
        let shelf = Arc::clone(&self.shelf);
        blocking(move || {
            let probed = shelf.probe().map_err(|error| MediaError::Store(error.to_string()))?;
            Ok(StoreHealth {
                place: probed.place,
                ahead: probed.ahead,
            })
        })
        .await
    }

    /// Asks the scanner who it is; `None` where there is none. An error is in its own words.
    pub async fn scanner_health(&self, _: Admin) -> Option<Result<ScannerHealth, String>> {
        let at = self.clamd.clone()?;
        let asked = blocking(move || Ok(ask(&at))).await;
        Some(asked.unwrap_or_else(|error| Err(error.to_string())))
    }
}

fn ask(at: &Clamd) -> Result<ScannerHealth, String> {
    scan::version(at)
        .map(|said| read(&said))
        .map_err(|error| error.to_string())
}

/// `ClamAV 1.4.6/27500/Mon Nov 30 09:35:42 2026`: without the official signatures only the first part.
fn read(said: &str) -> ScannerHealth {
    let mut parts = said.split('/');
    ScannerHealth {
        version: parts.next().unwrap_or_default().to_owned(),
        signatures: parts
            .nth(1)
            .and_then(|date| chrono::NaiveDateTime::parse_from_str(date.trim(), "%a %b %e %H:%M:%S %Y").ok())
            .map(|at| at.date()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_says_its_version_and_the_day_of_its_signatures() {
        let official = read("ClamAV 1.4.6/27500/Mon Nov 30 09:35:42 2026");
        assert_eq!(official.version, "ClamAV 1.4.6");
        assert_eq!(official.signatures, chrono::NaiveDate::from_ymd_opt(2026, 11, 30));
        let early = read("ClamAV 1.4.6/27501/Tue Dec  1 09:35:42 2026");
        assert_eq!(early.signatures, chrono::NaiveDate::from_ymd_opt(2026, 12, 1));
        assert_eq!(read("ClamAV 1.4.6").signatures, None);
    }
}
