//! Stores inbound messages. The client acknowledges a message to WhatsApp only after [`Ingest`] returned `Ok`.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use wa_client::{Address, CommitError, Content, Inbound, InboundSink, Media, MediaKind, OutgoingContent, Received};

use super::files;
use super::model::{ChatKind, Detail, Kind, Origin, Status};
use super::store::changes::{self, Change};
use super::store::{self, NewMessage, OURSELVES, Place, Written, recall};
use crate::clock::{Clock, UnixMs};
use crate::contacts::Identity;
use crate::crypto::Sealer;
use crate::db::{self, Db};
use crate::events::{self, Bus, Event};
use crate::ids::{ContactId, MessageId, PublicId, SessionId, WorkspaceId};
use crate::jobs::Jobs;
use crate::sessions;

/// WhatsApp's timestamps are whole seconds. A live message gets our time instead when the two are this close, or an
/// answer within the same second would sort above what it answers.
const LIVE: Duration = Duration::from_secs(10);

/// How long a phone may request a message of ours again: as long as WhatsApp keeps messages for a phone that is off.
const SENT_AGAIN_WITHIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

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
        let batch = Batch {
            line,
            sealer: self.sealer.clone(),
            age,
            fetches: self.jobs.is_some(),
            now: self.clock.now(),
        };
        self.db
            .write(move |tx| batch.store(tx, &messages))
            .await
            .map_err(refused)?;
        self.bus.nudge(workspace);
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

    async fn sent(
        &self,
        session: wa_client::SessionId,
        chat: &Address,
        id: &str,
    ) -> Result<Option<OutgoingContent>, CommitError> {
        let (chat, id, since) = (chat.clone(), id.to_owned(), self.clock.now().minus(SENT_AGAIN_WITHIN));
        let sent = move |c: &Connection| recall::sent_text(c, SessionId(session.0), &chat, &id, since);
        let body = self.db.read(sent).await.map_err(refused)?;
        Ok(body.map(|body| OutgoingContent::Text { body }))
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
    place: Place,
    chat_kind: ChatKind,
    sender: ContactId,
    at: UnixMs,
}

impl Batch {
    fn store(&self, c: &Connection, messages: &[Inbound]) -> db::Result<()> {
        let mut changed: Vec<PublicId> = Vec::new();
        for message in messages {
            let placed = self.place(c, message)?;
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
        let content = Described::of(&message.content);
        let public_id = PublicId::new("msg");
        let theirs = !message.from_me;
        let unread = theirs && self.age == Age::Live && content.kind.is_shown();
        let sealed = self.sealer.seal(&format!("messages|raw|{public_id}"), &message.raw);
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
            unread,
            body: content.body,
            detail: content.detail.as_ref(),
            quoted_wa_id: content.quoted,
            author: None,
            raw: Some(sealed),
        };
        match store::insert_message(c, &new, self.now)? {
            Written::Known => Ok(()),
            Written::New(id) => {
                self.complete(c, placed, &content, id, &public_id)?;
                if !content.kind.is_shown() {
                    return self.apply(c, placed);
                }
                if listed(&message.chat) {
                    store::touch(c, placed.place.chat, id, placed.at, theirs, unread)?;
                }
                self.tell_new(c, placed, public_id)
            }
            Written::Readable(id, public_id) => {
                // It was sealed for the id that the new row would have had.
                let raw = self.sealer.seal(&format!("messages|raw|{public_id}"), &message.raw);
                store::set_raw(c, id, &raw)?;
                self.complete(c, placed, &content, id, &public_id)?;
                if !content.kind.is_shown() {
                    return self.apply(c, placed);
                }
                let chat = placed.place.public_id.clone();
                self.tell(
                    c,
                    &Event::MessageChanged {
                        chat,
                        message: public_id,
                    },
                )
            }
        }
    }

    /// Stores what a message has beyond its row: its media, and changes to it that arrived earlier.
    fn complete(
        &self,
        c: &Connection,
        placed: &Placed<'_>,
        content: &Described<'_>,
        id: MessageId,
        public_id: &PublicId,
    ) -> db::Result<()> {
        if let Some(media) = content.media {
            let key = self
                .sealer
                .seal(&format!("media|media_key|{public_id}"), &media.media_key);
            let by_itself = self.fetches && self.age == Age::Live;
            let file = files::announce_in(c, self.line.workspace, (content.kind, media), by_itself, self.now)?;
            store::insert_media(c, id, media, file, &key)?;
        }
        if content.kind.is_shown() {
            changes::catch_up(c, placed.place.chat, placed.chat_kind, &placed.message.id)?;
        }
        Ok(())
    }

    /// Applies a message that changes another.
    fn apply(&self, c: &Connection, placed: &Placed<'_>) -> db::Result<()> {
        let Placed {
            message,
            place,
            chat_kind,
            sender,
            ..
        } = placed;
        let change = |target| Change {
            chat: place.chat,
            chat_kind: *chat_kind,
            target,
            sender: *sender,
            at: UnixMs(message.at_ms),
        };
        let changed = match &message.content {
            Content::Reaction { target_id, emoji } => changes::react(c, change(target_id), emoji)?,
            Content::Edit { target_id, body } => changes::edit(c, change(target_id), body)?,
            Content::Delete { target_id } => changes::delete(c, change(target_id))?,
            _ => None,
        };
        match changed {
            Some(message) if self.age == Age::Live => self.tell(
                c,
                &Event::MessageChanged {
                    chat: place.public_id.clone(),
                    message,
                },
            ),
            _ => Ok(()),
        }
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

/// A message's content as columns.
struct Described<'a> {
    kind: Kind,
    body: Option<&'a str>,
    detail: Option<Detail>,
    quoted: Option<&'a str>,
    media: Option<&'a Media>,
}

impl<'a> Described<'a> {
    fn of(content: &'a Content) -> Self {
        let plain = |kind| Self {
            kind,
            body: None,
            detail: None,
            quoted: None,
            media: None,
        };
        match content {
            Content::Text { body, quoted_id } => Self {
                body: Some(body),
                quoted: quoted_id.as_deref(),
                ..plain(Kind::Text)
            },
            Content::Media(media) => Self {
                body: media.caption.as_deref(),
                media: Some(media),
                ..plain(media_kind(media.kind))
            },
            Content::Card { text, card } => Self {
                body: text.as_deref(),
                detail: Some(Detail::Card(card.clone())),
                ..plain(card.into())
            },
            Content::Reaction { target_id, emoji } => {
                let detail = Some(Detail::Reaction {
                    target: target_id.clone(),
                    emoji: emoji.clone(),
                });
                Self {
                    detail,
                    ..plain(Kind::Reaction)
                }
            }
            Content::Edit { target_id, body } => {
                let detail = Some(Detail::Change {
                    target: target_id.clone(),
                });
                Self {
                    body: Some(body),
                    detail,
                    ..plain(Kind::Edit)
                }
            }
            Content::Delete { target_id } => Self {
                detail: Some(Detail::Change {
                    target: target_id.clone(),
                }),
                ..plain(Kind::Delete)
            },
            Content::Undecryptable => plain(Kind::Undecryptable),
            Content::Protocol => plain(Kind::Protocol),
            Content::Other { kind } => Self {
                detail: Some(Detail::Other { kind: kind.clone() }),
                ..plain(Kind::Other)
            },
        }
    }
}

fn media_kind(kind: MediaKind) -> Kind {
    match kind {
        MediaKind::Image => Kind::Image,
        MediaKind::Video => Kind::Video,
        MediaKind::Voice => Kind::Voice,
        MediaKind::Audio => Kind::Audio,
        MediaKind::Document => Kind::Document,
        MediaKind::Sticker => Kind::Sticker,
    }
}
