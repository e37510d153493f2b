//! Calls: rejected with a text where the number is set so, and missed ones noted in their conversation.

use std::collections::HashMap;
use std::time::Duration;

use wa_client::{Address, Call, Card, Content, Context, Inbound, Notice};

use super::actor::SessionActor;
use super::linked::Linked;
use super::model::CallRule;
use super::ports::SendNews;
use super::store;
use crate::clock::UnixMs;

/// Calls that ring at the same time, at most.
const MOST: usize = 64;
/// Whoever calls again and again gets one answer in this time.
const REPLY_EVERY: Duration = Duration::from_secs(60 * 60);

/// What a link remembers of calls.
#[derive(Default)]
pub(super) struct Calls {
    ringing: HashMap<String, Call>,
    replied: HashMap<Address, UnixMs>,
}

impl Calls {
    fn may_reply(&mut self, to: &Address, now: UnixMs) -> bool {
        self.replied.retain(|_, at| now.since(*at) < REPLY_EVERY);
        let first = !self.replied.contains_key(to);
        if first {
            self.replied.insert(to.clone(), now);
        }
        first
    }
}

impl SessionActor {
    pub(super) async fn called(&mut self, live: &mut Linked<'_>, call: Call) {
        if !call.rings {
            self.note_missed(call).await;
            return;
        }
        let id = self.session.id;
        let rule = match self.core.db.read(move |c| store::call_rule(c, id)).await {
            Ok(rule) => rule,
            Err(error) => {
                tracing::warn!(session = %self.session.public_id, %error, "what to do with a call is not known");
                CallRule::default()
            }
        };
        if !rule.rejects {
            if self.calls.ringing.len() < MOST {
                self.calls.ringing.insert(call.id.clone(), call);
            }
            return;
        }
        if let Err(error) = self.limited(live.link.reject_call(&call)).await {
            tracing::warn!(session = %self.session.public_id, %error, "a call was not rejected");
        }
        let (to, now) = (call.from.clone(), self.core.clock.now());
        self.note_missed(call).await;
        if let Some(text) = rule.reply.filter(|_| self.calls.may_reply(&to, now)) {
            self.core.ports.send(SendNews::Say {
                session: self.session.id,
                to,
                text,
            });
        }
    }

    pub(super) async fn call_ended(&mut self, id: &str, answered: bool) {
        let Some(call) = self.calls.ringing.remove(id) else {
            return;
        };
        if !answered {
            self.note_missed(call).await;
        }
    }

    /// A line in the conversation, stored like a message of the caller's.
    async fn note_missed(&self, call: Call) {
        let notice = if call.video {
            Notice::MissedVideoCall
        } else {
            Notice::MissedVoiceCall
        };
        let line = Inbound {
            id: format!("CALL-{}", call.id),
            chat: call.from.clone(),
            sender: call.from,
            sender_alt: call.alt,
            from_me: false,
            push_name: None,
            at_ms: call.at_ms,
            content: Content::Card {
                text: None,
                card: Card::Notice(notice),
            },
            context: Context::default(),
            raw: Vec::new(),
            offline: !call.rings,
        };
        if let Err(error) = self.core.sink.commit(self.client_id(), vec![line]).await {
            tracing::warn!(session = %self.session.public_id, %error, "a missed call was not noted");
        }
    }
}
