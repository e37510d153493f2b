//! A scripted gateway's state of its sessions.

use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use super::{Asked, SendOutcome};
use crate::{
    Account, InboundSink, Limits, LinkError, LinkEvent, MediaKind, OpenError, Outgoing, Proxy, Registered, SessionId,
};

pub(super) struct Open {
    pub(super) sink: Arc<dyn InboundSink>,
    pub(super) events: mpsc::UnboundedSender<LinkEvent>,
}

/// One session's script and record.
#[derive(Default)]
pub(super) struct Play {
    pub(super) paired: bool,
    pub(super) account: Option<Account>,
    pub(super) open_error: Option<OpenError>,
    pub(super) open: Option<Open>,
    pub(super) opened: usize,
    pub(super) forgotten: usize,
    pub(super) outcomes: VecDeque<SendOutcome>,
    pub(super) look_ups: VecDeque<Result<Option<Registered>, LinkError>>,
    pub(super) auto_ack: bool,
    pub(super) proxy: Option<Proxy>,
    pub(super) limits: Limits,
    /// How often they were asked for.
    pub(super) asked_limits: usize,
    pub(super) frame_age: Option<Duration>,
    pub(super) sends: Vec<Outgoing>,
    /// Kind and content of every file given to the link.
    pub(super) uploads: Vec<(MediaKind, Vec<u8>)>,
    pub(super) upload_errors: VecDeque<LinkError>,
    pub(super) asked: Vec<Asked>,
}

#[derive(Default)]
pub(super) struct State {
    plays: Mutex<HashMap<SessionId, Play>>,
    changed: Notify,
}

impl State {
    /// Reads or changes one session, then wakes all waiters.
    pub(super) fn with<T>(&self, session: SessionId, work: impl FnOnce(&mut Play) -> T) -> T {
        let result = work(self.plays.lock().entry(session).or_default());
        self.changed.notify_waiters();
        result
    }

    /// Reads one session and wakes nobody: waiters read this way, and must not wake themselves for ever.
    pub(super) fn read<T>(&self, session: SessionId, look: impl FnOnce(&Play) -> T) -> T {
        look(self.plays.lock().entry(session).or_default())
    }

    pub(super) fn emit(&self, session: SessionId, event: LinkEvent) -> bool {
        self.with(session, |play| {
            if let LinkEvent::Paired { phone, lid, .. } = &event {
                play.paired = true;
                play.account = Some(Account {
                    phone: phone.clone(),
                    lid: lid.clone(),
                });
            }
            play.open.as_ref().is_some_and(|open| open.events.send(event).is_ok())
        })
    }

    pub(super) fn accounts(&self) -> Vec<(SessionId, Account)> {
        let plays = self.plays.lock();
        let account = |(session, play): (&SessionId, &Play)| Some((*session, play.account.clone()?));
        plays.iter().filter_map(account).collect()
    }

    pub(super) async fn wait<T>(&self, ready: impl Fn() -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Register before reading, so that a change in between is not missed.
            changed.as_mut().enable();
            if let Some(value) = ready() {
                return value;
            }
            changed.await;
        }
    }
}
