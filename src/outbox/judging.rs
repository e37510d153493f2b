//! What a refusal or a failed send means for a message, its chat and the number's other new chats.

use super::model::{self, Leased, NewChats, TIME_LOCK, Verdict};
use super::outcomes::Outcome;
use super::sender::{Job, Sender};
use super::store;
use crate::chats::Wait;
use crate::clock::UnixMs;
use crate::sessions::Reason;

impl Sender {
    /// What a refusal or a failed send means for the row and its chat.
    pub(super) fn judge(&mut self, mut row: Leased, verdict: Verdict) {
        let now = self.context.clock.now();
        row.attempts += 1;
        match verdict {
            Verdict::Fail(failure) => self.outcomes.push(Outcome::Failed { row, failure }),
            Verdict::TimeLocked if !row.answered => self.refused_new_chat(row, Wait::Lock),
            Verdict::QuotaUsed if !row.answered => self.refused_new_chat(row, Wait::Quota),
            Verdict::NoKeys => {
                let due = now.plus(model::keys_after(row.attempts));
                self.hold(row, due, Some(Wait::Keys));
            }
            Verdict::Retry | Verdict::TimeLocked | Verdict::QuotaUsed => {
                let due = now.plus(model::retry_after(row.attempts));
                self.hold(row, due, None);
            }
        }
    }

    /// WhatsApp refused a new chat. The others wait, too, until WhatsApp has said what it allows.
    fn refused_new_chat(&mut self, row: Leased, wait: Wait) {
        let until = self.context.clock.now().plus(TIME_LOCK);
        let reason = match wait {
            Wait::Quota => Reason::QuotaUsed,
            Wait::Lock | Wait::Keys | Wait::Undo => Reason::TimeLock,
        };
        let (sessions, session) = (self.context.sessions.clone(), self.session);
        self.jobs.push(Box::pin(async move {
            sessions.new_chat_refused(session, reason, until).await;
            Job::Told
        }));
        self.new_chats = Some(NewChats { wait, until });
        self.hold(row, until, Some(wait));
    }

    /// What WhatsApp allows by now: rows that wait for it follow.
    pub(super) fn new_chats_are(&mut self, new_chats: Option<NewChats>) {
        if self.new_chats == new_chats || self.stopping.is_some() {
            return;
        }
        self.new_chats = new_chats;
        self.held.clear();
        let (db, bus) = (self.context.db.clone(), self.context.bus.clone());
        let (workspace, session, now) = (self.workspace, self.session, self.context.clock.now());
        let wake = self.context.wake.clone();
        self.jobs.push(Box::pin(async move {
            let followed = db.write(move |tx| store::new_chats_changed(tx, workspace, session, new_chats, now));
            match followed.await {
                Ok(changed) => {
                    if changed {
                        bus.nudge(workspace);
                    }
                    wake.queued(session);
                }
                Err(error) => tracing::warn!(%error, "messages of new chats do not know yet what WhatsApp allows"),
            }
            Job::Told
        }));
    }

    /// Postpones a row until `due`, and the chat's later messages with it.
    pub(super) fn hold(&mut self, row: Leased, due: UnixMs, wait: Option<Wait>) {
        let chat = row.chat;
        self.held.insert(chat, due);
        self.outcomes.push(match wait {
            Some(wait) => Outcome::Parked { row, wait, until: due },
            None => Outcome::Postponed { row, due },
        });
        let waiting = self
            .queues
            .get_mut(&chat)
            .map(|queue| std::mem::take(&mut queue.waiting))
            .unwrap_or_default();
        for in_flight in waiting.iter().filter_map(|wa_id| self.in_flight.remove(wa_id)) {
            self.outcomes.push(in_flight.put_back(due));
        }
    }
}
