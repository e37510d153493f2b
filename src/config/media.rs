//! Files of messages: the options of `media` and `s3`.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use url::{Host, Url};

use super::Secret;
use super::billing::{api_url, whole};
use super::check::Reader;
use super::options::{
    MEDIA_CLAMD, MEDIA_MAX_SIZE, S3_ACCESS_KEY, S3_BUCKET, S3_ENDPOINT, S3_PATH_STYLE, S3_REGION, S3_SECRET_KEY,
};

/// WhatsApp takes no larger file of any kind.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// The most bytes of one file.
    pub max_size: u64,
    /// The scanner, if there is one.
    pub clamd: Option<Clamd>,
    /// `None`: files are kept in the data directory.
    pub s3: Option<S3Config>,
}

/// How clamd is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clamd {
    Socket(PathBuf),
    /// This machine only: whoever reaches clamd by TCP can also stop it and have files read to it.
    Tcp(SocketAddr),
}

#[derive(Clone, Debug)]
pub struct S3Config {
    pub endpoint: Url,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: Secret,
    /// `https://host/bucket/…` instead of `https://bucket.host/…`.
    pub path_style: bool,
}

/// Reads the options; `None` when an error was reported.
pub(super) fn check(reader: &mut Reader<'_>) -> Option<MediaConfig> {
    let max_size = reader.required(MEDIA_MAX_SIZE, size);
    let clamd = reader.optional(MEDIA_CLAMD, clamd);
    let region = reader.required(S3_REGION, name);
    let path_style = reader.required(S3_PATH_STYLE, yes_or_no);
    let endpoint = reader.optional(S3_ENDPOINT, endpoint);
    let bucket = reader.optional(S3_BUCKET, bucket);
    let given = whole(reader, &[S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY])?;
    let s3 = match (given, endpoint?, bucket?) {
        (true, Some(endpoint), Some(bucket)) => Some(S3Config {
            endpoint,
            bucket,
            region: region?,
            access_key: reader.secret(S3_ACCESS_KEY)?.reveal().to_owned(),
            secret_key: reader.secret(S3_SECRET_KEY)?,
            path_style: path_style?,
        }),
        _ => None,
    };
    Some(MediaConfig {
        max_size: max_size?,
        clamd: clamd?,
        s3,
    })
}

/// `16MB`, `512 kB`, or bytes.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a size from 64 kB to 2 GB; for example 16MB");
    let lower = text.to_ascii_lowercase();
    let units = [("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("", 1)];
    let (number, unit) = units
        .iter()
        .find_map(|(name, unit)| lower.strip_suffix(name).map(|number| (number.trim(), *unit)))
        .ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let bytes = number.checked_mul(unit).ok_or_else(wrong)?;
    if (64 * 1024..=LARGEST).contains(&bytes) {
        Ok(bytes)
    } else {
        Err(wrong())
    }
}

fn clamd(text: &str) -> Result<Clamd, String> {
    if text.starts_with('/') {
        return Ok(Clamd::Socket(PathBuf::from(text)));
    }
    let wrong = || {
        format!("{text:?} is neither a socket's path nor an address; for example /run/clamav/clamd.ctl, 127.0.0.1:3310")
    };
    let mut found = text.to_socket_addrs().map_err(|_| wrong())?;
    match found.next() {
        Some(address) if address.ip().is_loopback() => Ok(Clamd::Tcp(address)),
        Some(_) => Err(
            "leads to another machine, and files would travel there unencrypted; run clamd here and name its socket"
                .to_owned(),
        ),
        None => Err(wrong()),
    }
}

fn endpoint(text: &str) -> Result<Url, String> {
    let url = api_url(text)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if bare {
        Ok(url)
    } else {
        Err("must end after the host name; the bucket is an option of its own".to_owned())
    }
}

/// As S3 itself wants it, so that it is also the name of a host.
fn bucket(text: &str) -> Result<String, String> {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let good = (3..=63).contains(&bytes.len()) && bytes.iter().all(|byte| letters(*byte));
    if good && ends(bytes.first()) && ends(bytes.last()) && Host::parse(text).is_ok() && !text.contains("..") {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is not the name of a bucket: 3 to 63 lower-case letters, digits, hyphens and dots"
        ))
    }
}

fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !text.is_empty() && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not the name of a region; for example us-east-1"))
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("{other:?} is neither yes nor no")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::load;

    #[test]
    fn files_are_kept_here_unseen_and_up_to_16_mb_unless_said_otherwise() {
        let media = load(&[]).unwrap().media;
        assert_eq!(media.max_size, 16 * 1024 * 1024);
        assert!(media.clamd.is_none() && media.s3.is_none());
    }

    #[test]
    fn a_size_is_a_number_and_its_unit() {
        assert_eq!(size("64MB"), Ok(64 << 20));
        assert_eq!(size("512 kB"), Ok(512 << 10));
        assert_eq!(size("100000"), Ok(100_000));
        for wrong in ["", "MB", "-1MB", "1kB", "3GB", "99999999999999999999", "16 apples"] {
            assert!(size(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_bucket_needs_its_keys_and_a_name_that_is_one() {
        let text = load(&[("WAMANAGER_S3_BUCKET", "shop")]).unwrap_err();
        assert!(text.contains("s3.endpoint") && text.contains("s3.secret_key"), "{text}");
        let whole = |bucket, endpoint| {
            load(&[
                ("WAMANAGER_S3_ENDPOINT", endpoint),
                ("WAMANAGER_S3_BUCKET", bucket),
                ("WAMANAGER_S3_ACCESS_KEY", "AKIA1"),
                ("WAMANAGER_S3_SECRET_KEY", "s3cret-s3cret"),
            ])
        };
        let config = whole("shop-files", "https://s3.eu-central-1.amazonaws.com").unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
        assert!(!config.media.s3.unwrap().path_style);
        for bucket in ["Shop", "a", "shop/../etc", "-shop", "shop..files"] {
            assert!(whole(bucket, "https://s3.example.com").is_err(), "{bucket}");
        }
        assert!(whole("shop-files", "http://s3.example.com").is_err());
        assert!(whole("shop-files", "https://s3.example.com/shop").is_err());
    }

    #[test]
    fn a_scanner_is_a_socket_or_on_this_machine() {
        assert_eq!(
            clamd("/run/clamav/clamd.ctl"),
            Ok(Clamd::Socket("/run/clamav/clamd.ctl".into()))
        );
        assert!(matches!(clamd("127.0.0.1:3310"), Ok(Clamd::Tcp(_))));
        for wrong in ["192.0.2.1:3310", "clamd", ""] {
            assert!(clamd(wrong).is_err(), "{wrong:?}");
        }
    }
}
