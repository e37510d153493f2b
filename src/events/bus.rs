//! The bus: nudges the readers of a workspace when the log has grown, and carries transients, which are not stored.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::ids::{PublicId, UserId, WorkspaceId};

/// A reader this far behind is nudged to read the log instead; the transients that it missed are lost, which is fine.
const CAPACITY: usize = 256;

/// What a subscriber receives.
#[derive(Clone, Debug)]
pub enum Signal {
    /// The log may have grown: read it from your cursor.
    Nudge,
    Transient(Transient),
}

/// News that matters only now and is not stored.
#[derive(Clone)]
pub enum Transient {
    /// A person is typing in a chat (`active`), or has stopped. `recording` is a voice note in the making.
    Typing {
        chat: PublicId,
        active: bool,
        recording: bool,
    },
    /// A member is typing an answer in a chat, for the other members.
    Answering { chat: PublicId, user: UserId, name: String },
    /// A session's state changed and could not be stored, or storing works again; or more of its phone's history came.
    Session { session: PublicId },
    /// What is shown of a number's health has changed: it was heard of, or what it may do.
    Health { session: PublicId },
    /// A new QR code to show for a session that is being linked; it holds a secret, so it is in no log.
    Qr {
        session: PublicId,
        code: String,
        valid_for: Duration,
    },
    /// A code to type on the phone for a session that is being linked.
    PairingCode {
        session: PublicId,
        code: String,
        valid_for: Duration,
    },
}

impl std::fmt::Debug for Transient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The codes are secrets.
        f.write_str(match self {
            Self::Typing { .. } => "Typing",
            Self::Answering { .. } => "Answering",
            Self::Session { .. } => "Session",
            Self::Health { .. } => "Health",
            Self::Qr { .. } => "Qr",
            Self::PairingCode { .. } => "PairingCode",
        })
    }
}

/// Cheap to clone; all clones are the same bus.
#[derive(Clone, Default)]
pub struct Bus {
    channels: Arc<Mutex<HashMap<WorkspaceId, broadcast::Sender<Signal>>>>,
}

impl Bus {
    /// Call after the commit that appended to the log of `workspace`.
    pub fn nudge(&self, workspace: WorkspaceId) {
        self.send(workspace, Signal::Nudge);
    }

    pub fn transient(&self, workspace: WorkspaceId, news: Transient) {
        self.send(workspace, Signal::Transient(news));
    }

    /// Subscribe first and read the log second, so that a later write always causes a nudge.
    #[must_use]
    pub fn subscribe(&self, workspace: WorkspaceId) -> Subscription {
        let mut channels = self.channels.lock();
        let sender = channels
            .entry(workspace)
            .or_insert_with(|| broadcast::Sender::new(CAPACITY));
        Subscription(sender.subscribe())
    }

    /// Whether the workspace has a subscriber now, that is, an open page.
    #[must_use]
    pub fn has_listeners(&self, workspace: WorkspaceId) -> bool {
        let channels = self.channels.lock();
        channels
            .get(&workspace)
            .is_some_and(|sender| sender.receiver_count() > 0)
    }

    fn send(&self, workspace: WorkspaceId, signal: Signal) {
        let mut channels = self.channels.lock();
        // An error means that there is no subscriber left: the channel is removed, so the map holds only those in use.
        if let Some(sender) = channels.get(&workspace)
            && sender.send(signal).is_err()
        {
            channels.remove(&workspace);
        }
    }
}

/// A subscription to one workspace.
pub struct Subscription(broadcast::Receiver<Signal>);

impl Subscription {
    /// The next signal; `None` when the bus is gone. A subscriber that falls behind gets a nudge: the log has the rest.
    pub async fn next(&mut self) -> Option<Signal> {
        match self.0.recv().await {
            Ok(signal) => Some(signal),
            Err(RecvError::Lagged(_)) => Some(Signal::Nudge),
            Err(RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_listener_hears_only_its_own_workspace() {
        let bus = Bus::default();
        let mut mine = bus.subscribe(WorkspaceId(1));
        bus.nudge(WorkspaceId(2));
        bus.transient(
            WorkspaceId(1),
            Transient::Typing {
                chat: PublicId::new("chat"),
                active: true,
                recording: false,
            },
        );
        assert!(matches!(
            mine.next().await,
            Some(Signal::Transient(Transient::Typing { active: true, .. }))
        ));
    }

    #[tokio::test]
    async fn falling_behind_is_a_nudge() {
        let bus = Bus::default();
        let mut slow = bus.subscribe(WorkspaceId(1));
        for _ in 0..=CAPACITY {
            bus.nudge(WorkspaceId(1));
        }
        assert!(matches!(slow.next().await, Some(Signal::Nudge)));
    }

    #[test]
    fn a_code_is_not_in_the_debug_text() {
        let qr = Transient::Qr {
            session: PublicId::new("ses"),
            code: "SECRET".into(),
            valid_for: Duration::ZERO,
        };
        assert!(!format!("{qr:?}").contains("SECRET"));
    }
}
