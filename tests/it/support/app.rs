//! The program's pages on a free port of this machine, over a data directory of their own.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use async_trait::async_trait;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use wamanager::accounts::{Accounts, MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Workspace};
use wamanager::clock::{Clock, ManualClock, UnixMs};
use wamanager::db::{self, Db};
use wamanager::events::{self, Bus, Event, Transient};
use wamanager::ids::{EventId, PublicId, WorkspaceId};
use wamanager::web::routes::Demo;
use wamanager::web::security::Transport;
use wamanager::web::server;
use wamanager::web::sse::{LiveRoom, LiveRooms, Push, Viewer};

use super::Browser;

/// Good enough for every test user.
pub const PASSWORD: &str = "velvet-otter-sings-loud";
/// A Tuesday in 2023.
const START: UnixMs = UnixMs(1_700_000_000_000);

/// Pages over real rooms, without any number linked.
pub struct TestApp {
    pub base: String,
    pub accounts: Accounts,
    pub db: Db,
    pub bus: Bus,
    pub clock: ManualClock,
    pub stopping: CancellationToken,
    handle: ServerHandle,
    _dir: TempDir,
}

/// A person at a browser, in a workspace.
pub struct Person {
    pub browser: Browser,
    pub workspace: Workspace,
    pub email: String,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with_transport(Transport::Http).await
    }

    pub async fn with_transport(transport: Transport) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(START);
        let db = db::open(dir.path()).unwrap();
        let accounts = Accounts::new(db.clone(), Clock::Manual(clock.clone()));
        let (bus, stopping) = (Bus::default(), CancellationToken::new());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let options = server::Options {
            listener,
            workers: 1,
            transport,
            demo: Demo::Off,
            stopping: stopping.clone(),
            grace: Duration::from_secs(2),
        };
        let services = (accounts.clone(), db.clone(), bus.clone(), Clock::Manual(clock.clone()));
        let server = server::start(options, move |config| {
            let (accounts, db, bus, clock) = services.clone();
            config
                .app_data(Data::new(accounts))
                .app_data(Data::new(db))
                .app_data(Data::new(bus))
                .app_data(Data::new(clock))
                .app_data(Data::new(LiveRooms(vec![Arc::new(EchoRoom)])));
        });
        let server = server.unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            base,
            accounts,
            db,
            bus,
            clock,
            stopping,
            handle,
            _dir: dir,
        }
    }

    /// A browser that nobody has logged in with.
    pub fn anonymous(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// An owner of a workspace of that name.
    pub async fn owner(&self, workspace: &str) -> Person {
        let email = format!("owner-of-{}@example.com", workspace.to_lowercase());
        let user = self
            .accounts
            .create_user(new_user(&email, PlatformRole::User))
            .await
            .unwrap();
        let new = NewWorkspace {
            name: workspace.into(),
            time_zone: "Europe/Berlin".into(),
            country: "DE".into(),
        };
        let workspace = self.accounts.create_workspace(user.id, new).await.unwrap();
        self.enter(email, workspace).await
    }

    /// Another member of the workspace.
    pub async fn member(&self, workspace: &Workspace, role: MemberRole) -> Person {
        self.member_as(workspace, role, PlatformRole::User).await
    }

    /// Someone who may look and change nothing.
    pub async fn guest(&self, workspace: &Workspace) -> Person {
        self.member_as(workspace, MemberRole::Owner, PlatformRole::Guest).await
    }

    async fn member_as(&self, workspace: &Workspace, role: MemberRole, platform: PlatformRole) -> Person {
        let email = format!("{role}-{platform}-{}@example.com", workspace.id);
        let user = self.accounts.create_user(new_user(&email, platform)).await.unwrap();
        self.accounts
            .put_member(workspace.public_id.clone(), user.id, role)
            .await
            .unwrap();
        self.enter(email, workspace.clone()).await
    }

    /// Someone with a login and no workspace.
    pub async fn stranger(&self) -> Browser {
        self.accounts
            .create_user(new_user("stranger@example.com", PlatformRole::User))
            .await
            .unwrap();
        let browser = self.anonymous();
        browser.log_in("stranger@example.com", PASSWORD).await;
        browser
    }

    async fn enter(&self, email: String, workspace: Workspace) -> Person {
        let browser = self.anonymous();
        browser.log_in(&email, PASSWORD).await;
        Person {
            browser,
            workspace,
            email,
        }
    }

    /// Appends an event to the workspace's log, as a room would; returns its id.
    pub async fn happen(&self, workspace: WorkspaceId) -> EventId {
        let now = self.clock.now();
        let event = Event::ChatChanged {
            chat: PublicId::new("chat"),
        };
        let id = self
            .db
            .write(move |tx| events::append(tx, workspace, &event, now))
            .await
            .unwrap();
        self.bus.nudge(workspace);
        id
    }

    /// Ids of things in the person's workspace, by the name that routes give their parameters.
    pub async fn one_of_each(&self, person: &Person) -> HashMap<&'static str, PublicId> {
        HashMap::from([("workspace", person.workspace.public_id.clone())])
    }

    /// What the program does when it is told to stop.
    pub async fn stop(self) {
        self.stopping.cancel();
        self.handle.stop(true).await;
        self.db.close().await;
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

/// Shows every event by its kind, so that the stream can be tested apart from what rooms draw.
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
