//! `/events`: one live stream per browser tab.
//!
//! The stream subscribes first and reads the log second, so no event is lost in between; each message carries the
//! event's id, and a browser that reconnects with `Last-Event-ID` continues there. Rooms turn events into fragments
//! ([`LiveRoom`]); this file only sends them. A stream belongs to one login and one membership: it ends when either
//! does, with the event `bye`, as it does when the program stops.

use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::Query;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::auth::{Actor, provided};
use super::frame::reader_of;
use super::problem::{PageResult, Problem, extractor_error};
use crate::accounts::{Accounts, Scope};
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db};
use crate::events::{self, Bus, Signal, Subscription, Transient};
use crate::i18n::{T, Text};
use crate::ids::{EventId, LoginId, WorkspaceId};

/// Below the idle timeout of a minute that proxies commonly have.
const PING: Duration = Duration::from_secs(20);
/// Events read at once.
const BATCH: u32 = 100;
/// A browser that missed more than this reloads the page instead.
const MOST_MISSED: u32 = 1_000;
/// Open streams of a workspace; each holds a connection and a little memory.
const STREAMS_PER_WORKSPACE: usize = 200;
/// Open streams of a login, so that a single browser cannot use up a workspace's.
const STREAMS_PER_LOGIN: usize = 30;

/// The viewer that a room renders for.
#[derive(Clone)]
pub struct Viewer {
    pub scope: Scope,
    pub t: T,
}

/// One message to the browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Push {
    /// One or more `<hx-partial>`s.
    Html(String),
    /// A named event on which elements refresh themselves.
    Named { event: &'static str, data: String },
}

/// A room whose events update open pages.
#[async_trait]
pub trait LiveRoom: Send + Sync {
    /// What an event changes on this viewer's pages; nothing for events of other rooms.
    async fn event(&self, viewer: &Viewer, row: &events::Row) -> db::Result<Vec<Push>>;

    /// The same for transients, which are not stored.
    async fn transient(&self, viewer: &Viewer, news: &Transient) -> db::Result<Vec<Push>>;
}

/// Provided as `Data<LiveRooms>`, in the order of rendering.
#[derive(Clone, Default)]
pub struct LiveRooms(pub Vec<Arc<dyn LiveRoom>>);

/// All open streams of the process.
#[derive(Clone)]
pub struct Streams {
    stopping: CancellationToken,
    open: Arc<Mutex<HashMap<Holder, usize>>>,
}

/// Open streams are counted under these keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Holder {
    Workspace(WorkspaceId),
    Login(LoginId),
}

impl Holder {
    const fn limit(self) -> usize {
        match self {
            Self::Workspace(_) => STREAMS_PER_WORKSPACE,
            Self::Login(_) => STREAMS_PER_LOGIN,
        }
    }
}

impl Streams {
    pub fn new(stopping: CancellationToken) -> Self {
        Self {
            stopping,
            open: Arc::default(),
        }
    }

    /// A permit for one more stream, unless the workspace or the login has reached its limit.
    fn permit(&self, workspace: WorkspaceId, login: LoginId) -> Option<Permit> {
        let holders = [Holder::Workspace(workspace), Holder::Login(login)];
        let mut open = self.open.lock();
        if holders
            .iter()
            .any(|held| open.get(held).is_some_and(|count| *count >= held.limit()))
        {
            return None;
        }
        for holder in holders {
            *open.entry(holder).or_insert(0) += 1;
        }
        Some(Permit {
            streams: self.clone(),
            holders,
        })
    }
}

/// Counts one stream until it is dropped.
struct Permit {
    streams: Streams,
    holders: [Holder; 2],
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock();
        for holder in &self.holders {
            if let Some(count) = open.get_mut(holder) {
                *count -= 1;
                if *count == 0 {
                    open.remove(holder);
                }
            }
        }
    }
}

#[derive(Deserialize)]
pub struct Since {
    /// The newest event that the page already shows.
    after: Option<i64>,
}

/// The services that a stream uses.
#[derive(Clone)]
pub struct Sources {
    accounts: Accounts,
    db: Db,
    bus: Bus,
    clock: Clock,
    streams: Streams,
    rooms: LiveRooms,
}

impl FromRequest for Sources {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = (|| {
            Ok(Self {
                accounts: provided(req, "accounts")?,
                db: provided(req, "the database")?,
                bus: provided(req, "the event bus")?,
                clock: provided(req, "a clock")?,
                streams: provided(req, "the register of streams")?,
                rooms: provided(req, "live rooms").unwrap_or_default(),
            })
        })();
        ready(found.map_err(|problem| extractor_error(problem, req)))
    }
}

/// `GET /events`.
pub async fn events(
    request: HttpRequest,
    actor: Actor,
    scope: Scope,
    since: Query<Since>,
    sources: Sources,
) -> PageResult {
    let place = sources
        .streams
        .permit(scope.workspace, actor.0.login)
        .ok_or_else(too_many)?;
    // Before the first read of the log and of the login, so that every later change is received.
    let (news, logins) = (sources.bus.subscribe(scope.workspace), sources.accounts.changes());
    let seen = last_event_id(&request).or(since.after.map(EventId));
    let workspace = scope.workspace;
    let newest = sources.db.read(move |c| events::latest(c, workspace)).await?;
    let ping_at = sources.clock.now().plus(PING);
    let live = Live {
        cursor: seen.unwrap_or(newest).min(newest),
        viewer: Viewer {
            scope,
            t: reader_of(Some(&actor.0)),
        },
        login: actor.0.login,
        sources,
        news,
        logins,
        queue: VecDeque::from([Bytes::from_static(b"retry: 2000\n: hello\n\n")]),
        phase: Phase::CatchUp,
        ping_at,
        _place: place,
    };
    Ok(streaming(stream::unfold(live, |mut live| async move {
        live.next().await.map(|bytes| (bytes, live))
    })))
}

/// A reply of events that no proxy holds back.
pub fn streaming(events: impl Stream<Item = Bytes> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // Set explicitly, so that no middleware buffers small chunks in order to compress them.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events.map(Ok::<_, Infallible>))
}

fn too_many() -> Problem {
    let detail = Text::new("problem-too-many-tabs");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-tabs", detail).again_after(Duration::from_secs(30))
}

fn last_event_id(request: &HttpRequest) -> Option<EventId> {
    request
        .headers()
        .get("last-event-id")?
        .to_str()
        .ok()?
        .parse()
        .ok()
        .map(EventId)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The log may contain more than what was sent.
    CatchUp,
    Listen,
    Over,
}

/// A live stream.
struct Live {
    cursor: EventId,
    viewer: Viewer,
    login: LoginId,
    sources: Sources,
    news: Subscription,
    logins: watch::Receiver<u64>,
    queue: VecDeque<Bytes>,
    phase: Phase,
    /// A time rather than a delay from now, so that pings come on a busy stream too.
    ping_at: UnixMs,
    _place: Permit,
}

impl Live {
    /// The next bytes to send; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.queue.pop_front() {
                return Some(bytes);
            }
            let step = match self.phase {
                Phase::CatchUp => self.catch_up().await,
                Phase::Listen => self.listen().await,
                Phase::Over => return None,
            };
            if let Err(error) = step {
                // The browser reconnects with its cursor; the page still works meanwhile.
                tracing::warn!(%error, "a live stream ended");
                self.say_goodbye();
            }
        }
    }

    async fn catch_up(&mut self) -> db::Result<()> {
        let (workspace, cursor) = (self.viewer.scope.workspace, self.cursor);
        let rows = self
            .sources
            .db
            .read(move |c| events::after(c, workspace, cursor, MOST_MISSED + 1))
            .await?;
        if rows.len() > MOST_MISSED as usize {
            let newest = self.sources.db.read(move |c| events::latest(c, workspace)).await?;
            self.cursor = newest;
            self.queue.push_back(frame(
                Some(newest),
                &[Push::Named {
                    event: "stale",
                    data: String::new(),
                }],
            ));
            return Ok(());
        }
        for row in rows.iter().take(BATCH as usize) {
            let mut pushes = Vec::new();
            for room in &self.sources.rooms.0 {
                pushes.extend(room.event(&self.viewer, row).await?);
            }
            self.cursor = row.id;
            if !pushes.is_empty() {
                self.queue.push_back(frame(Some(row.id), &pushes));
            }
        }
        if rows.len() <= BATCH as usize {
            self.phase = Phase::Listen;
        }
        Ok(())
    }

    async fn listen(&mut self) -> db::Result<()> {
        // In this order: on a busy stream the events would otherwise starve the rest.
        tokio::select! {
            biased;
            () = self.sources.streams.stopping.cancelled() => self.say_goodbye(),
            changed = self.logins.changed() => {
                if changed.is_err() || !self.still_may().await {
                    self.say_goodbye();
                } else {
                    // Whoever left has left chats to others.
                    self.phase = Phase::CatchUp;
                }
            }
            () = self.sources.clock.sleep_until(self.ping_at) => {
                self.ping_at = self.sources.clock.now().plus(PING);
                // Also detects an expired login, for which there is no event.
                if self.still_may().await {
                    self.queue.push_back(Bytes::from_static(b": ping\n\n"));
                } else {
                    self.say_goodbye();
                }
            }
            signal = self.news.next() => match signal {
                Some(Signal::Nudge) => self.phase = Phase::CatchUp,
                Some(Signal::Transient(news)) => self.relay(&news).await?,
                None => self.say_goodbye(),
            },
        }
        Ok(())
    }

    async fn relay(&mut self, news: &Transient) -> db::Result<()> {
        let mut pushes = Vec::new();
        for room in &self.sources.rooms.0 {
            pushes.extend(room.transient(&self.viewer, news).await?);
        }
        if !pushes.is_empty() {
            self.queue.push_back(frame(None, &pushes));
        }
        Ok(())
    }

    async fn still_may(&self) -> bool {
        self.sources
            .accounts
            .still_may(self.login, self.viewer.scope)
            .await
            .unwrap_or(false)
    }

    fn say_goodbye(&mut self) {
        self.queue.push_back(Bytes::from_static(b"event: bye\ndata: bye\n\n"));
        self.phase = Phase::Over;
    }
}

/// The messages of one event. Only the last carries the id, so that after a cut all are repeated and none is lost.
fn frame(id: Option<EventId>, pushes: &[Push]) -> Bytes {
    let mut text = String::new();
    for (at, push) in pushes.iter().enumerate() {
        if let Some(id) = id.filter(|_| at + 1 == pushes.len()) {
            let _ = writeln!(text, "id: {id}");
        }
        let data = match push {
            Push::Html(html) => html,
            Push::Named { event, data } => {
                let _ = writeln!(text, "event: {event}");
                data
            }
        };
        // A lone carriage return also ends a line in SSE, so it must not be sent.
        for line in data.replace("\r\n", "\n").split(['\n', '\r']) {
            let _ = writeln!(text, "data: {line}");
        }
        text.push('\n');
    }
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_of_many_lines_is_one_message_with_its_id_last() {
        let pushes = [
            Push::Html("<p>\n  a\r\n\n</p>".into()),
            Push::Named {
                event: "sessions.changed",
                data: String::new(),
            },
        ];
        let expected = "data: <p>\ndata:   a\ndata: \ndata: </p>\n\nid: 7\nevent: sessions.changed\ndata: \n\n";
        assert_eq!(frame(Some(EventId(7)), &pushes), expected);
    }

    #[test]
    fn streams_are_limited_per_workspace_and_login_and_permits_are_returned() {
        let streams = Streams::new(CancellationToken::new());
        let admit =
            |workspace, login: usize| streams.permit(WorkspaceId(workspace), LoginId(i64::try_from(login).unwrap()));
        let mut places: Vec<_> = (0..STREAMS_PER_WORKSPACE)
            .map(|n| admit(1, n / STREAMS_PER_LOGIN).unwrap())
            .collect();
        assert!(admit(1, 99).is_none());
        assert!(admit(2, 0).is_none(), "the login has as many as it may");
        assert!(admit(2, 99).is_some());
        places.pop();
        assert!(admit(1, 99).is_some());
        drop(places);
        assert!(streams.open.lock().is_empty());
    }
}
