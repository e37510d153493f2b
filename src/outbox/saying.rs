//! Texts that a number sends by itself, such as the answer to a call that it rejected.

use wa_client::Address;

use super::content::{Content, SendOptions};
use super::sender::{Job, Sender};
use super::service::enqueue_in;
use crate::accounts::{MemberRole, Scope};
use crate::chats;
use crate::ids::UserId;

impl Sender {
    /// It goes the way of every message: with the day's limit, in its turn, and shown in its conversation.
    pub(super) fn say(&mut self, to: Address, text: String) {
        if self.stopping.is_some() {
            return;
        }
        let (db, bus, wake, own) = (
            self.context.db.clone(),
            self.context.bus.clone(),
            self.context.wake.clone(),
            self.context.delivery.own.clone(),
        );
        let (workspace, session, now) = (self.workspace, self.session, self.context.clock.now());
        self.jobs.push(Box::pin(async move {
            let queued = db.write(move |tx| {
                let chat = chats::open_in(tx, workspace, session, &to, now)?;
                // The number itself is nobody's user.
                let scope = Scope::person(workspace, UserId(0), MemberRole::Agent);
                let (content, options) = (Content::Text(text), SendOptions::default());
                enqueue_in(tx, &own, scope, &chat, content, &options, now)
            });
            match queued.await {
                Ok(_) => {
                    bus.nudge(workspace);
                    wake.queued(session);
                }
                Err(error) => tracing::warn!(%session, %error, "an automatic text was not sent"),
            }
            Job::Told
        }));
    }
}
