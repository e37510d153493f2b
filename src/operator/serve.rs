//! `wamanager serve`: the server, from its start to its graceful end.

use actix_web::web::ServiceConfig;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::output::Output;
use super::wire::{self, Answer};
use super::{Exit, Failure, VERSION, runtime};
use crate::app::{App, Network, Pages, STOP_BUDGET, notify};
use crate::config::{Config, TEST_NETWORK};
use crate::site::routes::Demo;
use crate::telemetry;

pub fn run(config: &Config, output: Output) -> Result<Exit, Failure> {
    if TEST_NETWORK && config.whatsapp_url.is_none() {
        let message = "this is a test-network build, which never talks to WhatsApp itself: give the server to link with, \
                       --whatsapp-url ws://127.0.0.1:PORT/ws/chat, or use the default build";
        return Err(Failure::new(Exit::Config, message));
    }
    run_on(config, Network::of(config), output)
}

/// [`run`] with numbers linked on `network`.
pub(super) fn run_on(config: &Config, network: Network, output: Output) -> Result<Exit, Failure> {
    telemetry::init(&config.log)?;
    runtime()?.block_on(serve(config, network, output))
}

async fn serve(config: &Config, network: Network, output: Output) -> Result<Exit, Failure> {
    let signals = Signals::take()?;
    // The port first: requests that arrive while the databases open are served as soon as they are.
    let listener = Pages::listen(config.listen)?;
    let app = App::open(config, network).await?;
    let pages = app.serve_pages(config, listener, Demo::Off, |_: &mut ServiceConfig| {})?;
    let url = config.base_url(pages.address());
    output.answer(&Answer::new(&json!({ "url": url.as_str() }), format!("Ready at {url}")));
    offer_setup(&app, &url, config.local_url(pages.address()).as_ref()).await?;
    tracing::info!(version = VERSION, %url, data_dir = %config.data_dir.display(), "serving");
    if TEST_NETWORK {
        tracing::warn!("TEST-NETWORK BUILD: any server on loopback is trusted and every other address is refused");
    }
    open_control(&app, config);
    app.start().await?;
    notify::watchdog(&app);
    notify::ready(&format!("serving {url}"));
    Ok(signals.run_until_stopped(app, pages).await)
}

/// Without an administrator nobody can log in: prints the link that creates one. It goes to standard error, with the
/// logs, so that a service's journal has it too.
async fn offer_setup(app: &App, url: &url::Url, local: Option<&url::Url>) -> Result<(), Failure> {
    if let Some(token) = app.accounts.offer_setup().await? {
        anstream::eprintln!(
            "\nThere is no administrator yet. Open this link within 24 hours to set it up:\n\n    {url}setup/{token}\n"
        );
        if let Some(local) = local {
            anstream::eprintln!(
                "Until {url} works, this one does, in a browser on this machine:\n\n    {local}setup/{token}\n"
            );
        }
    }
    Ok(())
}

pub(super) fn open_control(app: &App, config: &Config) {
    if let Err(error) = wire::serve(app, &config.control_socket()) {
        // Pages work without it; only the command line cannot reach this process.
        tracing::warn!(%error, path = %config.control_socket().display(), "the control socket could not be opened");
    }
}

/// The signals that end the program.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on they do not kill the process.
    pub(super) fn take() -> Result<Self, Failure> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits for the first, then ends everything in order. A second one ends the process at once.
    pub(super) async fn run_until_stopped(mut self, app: App, pages: Pages) -> Exit {
        self.next().await;
        tracing::info!("stopping; a second signal ends at once");
        notify::stopping();
        tokio::select! {
            () = stop(app, pages) => {
                tracing::info!("stopped");
                Exit::Ok
            }
            () = self.next() => Exit::Interrupted,
        }
    }
}

/// Readiness off, then browsers, then numbers and senders, then the databases.
async fn stop(app: App, pages: Pages) {
    app.stopping().cancel();
    let browsers = STOP_BUDGET / 4;
    if tokio::time::timeout(browsers, pages.stop()).await.is_err() {
        tracing::warn!(
            seconds = browsers.as_secs(),
            "requests did not end in time and are cut off"
        );
    }
    app.stop_within(STOP_BUDGET - browsers).await;
}
