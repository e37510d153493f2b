//! The last log lines, kept in memory for the administrator's page.
//!
//! They pass the same filter as standard error, so secrets are not here either.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::clock::{Clock, UnixMs};

/// Enough to see what led to a failure; a few hundred kilobytes.
const KEPT: usize = 1_000;
/// A longer line is truncated: standard error has all of it.
const MAX_TEXT: usize = 2_000;

// One for the process, like the subscriber.
static LINES: Mutex<VecDeque<Line>> = Mutex::new(VecDeque::new());

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: UnixMs,
    pub level: Level,
    pub target: String,
    /// The message and its fields.
    pub text: String,
}

/// The last lines, oldest first.
#[must_use]
pub fn recent() -> Vec<Line> {
    let lines = LINES.lock();
    lines.iter().cloned().collect()
}

/// The layer that keeps the lines.
pub(super) struct Keep;

impl<S: Subscriber> Layer<S> for Keep {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let line = Line {
            at: Clock::System.now(),
            level: *event.metadata().level(),
            target: event.metadata().target().to_owned(),
            text: text.finish(),
        };
        let mut lines = LINES.lock();
        if lines.len() >= KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn finish(self) -> String {
        let mut text = self.message;
        text.push_str(&self.fields);
        if let Some((cut, _)) = text.char_indices().nth(MAX_TEXT) {
            text.truncate(cut);
            text.push('…');
        }
        text
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn a_line_is_kept_with_its_fields_and_old_ones_make_room() {
        tracing::subscriber::with_default(Registry::default().with(Keep), || {
            tracing::warn!(status = 507, "first of many");
            for _ in 0..KEPT - 1 {
                tracing::info!("more");
            }
            assert!(recent().iter().any(|line| line.text == "first of many status=507"));
            tracing::info!("one too many");
        });
        assert!(!recent().iter().any(|line| line.text.starts_with("first of many")));
        assert_eq!(recent().len(), KEPT);
    }
}
