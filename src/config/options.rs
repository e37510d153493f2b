//! The one table of options; flags, variables, TOML keys, help texts and `docs/configuration.md` all follow it.

/// An option.
pub struct Spec {
    /// The TOML key; a dot separates a table from its member.
    pub key: &'static str,
    /// The placeholder for the value in help texts.
    pub value: &'static str,
    pub fallback: Fallback,
    pub kind: Kind,
    pub help: &'static str,
}

/// The value of an option that is not given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fallback {
    Text(&'static str),
    /// Determined at startup; the text says how.
    Computed(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Plain,
    /// Never printed, and only from the environment: arguments and files are too easily readable by others.
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
pub const WHATSAPP_VERSION: &str = "whatsapp_version";
pub const DEVICE_NAME: &str = "device_name";
pub const WORKERS: &str = "workers";
pub const PREKEYS: &str = "prekeys";
pub const TRUSTED_PROXIES: &str = "trusted_proxies";
pub const CORS_ORIGINS: &str = "cors_origins";
pub const RATE_LIMIT: &str = "rate_limit";
pub const BACKUP_KEEP: &str = "backup_keep";
pub const MAIL_FROM: &str = "mail.from";
pub const SMTP_HOST: &str = "smtp.host";
pub const SMTP_PORT: &str = "smtp.port";
pub const SMTP_SECURITY: &str = "smtp.security";
pub const SMTP_USER: &str = "smtp.user";
pub const SMTP_PASSWORD: &str = "smtp.password";
pub const SMTP_CA_FILE: &str = "smtp.ca_file";
pub const BILLING_GRACE_DAYS: &str = "billing.grace_days";
pub const STRIPE_SECRET_KEY: &str = "stripe.secret_key";
pub const STRIPE_WEBHOOK_SECRET: &str = "stripe.webhook_secret";
pub const STRIPE_API_URL: &str = "stripe.api_url";
pub const RAZORPAY_KEY_ID: &str = "razorpay.key_id";
pub const RAZORPAY_KEY_SECRET: &str = "razorpay.key_secret";
pub const RAZORPAY_WEBHOOK_SECRET: &str = "razorpay.webhook_secret";
pub const RAZORPAY_API_URL: &str = "razorpay.api_url";
pub const MEDIA_MAX_SIZE: &str = "media.max_size";
pub const MEDIA_CLAMD: &str = "media.clamd";
pub const S3_ENDPOINT: &str = "s3.endpoint";
pub const S3_BUCKET: &str = "s3.bucket";
pub const S3_REGION: &str = "s3.region";
pub const S3_ACCESS_KEY: &str = "s3.access_key";
pub const S3_SECRET_KEY: &str = "s3.secret_key";
pub const S3_PATH_STYLE: &str = "s3.path_style";

const fn plain(key: &'static str, value: &'static str, fallback: Fallback, help: &'static str) -> Spec {
    Spec {
        key,
        value,
        fallback,
        kind: Kind::Plain,
        help,
    }
}

/// From the environment, or provided by systemd under the option's name (`LoadCredential=smtp-password:…`).
const fn secret(key: &'static str, meaning: &'static str, help: &'static str) -> Spec {
    Spec {
        key,
        value: "SECRET",
        fallback: Fallback::Computed(meaning),
        kind: Kind::Secret,
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
        WHATSAPP_VERSION,
        "VERSION",
        Fallback::Computed("the one that WhatsApp's own page names"),
        "Version of WhatsApp Web that linked numbers name, for example 2.3000.1042742319",
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
    plain(
        TRUSTED_PROXIES,
        "NETS",
        Fallback::Text(""),
        "Networks of your own reverse proxies, with commas; only their word is taken for where a request came from",
    ),
    plain(
        CORS_ORIGINS,
        "ORIGINS",
        Fallback::Text(""),
        "Origins of web pages that may call the API from a browser, with commas",
    ),
    plain(
        RATE_LIMIT,
        "N",
        Fallback::Text("100"),
        "Requests that one API key may make in a minute, 1 to 100000",
    ),
    plain(
        BACKUP_KEEP,
        "N",
        Fallback::Text("7"),
        "Daily backups that are kept, 1 to 365",
    ),
    plain(
        MAIL_FROM,
        "ADDRESS",
        Fallback::Computed("no-reply at the host of public_url"),
        "Sender of all mail: an address, or a name and an address",
    ),
    plain(
        SMTP_HOST,
        "HOST",
        Fallback::Computed("mail is written to <data-dir>/mail and shown to administrators"),
        "Mail server that takes mail for everybody",
    ),
    plain(
        SMTP_PORT,
        "PORT",
        Fallback::Computed("465 with tls, 587 with starttls, 25 with none"),
        "Port of the mail server",
    ),
    plain(
        SMTP_SECURITY,
        "HOW",
        Fallback::Computed("tls at port 465, else starttls"),
        "How the way to the mail server is encrypted: tls, starttls, or none (with a password only on this machine)",
    ),
    plain(
        SMTP_USER,
        "NAME",
        Fallback::Computed("the mail server asks for none"),
        "Name to log in to the mail server with",
    ),
    secret(
        SMTP_PASSWORD,
        "the mail server asks for none",
        "Password of smtp.user; environment or systemd's credential smtp-password only",
    ),
    plain(
        SMTP_CA_FILE,
        "FILE",
        Fallback::Computed("the roots that browsers trust"),
        "PEM file of the authority that signed the mail server's certificate, for one of your own",
    ),
    plain(
        BILLING_GRACE_DAYS,
        "DAYS",
        Fallback::Text("7"),
        "How long a workspace keeps its plan after a payment failed, 0 to 90",
    ),
    secret(
        STRIPE_SECRET_KEY,
        "nobody can pay by Stripe",
        "Stripe's secret key; environment or systemd's credential stripe-secret-key only",
    ),
    secret(
        STRIPE_WEBHOOK_SECRET,
        "nobody can pay by Stripe",
        "What Stripe signs its webhooks with; environment or systemd's credential stripe-webhook-secret only",
    ),
    plain(
        STRIPE_API_URL,
        "URL",
        Fallback::Text("https://api.stripe.com"),
        "Where Stripe's API is; another place for tests",
    ),
    plain(
        RAZORPAY_KEY_ID,
        "ID",
        Fallback::Computed("nobody can pay by Razorpay"),
        "Razorpay's key id",
    ),
    secret(
        RAZORPAY_KEY_SECRET,
        "nobody can pay by Razorpay",
        "Razorpay's key secret; environment or systemd's credential razorpay-key-secret only",
    ),
    secret(
        RAZORPAY_WEBHOOK_SECRET,
        "nobody can pay by Razorpay",
        "What Razorpay signs its webhooks with; environment or systemd's credential razorpay-webhook-secret only",
    ),
    plain(
        RAZORPAY_API_URL,
        "URL",
        Fallback::Text("https://api.razorpay.com"),
        "Where Razorpay's API is; another place for tests",
    ),
    plain(
        MEDIA_MAX_SIZE,
        "SIZE",
        Fallback::Text("16MB"),
        "The largest file of a message that is taken in or sent, 64kB to 2GB",
    ),
    plain(
        MEDIA_CLAMD,
        "SOCKET",
        Fallback::Computed("files are not scanned"),
        "clamd's socket, or its address on this machine: files are scanned before anybody can open them",
    ),
    plain(
        S3_ENDPOINT,
        "URL",
        Fallback::Computed("files are kept in the data directory"),
        "Service that speaks S3 and keeps the files, without the bucket's name",
    ),
    plain(
        S3_BUCKET,
        "NAME",
        Fallback::Computed("files are kept in the data directory"),
        "The bucket, which exists already",
    ),
    plain(
        S3_REGION,
        "NAME",
        Fallback::Text("us-east-1"),
        "Region of the bucket; services without regions take the default",
    ),
    plain(
        S3_ACCESS_KEY,
        "ID",
        Fallback::Computed("files are kept in the data directory"),
        "Id of the key that may read, write and delete in the bucket",
    ),
    secret(
        S3_SECRET_KEY,
        "files are kept in the data directory",
        "Secret of s3.access_key; environment or systemd's credential s3-secret-key only",
    ),
    plain(
        S3_PATH_STYLE,
        "YES|NO",
        Fallback::Text("no"),
        "yes where the bucket is part of the path instead of the host name, as with most servers of one's own",
    ),
];

/// The option of this TOML key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Spec> {
    OPTIONS.iter().find(|spec| spec.key == key)
}

/// The known word closest to a misspelt one, if any is close enough.
pub(super) fn nearest(typed: &str, known: impl Iterator<Item = String>) -> Option<String> {
    // 0.75 accepts a typo or two ("lisen", "loglevel") and rejects words that merely share letters.
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
