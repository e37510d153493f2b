//! What any client can make the HTTP server log with a few bytes is written now and then, not each time.

use parking_lot::Mutex;
use std::time::{Duration, Instant};

use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// The modules of such lines.
const BY_CLIENTS: &str = "actix_http";
/// So many lines within [`SPAN`] are written.
const MOST: u32 = 10;
const SPAN: Duration = Duration::from_secs(60);

/// Lets the first lines of each span through.
#[derive(Default)]
pub(super) struct Sparing {
    span: Mutex<Option<(Instant, u32)>>,
}

impl Sparing {
    fn admits(&self, now: Instant) -> bool {
        let mut span = self.span.lock();
        let (_, count) = match *span {
            Some((began, count)) if now.duration_since(began) < SPAN => span.insert((began, count + 1)),
            _ => span.insert((now, 1)),
        };
        *count <= MOST
    }
}

impl<S: Subscriber> Filter<S> for Sparing {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        !event.metadata().target().starts_with(BY_CLIENTS) || self.admits(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_of_each_minute_are_written() {
        let (sparing, began) = (Sparing::default(), Instant::now());
        let written = |now| (0..50).filter(|_| sparing.admits(now)).count();
        assert_eq!(written(began), 10);
        assert_eq!(written(began + SPAN / 2), 0);
        assert_eq!(written(began + SPAN), 10);
    }
}
