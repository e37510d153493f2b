//! Logs: one subscriber, text for people or JSON for collectors, always on standard error.
//!
//! Standard output belongs to the commands' answers. The protocol library prints key material at its finer levels, so
//! those modules are silenced whatever level the operator asks for.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::Directive;
use tracing_subscriber::fmt::time::ChronoUtc;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Log, LogFormat};

/// Modules that write keys, numbers or texts of messages into their log lines, or much about little, and the most they
/// may say. `Client` and the words after it are targets that the protocol library gives its lines.
const CURBED: &[&str] = &[
    "wacore_libsignal=off",
    "Client=warn",
    "AppState=warn",
    "Bot=warn",
    "Blocking=warn",
    "blocklist=warn",
    "Chatstate=warn",
    "MessageQueue=warn",
    "Mex=warn",
    "PresenceHandler=warn",
    "TcToken=warn",
    "UnifiedSession=warn",
    "usync=warn",
    "actix_server=warn",
    "wacore=warn",
    "wacore_binary=warn",
    "wacore_noise=warn",
    "wacore_appstate=warn",
    "whatsapp_rust=warn",
    "refinery_core=warn",
];

/// Starts logging for the rest of the process.
///
/// # Errors
/// When the level cannot be understood or logging was started before.
pub fn init(log: &Log) -> anyhow::Result<()> {
    let builder = fmt()
        .with_env_filter(filter(&log.level)?)
        .with_writer(std::io::stderr)
        .with_target(true);
    let started = match log.format {
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_timer(ChronoUtc::rfc_3339())
            .try_init(),
        LogFormat::Text => builder
            .with_ansi(std::io::stderr().is_terminal())
            .with_timer(timer())
            .try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}

/// journald stamps each line itself.
fn timer() -> ChronoUtc {
    let format = if std::env::var_os("JOURNAL_STREAM").is_some() {
        ""
    } else {
        "%Y-%m-%dT%H:%M:%S%.3fZ"
    };
    ChronoUtc::new(format.to_owned())
}

fn filter(level: &str) -> anyhow::Result<EnvFilter> {
    let curbs: Vec<Directive> = CURBED.iter().map(|curb| curb.parse()).collect::<Result<_, _>>()?;
    let filter = EnvFilter::try_new(level)?;
    Ok(curbs.into_iter().fold(filter, EnvFilter::add_directive))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_that_print_keys_stay_silent_whatever_the_level() {
        for level in ["trace", "debug,wacore_libsignal=trace", "wacore_libsignal=debug"] {
            let text = filter(level).unwrap().to_string();
            assert!(text.contains("wacore_libsignal=off"), "{text}");
            assert!(
                !text.contains("wacore_libsignal=trace") && !text.contains("wacore_libsignal=debug"),
                "{text}"
            );
        }
    }
}
