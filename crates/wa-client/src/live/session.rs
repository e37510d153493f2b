//! The lifetime of an open session: pair by record if needed, run the client, end it cleanly, release the claim.

use std::sync::Arc;
use std::time::Duration;

use wacore::net::TransportFactory;
use wacore::store::DevicePropsOverride;
use waproto::whatsapp::device_props::PlatformType;
use whatsapp_rust::Client;
use whatsapp_rust::bot::{Bot, BotHandle};
use whatsapp_rust::transport::TokioWebSocketTransportFactory;

use super::caches::caches;
use super::core::Core;
use super::durability::Durability;
use super::events::EventTap;
use super::gateway::{Claim, Shared};
use super::proxy::ProxiedFactory;
use super::seeded;
use super::transport::WatchedFactory;
use crate::store::SessionStore;
use crate::{LinkEvent, OpenError, Proxy, WebVersion};

/// The library bounds its own flushes to 5 s each; this is two of them and a margin.
const FLUSH_LIMIT: Duration = Duration::from_secs(15);
const RUN_LOOP_LIMIT: Duration = Duration::from_secs(5);

/// Builds the client of a session; it does not connect yet.
pub(super) async fn build(shared: &Shared, core: &Arc<Core>, keys: Arc<SessionStore>) -> Result<Bot, OpenError> {
    let proxy = shared.proxies.lock().get(&core.session).cloned();
    let (transport, http) = match proxy {
        Some(proxy) => (proxied(shared, &proxy), shared.http.through(proxy)),
        None => (direct(shared), shared.http.clone()),
    };
    let mut builder = Bot::builder()
        .with_backend_arc(keys)
        .with_transport_factory(WatchedFactory {
            inner: transport,
            core: core.clone(),
        })
        .with_http_client(http)
        .with_runtime(core.runtime.clone())
        .with_inbound_durability_hook(Durability { core: core.clone() })
        .with_event_handler(EventTap::new(core.clone()))
        .with_cache_config(caches())
        .with_device_props(device_props(&shared.options.device_name));
    let WebVersion(primary, secondary, tertiary) = shared.versions.current().await;
    builder = builder.with_version((primary, secondary, tertiary));
    if let Some(count) = shared.options.pre_key_count {
        builder = builder.with_wanted_pre_key_count(count);
    }
    if !shared.options.history {
        builder = builder.skip_history_sync();
    }
    builder
        .build()
        .await
        .map_err(|error| OpenError::Client(error.to_string()))
}

fn direct(shared: &Shared) -> Arc<dyn TransportFactory> {
    let transport = TokioWebSocketTransportFactory::new();
    Arc::new(match &shared.options.url {
        Some(url) => transport.with_url(url.as_str()),
        None => transport,
    })
}

fn proxied(shared: &Shared, proxy: &Proxy) -> Arc<dyn TransportFactory> {
    Arc::new(ProxiedFactory::new(proxy.clone(), shared.options.url.as_ref()))
}

pub(super) fn device_props(name: &str) -> DevicePropsOverride {
    DevicePropsOverride::new()
        .with_os(name)
        .with_platform_type(PlatformType::DESKTOP)
}

/// However a session's task ends, even by a panic: the claim is released, the event stream ends, `close` returns. In
/// this order, so that a caller who saw the end can open again at once.
struct End {
    core: Arc<Core>,
    claim: Option<Claim>,
}

impl Drop for End {
    fn drop(&mut self) {
        self.core.runtime.cancel();
        self.core.set_client(None);
        self.claim = None;
        self.core.end_events();
        self.core.done.cancel();
    }
}

/// Runs `bot` until it ends or the caller stops it.
pub(super) async fn run(core: Arc<Core>, bot: Bot, keys: Arc<SessionStore>, claim: Claim) {
    let end = End {
        core: core.clone(),
        claim: Some(claim),
    };
    run_client(&core, bot).await;
    save_rest(&core, &keys).await;
    drop(end);
}

/// Pairs by a record of the simulated network first, then runs like any other session.
pub(super) async fn run_seeded(shared: Arc<Shared>, core: Arc<Core>, keys: Arc<SessionStore>, claim: Claim) {
    let end = End {
        core: core.clone(),
        claim: Some(claim),
    };
    let paired = tokio::select! {
        biased;
        () = core.stop_asked() => false,
        paired = seeded::pair(&shared, &core, &*keys) => paired,
    };
    if paired {
        match build(&shared, &core, keys.clone()).await {
            Ok(bot) => {
                core.set_client(Some(bot.client()));
                run_client(&core, bot).await;
                save_rest(&core, &keys).await;
            }
            Err(error) => core.emit(LinkEvent::Disconnected {
                why: error.to_string(),
                retry_in: None,
            }),
        }
    }
    drop(end);
}

async fn run_client(core: &Arc<Core>, bot: Bot) {
    let client = bot.client();
    // Some stanzas say what none of the library's events does.
    let nodes = client.acquire_raw_node_forwarding();
    let mut running = bot.spawn();
    tokio::select! {
        () = &mut running => {}
        () = core.stop_asked() => {}
    }
    drop(nodes);
    // From here on we end the connection ourselves.
    core.ask_to_stop();
    end_client(core, client, running).await;
    core.runtime.finish().await;
}

/// Flushes what the library keeps in memory (Signal sessions, receipts, the device record), then drops it.
async fn end_client(core: &Core, client: Arc<Client>, mut running: BotHandle) {
    if tokio::time::timeout(FLUSH_LIMIT, client.disconnect()).await.is_err() {
        tracing::warn!(
            session = core.session.0,
            "the client did not finish saving in time; senders will resend"
        );
    }
    if tokio::time::timeout(RUN_LOOP_LIMIT, &mut running).await.is_err() {
        running.abort();
    }
    core.set_client(None);
}

/// Writes what the key store still defers, once nothing can add to it.
async fn save_rest(core: &Core, keys: &SessionStore) {
    if let Err(error) = keys.flush().await {
        tracing::warn!(session = core.session.0, %error, "the last keys could not be saved; the server redelivers");
    }
}
