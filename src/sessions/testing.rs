//! The test setup of this room and the rooms above it: a scripted gateway, a manual clock, its own database.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wa_client::testing::ScriptedGateway;
use wa_client::{InboundSink, LinkEvent};

use super::{ChatNews, Ports, Reason, SendNews, Session, Sessions, State, Supervisor};
use crate::accounts::{MemberRole, Scope};
use crate::clock::{Clock, ManualClock, UnixMs};
use crate::db::{self, Db};
use crate::events::Bus;
use crate::ids::{PublicId, UserId, WorkspaceId};
use crate::plans;

pub(crate) const START: UnixMs = UnixMs(1_800_000_000_000);
pub(crate) const PHONE: &str = "5511900000001";

/// Long enough that only a test that would never end reaches it.
const NEVER: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    pub dir: tempfile::TempDir,
    pub db: Db,
    pub manual: ManualClock,
    pub clock: Clock,
    pub bus: Bus,
    pub gateway: ScriptedGateway,
    pub tracker: TaskTracker,
    pub stop: CancellationToken,
    pub sessions: Sessions,
    pub supervisor: Supervisor,
    pub scope: Scope,
    pub sends: Option<mpsc::UnboundedReceiver<SendNews>>,
    pub chats: Option<mpsc::UnboundedReceiver<ChatNews>>,
}

impl Stage {
    /// Two workspaces with an owner each; nothing runs yet. `sink` makes the room's own sink.
    pub(crate) async fn new(sink: impl FnOnce(&Db, &Clock, &Bus) -> Arc<dyn InboundSink>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = db::open(dir.path()).unwrap();
        db.write(|tx| {
            tx.execute_batch(
                "
                INSERT INTO users (id, public_id, email, name, password_hash, platform_role, created_at)
                VALUES (1, 'usr_00000000000000000000000001', 'a@example.org', 'A', '', 'admin', 0);
                INSERT INTO workspaces (id, public_id, name, time_zone, country, created_at)
                VALUES (1, 'wsp_00000000000000000000000001', 'One', 'America/Sao_Paulo', 'BR', 0),
                       (2, 'wsp_00000000000000000000000002', 'Two', 'America/Sao_Paulo', 'BR', 0);",
            )
            .map_err(db::DbError::from)?;
            // Tests of a limit choose a plan that has one.
            for workspace in [WorkspaceId(1), WorkspaceId(2)] {
                plans::set_unlimited_in(tx, workspace, START)?;
            }
            Ok::<_, db::DbError>(())
        })
        .await
        .unwrap();
        Self::on(dir, db, ManualClock::new(START), ScriptedGateway::default(), sink)
    }

    /// Restarts the program on the same data.
    pub(crate) fn restarted(self, sink: impl FnOnce(&Db, &Clock, &Bus) -> Arc<dyn InboundSink>) -> Self {
        let gateway = ScriptedGateway::default();
        gateway.take_keys_of(&self.gateway);
        Self::on(self.dir, self.db, self.manual, gateway, sink)
    }

    fn on(
        dir: tempfile::TempDir,
        db: Db,
        manual: ManualClock,
        gateway: ScriptedGateway,
        sink: impl FnOnce(&Db, &Clock, &Bus) -> Arc<dyn InboundSink>,
    ) -> Self {
        let (clock, bus) = (Clock::Manual(manual.clone()), Bus::default());
        let (ports, sends, chats) = Ports::new();
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let supervisor = Supervisor::new(
            db.clone(),
            clock.clone(),
            bus.clone(),
            Arc::new(gateway.clone()),
            sink(&db, &clock, &bus),
            ports,
            tracker.clone(),
            stop.clone(),
            crate::crypto::Sealer::new(&[7; 32], "sessions"),
        );
        let sessions = Sessions::new(db.clone(), clock.clone(), bus.clone(), supervisor.clone());
        let scope = Scope::person(WorkspaceId(1), UserId(1), MemberRole::Owner);
        Self {
            dir,
            db,
            manual,
            clock,
            bus,
            gateway,
            tracker,
            stop,
            sessions,
            supervisor,
            scope,
            sends: Some(sends),
            chats: Some(chats),
        }
    }

    pub(crate) fn stranger(&self) -> Scope {
        Scope {
            workspace: WorkspaceId(2),
            ..self.scope
        }
    }

    /// A session that shows a QR code.
    pub(crate) async fn pairing(&self, name: &str) -> Session {
        let session = self.sessions.create(self.scope, name).await.unwrap();
        self.sessions.pair(self.scope, &session.public_id).await.unwrap();
        self.gateway.wait_until_open(Self::client(&session)).await;
        self.emit(
            &session,
            LinkEvent::Qr {
                code: "1@qr".into(),
                valid_for: Duration::from_secs(60),
            },
        );
        self.becomes(&session.public_id, State::Pairing).await
    }

    /// A session that is linked with `phone` and connected.
    pub(crate) async fn connected(&self, phone: &str) -> Session {
        let session = self.pairing("Shop").await;
        self.emit(&session, paired(phone));
        self.becomes(&session.public_id, State::Connecting).await;
        self.gateway.set_paired(Self::client(&session), true);
        self.emit(&session, LinkEvent::Connected);
        self.becomes(&session.public_id, State::Connected).await
    }

    pub(crate) fn emit(&self, session: &Session, event: LinkEvent) {
        assert!(
            self.gateway.emit(Self::client(session), event),
            "nothing receives the link's events"
        );
    }

    pub(crate) fn client(session: &Session) -> wa_client::SessionId {
        wa_client::SessionId(session.id.0)
    }

    /// Waits until the session is in `state`.
    pub(crate) async fn becomes(&self, id: &PublicId, state: State) -> Session {
        let mut news = self.bus.subscribe(self.scope.workspace);
        within("a state", async {
            loop {
                let session = self.sessions.get(self.scope, id).await.unwrap();
                if session.state == state {
                    return session;
                }
                news.next().await.unwrap();
            }
        })
        .await
    }

    /// Waits until the session has this reason.
    pub(crate) async fn because(&self, id: &PublicId, reason: Reason) -> Session {
        let mut news = self.bus.subscribe(self.scope.workspace);
        within("a reason", async {
            loop {
                let session = self.sessions.get(self.scope, id).await.unwrap();
                if session.reason == Some(reason) {
                    return session;
                }
                news.next().await.unwrap();
            }
        })
        .await
    }

    /// Moves the clock in the watchdog's steps, so that it checks as often as usual, and lets all tasks run.
    pub(crate) async fn pass(&self, span: Duration) {
        let step = Duration::from_secs(5);
        for _ in 0..span.as_secs().div_ceil(step.as_secs()) {
            self.manual.advance(step);
            self.settle().await;
        }
    }

    /// Runs the tasks that are ready. A woken task may write to the database and go on from there; our own write
    /// returns only after that one, so three rounds cover three steps of the task.
    async fn settle(&self) {
        for _ in 0..3 {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            self.db.write(|_| Ok::<_, db::DbError>(())).await.unwrap();
        }
    }
}

pub(crate) fn paired(phone: &str) -> LinkEvent {
    LinkEvent::Paired {
        phone: phone.into(),
        lid: None,
        platform: Some("android".into()),
    }
}

/// Panics instead of hanging.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(NEVER, future).await {
        Ok(value) => value,
        Err(_) => panic!("timed out waiting for {what}"),
    }
}
