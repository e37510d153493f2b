//! A network with phones, and the library's own client as companion.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wa_network::phone::{InboxMessage, MediaFile, NewPhone};
use wa_network::{Network, NetworkOptions};
use wacore::appstate::patch_decode::WAPatchName;
use whatsapp_rust::TokioRuntime;
use whatsapp_rust::bot::{Bot, BotHandle};
use whatsapp_rust::client::Client;
use whatsapp_rust::sync_task::MajorSyncTask;
use whatsapp_rust::types::events::{ChannelEventHandler, Event};
use whatsapp_rust::wacore::net::{HttpClient, HttpRequest, HttpResponse};
use whatsapp_rust::wacore::pair_code::PairCodeOptions;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::wacore::store::InMemoryBackend;
use whatsapp_rust_tokio_transport::TokioWebSocketTransportFactory;

/// Debug builds on a busy machine are slow; a test that hangs still ends.
const PATIENCE: Duration = Duration::from_secs(60);

pub const BUSINESS: &str = "5511999990001";
pub const CUSTOMER: &str = "5511999990002";
pub const FRIEND: &str = "5511999990003";

/// A network with three phones.
pub async fn network() -> Network {
    network_with(NetworkOptions::default()).await
}

pub async fn network_with(options: NetworkOptions) -> Network {
    let network = Network::start(options).await.unwrap();
    for (number, name) in [(BUSINESS, "Business"), (CUSTOMER, "Carol"), (FRIEND, "Fred")] {
        let phone = NewPhone {
            number: number.to_owned(),
            name: name.to_owned(),
            auto_reply: false,
        };
        network.phones().create(phone).unwrap();
    }
    network
}

/// Waits until a phone's inbox contains a message that `wanted` accepts.
pub async fn inbox_until(network: &Network, number: &str, wanted: impl Fn(&InboxMessage) -> bool) -> InboxMessage {
    let phones = network.phones();
    let mut changes = phones.watch(number).unwrap();
    let search = async {
        loop {
            if let Some(found) = phones.inbox(number, 0).unwrap().into_iter().find(&wanted) {
                return found;
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .expect("the message never arrived")
}

pub async fn text_arrives(network: &Network, number: &str, text: &str) -> InboxMessage {
    inbox_until(network, number, |message| message.text.as_deref() == Some(text)).await
}

/// Waits until a phone has loaded the file of a message.
pub async fn file_arrives(network: &Network, number: &str, id: &str) -> MediaFile {
    let phones = network.phones();
    let mut changes = phones.watch(number).unwrap();
    let search = async {
        loop {
            if let Some(file) = phones.media(number, id).unwrap() {
                return file;
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .expect("the file was never loaded")
}

/// A running client.
pub struct Companion {
    pub client: Arc<Client>,
    pub backend: Arc<InMemoryBackend>,
    handle: BotHandle,
    events: async_channel::Receiver<Arc<Event>>,
    /// Id and text of messages that arrived while the test waited for something else.
    messages: Mutex<VecDeque<(String, String)>>,
    url: String,
}

impl Companion {
    /// A client that has never been linked.
    pub async fn start(network: &Network) -> Self {
        Self::with(network.ws_url(), Arc::new(InMemoryBackend::new()), None).await
    }

    /// A client that asks to be linked by code.
    pub async fn start_by_code(network: &Network, number: &str) -> Self {
        Self::with(
            network.ws_url(),
            Arc::new(InMemoryBackend::new()),
            Some(number.to_owned()),
        )
        .await
    }

    /// Linked with the business phone and connected.
    pub async fn linked(network: &Network) -> Self {
        let companion = Self::start(network).await;
        companion.link(network, BUSINESS).await;
        companion
    }

    pub async fn link(&self, network: &Network, number: &str) {
        let qr = self.qr().await;
        network.phones().scan(number, &qr).await.unwrap();
        self.connected().await;
    }

    async fn with(url: String, backend: Arc<InMemoryBackend>, by_code: Option<String>) -> Self {
        let mut builder = Bot::builder()
            .with_backend_arc(backend.clone())
            .with_transport_factory(TokioWebSocketTransportFactory::new().with_url(url.as_str()))
            .with_http_client(PlainHttp)
            .with_runtime(TokioRuntime)
            .with_version((2, 3000, 1))
            .with_wanted_pre_key_count(30);
        if let Some(phone_number) = by_code {
            builder = builder.with_pair_code(PairCodeOptions {
                phone_number,
                ..Default::default()
            });
        }
        let (handler, events) = ChannelEventHandler::new();
        let bot = builder.build().await.unwrap();
        let client = bot.client();
        client.subscribe_handler(handler).detach();
        let handle = bot.spawn();
        Self {
            client,
            backend,
            handle,
            events,
            messages: Mutex::default(),
            url,
        }
    }

    /// Ends this client properly and starts another with the same stored state, at the same address.
    pub async fn restarted(self) -> Self {
        let Self {
            handle, backend, url, ..
        } = self;
        handle.shutdown().await;
        Self::with(url, backend, None).await
    }

    /// Ends this client and starts another with the same stored state on another network.
    pub async fn moved_to(self, network: &Network) -> Self {
        let Self { handle, backend, .. } = self;
        handle.shutdown().await;
        Self::from_store(network, backend).await
    }

    /// A client that goes on with the stored state of another.
    pub async fn from_store(network: &Network, backend: Arc<InMemoryBackend>) -> Self {
        Self::with(network.ws_url(), backend, None).await
    }

    /// Fetches a collection of app state, after any fetch that is under way: while one is, the library skips the notice
    /// of a later change.
    pub async fn catch_up(&self, name: WAPatchName) {
        let task = MajorSyncTask::AppStateSync { name, full_sync: false };
        Box::pin(self.client.process_sync_task(task)).await;
    }

    pub async fn stop(self) {
        self.handle.shutdown().await;
    }

    /// Reads events until `pick` returns something. Texts on the way are kept for `receives`.
    pub async fn until<T>(&self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.events.recv().await.unwrap();
                let texts = event.messages().filter_map(|message| {
                    let text = message.message.text_content()?;
                    Some((message.info.id.to_string(), text.to_owned()))
                });
                self.messages.lock().unwrap().extend(texts);
                if let Some(found) = pick(&event) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => panic!("no event: {what}"),
        }
    }

    pub async fn qr(&self) -> String {
        self.until("QR code", |event| match event {
            Event::PairingQrCode(qr) => Some(qr.code.clone()),
            _ => None,
        })
        .await
    }

    pub async fn connected(&self) {
        self.until("connected", |event| matches!(event, Event::Connected(_)).then_some(()))
            .await;
    }

    /// The next text and its message's id.
    pub async fn next_text(&self) -> (String, String) {
        loop {
            if let Some((id, text)) = self.messages.lock().unwrap().pop_front() {
                return (text, id);
            }
            self.until("a text", |event| event.messages().next().map(drop)).await;
        }
    }

    /// Waits for a message with this text and returns its id. Other texts before it are dropped.
    pub async fn receives(&self, wanted: &str) -> String {
        loop {
            let (text, id) = self.next_text().await;
            if text == wanted {
                return id;
            }
        }
    }

    /// Waits for the server's acknowledgement of a message: `None` if it was accepted, else the error.
    pub async fn ack_of(&self, id: &str) -> Option<String> {
        self.until("server ack", |event| match event {
            Event::ServerAck(ack) if ack.id == id && ack.class.as_deref() == Some("message") => {
                Some(ack.error.as_ref().map(|error| error.to_string()))
            }
            _ => None,
        })
        .await
    }
}

/// Plain HTTP for the network's media host, although the library asks for https.
struct PlainHttp;

#[async_trait::async_trait]
impl HttpClient for PlainHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        tokio::task::spawn_blocking(move || {
            let url = request.url.replacen("https://", "http://", 1);
            let config = ureq::Agent::config_builder().http_status_as_error(false).build();
            let agent = ureq::Agent::new_with_config(config);
            let mut response = match request.method.as_str() {
                "POST" => agent.post(&url).send(request.body.unwrap_or_default().as_ref())?,
                _ => agent.get(&url).call()?,
            };
            Ok(HttpResponse {
                status_code: response.status().as_u16(),
                body: response.body_mut().read_to_vec()?,
            })
        })
        .await?
    }
}
