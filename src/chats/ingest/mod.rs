//! Stores inbound messages. The client acknowledges a message to WhatsApp only after [`Ingest`] returned `Ok`.

mod changing;
mod described;
mod groups;
mod ours;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use rusqlite::Connection;
use wa_client::{
    Address, Card, CommitError, Content, GroupNews, Inbound, InboundSink, Line as Told, Media, OutgoingContent,
    OutgoingContext, PartOf, PersonNews, Received,
};

pub use self::ours::{OwnMessages, ToSend};
use super::model::{ChatKind, Kind, Origin, Status};
use super::store::changes::{self, Found};
use super::store::{self, ChatKey, NewMessage, OURSELVES, Written, outgoing, recall};
use super::{files, handling};
use crate::clock::{Clock, UnixMs};
use crate::contacts::{self, Identity};
use crate::crypto::Sealer;
use crate::db::{self, Db, DbError};
use crate::events::{self, Bus, Event};
use crate::ids::{ChatId, ContactId, PublicId, SessionId, WorkspaceId};
use crate::jobs::Jobs;
use crate::media::FileId;
use crate::sessions;

/// WhatsApp's timestamps are whole seconds. A live message gets our time instead when the two are this close, or an
/// answer within the same second would sort above what it answers.
const LIVE: Duration = Duration::from_secs(10);

const JUST_BEFORE: Duration = Duration::from_millis(1);

/// How long a phone may request a message of ours again: as long as WhatsApp keeps messages for a phone that is off.
const SENT_AGAIN_WITHIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What one transaction stores at most: everybody else waits for the writer meanwhile, and a burst of large messages or a
/// phone's history may come as one batch.
pub(super) const PIECE_MESSAGES: usize = 200;
pub(super) const PIECE_BYTES: usize = 256 * 1024;

/// A live location that has not moved for so long is over: the next one is another.
pub const LIVE_LOCATION_RESTS: Duration = Duration::from_secs(30 * 60);
/// As long as a phone shares its place at most.
const LIVE_LOCATION_LASTS: Duration = Duration::from_secs(8 * 60 * 60);

/// The client's sink for inbound messages. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    db: Db,
    clock: Clock,
    bus: Bus,
    sealer: Sealer,
    /// Where files of messages are fetched; `None`: nowhere.
    jobs: Option<Jobs>,
    /// A session never changes its workspace or public id, so they are read once.
    known: Arc<Mutex<HashMap<SessionId, Line>>>,
}

/// The number that received the messages.
#[derive(Clone)]
struct Line {
    workspace: WorkspaceId,
    session: SessionId,
    public_id: PublicId,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Live,
    /// From before the phone was linked: neither unread nor notified.
    Past,
}

impl Ingest {
    #[must_use]
    pub fn new(db: Db, clock: Clock, bus: Bus, sealer: Sealer) -> Self {
        Self {
            db,
            clock,
            bus,
            sealer,
            jobs: None,
            known: Arc::default(),
        }
    }

    /// The same, and small files of what arrives are fetched by `jobs`.
    #[must_use]
    pub fn fetching(mut self, jobs: Jobs) -> Self {
        self.jobs = Some(jobs);
        self
    }

    async fn store(&self, session: SessionId, messages: Vec<Inbound>, age: Age) -> Result<(), CommitError> {
        if messages.is_empty() {
            return Ok(());
        }
        let line = self.line(session).await.map_err(refused)?;
        let workspace = line.workspace;
        let with_files = messages
            .iter()
            .any(|message| matches!(message.content, Content::Media(_)));
        for piece in pieces(messages) {
            let batch = Batch {
                line: line.clone(),
                sealer: self.sealer.clone(),
                age,
                fetches: self.jobs.is_some(),
                now: self.clock.now(),
            };
            let stored = self.db.write(move |tx| batch.store(tx, &piece));
            stored.await.map_err(refused)?;
            self.bus.nudge(workspace);
        }
        if let Some(jobs) = self.jobs.as_ref().filter(|_| with_files) {
            jobs.wake();
        }
        Ok(())
    }

    async fn line(&self, session: SessionId) -> db::Result<Line> {
        if let Some(line) = self.known.lock().get(&session) {
            return Ok(line.clone());
        }
        let (workspace, public_id) = self.db.read(move |c| sessions::workspace_of(c, session)).await?;
        let line = Line {
            workspace,
            session,
            public_id,
        };
        self.known.lock().insert(session, line.clone());
        Ok(line)
    }
}

/// A batch in the pieces that each get a transaction, in its order. What is stored when a later piece fails stays so, and
/// changes nothing when it comes again.
pub(super) fn pieces(messages: Vec<Inbound>) -> Vec<Vec<Inbound>> {
    let (mut pieces, mut bytes) = (Vec::<Vec<Inbound>>::new(), 0);
    for message in messages {
        let size = message.raw.len();
        match pieces.last_mut() {
            Some(piece) if piece.len() < PIECE_MESSAGES && bytes + size <= PIECE_BYTES => {
                bytes += size;
                piece.push(message);
            }
            _ => {
                bytes = size;
                pieces.push(vec![message]);
            }
        }
    }
    pieces
}

fn refused(error: db::DbError) -> CommitError {
    CommitError(error.to_string())
}

#[async_trait]
impl InboundSink for Ingest {
    async fn commit(&self, session: wa_client::SessionId, messages: Vec<Inbound>) -> Result<(), CommitError> {
        self.store(SessionId(session.0), messages, Age::Live).await
    }

    async fn commit_history(&self, session: wa_client::SessionId, messages: Vec<Inbound>) -> Result<(), CommitError> {
        self.store(SessionId(session.0), messages, Age::Past).await
    }

    async fn has(&self, session: wa_client::SessionId, message: &Received) -> Result<bool, CommitError> {
        let message = message.clone();
        let has = move |c: &Connection| recall::has(c, SessionId(session.0), &message);
        self.db.read(has).await.map_err(refused)
    }

    async fn learn(&self, session: wa_client::SessionId, people: Vec<PersonNews>) -> Result<(), CommitError> {
        let line = self.line(SessionId(session.0)).await.map_err(refused)?;
        let workspace = line.workspace;
        let news = self.db.read(move |c| {
            let is_news = |news: &PersonNews| contacts::is_news_in(c, workspace, news);
            let mut all = Vec::new();
            for person in people {
                if is_news(&person)? {
                    all.push(person);
                }
            }
            Ok::<_, DbError>(all)
        });
        let (news, now) = (news.await.map_err(refused)?, self.clock.now());
        if news.is_empty() {
            return Ok(());
        }
        let learn = move |tx: &rusqlite::Transaction<'_>| {
            let mut told = false;
            for person in &news {
                told |= store::learn(tx, workspace, person, now)?;
            }
            Ok::<_, DbError>(told)
        };
        if self.db.write(learn).await.map_err(refused)? {
            self.bus.nudge(workspace);
        }
        Ok(())
    }

    async fn group_changed(&self, session: wa_client::SessionId, news: GroupNews) -> Result<(), CommitError> {
        self.follow(session, news).await
    }

    async fn sent(
        &self,
        session: wa_client::SessionId,
        chat: &Address,
        id: &str,
    ) -> Result<Option<(OutgoingContent, OutgoingContext)>, CommitError> {
        let (chat, id, since) = (chat.clone(), id.to_owned(), self.clock.now().minus(SENT_AGAIN_WITHIN));
        let own = OwnMessages::new(self.sealer.clone());
        let sent = move |c: &Connection| {
            let Some(message) = outgoing::by_wa_id(c, SessionId(session.0), &chat, &id, since)? else {
                return Ok(None);
            };
            own.to_send_in(c, message)
        };
        let sent = self.db.read(sent).await.map_err(refused)?;
        Ok(sent.map(|sent| (sent.content, sent.context)))
    }
}

/// Messages that are written in one transaction.
struct Batch {
    line: Line,
    sealer: Sealer,
    age: Age,
    /// Files come by themselves.
    fetches: bool,
    now: UnixMs,
}

/// A message and its chat.
struct Placed<'a> {
    message: &'a Inbound,
    place: ChatKey,
    chat_kind: ChatKind,
    sender: ContactId,
    at: UnixMs,
}

impl Batch {
    fn store(&self, c: &Connection, messages: &[Inbound]) -> db::Result<()> {
        let mut changed: Vec<PublicId> = Vec::new();
        let mut begins: HashMap<ChatId, Option<UnixMs>> = HashMap::new();
        for message in messages {
            let mut placed = self.place(c, message)?;
            if self.age == Age::Past {
                let chat = placed.place.chat;
                let begin = match begins.get(&chat) {
                    Some(begin) => *begin,
                    None => *begins
                        .entry(chat)
                        .or_insert(store::older::first(c, chat)?.map(|(_, at)| at)),
                };
                // Times of the history are whole seconds: what came before the first message may have the same.
                if begin == Some(placed.at) {
                    placed.at = placed.at.minus(JUST_BEFORE);
                }
            }
            self.store_one(c, &placed)?;
            if self.age == Age::Past && changed.last() != Some(&placed.place.public_id) {
                changed.push(placed.place.public_id);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        for chat in changed {
            self.tell(c, &Event::ChatChanged { chat })?;
        }
        Ok(())
    }

    fn place<'a>(&self, c: &Connection, message: &'a Inbound) -> db::Result<Placed<'a>> {
        let Line { workspace, session, .. } = self.line;
        let chat_kind = store::kind_of(&message.chat);
        let theirs = !message.from_me;
        // In a direct chat the sender is the chat's contact, so the sender's details belong to the chat.
        let alt = message
            .sender_alt
            .as_ref()
            .filter(|_| theirs && chat_kind == ChatKind::Direct);
        let push_name = message
            .push_name
            .as_deref()
            .filter(|_| theirs && chat_kind == ChatKind::Direct);
        let who = Identity {
            address: &message.chat,
            alt,
            push_name,
        };
        let place = store::place(c, workspace, session, who, self.now)?;
        let sender = match (theirs, place.contact) {
            (false, _) => OURSELVES,
            (true, Some(contact)) => contact,
            (true, None) => {
                let (alt, push_name) = (message.sender_alt.as_ref(), message.push_name.as_deref());
                let who = Identity {
                    address: &message.sender,
                    alt,
                    push_name,
                };
                store::person(c, workspace, who, self.now)?
            }
        };
        Ok(Placed {
            message,
            place,
            chat_kind,
            sender,
            at: self.time_of(message),
        })
    }

    fn time_of(&self, message: &Inbound) -> UnixMs {
        let told = UnixMs(message.at_ms);
        let near = told.since(self.now).max(self.now.since(told)) < LIVE;
        if self.age == Age::Live && near && !message.offline {
            self.now
        } else {
            told.min(self.now)
        }
    }

    fn store_one(&self, c: &Connection, placed: &Placed<'_>) -> db::Result<()> {
        let message = placed.message;
        let content = self.describe(c, message)?;
        let role = self.role(c, placed)?;
        let public_id = PublicId::new("msg");
        let theirs = !message.from_me;
        let shown = content.kind.is_shown() && matches!(role, Role::Itself);
        let written = content.kind.is_written();
        let unread = theirs && self.age == Age::Live && shown && written;
        let sealed = self.seal_raw(message, &public_id);
        let chosen = self.chosen(c, placed)?;
        let new = NewMessage {
            public_id: public_id.clone(),
            workspace: self.line.workspace,
            session: self.line.session,
            chat: placed.place.chat,
            wa_id: &message.id,
            sender: placed.sender,
            kind: content.kind,
            origin: if theirs { Origin::Contact } else { Origin::Phone },
            status: if theirs { Status::Received } else { Status::Sent },
            at: placed.at,
            shown,
            unread,
            body: content.body,
            words: content.words.as_deref(),
            file_name: match &message.content {
                Content::Media(media) => media.file_name.as_deref(),
                _ => None,
            },
            detail: content.detail.as_ref(),
            context: Some(chosen.as_ref().unwrap_or(&message.context)),
            quoted_wa_id: message.context.quote.as_ref().map(|quote| quote.id.as_str()),
            quote: content.quote.as_ref(),
            album: match &message.context.part_of {
                Some(PartOf::Album(parent)) => Some(parent),
                _ => None,
            },
            author: None,
            raw: Some(sealed),
        };
        let (id, public_id, readable) = match store::insert_message(c, &new, self.now)? {
            Written::Known => return Ok(()),
            Written::New(id) => (id, public_id, false),
            Written::Readable(id, public_id) => {
                // It was sealed for the id that the new row would have had.
                store::set_raw(c, id, &self.seal_raw(message, &public_id))?;
                if !shown {
                    store::recount(c, placed.place.chat)?;
                }
                (id, public_id, true)
            }
        };
        self.note_timer(c, placed)?;
        match role {
            Role::Itself => {}
            Role::Replaces(found, media) => {
                self.replace(c, &found, media)?;
                return self.tell_changed(c, placed, found.public_id);
            }
            Role::Moves(found) => {
                if let Some(place) = &content.detail {
                    changes::move_to(c, &found, place, placed.at)?;
                }
                return self.tell_changed(c, placed, found.public_id);
            }
            Role::Outdated => return Ok(()),
        }
        if let Content::Media(media) = &message.content {
            // What is to be seen once is not fetched.
            let file = match message.context.view_once {
                true => None,
                false => self.announce(c, content.kind, media)?,
            };
            store::insert_media(c, id, media, file, &self.seal_key(media, &public_id))?;
        }
        if !shown {
            return self.change(c, placed, id);
        }
        if let Some(PartOf::Hd(parent)) = &message.context.part_of {
            changes::wait(c, placed.place.chat, parent, id)?;
        }
        if !readable && listed(&message.chat) && (written || is_listed_line(&message.content)) {
            store::touch(c, placed.place.chat, id, placed.at, theirs && written, unread)?;
            if unread {
                handling::came_in(c, self.line.workspace, placed.place.chat, self.now)?;
            }
        }
        self.catch_up(c, placed)?;
        if readable {
            return self.tell_changed(c, placed, public_id);
        }
        self.tell_new(c, placed, public_id)
    }

    fn announce(&self, c: &Connection, kind: Kind, media: &Media) -> db::Result<Option<FileId>> {
        let by_itself = self.fetches && self.age == Age::Live;
        files::announce_in(c, self.line.workspace, (kind, media), by_itself, self.now)
    }

    /// The picture takes the place of the same one in another size.
    fn replace(&self, c: &Connection, found: &Found, media: &Media) -> db::Result<()> {
        let file = self.announce(c, found.kind, media)?;
        store::replace_media(c, found.id, media, file, &self.seal_key(media, &found.public_id))
    }

    fn seal_raw(&self, message: &Inbound, public_id: &PublicId) -> Vec<u8> {
        self.sealer.seal(&format!("messages|raw|{public_id}"), &message.raw)
    }

    fn seal_key(&self, media: &Media, public_id: &PublicId) -> Vec<u8> {
        self.sealer
            .seal(&format!("media|media_key|{public_id}"), &media.media_key)
    }

    /// Whether a message is a bubble of its own.
    fn role<'a>(&self, c: &Connection, placed: &Placed<'a>) -> db::Result<Role<'a>> {
        match (&placed.message.content, &placed.message.context.part_of) {
            (Content::Media(media), Some(PartOf::Hd(parent))) => {
                let target = wa_client::Target {
                    id: parent.clone(),
                    ..wa_client::Target::default()
                };
                let found = changes::own(c, self.changed(placed, &target))?;
                Ok(match found.filter(|found| found.kind.is_media()) {
                    Some(found) => Role::Replaces(found, media),
                    None => Role::Itself,
                })
            }
            (Content::Card { card, .. }, _) => {
                let Card::LiveLocation { sequence, .. } = card else {
                    return Ok(Role::Itself);
                };
                let (since, longest) = (
                    placed.at.minus(LIVE_LOCATION_RESTS),
                    placed.at.minus(LIVE_LOCATION_LASTS),
                );
                let live = changes::live_location(c, placed.place.chat, placed.sender, since, longest)?;
                Ok(match live {
                    Some((found, last)) if *sequence >= last => Role::Moves(found),
                    Some(_) => Role::Outdated,
                    None => Role::Itself,
                })
            }
            _ => Ok(Role::Itself),
        }
    }

    /// The conversation's timer: a line sets it, and every message says which one it was sent with.
    fn note_timer(&self, c: &Connection, placed: &Placed<'_>) -> db::Result<()> {
        let at = UnixMs(placed.message.at_ms);
        let seconds = match &placed.message.content {
            Content::Card {
                card: Card::Line(Told::Timer { seconds }),
                ..
            } => Some(*seconds),
            _ => placed.message.context.expires_after,
        };
        match seconds {
            Some(seconds) => store::set_timer(c, placed.place.chat, seconds, at),
            None => Ok(()),
        }
    }

    fn tell_changed(&self, c: &Connection, placed: &Placed<'_>, message: PublicId) -> db::Result<()> {
        if self.age == Age::Past {
            return Ok(());
        }
        let chat = placed.place.public_id.clone();
        self.tell(c, &Event::MessageChanged { chat, message })
    }

    fn tell_new(&self, c: &Connection, placed: &Placed<'_>, message: PublicId) -> db::Result<()> {
        if self.age == Age::Past {
            return Ok(());
        }
        let (session, chat) = (self.line.public_id.clone(), placed.place.public_id.clone());
        self.tell(c, &Event::MessageReceived { session, chat, message })
    }

    fn tell(&self, c: &Connection, event: &Event) -> db::Result<()> {
        events::append(c, self.line.workspace, event, self.now).map(|_| ())
    }
}

/// Status updates and newsletters are stored, but are not conversations.
fn listed(chat: &wa_client::Address) -> bool {
    !matches!(chat, wa_client::Address::Other(jid) if jid == "status@broadcast" || jid.ends_with("@newsletter"))
}

/// A missed call moves its conversation up like a message; a new group stands in the list from the beginning.
fn is_listed_line(content: &Content) -> bool {
    matches!(
        content,
        Content::Card {
            card: Card::Line(Told::MissedCall { .. } | Told::Created { .. }),
            ..
        }
    )
}

/// What a message is to the thread.
enum Role<'a> {
    Itself,
    /// The same picture in high definition.
    Replaces(Found, &'a Media),
    /// An update of a live location.
    Moves(Found),
    /// An update that a later one has overtaken.
    Outdated,
}
