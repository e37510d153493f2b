//! The whole program on a free port of this machine, with its own data directory.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use actix_web::web::Data;
use async_trait::async_trait;
use tempfile::TempDir;
use wa_client::testing::ScriptedGateway;
use wa_client::{Address, Content, Inbound, InboundSink as _};
use wamanager::accounts::{
    Accounts, MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Scope, User, Workspace,
};
use wamanager::app::{App, Network, Pages};
use wamanager::audit::Admin;
use wamanager::chats::{ChatFilter, Ingest, Window};
use wamanager::clock::{Clock, ManualClock, UnixMs};
use wamanager::config::{BillingConfig, Config, Log, LogFormat, MailConfig, MasterKeySource, Smtp};
use wamanager::crypto::Sealer;
use wamanager::db;
use wamanager::events::{self, Event, Transient};
use wamanager::ids::{EventId, PublicId, WorkspaceId};
use wamanager::site::routes::Demo;
use wamanager::web::security::Transport;
use wamanager::web::sse::{LiveRoom, LiveRooms, Push, Viewer};

use super::Browser;

/// Good enough for every test user.
pub const PASSWORD: &str = "velvet-otter-sings-loud";
/// A Tuesday in 2023.
const START: UnixMs = UnixMs(1_700_000_000_000);

/// The program without a network, on a clock that stands still.
pub struct TestApp {
    pub base: String,
    pub app: App,
    pub accounts: Accounts,
    pub clock: ManualClock,
    /// The gateway that links the numbers.
    pub gateway: ScriptedGateway,
    pages: Pages,
    _dir: TempDir,
}

/// A mail as its recipient reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmailDraft {
    pub subject: String,
    pub text: String,
}

impl EmailDraft {
    /// The path of its link, to follow in a test's browser.
    pub fn link(&self) -> String {
        let link = self
            .text
            .lines()
            .find(|line| line.starts_with("http"))
            .expect("the email has a link");
        link.parse::<url::Url>().unwrap()[url::Position::BeforePath..].to_owned()
    }
}

/// A person at a browser, in a workspace.
pub struct Person {
    pub browser: Browser,
    pub workspace: Workspace,
    pub email: String,
    pub scope: Scope,
}

/// The configuration that `serve` would get.
pub fn config_in(dir: &Path, transport: Transport) -> Config {
    let public_url = (transport == Transport::Https).then(|| "https://shop.example/".parse().unwrap());
    Config {
        data_dir: dir.to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        public_url,
        log: Log {
            format: LogFormat::Text,
            level: "warn".to_owned(),
        },
        master_key: MasterKeySource::Given("2a".repeat(32).into()),
        whatsapp_url: None,
        whatsapp_version: None,
        device_name: "Test".to_owned(),
        workers: 1,
        prekeys: 10,
        mail: MailConfig {
            smtp: None,
            from: "Test Shop <no-reply@shop.example>".parse().unwrap(),
        },
        trusted_proxies: Vec::new(),
        cors_origins: Vec::new(),
        rate_limit: 100,
        backup_keep: 7,
        media: super::media::config(),
        billing: BillingConfig {
            stripe: None,
            razorpay: None,
            grace_days: 7,
        },
    }
}

/// What a test configures.
struct Setting {
    transport: Transport,
    /// Live pages show each event's kind instead of what the rooms render.
    echo: bool,
    billing: BillingConfig,
    smtp: Option<Smtp>,
    /// A reverse proxy on this machine.
    proxy: bool,
    now: UnixMs,
    rate_limit: u32,
    origins: Vec<String>,
    /// The simulated network that links numbers, instead of the scripted one.
    network: Option<url::Url>,
    /// Instead of an empty one.
    data_dir: Option<std::path::PathBuf>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            transport: Transport::Http,
            echo: false,
            billing: BillingConfig {
                stripe: None,
                razorpay: None,
                grace_days: 7,
            },
            smtp: None,
            proxy: false,
            now: START,
            // More than any test needs; those about the limit set their own.
            rate_limit: 100_000,
            origins: Vec::new(),
            network: None,
            data_dir: None,
        }
    }
}

impl TestApp {
    pub async fn new() -> Self {
        Self::start(Setting::default()).await
    }

    pub async fn under_https() -> Self {
        Self::start(Setting {
            transport: Transport::Https,
            ..Setting::default()
        })
        .await
    }

    /// For tests of the live stream, independent of what rooms render.
    pub async fn with_echo() -> Self {
        Self::start(Setting {
            echo: true,
            ..Setting::default()
        })
        .await
    }

    /// With payment providers, at their servers' time.
    pub async fn with_billing(billing: BillingConfig) -> Self {
        Self::start(Setting {
            billing,
            now: Clock::System.now(),
            ..Setting::default()
        })
        .await
    }

    /// [`Self::with_billing`], with numbers that are linked over this simulated network.
    pub async fn over(network: url::Url, billing: BillingConfig) -> Self {
        Self::start(Setting {
            billing,
            now: Clock::System.now(),
            network: Some(network),
            ..Setting::default()
        })
        .await
    }

    /// On an existing data directory, at the time `now`.
    pub async fn on(data_dir: &Path, now: UnixMs) -> Self {
        let setting = Setting {
            now,
            data_dir: Some(data_dir.to_owned()),
            ..Setting::default()
        };
        Self::start(setting).await
    }

    /// With a mail server.
    pub async fn with_smtp(smtp: Smtp) -> Self {
        Self::start(Setting {
            smtp: Some(smtp),
            ..Setting::default()
        })
        .await
    }

    /// With this many requests a minute for each caller of the API.
    pub async fn with_rate_limit(rate_limit: u32) -> Self {
        Self::start(Setting {
            rate_limit,
            ..Setting::default()
        })
        .await
    }

    /// With other sites whose pages may call the API.
    pub async fn with_origins(origins: &[&str]) -> Self {
        Self::start(Setting {
            origins: origins.iter().map(ToString::to_string).collect(),
            ..Setting::default()
        })
        .await
    }

    /// At the real time, as other programs have it.
    pub async fn in_the_present() -> Self {
        Self::start(Setting {
            now: Clock::System.now(),
            ..Setting::default()
        })
        .await
    }

    /// Where every peer is a trusted reverse proxy.
    pub async fn behind_proxy() -> Self {
        Self::start(Setting {
            proxy: true,
            ..Setting::default()
        })
        .await
    }

    async fn start(setting: Setting) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(setting.now);
        let mut config = Config {
            billing: setting.billing,
            rate_limit: setting.rate_limit,
            cors_origins: setting.origins,
            ..config_in(setting.data_dir.as_deref().unwrap_or(dir.path()), setting.transport)
        };
        config.mail.smtp = setting.smtp;
        if setting.proxy {
            config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        }
        let gateway = ScriptedGateway::default();
        let network = match setting.network {
            Some(url) => Network::Server(url),
            None => Network::Scripted(Arc::new(gateway.clone())),
        };
        let app = App::open_at(&config, network, Clock::Manual(clock.clone()))
            .await
            .unwrap();
        let listener = Pages::listen(config.listen).unwrap();
        let pages = app.serve_pages(&config, listener, Demo::Off, move |services| {
            if setting.echo {
                services.app_data(Data::new(LiveRooms(vec![Arc::new(EchoRoom)])));
            }
        });
        let pages = pages.unwrap();
        let base = format!("http://{}", pages.address());
        Self {
            base,
            accounts: app.accounts.clone(),
            app,
            clock,
            gateway,
            pages,
            _dir: dir,
        }
    }

    /// Sets the clock of the machine, forwards or back.
    pub fn set_clock(&self, utc: &str) {
        let at: chrono::DateTime<chrono::Utc> = utc.parse().unwrap();
        self.clock.set(UnixMs(at.timestamp_millis()));
    }

    /// A browser without a login.
    pub fn anonymous(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// An owner of a new workspace with this name.
    pub async fn owner(&self, workspace: &str) -> Person {
        let email = format!("owner-of-{}@example.com", workspace.to_lowercase());
        let user = self
            .accounts
            .create_user(Admin::operator(), new_user(&email, PlatformRole::User))
            .await
            .unwrap();
        let new = NewWorkspace {
            name: workspace.into(),
            time_zone: "Europe/Berlin".into(),
            country: "DE".into(),
        };
        let workspace = self
            .accounts
            .create_workspace(Admin::operator(), user.id, new)
            .await
            .unwrap();
        self.enter(&user, workspace, MemberRole::Owner).await
    }

    /// Another member of the workspace.
    pub async fn member(&self, workspace: &Workspace, role: MemberRole) -> Person {
        self.member_as(workspace, role, PlatformRole::User).await
    }

    /// A guest, who may read and change nothing.
    pub async fn guest(&self, workspace: &Workspace) -> Person {
        self.member_as(workspace, MemberRole::Owner, PlatformRole::Guest).await
    }

    async fn member_as(&self, workspace: &Workspace, role: MemberRole, platform: PlatformRole) -> Person {
        let email = format!("{role}-{platform}-{}@example.com", workspace.id);
        let user = self
            .accounts
            .create_user(Admin::operator(), new_user(&email, platform))
            .await
            .unwrap();
        self.accounts
            .put_member(Admin::operator(), workspace.public_id.clone(), user.id, role)
            .await
            .unwrap();
        self.enter(&user, workspace.clone(), role).await
    }

    /// An administrator's browser.
    pub async fn admin(&self) -> Browser {
        let admin = new_user("admin@example.com", PlatformRole::Admin);
        self.accounts.create_user(Admin::operator(), admin).await.unwrap();
        let browser = self.anonymous();
        browser.log_in("admin@example.com", PASSWORD).await;
        browser
    }

    /// A login without a workspace; returns its id.
    pub async fn plain_user(&self, email: &str) -> PublicId {
        let user = new_user(email, PlatformRole::User);
        self.accounts
            .create_user(Admin::operator(), user)
            .await
            .unwrap()
            .public_id
    }

    /// Someone with a login and no workspace.
    pub async fn stranger(&self) -> Browser {
        self.accounts
            .create_user(Admin::operator(), new_user("stranger@example.com", PlatformRole::User))
            .await
            .unwrap();
        let browser = self.anonymous();
        browser.log_in("stranger@example.com", PASSWORD).await;
        browser
    }

    async fn enter(&self, user: &User, workspace: Workspace, role: MemberRole) -> Person {
        let (browser, email) = (self.anonymous(), user.email.to_string());
        browser.log_in(&email, PASSWORD).await;
        let scope = Scope::person(workspace.id, user.id, role);
        Person {
            browser,
            workspace,
            email,
            scope,
        }
    }

    /// Appends an event to the workspace's log, as a room would; returns its id.
    pub async fn happen(&self, workspace: WorkspaceId) -> EventId {
        self.happen_times(workspace, 1).await
    }

    /// Appends `times` events at once; returns the last one's id.
    pub async fn happen_times(&self, workspace: WorkspaceId, times: usize) -> EventId {
        let now = self.clock.now();
        let append = move |tx: &rusqlite::Transaction<'_>| {
            let mut last = EventId(0);
            for _ in 0..times {
                let event = Event::ChatChanged {
                    chat: PublicId::new("chat"),
                };
                last = events::append(tx, workspace, &event, now)?;
            }
            Ok::<_, db::DbError>(last)
        };
        let last = self.app.db.write(append).await.unwrap();
        self.app.bus.nudge(workspace);
        last
    }

    /// Ids of things in the person's workspace, by the parameter names of routes.
    pub async fn one_of_each(&self, person: &Person) -> HashMap<&'static str, PublicId> {
        let session = self.app.sessions.create(person.scope, "Front desk").await.unwrap();
        let ingest = Ingest::new(
            self.app.db.clone(),
            self.app.clock.clone(),
            self.app.bus.clone(),
            Sealer::new(&[0x2a; 32], "app.db"),
        );
        ingest
            .commit(wa_client::SessionId(session.id.0), vec![hello()])
            .await
            .unwrap();
        let chats = self
            .app
            .chats
            .list(person.scope, ChatFilter::default(), None)
            .await
            .unwrap()
            .rows;
        let chat = chats.first().unwrap().public_id.clone();
        let thread = self
            .app
            .chats
            .thread(person.scope, &chat, Window::Latest)
            .await
            .unwrap();
        let message = thread.messages.first().unwrap().public_id.clone();
        let mail = self
            .app
            .mail
            .send(wamanager::mail::EmailDraft::new(&person.email, "Hello").at(person.workspace.id))
            .await
            .unwrap();
        let sent = self.app.mail.list(Admin::operator(), None, None).await.unwrap().rows;
        let mail = sent.into_iter().find(|row| row.id == mail).unwrap();
        let login = self
            .accounts
            .own_logins(person.scope.user)
            .await
            .unwrap()
            .remove(0)
            .public_id;
        person.browser.post("/settings/account/export", &[]).await.expect(303);
        let export = self
            .app
            .exports
            .latest(person.scope.user)
            .await
            .unwrap()
            .unwrap()
            .public_id;
        self.put_on_plan(person, "business").await;
        let key = self.key(person, &[wamanager::access::KeyScope::AccountRead]).await.key;
        self.put_on_plan(person, "free").await;
        let shared = self.shared_things(person, &chat).await;
        let mut things = HashMap::from([
            ("key", key.public_id),
            ("login", login),
            (
                "member",
                self.accounts
                    .find_user(Admin::operator(), &person.email)
                    .await
                    .unwrap()
                    .public_id,
            ),
            ("invitation", self.invitation(person).await),
            ("export", export),
            ("mail", mail.public_id),
            ("workspace", person.workspace.public_id.clone()),
            ("session", session.public_id),
            ("chat", chat),
            ("message", message),
            ("file", self.file(person).await),
            ("invoice", self.bill(person).await),
            // Plans belong to everybody; a missing one stands for one that is not on offer.
            ("plan", PublicId::new("plan")),
        ]);
        things.extend(shared);
        things
    }

    /// Runs the jobs that are due, and returns when none is left. Later ones wait for the clock.
    pub async fn settle(&self) {
        self.app.start_jobs();
        self.app.jobs.wake();
        let settled = tokio::time::timeout(std::time::Duration::from_secs(30), self.app.jobs.settled());
        settled.await.expect("the jobs come to an end").unwrap();
    }

    /// The emails to this address, oldest first. Mail that was sent has no text any more.
    pub async fn emails_to(&self, email: &str) -> Vec<EmailDraft> {
        let (mut emails, mut before) = (Vec::new(), None);
        loop {
            let page = self.app.mail.list(Admin::operator(), None, before).await.unwrap();
            for row in page.rows.iter().filter(|row| row.to == email) {
                let text = self.app.mail.get(Admin::operator(), &row.public_id).await.unwrap().text;
                emails.push(EmailDraft {
                    subject: row.subject.clone(),
                    text: text.unwrap_or_default(),
                });
            }
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        emails.reverse();
        emails
    }

    /// An invoice of the person's workspace, as a provider would have reported it.
    async fn bill(&self, person: &Person) -> PublicId {
        let (id, workspace) = (PublicId::new("bill"), person.scope.workspace);
        let stored = id.clone();
        let insert = move |tx: &rusqlite::Transaction<'_>| {
            let sql = "INSERT INTO invoices (public_id, workspace_id, provider, provider_id, amount_minor, currency,
                                             status, hosted_url, issued_at, heard_at)
                       VALUES (?1, ?2, 'stripe', ?1, 1900, 'USD', 'paid', 'https://invoice.stripe.example/i', 1, 1)";
            tx.execute(sql, rusqlite::params![stored, workspace])?;
            Ok::<_, db::DbError>(())
        };
        self.app.db.write(insert).await.unwrap();
        id
    }

    /// Ends the program as a signal would.
    pub async fn stop(self) {
        self.stop_and_keep().await;
    }

    /// Ends the program; its data exists as long as the returned directory.
    pub async fn stop_and_keep(self) -> TempDir {
        self.app.stopping().cancel();
        self.pages.stop().await;
        self.app.stop().await;
        self._dir
    }
}

fn hello() -> Inbound {
    let customer = Address::Phone("15550001111".into());
    Inbound {
        id: "3EB0AAAA".into(),
        chat: customer.clone(),
        sender: customer,
        sender_alt: None,
        from_me: false,
        push_name: Some("Customer".into()),
        at_ms: START.0,
        content: Content::Text { body: "Hello".into() },
        context: wa_client::Context::default(),
        raw: Vec::new(),
        offline: false,
    }
}

fn new_user(email: &str, platform_role: PlatformRole) -> NewUser {
    NewUser {
        name: "Test Person".into(),
        email: email.into(),
        password: Password::new(PASSWORD),
        platform_role,
    }
}

/// Shows every event by its kind, so that the stream is tested independently of what rooms render.
struct EchoRoom;

#[async_trait]
impl LiveRoom for EchoRoom {
    async fn event(&self, _: &Viewer, row: &events::Row) -> db::Result<Vec<Push>> {
        Ok(vec![Push::Named {
            event: row.event.kind(),
            data: row.id.to_string(),
        }])
    }

    async fn transient(&self, _: &Viewer, news: &Transient) -> db::Result<Vec<Push>> {
        Ok(vec![Push::Named {
            event: "transient",
            data: format!("{news:?}"),
        }])
    }
}
