//! What WhatsApp says of an account: locks, quotas, and when its client is too old.

use std::fmt;
use std::str::FromStr;

/// New chats are locked for a time, or are not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TimeLock {
    pub active: bool,
    /// Unix milliseconds; `None` when WhatsApp does not say.
    pub until_ms: Option<i64>,
    /// WhatsApp's word for the kind of lock.
    pub kind: Option<String>,
}

/// How many chats the account may open in the current cycle.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Quota {
    /// `None`: there is no cap.
    pub total: Option<u64>,
    pub used: u64,
    /// Unix milliseconds.
    pub ends_at_ms: Option<i64>,
    /// WhatsApp's words: whether the cap is in force, whether a one-time extension may be asked for, and whether Meta
    /// Verified would lift it.
    pub status: Option<String>,
    pub extension: Option<String>,
    pub verified: Option<String>,
}

impl Quota {
    /// Whether no more chats may be opened in this cycle.
    #[must_use]
    pub fn is_used_up(&self) -> bool {
        self.total.is_some_and(|total| self.used >= total) || self.status.as_deref() == Some("CAPPED")
    }
}

/// What WhatsApp answers when it is asked; `None` where it gave no answer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    pub time_lock: Option<TimeLock>,
    pub quota: Option<Quota>,
}

/// A version of WhatsApp Web, as clients name themselves: `2.3000.1042742319`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct WebVersion(pub u32, pub u32, pub u32);

impl fmt::Display for WebVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a version is three numbers with dots, for example 2.3000.1042742319")]
pub struct WebVersionError;

impl FromStr for WebVersion {
    type Err = WebVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.trim().split('.').map(str::parse);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(primary)), Some(Ok(secondary)), Some(Ok(tertiary)), None) => {
                Ok(Self(primary, secondary, tertiary))
            }
            _ => Err(WebVersionError),
        }
    }
}

/// The version that clients name themselves as, and since when it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientVersion {
    pub version: WebVersion,
    /// When it was surely current, in unix milliseconds.
    pub current_at_ms: i64,
    pub source: VersionSource,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VersionSource {
    /// The operator's choice.
    Chosen,
    /// WhatsApp's own page, now or the last time that it answered.
    Fetched,
    /// That of this program, since no other is known.
    BuiltIn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_three_numbers() {
        let version: WebVersion = " 2.3000.1042742319 ".parse().unwrap();
        assert_eq!(
            (version, version.to_string().as_str()),
            (WebVersion(2, 3000, 1_042_742_319), "2.3000.1042742319")
        );
        for bad in ["", "2.3000", "2.3000.1.2", "2.x.1", "-1.0.0"] {
            assert!(bad.parse::<WebVersion>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_quota_is_used_up_by_its_numbers_or_by_its_word() {
        let quota = |total, used| Quota {
            total,
            used,
            ..Quota::default()
        };
        assert!(!quota(None, 1_000).is_used_up());
        assert!(!quota(Some(10), 9).is_used_up());
        assert!(quota(Some(10), 10).is_used_up());
        let capped = Quota {
            status: Some("CAPPED".to_owned()),
            ..Quota::default()
        };
        assert!(capped.is_used_up());
    }
}
