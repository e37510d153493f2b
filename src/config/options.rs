//! The one table of options; flags, variables, TOML keys, help texts and `docs/configuration.md` all follow it.

/// One option as people know it.
pub struct Spec {
    /// The TOML key; a dot separates a table from its member.
    pub key: &'static str,
    /// What stands for the value in help texts.
    pub value: &'static str,
    pub fallback: Fallback,
    pub kind: Kind,
    pub help: &'static str,
}

/// What holds when nobody says anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fallback {
    Text(&'static str),
    /// Found out at start; the words say how.
    Computed(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Plain,
    /// Never printed, and only from the environment: arguments and files are read by others too easily.
    Secret,
}

impl Spec {
    /// `log.format` is `--log-format`.
    #[must_use]
    pub fn flag(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }

    /// `log.format` is `WAMANAGER_LOG_FORMAT`.
    #[must_use]
    pub fn env(&self) -> String {
        format!("{ENV_PREFIX}{}", self.key.replace('.', "_").to_uppercase())
    }
}

pub const ENV_PREFIX: &str = "WAMANAGER_";
/// Names the configuration file itself; not an option of the file.
pub const ENV_CONFIG: &str = "WAMANAGER_CONFIG";
pub const SYSTEM_FILE: &str = "/etc/wamanager/wamanager.toml";
pub const FILE_NAME: &str = "wamanager.toml";

pub const DATA_DIR: &str = "data_dir";
pub const LISTEN: &str = "listen";
pub const PUBLIC_URL: &str = "public_url";
pub const LOG_FORMAT: &str = "log.format";
pub const LOG_LEVEL: &str = "log.level";
pub const MASTER_KEY_FILE: &str = "master_key_file";
pub const MASTER_KEY: &str = "master_key";
pub const WHATSAPP_URL: &str = "whatsapp_url";
pub const DEVICE_NAME: &str = "device_name";
pub const WORKERS: &str = "workers";
pub const PREKEYS: &str = "prekeys";

const fn plain(key: &'static str, value: &'static str, fallback: Fallback, help: &'static str) -> Spec {
    Spec {
        key,
        value,
        fallback,
        kind: Kind::Plain,
        help,
    }
}

pub const OPTIONS: &[Spec] = &[
    plain(
        DATA_DIR,
        "DIR",
        Fallback::Computed("systemd's state directory, else ~/.local/share/wamanager"),
        "Directory of the databases, the lock, the control socket and the master key",
    ),
    plain(
        LISTEN,
        "ADDR:PORT",
        Fallback::Text("127.0.0.1:8080"),
        "Address and port of the web pages",
    ),
    plain(
        PUBLIC_URL,
        "URL",
        Fallback::Computed("http:// and the address listened on"),
        "Address people type to reach the pages; https:// here makes cookies https-only",
    ),
    plain(
        LOG_FORMAT,
        "FORMAT",
        Fallback::Text("text"),
        "Log lines on standard error as text or json",
    ),
    plain(
        LOG_LEVEL,
        "LEVEL",
        Fallback::Text("info"),
        "error, warn, info, debug or trace, or directives such as info,wamanager=debug",
    ),
    plain(
        MASTER_KEY_FILE,
        "FILE",
        Fallback::Computed("systemd's credential master-key, else <data-dir>/master.key, made at the first start"),
        "File with the 32-byte key that seals stored secrets (64 hex digits or base64), readable by its owner alone",
    ),
    Spec {
        key: MASTER_KEY,
        value: "KEY",
        fallback: Fallback::Computed("the file is used"),
        kind: Kind::Secret,
        help: "The master key itself; environment only",
    },
    plain(
        WHATSAPP_URL,
        "URL",
        Fallback::Computed("WhatsApp's own servers"),
        "Another server that speaks WhatsApp's protocol, on loopback; test-network builds only",
    ),
    plain(
        DEVICE_NAME,
        "NAME",
        Fallback::Text("WhatsApp Manager Pro"),
        "Name under which the phone lists this installation among its linked devices",
    ),
    plain(WORKERS, "N", Fallback::Text("2"), "Web worker threads, 1 to 64"),
    plain(
        PREKEYS,
        "N",
        Fallback::Text("812"),
        "One-time keys that each linked number keeps at WhatsApp, 5 to 812; fewer link faster",
    ),
];

/// The option of this TOML key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Spec> {
    OPTIONS.iter().find(|spec| spec.key == key)
}

/// The known word nearest to a misspelt one, if any is near enough to be meant.
pub(super) fn nearest(typed: &str, known: impl Iterator<Item = String>) -> Option<String> {
    // 0.75 accepts a slip or two ("lisen", "loglevel") and refuses words that merely share letters.
    known
        .map(|word| (strsim::jaro_winkler(&typed.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_and_variable_follow_from_the_key() {
        let spec = find(LOG_FORMAT).unwrap();
        assert_eq!(
            (spec.flag().as_str(), spec.env().as_str()),
            ("log-format", "WAMANAGER_LOG_FORMAT")
        );
    }

    #[test]
    fn no_two_options_share_a_flag_or_a_variable() {
        let mut flags: Vec<_> = OPTIONS.iter().map(Spec::flag).collect();
        flags.sort();
        flags.dedup();
        assert_eq!(flags.len(), OPTIONS.len());
    }

    #[test]
    fn the_guide_describes_every_option() {
        let guide = include_str!("../../docs/configuration.md");
        for spec in OPTIONS {
            let flag = if spec.kind == Kind::Plain {
                format!("| `--{}` |", spec.flag())
            } else {
                "| |".to_owned()
            };
            let row = format!("{flag} `{}` |", spec.env());
            assert!(guide.contains(&row), "docs/configuration.md has no row beginning {row}");
        }
    }

    #[test]
    fn a_slip_finds_the_word_that_was_meant_and_nonsense_finds_none() {
        let known = || OPTIONS.iter().map(|spec| spec.key.to_owned());
        assert_eq!(nearest("lisen", known()).as_deref(), Some(LISTEN));
        assert_eq!(nearest("log.fromat", known()).as_deref(), Some(LOG_FORMAT));
        assert_eq!(nearest("zzz", known()), None);
    }
}
