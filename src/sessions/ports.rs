//! Where the news of links goes: to the rooms above, which this room does not know.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use wa_client::{AckError, Address, Link, ReceiptKind, TypingState};

use crate::ids::{SessionId, WorkspaceId};

/// News for whoever sends: which link is open, and what the server said about a message.
pub enum SendNews {
    /// Frames flow: messages can be handed to `link`.
    Up {
        session: SessionId,
        workspace: WorkspaceId,
        link: Arc<dyn Link>,
    },
    /// Hand nothing over any more. `done` is dropped or answered once the send in hand is finished.
    Down {
        session: SessionId,
        done: oneshot::Sender<()>,
    },
    /// The server's word on a message, or (without an error) another sign that it has it.
    Ack {
        session: SessionId,
        id: String,
        error: Option<AckError>,
    },
}

/// News for whoever keeps chats.
pub enum ChatNews {
    /// What could not be told WhatsApp while the link was down can be told now.
    Up {
        session: SessionId,
        workspace: WorkspaceId,
        link: Arc<dyn Link>,
    },
    Receipt {
        session: SessionId,
        chat: Address,
        sender: Address,
        ids: Vec<String>,
        kind: ReceiptKind,
        at_ms: i64,
    },
    Typing {
        session: SessionId,
        chat: Address,
        state: TypingState,
    },
    /// The session was deleted: clear its chats away.
    Deleted { session: SessionId },
}

/// The two ends. Unbounded: what flows here answers our own sends, which the outbox limits, or is bounded by the
/// server's window; a bound would only let one slow room stop the link's keep-alive.
#[derive(Clone)]
pub struct Ports {
    pub sends: mpsc::UnboundedSender<SendNews>,
    pub chats: mpsc::UnboundedSender<ChatNews>,
}

impl Ports {
    /// The ends for the supervisor, and what the outbox and the chats read from.
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

    // A closed port means that the room above has stopped; the program is shutting down and nobody needs the news.
    pub(super) fn send(&self, news: SendNews) {
        let _ = self.sends.send(news);
    }

    pub(super) fn chat(&self, news: ChatNews) {
        let _ = self.chats.send(news);
    }
}
