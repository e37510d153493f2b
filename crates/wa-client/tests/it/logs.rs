//! Logs contain nothing private, at whatever level.

use std::io;
use std::sync::{Arc, Mutex, Once};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use wa_client::live::LOG_CURBS;

use crate::support::{BUSINESS, CUSTOMER, Sink, World, text};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The logs of the whole test binary from now on, down to trace, except what the directives filter out.
fn listen() -> Lines {
    static ONCE: Once = Once::new();
    let lines = Lines::default();
    ONCE.call_once(|| {
        let everything = EnvFilter::new("trace,wa_network=off");
        let filter = LOG_CURBS
            .iter()
            .fold(everything, |filter, curb| filter.add_directive(curb.parse().unwrap()));
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(lines.clone())
            .init();
    });
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_code_or_word_is_logged_at_any_level() {
    let lines = listen();
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.open(&sink).await;
    let qr = open.qr().await;
    let code = open.link.pairing_code(BUSINESS).await.unwrap();
    world.network.phones().pairing_code(BUSINESS, &code).await.unwrap();
    open.connected().await;
    world.customer_writes("a secret word").await;
    sink.text("a secret word").await;
    open.link
        .send(&text("LOG1", CUSTOMER, "a secret answer"))
        .await
        .unwrap();
    open.acked("LOG1").await;
    world.end(open).await;

    let log = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    assert!(!log.is_empty(), "the log is captured");
    let secret = qr.split(',').nth(3).expect("the secret of the QR code");
    for private in [BUSINESS, CUSTOMER, &code, &code.replace('-', ""), "a secret", secret] {
        let line = log.lines().find(|line| line.contains(private));
        assert!(line.is_none(), "found {private} in: {}", line.unwrap_or_default());
    }
}
