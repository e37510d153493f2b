//! `wamanager send`: one text, stored first and then followed until it is delivered.

use std::io::Read as _;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::Call;
use super::exit::Choice;
use super::wire::Answer;
use super::{Exit, Failure, home, session};
use crate::accounts::Scope;
use crate::app::App;
use crate::chats::{ChatError, Message, Status, Wait};
use crate::events::Subscription;
use crate::ids::PublicId;
use crate::outbox::OutboxError;
use crate::sessions::Session;

/// WhatsApp's longest text has 65,536 characters.
const MAX_TEXT_BYTES: u64 = 512 * 1024;

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  wamanager send +5511999990001 \"Your order is ready\"\n  \
                        echo \"Hello\" | wamanager send +5511999990001 - --session Shop --wait 30"
)]
pub struct SendArgs {
    /// Phone number in any usual form, a WhatsApp address, or a contact's ID
    pub to: String,
    /// The text; - reads it from standard input
    pub text: String,
    /// Name, phone number or ID of the linked number to send from; needed if there are several
    #[arg(long)]
    pub session: Option<String>,
    /// ID or name; needed if several have linked numbers
    #[arg(long)]
    pub workspace: Option<String>,
    /// Seconds to wait until WhatsApp has the message; 0 returns once it is in the queue
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    pub wait: u64,
}

impl SendArgs {
    /// Reads the text from standard input if requested.
    pub(super) fn complete(&mut self) -> Result<(), Failure> {
        if self.text == "-" {
            let mut text = String::new();
            std::io::stdin().take(MAX_TEXT_BYTES).read_to_string(&mut text)?;
            text.trim_end_matches(['\r', '\n']).clone_into(&mut self.text);
        }
        Ok(())
    }

    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let app = call.app;
        let home = home::with_number(app, self.workspace.as_deref(), self.session.as_deref()).await?;
        let scope = home::scope_of(app, &home).await?;
        let from = choose(app, scope, self.session.as_deref()).await?;
        let signals = app.bus.subscribe(scope.workspace);
        let queued = app.outbox.send_to(scope, &from.public_id, &self.to, &self.text).await?;
        let mut message = message_of(app, scope, &queued.message).await?;
        if self.wait > 0 {
            app.start().await?;
            call.progress(format!("{} is in the queue, waiting for WhatsApp…", queued.message))
                .await;
            let wait = Duration::from_secs(self.wait);
            let taken = tokio::time::timeout(wait, until_taken(call, scope, &queued.message, signals)).await;
            message = taken.unwrap_or_else(|_| Err(not_delivered(&queued.message, self.wait)))?;
        }
        let result = json!({
            "message": queued.message,
            "chat": queued.chat,
            "status": message.status,
        });
        Ok(Answer::new(&result, format!("{} ({})", queued.message, message.status)))
    }
}

/// The given number, or the only linked one.
pub async fn choose(app: &App, scope: Scope, wanted: Option<&str>) -> Result<Session, Failure> {
    if let Some(wanted) = wanted {
        return session::get(app, scope, wanted).await;
    }
    let mut linked: Vec<Session> = app.sessions.list(scope).await?;
    linked.retain(Session::is_linked);
    match linked.len() {
        0 => Err(Failure::not_found(
            "no number is linked; link one with `wamanager session link NAME`",
        )),
        1 => Ok(linked.remove(0)),
        _ => {
            let names: Vec<_> = linked.iter().map(|session| session.name.as_str()).collect();
            let message = format!(
                "several numbers are linked; name one with --session: {}",
                names.join(", ")
            );
            let choices = linked.iter().map(|session| Choice {
                value: session.public_id.to_string(),
                label: format!("{}  {}", session.name, session.public_id),
            });
            Err(Failure::which(message, "session", choices.collect()))
        }
    }
}

/// The message that was just stored. It is deleted again if its number turns out not to be on WhatsApp.
async fn message_of(app: &App, scope: Scope, id: &PublicId) -> Result<Message, Failure> {
    match app.chats.message(scope, id).await {
        Err(ChatError::NotFound) => Err(OutboxError::NotOnWhatsApp.into()),
        other => Ok(other?),
    }
}

async fn until_taken(
    call: &Call<'_>,
    scope: Scope,
    id: &PublicId,
    mut signals: Subscription,
) -> Result<Message, Failure> {
    let app = call.app;
    loop {
        let message = message_of(app, scope, id).await?;
        if message.status == Status::Failed {
            let why = message.failure.map(|why| why.to_string().replace('_', " "));
            return Err(Failure::refused(format!(
                "WhatsApp did not take the message, and it will not be tried again: {}",
                why.unwrap_or_default()
            )));
        }
        if let Some(until) = message.held_until {
            let left = app.plans.messages_left(scope).await?;
            let limit = || format!("today's limit is reached; it is sent {}", call.when(until));
            let why = left.map_or_else(limit, |left| left.reached().to_string());
            return Err(Failure::new(Exit::NotDelivered, format!("{id} waits: {why}")));
        }
        if let Some(waits) = message.waits {
            let why = match waits.why {
                Wait::Keys => "WhatsApp has no keys of their phone at the moment; it is tried again",
                Wait::Lock => "WhatsApp has locked new chats of this number; it is sent",
                Wait::Undo => "it can be taken back for a moment; it is sent",
                Wait::Quota => "WhatsApp allows this number no more new chats for now; it is sent",
            };
            let text = format!("{id} waits: {why} {}", call.when(waits.until));
            return Err(Failure::new(Exit::NotDelivered, text));
        }
        if message.status.rank() >= Status::Sent.rank() {
            return Ok(message);
        }
        if signals.next().await.is_none() {
            return Err(Failure::new(
                Exit::NotDelivered,
                "the program is stopping; the message stays in the queue",
            ));
        }
    }
}

fn not_delivered(message: &PublicId, seconds: u64) -> Failure {
    let message = format!(
        "WhatsApp did not take {message} within {seconds} s. It stays in the queue and is sent as soon as the number is \
         connected"
    );
    Failure::new(Exit::NotDelivered, message)
}
