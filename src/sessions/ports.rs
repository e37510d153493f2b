//! Passes link events to the rooms above, which this room does not know.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use wa_client::{Ack, Address, Link, Receipt, TypingState};

use crate::clock::UnixMs;
use crate::ids::{SessionId, WorkspaceId};

/// For the outbox: which link is open, and the server's acknowledgements.
pub enum SendNews {
    /// Frames flow: `link` accepts messages.
    Up {
        session: SessionId,
        workspace: WorkspaceId,
        link: Arc<dyn Link>,
    },
    /// Stop sending. `done` is dropped or answered once the send in progress is finished.
    Down {
        session: SessionId,
        done: oneshot::Sender<()>,
    },
    /// A text that the number sends by itself.
    Say {
        session: SessionId,
        to: Address,
        text: String,
    },
    /// Until when WhatsApp allows no new chats, if it does not.
    NewChats {
        session: SessionId,
        locked_until: Option<UnixMs>,
        quota_until: Option<UnixMs>,
    },
    /// The server's acknowledgement or refusal of a message, or (without an error) other proof that it has it.
    Ack { session: SessionId, ack: Ack },
}

/// For the chats.
pub enum ChatNews {
    /// What waited for the link, such as read receipts, can be sent now.
    Up {
        session: SessionId,
        workspace: WorkspaceId,
        link: Arc<dyn Link>,
        /// See [`ChatNews::ShowsOnline`].
        shows_online: bool,
    },
    /// Whether the number counts as online while somebody has the inbox open.
    ShowsOnline {
        session: SessionId,
        shows: bool,
    },
    Receipt {
        session: SessionId,
        receipt: Receipt,
    },
    Typing {
        session: SessionId,
        chat: Address,
        state: TypingState,
    },
    /// The owner marked a conversation on the phone: as read up to then, or as unread.
    Marked {
        session: SessionId,
        chat: Address,
        read: bool,
        at: UnixMs,
    },
    /// The phone was asked for older messages of a chat, and what it sent is stored.
    Older {
        session: SessionId,
        chat: Address,
        /// There is nothing before that.
        ended: bool,
    },
    /// A group is to be read from WhatsApp.
    Group {
        session: SessionId,
        group: Address,
    },
    /// The session was deleted: delete its chats.
    Deleted {
        session: SessionId,
    },
}

/// The two senders. Unbounded: these messages answer our own sends, which the outbox limits, or are bounded by the
/// server's window; a bound would only let one slow room stop the link's keep-alive.
#[derive(Clone)]
pub struct Ports {
    pub sends: mpsc::UnboundedSender<SendNews>,
    pub chats: mpsc::UnboundedSender<ChatNews>,
}

impl Ports {
    /// The senders for the supervisor, and the receivers for the outbox and the chats.
    #[must_use]
    pub fn new() -> (
        Self,
        mpsc::UnboundedReceiver<SendNews>,
        mpsc::UnboundedReceiver<ChatNews>,
    ) {
        let (sends, from_sends) = mpsc::unbounded_channel();
        let (chats, from_chats) = mpsc::unbounded_channel();
        (Self { sends, chats }, from_sends, from_chats)
    }

    // A closed port means that the room above has stopped: the program is shutting down and nobody needs the event.
    pub(super) fn send(&self, news: SendNews) {
        let _ = self.sends.send(news);
    }

    pub(super) fn chat(&self, news: ChatNews) {
        let _ = self.chats.send(news);
    }
}
