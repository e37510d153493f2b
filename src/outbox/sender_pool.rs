//! Starts a sender when a number's link is up, stops it when the link goes down, and routes events to the senders.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wa_client::{Address, Link, LinkError, Registered};

use super::delivery::Delivery;
use super::model::NewChats;
use super::sender::{Context, Sender, ToSender};
use crate::chats::OwnMessages;
use crate::clock::Clock;
use crate::db::Db;
use crate::events::Bus;
use crate::ids::{SessionId, WorkspaceId};
use crate::media::Media;
use crate::sessions::{SendNews, Sessions};

/// Wakes the sender of a number when a row was queued, and looks numbers up. Cheap to clone.
#[derive(Clone)]
pub struct Wake(mpsc::UnboundedSender<(SessionId, ToSender)>);

impl Wake {
    pub(super) fn queued(&self, session: SessionId) {
        // A closed channel means that the program is stopping; the row is on disk and goes out after the next start.
        let _ = self.0.send((session, ToSender::Queued));
    }

    /// How WhatsApp registers the account of a number; `None` when the address is unchanged, or when that can only be
    /// known later, when the message goes out.
    ///
    /// # Errors
    /// [`LinkError::NotOnWhatsApp`], and nothing else.
    pub(super) async fn look_up(&self, session: SessionId, address: Address) -> Result<Option<Registered>, LinkError> {
        let (answer, answered) = oneshot::channel();
        let _ = self.0.send((session, ToSender::LookUp { address, answer }));
        match answered.await {
            Ok(Err(LinkError::NotOnWhatsApp)) => Err(LinkError::NotOnWhatsApp),
            Ok(Ok(registered)) => Ok(registered),
            Ok(Err(_)) | Err(_) => Ok(None),
        }
    }
}

/// A running sender.
struct Slot {
    news: mpsc::UnboundedSender<ToSender>,
    /// The link that came up while this sender was still stopping.
    next: Option<(WorkspaceId, Arc<dyn Link>)>,
}

/// The task; see the module.
pub struct SenderPool {
    context: Context,
    news: mpsc::UnboundedReceiver<SendNews>,
    wakes: mpsc::UnboundedReceiver<(SessionId, ToSender)>,
    slots: HashMap<SessionId, Slot>,
    senders: JoinSet<SessionId>,
    stop: CancellationToken,
}

impl SenderPool {
    /// The task to run, and the handle for the service.
    #[must_use]
    pub fn new(
        db: Db,
        clock: Clock,
        bus: Bus,
        sessions: Sessions,
        own: OwnMessages,
        news: mpsc::UnboundedReceiver<SendNews>,
        stop: CancellationToken,
    ) -> (Self, Wake) {
        let (wake, wakes) = mpsc::unbounded_channel();
        let wake = Wake(wake);
        let delivery = Delivery {
            db: db.clone(),
            clock: clock.clone(),
            own,
            media: None,
        };
        let context = Context {
            delivery,
            db,
            clock,
            bus,
            sessions,
            wake: wake.clone(),
        };
        let (slots, senders) = (HashMap::new(), JoinSet::new());
        (
            Self {
                context,
                news,
                wakes,
                slots,
                senders,
                stop,
            },
            wake,
        )
    }

    /// The same, with files taken from `media`.
    #[must_use]
    pub fn with_files(mut self, media: Media) -> Self {
        self.context.delivery.media = Some(media);
        self
    }

    /// Runs until the program stops and every sender has finished its sends in progress. The links' actors stop the
    /// senders, so this waits and does not stop them itself.
    pub async fn run(mut self) {
        let stop = self.stop.clone();
        loop {
            if stop.is_cancelled() && self.slots.is_empty() {
                break;
            }
            tokio::select! {
                () = stop.cancelled(), if self.slots.is_empty() => break,
                news = self.news.recv() => match news {
                    Some(news) => self.take(news),
                    None => break,
                },
                Some((session, news)) = self.wakes.recv() => self.tell(session, news),
                Some(ended) = self.senders.join_next() => self.ended(ended),
            }
        }
    }

    fn take(&mut self, news: SendNews) {
        match news {
            SendNews::Up {
                session,
                workspace,
                link,
            } => self.up(session, workspace, link),
            SendNews::Down { session, done } => self.tell(session, ToSender::Stop(done)),
            SendNews::Ack { session, ack } => self.tell(session, ToSender::Ack(ack)),
            SendNews::Say { session, to, text } => self.tell(session, ToSender::Say { to, text }),
            SendNews::NewChats {
                session,
                locked_until,
                quota_until,
            } => {
                let new_chats = NewChats::of(locked_until, quota_until, self.context.clock.now());
                self.tell(session, ToSender::NewChats(new_chats));
            }
        }
    }

    /// A message without a sender can be dropped: dropping the reply channel answers it, and rows wait on disk.
    fn tell(&mut self, session: SessionId, news: ToSender) {
        let Some(slot) = self.slots.get_mut(&session) else {
            return;
        };
        if matches!(news, ToSender::Stop(_)) {
            slot.next = None;
        }
        let _ = slot.news.send(news);
    }

    fn up(&mut self, session: SessionId, workspace: WorkspaceId, link: Arc<dyn Link>) {
        if let Some(slot) = self.slots.get_mut(&session) {
            // One sender per session, or a row could be sent twice at once.
            slot.next = Some((workspace, link));
            return;
        }
        let (news, inbox) = mpsc::unbounded_channel();
        self.slots.insert(session, Slot { news, next: None });
        let sender = Sender::new(self.context.clone(), session, workspace, link, inbox);
        self.senders.spawn(async move {
            sender.run().await;
            session
        });
    }

    fn ended(&mut self, ended: Result<SessionId, tokio::task::JoinError>) {
        match ended {
            Ok(session) => {
                let next = self.slots.remove(&session).and_then(|slot| slot.next);
                if let Some((workspace, link)) = next {
                    self.up(session, workspace, link);
                }
            }
            Err(error) => {
                // A panic does not say whose sender it was; the closed channel does.
                tracing::error!(%error, "a sender ended by a panic; the next connection starts another");
                self.slots.retain(|_, slot| !slot.news.is_closed());
            }
        }
    }
}

/// Answers [`ToSender::Stop`].
pub(super) fn stopped(done: oneshot::Sender<()>) {
    // The actor may have stopped waiting.
    let _ = done.send(());
}
