//! Logs: one subscriber, text for people or JSON for collectors, always on standard error.
//!
//! Standard output belongs to the commands' results. The protocol library prints key material at its finer levels, so a
//! separate filter limits those modules, whatever the operator's directives say.

mod recent;
mod sparing;

use std::io::IsTerminal as _;

use tracing_subscriber::filter::{FilterExt as _, LevelFilter, Targets};
use tracing_subscriber::fmt::time::ChronoUtc;
use tracing_subscriber::layer::{Filter, Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt};
use wa_client::live::LOG_CURBS;

use self::sparing::Sparing;
use crate::config::{Log, LogFormat};

pub use recent::{Line, recent};

/// Other libraries that log too much.
const TALKATIVE: &[(&str, LevelFilter)] = &[
    ("actix_server", LevelFilter::WARN),
    ("refinery_core", LevelFilter::WARN),
    ("tokio_cron_scheduler", LevelFilter::WARN),
];

/// Starts logging for the rest of the process.
pub fn init(log: &Log) -> anyhow::Result<()> {
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(true);
    let layer = match log.format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_timer(ChronoUtc::rfc_3339())
            .boxed(),
        LogFormat::Text => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_timer(timer())
            .boxed(),
    };
    let started = Registry::default()
        .with(layer.with_filter(filter(&log.level)?))
        .with(recent::Keep.with_filter(filter(&log.level)?))
        .try_init();
    started.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}

/// journald adds timestamps itself.
fn timer() -> ChronoUtc {
    let format = if std::env::var_os("JOURNAL_STREAM").is_some() {
        ""
    } else {
        "%Y-%m-%dT%H:%M:%S%.3fZ"
    };
    ChronoUtc::new(format.to_owned())
}

fn filter<S>(level: &str) -> anyhow::Result<impl Filter<S> + use<S>>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    // The limits for the WhatsApp client are defined by that crate.
    let client: Targets = LOG_CURBS.join(",").parse()?;
    let curbs = client
        .with_default(LevelFilter::TRACE)
        .with_targets(TALKATIVE.iter().copied());
    Ok(EnvFilter::try_new(level)?.and(curbs).and(Sparing::default()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_clients_cause_is_written_now_and_then_and_our_own_words_always() {
        let text = written_by("info", || {
            for _ in 0..200 {
                tracing::error!(target: "actix_http::h1::dispatcher", "stream error");
                tracing::warn!(target: "wamanager::chats", "our own word");
            }
        });
        assert_eq!(
            (
                text.matches("stream error").count(),
                text.matches("our own word").count()
            ),
            (10, 200)
        );
    }

    /// What several modules log, written at this level.
    fn written(level: &str) -> String {
        written_by(level, || {
            tracing::error!(target: "wacore_libsignal::protocol::ratchet", "a key");
            tracing::info!(target: "whatsapp_rust::message", "a text");
            tracing::warn!(target: "whatsapp_rust::message", "a warning");
            tracing::debug!(target: "wamanager::chats", "our own word");
        })
    }

    fn written_by(level: &str, work: impl FnOnce()) -> String {
        let paper = Paper::default();
        let writer = paper.clone();
        let layer = fmt::layer()
            .with_writer(move || writer.clone())
            .with_filter(filter(level).unwrap());
        tracing::subscriber::with_default(Registry::default().with(layer), work);
        let bytes = paper.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn modules_that_print_keys_stay_silent_whatever_the_level_and_however_exact_the_directive() {
        for level in [
            "trace",
            "debug,wacore_libsignal=trace",
            "debug,wacore_libsignal::protocol=trace,whatsapp_rust::message=trace",
        ] {
            let text = written(level);
            assert!(
                text.contains("our own word") && text.contains("a warning"),
                "{level}: {text}"
            );
            assert!(!text.contains("a key") && !text.contains("a text"), "{level}: {text}");
        }
    }
}
