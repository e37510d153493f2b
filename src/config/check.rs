//! Second stage: option texts become typed values, and all problems are reported at once.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use url::Url;
use wa_client::WebVersion;
use wa_client::live::LiveOptions;
use zeroize::Zeroizing;

use super::options::{
    BACKUP_KEEP, CORS_ORIGINS, DATA_DIR, DEVICE_NAME, LISTEN, LOG_FORMAT, LOG_LEVEL, MASTER_KEY, MASTER_KEY_FILE,
    PREKEYS, PUBLIC_URL, RATE_LIMIT, TRUSTED_PROXIES, WHATSAPP_URL, WHATSAPP_VERSION, WORKERS,
};
use super::{Config, ConfigErrors, Log, LogFormat, MasterKeySource, Problem, RawConfig, Secret};

/// Checks every option.
pub fn check(raw: &RawConfig) -> Result<Config, ConfigErrors> {
    let mut reader = Reader {
        raw,
        problems: Vec::new(),
    };
    let data_dir = reader.required(DATA_DIR, directory);
    let listen = reader.required(LISTEN, address);
    let public_url = reader.optional(PUBLIC_URL, public_url);
    let format = reader.required(LOG_FORMAT, log_format);
    let level = reader.required(LOG_LEVEL, log_level);
    let key_file = reader.optional(MASTER_KEY_FILE, |text| {
        directory(text).map_err(|_| "is empty".to_owned())
    });
    let key = reader.optional(MASTER_KEY, |text| Ok(Zeroizing::new(text.to_owned())));
    let whatsapp_url = reader.optional(WHATSAPP_URL, whatsapp_url);
    let whatsapp_version = reader.optional(WHATSAPP_VERSION, whatsapp_version);
    let device_name = reader.required(DEVICE_NAME, device_name);
    let workers = reader.required(WORKERS, |text| number(text, 1, 64));
    let prekeys = reader.required(PREKEYS, |text| number(text, 5, 812));
    let trusted_proxies = reader.required(TRUSTED_PROXIES, |text| list(text, network));
    let cors_origins = reader.required(CORS_ORIGINS, |text| list(text, origin));
    let rate_limit = reader.required(RATE_LIMIT, |text| number(text, 1, 100_000));
    let backup_keep = reader.required(BACKUP_KEEP, |text| number(text, 1, 365));
    let mail = super::mail::check(&mut reader, public_url.as_ref().and_then(Option::as_ref));
    let billing = super::billing::check(&mut reader);
    let media = super::media::check(&mut reader);
    if let (Some(Some(_)), Some(Some(_))) = (&key, &key_file) {
        reader.say(
            MASTER_KEY,
            "is given as well as master_key_file; keep one of them".to_owned(),
        );
    }
    let checked = (|| {
        let data_dir: PathBuf = data_dir?;
        Some(Config {
            master_key: master_key_source(raw, &data_dir, key?, key_file?),
            data_dir,
            listen: listen?,
            public_url: public_url?,
            log: Log {
                format: format?,
                level: level?,
            },
            whatsapp_url: whatsapp_url?,
            whatsapp_version: whatsapp_version?,
            device_name: device_name?,
            workers: workers?,
            prekeys: prekeys?,
            mail: mail?,
            trusted_proxies: trusted_proxies?,
            cors_origins: cors_origins?,
            rate_limit: rate_limit?,
            billing: billing?,
            media: media?,
            backup_keep: backup_keep?,
        })
    })();
    match checked {
        Some(config) if reader.problems.is_empty() => Ok(config),
        _ => Err(ConfigErrors(reader.problems)),
    }
}

/// Parses option after option; `None` means that an error was reported.
pub(super) struct Reader<'a> {
    raw: &'a RawConfig,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// A secret as given, if it was.
    pub(super) fn secret(&mut self, key: &str) -> Option<Secret> {
        self.raw.get(key).map(|value| Secret::new(value.text.trim()))
    }

    /// Whether this option was given; a default does not count.
    pub(super) fn given(&self, key: &str) -> bool {
        self.raw
            .get(key)
            .is_some_and(|value| value.origin != super::Origin::Default)
    }

    pub(super) fn optional<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Option<T>> {
        let Some(value) = self.raw.get(key) else {
            return Some(None);
        };
        match parse(value.text.trim()) {
            Ok(parsed) => Some(Some(parsed)),
            Err(message) => {
                self.say(key, message);
                None
            }
        }
    }

    pub(super) fn required<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let parsed = self.optional(key, parse)?;
        if parsed.is_none() {
            self.say(key, "is missing".to_owned());
        }
        parsed
    }

    pub(super) fn say(&mut self, key: &str, message: String) {
        let origin = self
            .raw
            .get(key)
            .map_or(super::Origin::Default, |value| value.origin.clone());
        self.problems.push(Problem {
            key: key.to_owned(),
            origin,
            message,
        });
    }
}

fn master_key_source(
    raw: &RawConfig,
    data_dir: &Path,
    key: Option<Zeroizing<String>>,
    file: Option<PathBuf>,
) -> MasterKeySource {
    if let Some(key) = key {
        return MasterKeySource::Given(key);
    }
    if let Some(file) = file {
        return MasterKeySource::File(file);
    }
    let credential = raw
        .credentials
        .as_ref()
        .map(|dir| dir.join("master-key"))
        .filter(|path| path.exists());
    credential.map_or_else(
        || MasterKeySource::Own(data_dir.join("master.key")),
        MasterKeySource::Credential,
    )
}

fn directory(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        Err("is empty; name a directory".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text
        .strip_prefix("localhost")
        .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1{port}"));
    text.parse()
        .map_err(|_| format!("{text:?} is not an address with a port; for example 127.0.0.1:8080 or 0.0.0.0:80"))
}

fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("{text:?} is not a URL ({error}); for example https://wa.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("must begin with http:// or https://, not {}://", url.scheme()));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must end after the host name: the pages live at the root of their own name".to_owned());
    }
    Ok(url)
}

/// Comma-separated members; none for an empty text.
fn list<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(parse)
        .collect()
}

fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| one()).map_err(|_| {
        format!("{text:?} is neither a network nor an address; for example 10.0.0.0/8, 127.0.0.1 or fd00::/8")
    })
}

/// Stored in the form that browsers send in `Origin`.
fn origin(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is not an origin; for example https://shop.example, with no path after it");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !bare || !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    Ok(url.origin().ascii_serialization())
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("{other:?} is not a format; use text or json")),
    }
}

fn log_level(text: &str) -> Result<String, String> {
    let known = ["off", "error", "warn", "info", "debug", "trace"];
    if !text.contains([',', '=']) && !known.contains(&text.to_lowercase().as_str()) {
        return Err(format!(
            "{text:?} is not a level; use error, warn, info, debug or trace"
        ));
    }
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "{text:?} cannot be understood ({error}); for example info,wamanager=debug"
        )),
    }
}

fn whatsapp_url(text: &str) -> Result<Url, String> {
    if !super::TEST_NETWORK {
        return Err(
            "this build talks to WhatsApp's own servers only, and verifies their certificates at every pairing. \
             To link with a server of your own, build with `cargo build --release --features test-network`; \
             to try the product without a phone, run `wamanager demo`"
                .to_owned(),
        );
    }
    let url = Url::parse(text)
        .map_err(|error| format!("{text:?} is not a URL ({error}); for example ws://127.0.0.1:9000/ws/chat"))?;
    let options = LiveOptions {
        url: Some(url.clone()),
        ..LiveOptions::default()
    };
    options.check().map_err(|error| error.to_string())?;
    Ok(url)
}

fn whatsapp_version(text: &str) -> Result<WebVersion, String> {
    text.parse().map_err(|error| format!("{text:?} is no version: {error}"))
}

fn device_name(text: &str) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("is empty".to_owned()),
        1..=64 => Ok(text.to_owned()),
        long => Err(format!("has {long} characters; phones show at most 64")),
    }
}

pub(super) fn number<T: TryFrom<u64>>(text: &str, least: u64, most: u64) -> Result<T, String> {
    let wrong = || format!("{text:?} is not a whole number from {least} to {most}");
    let value: u64 = text.parse().map_err(|_| wrong())?;
    if (least..=most).contains(&value) {
        T::try_from(value).map_err(|_| wrong())
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Origin, Sources};

    fn sources() -> Sources {
        let env = [("HOME", "/home/nobody-here")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        Sources {
            env: env.into(),
            ..Sources::default()
        }
    }

    fn with_file(text: &str) -> (tempfile::TempDir, Sources) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("given.toml");
        std::fs::write(&path, text).unwrap();
        (
            dir,
            Sources {
                file: Some(path),
                ..sources()
            },
        )
    }

    fn listens_on(sources: &Sources) -> String {
        Config::load(sources).unwrap().listen.to_string()
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
        assert_eq!(listens_on(&sources()), "127.0.0.1:8080");
        let (_dir, mut sources) = with_file("listen = '127.0.0.1:1'");
        assert_eq!(listens_on(&sources), "127.0.0.1:1");
        sources.env.insert("WAMANAGER_LISTEN".into(), "127.0.0.1:2".into());
        assert_eq!(listens_on(&sources), "127.0.0.1:2");
        sources.flags.insert(LISTEN, "127.0.0.1:3".into());
        assert_eq!(listens_on(&sources), "127.0.0.1:3");
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_key_that_was_meant() {
        let (_dir, mut sources) = with_file("lisen = '127.0.0.1:1'\n[log]\nfromat = 'json'");
        sources.env.insert("WAMANAGER_WORKRES".into(), "3".into());
        let text = Config::load(&sources).unwrap_err().to_string();
        for expected in [
            "3 problems",
            "did you mean listen?",
            "did you mean log.format?",
            "did you mean WAMANAGER_WORKERS?",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
    }

    #[test]
    fn all_wrong_values_are_reported_at_once_each_with_its_origin() {
        let (_dir, mut sources) = with_file("workers = 0\nlog.format = 'xml'");
        sources.env.insert("WAMANAGER_PUBLIC_URL".into(), "ftp://x".into());
        sources.flags.insert(LISTEN, "everywhere".into());
        let errors = Config::load(&sources).unwrap_err();
        let mut keys: Vec<_> = errors.0.iter().map(|problem| problem.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(keys, [LISTEN, LOG_FORMAT, PUBLIC_URL, WORKERS]);
        let listen = errors.0.iter().find(|problem| problem.key == LISTEN).unwrap();
        assert_eq!(listen.origin, Origin::Flag("listen".into()));
    }

    #[test]
    fn a_secret_in_the_file_is_refused() {
        let (_dir, sources) = with_file("master_key = 'abc'");
        let text = Config::load(&sources).unwrap_err().to_string();
        assert!(text.contains("WAMANAGER_MASTER_KEY"), "{text}");
    }

    #[test]
    fn a_file_that_was_named_must_exist() {
        let sources = Sources {
            file: Some("/nonexistent/wamanager.toml".into()),
            ..sources()
        };
        assert!(
            Config::load(&sources)
                .unwrap_err()
                .to_string()
                .contains("cannot be read")
        );
    }

    #[test]
    fn the_file_in_the_data_directory_is_found_automatically() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("wamanager.toml"), "workers = 7").unwrap();
        let mut sources = sources();
        sources.flags.insert(DATA_DIR, dir.path().display().to_string());
        assert_eq!(Config::load(&sources).unwrap().workers, 7);
    }

    #[test]
    fn variables_that_kubernetes_sets_for_a_service_are_ignored() {
        let mut sources = sources();
        sources
            .env
            .insert("WAMANAGER_PORT_8080_TCP".into(), "tcp://10.0.0.1:8080".into());
        sources.env.insert("WAMANAGER_SERVICE_HOST".into(), "10.0.0.1".into());
        Config::load(&sources).unwrap();
    }

    #[cfg(feature = "test-network")]
    #[test]
    fn another_whatsapp_server_must_be_on_this_machine() {
        assert!(whatsapp_url("ws://127.0.0.1:9000/ws/chat").is_ok());
        assert!(whatsapp_url("ws://192.0.2.1:9000/ws/chat").is_err());
        assert!(whatsapp_url("wss://127.0.0.1:9000/ws/chat").is_err());
    }

    #[cfg(not(feature = "test-network"))]
    #[test]
    fn the_default_build_refuses_another_whatsapp_server_and_says_how_to_get_one_that_does_not() {
        let mut sources = sources();
        sources.flags.insert(WHATSAPP_URL, "ws://127.0.0.1:9000".into());
        assert!(
            Config::load(&sources)
                .unwrap_err()
                .to_string()
                .contains("--features test-network")
        );
    }

    #[test]
    fn lists_may_be_written_with_commas_or_as_a_list_and_a_wrong_member_is_named() {
        let (_dir, mut sources) = with_file("trusted_proxies = ['10.0.0.0/8', '::1']\ncors_origins = []");
        let config = Config::load(&sources).unwrap();
        assert_eq!(config.trusted_proxies.len(), 2);
        sources.env.insert(
            "WAMANAGER_CORS_ORIGINS".into(),
            "https://a.example, https://b.example/".into(),
        );
        assert_eq!(
            Config::load(&sources).unwrap().cors_origins,
            ["https://a.example", "https://b.example"]
        );
        sources
            .env
            .insert("WAMANAGER_TRUSTED_PROXIES".into(), "10.0.0.1,everything".into());
        let text = Config::load(&sources).unwrap_err().to_string();
        assert!(
            text.contains("WAMANAGER_TRUSTED_PROXIES") && text.contains("everything"),
            "{text}"
        );
    }

    #[test]
    fn cookies_are_https_only_where_people_come_by_https() {
        let mut sources = sources();
        assert!(!Config::load(&sources).unwrap().secure_cookies());
        sources.flags.insert(PUBLIC_URL, "https://wa.example.com".into());
        assert!(Config::load(&sources).unwrap().secure_cookies());
    }

    #[test]
    fn the_master_key_may_come_from_one_place_only() {
        let mut sources = sources();
        sources.env.insert("WAMANAGER_MASTER_KEY".into(), "00".repeat(32));
        assert!(matches!(
            Config::load(&sources).unwrap().master_key,
            MasterKeySource::Given(_)
        ));
        sources.flags.insert(MASTER_KEY_FILE, "/etc/wamanager/key".into());
        assert!(
            Config::load(&sources)
                .unwrap_err()
                .to_string()
                .contains("keep one of them")
        );
    }
}
