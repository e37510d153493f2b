//! The whole program over the simulated network: sockets, handshakes and encryption are real, phones are simulated.

use std::future::Future;
use std::time::Duration;

use tempfile::TempDir;
use wa_network::phone::{Content, NewPhone, Phones};
use wa_network::{Network, NetworkOptions};
use wamanager::accounts::{MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Scope};
use wamanager::app::{self, App, Pages};
use wamanager::audit::Admin;
use wamanager::chats::{Chat, ChatFilter, Message, Status, Window};
use wamanager::config::Config;
use wamanager::ids::PublicId;
use wamanager::operator::ConfigFlags;
use wamanager::plans;
use wamanager::sessions::{Session, State};
use wamanager::site::routes::Demo;

use super::{Api, PASSWORD};

/// Far more than anything here takes; a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct World {
    pub network: Network,
    pub app: App,
    pub scope: Scope,
    pub config: Config,
    _dir: TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::over(NetworkOptions::default()).await
    }

    pub async fn over(options: NetworkOptions) -> Self {
        let network = Network::start(options).await.unwrap();
        let url = network.ws_url();
        Self::at(network, &url).await
    }

    /// With other options than usual, as the command line would be given them.
    pub async fn with(flags: &[(&'static str, &str)]) -> Self {
        let network = Network::start(NetworkOptions::default()).await.unwrap();
        let url = network.ws_url();
        Self::configured(network, &url, flags).await
    }

    /// The program reaches the network at `url`, for example through a proxy.
    pub async fn at(network: Network, url: &str) -> Self {
        Self::configured(network, url, &[]).await
    }

    async fn configured(network: Network, url: &str, more: &[(&'static str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path(), url, more);
        let app = Box::pin(App::open(&config, app::Network::of(&config))).await.unwrap();
        let scope = owner(&app).await;
        app.start().await.unwrap();
        Self {
            network,
            app,
            scope,
            config,
            _dir: dir,
        }
    }

    /// Stops the program in order and starts it again on the same data.
    pub async fn restart(self) -> Self {
        Box::pin(self.restart_after(async |_| {})).await
    }

    /// The same, running `meanwhile` while the program is stopped.
    pub async fn restart_after(self, meanwhile: impl AsyncFnOnce(&Config)) -> Self {
        let Self {
            network,
            app,
            scope,
            config,
            _dir,
        } = self;
        app.stop().await;
        // The data directory is free once no clone of the program is left.
        drop(app);
        meanwhile(&config).await;
        let app = Box::pin(App::open(&config, app::Network::of(&config))).await.unwrap();
        app.start().await.unwrap();
        Self {
            network,
            app,
            scope,
            config,
            _dir,
        }
    }

    /// The program's pages on a free port, and a program that has logged in as the owner.
    pub async fn api(&self) -> (Pages, Api) {
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            rate_limit: 100_000,
            ..self.config.clone()
        };
        let listener = Pages::listen(config.listen).unwrap();
        let pages = self.app.serve_pages(&config, listener, Demo::Off, |_| {}).unwrap();
        let api = Api::new(&format!("http://{}", pages.address()));
        let body = serde_json::json!({ "email": "ines@example.com", "password": PASSWORD });
        let tokens = api.post("/v1/auth/login", body).await.expect(200).json();
        (pages, api.with(tokens["access_token"].as_str().unwrap()))
    }

    pub fn phones(&self) -> Phones {
        self.network.phones()
    }

    pub fn phone(&self, number: &str, name: &str) {
        let new = NewPhone {
            number: number.into(),
            name: name.into(),
            auto_reply: false,
        };
        self.phones().create(new).unwrap();
    }

    /// Makes a phone with this number and links it by QR code.
    pub async fn link(&self, number: &str) -> PublicId {
        self.phone(number, "Flor Bakery");
        let session = self.unlinked().await;
        self.pair(&session, number).await;
        session
    }

    pub async fn unlinked(&self) -> PublicId {
        let session = self.app.sessions.create(self.scope, "Shop").await.unwrap();
        session.public_id
    }

    /// The phone scans the session's code; waits until it is connected.
    pub async fn pair(&self, session: &PublicId, number: &str) {
        let code = self.shown_qr(session).await;
        self.phones().scan(number, &code).await.unwrap();
        self.session_is(session, State::Connected).await;
    }

    pub async fn shown_qr(&self, session: &PublicId) -> String {
        self.app.sessions.pair(self.scope, session).await.unwrap();
        let mut codes = self.app.sessions.watch_qr(self.scope, session).await.unwrap();
        let qr = within("a QR code is shown", codes.wait_for(Option::is_some)).await;
        qr.unwrap().clone().unwrap().code
    }

    pub async fn session(&self, id: &PublicId) -> Session {
        self.app.sessions.get(self.scope, id).await.unwrap()
    }

    pub async fn session_is(&self, id: &PublicId, state: State) -> Session {
        let what = format!("the session is {state}");
        self.until(&what, async || {
            let session = self.session(id).await;
            (session.state == state).then_some(session)
        })
        .await
    }

    pub async fn write(&self, from: &str, to: &str, text: &str) -> String {
        self.phones().send(from, to, Content::Text(text.into())).await.unwrap()
    }

    pub async fn chats(&self) -> Vec<Chat> {
        let page = self.app.chats.list(self.scope, ChatFilter::default(), None).await;
        page.unwrap().rows
    }

    pub async fn thread(&self, chat: &PublicId) -> Vec<Message> {
        let page = self.app.chats.thread(self.scope, chat, Window::Latest).await;
        page.unwrap().messages
    }

    /// Every message of every chat.
    pub async fn messages(&self) -> Vec<Message> {
        let mut all = Vec::new();
        for chat in self.chats().await {
            all.extend(self.thread(&chat.public_id).await);
        }
        all
    }

    /// Waits for a message with this text; returns it and its chat.
    pub async fn stored(&self, text: &str) -> (Chat, Message) {
        self.until(&format!("{text:?} is stored"), async || {
            for chat in self.chats().await {
                let thread = self.thread(&chat.public_id).await;
                if let Some(message) = thread.into_iter().find(|message| message.body.as_deref() == Some(text)) {
                    return Some((chat, message));
                }
            }
            None
        })
        .await
    }

    pub async fn message_is(&self, id: &PublicId, status: Status) -> Message {
        self.until(&format!("the message is {status}"), async || {
            let message = self.app.chats.message(self.scope, id).await.unwrap();
            (message.status == status).then_some(message)
        })
        .await
    }

    /// Looks again whenever the workspace's log grows.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let mut news = self.app.bus.subscribe(self.scope.workspace);
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                news.next().await.expect("the program is running");
            }
        };
        within(what, looking).await
    }

    /// Waits until the phone shows this text; returns how often its id arrived.
    pub async fn arrived(&self, number: &str, text: &str) -> u32 {
        let mut ticks = self.phones().watch(number).unwrap();
        let looking = async {
            loop {
                ticks.borrow_and_update();
                let inbox = self.phones().inbox(number, 0).unwrap();
                if let Some(message) = inbox.iter().find(|message| message.text.as_deref() == Some(text)) {
                    return message.copies;
                }
                ticks.changed().await.expect("the phone is there");
            }
        };
        within(&format!("{text:?} has arrived"), looking).await
    }

    pub async fn end(self) {
        self.app.stop().await;
        self.network.stop().await;
    }
}

/// Panics with a message when `future` takes longer than anything here should.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(PATIENCE, future).await else {
        panic!("timed out after {} s waiting until {what}", PATIENCE.as_secs());
    };
    value
}

fn config(dir: &std::path::Path, ws: &str, more: &[(&'static str, &str)]) -> Config {
    let mut flags = ConfigFlags::default();
    flags.flags.insert("data_dir", dir.display().to_string());
    flags.flags.insert("whatsapp_url", ws.to_owned());
    flags.flags.insert("prekeys", "30".to_owned());
    for (name, value) in more {
        flags.flags.insert(name, (*value).to_owned());
    }
    Config::load(&flags.sources()).unwrap()
}

pub async fn owner(app: &App) -> Scope {
    let user = NewUser {
        name: "Ines".into(),
        email: "ines@example.com".into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::Admin,
    };
    let user = app.accounts.create_user(Admin::operator(), user).await.unwrap();
    let home = NewWorkspace {
        name: "Flor".into(),
        time_zone: "Europe/Lisbon".into(),
        country: "PT".into(),
    };
    let workspace = app
        .accounts
        .create_workspace(Admin::operator(), user.id, home)
        .await
        .unwrap();
    let (id, now) = (workspace.id, app.clock.now());
    // Tests of a limit choose a plan that has one.
    let unlimited = app.db.write(move |tx| plans::set_unlimited_in(tx, id, now)).await;
    unlimited.unwrap();
    Scope::person(workspace.id, user.id, MemberRole::Owner)
}
