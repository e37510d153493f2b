//! `send`: one text, kept first and then followed on its way.

use std::time::Duration;

use crate::accounts::Scope;
use crate::app::App;
use crate::chats::{ChatError, Message, Status};
use crate::events::Subscription;
use crate::ids::PublicId;
use crate::operator::exit::of_db;
use crate::operator::handle::{News, sessions, workspace};
use crate::operator::wire::{Exit, Failure, Reply, SendReport};
use crate::outbox::OutboxError;
use crate::sessions::Session;

/// What to send.
pub(super) struct Order {
    pub workspace: Option<String>,
    pub session: Option<String>,
    pub to: String,
    pub text: String,
    /// Zero: do not wait until WhatsApp has it.
    pub wait: Duration,
}

pub(super) async fn send(app: &App, order: Order, news: &News) -> Result<SendReport, Failure> {
    let scope = workspace::scope(app, order.workspace).await?;
    let session = choose(app, scope, order.session).await?;
    let signals = app.bus.subscribe(scope.workspace);
    let queued = app
        .outbox
        .send_to(scope, &session.public_id, &order.to, &order.text)
        .await?;
    let message = message_of(app, scope, &queued.message).await?;
    let message = if order.wait.is_zero() {
        message
    } else {
        app.start().await?;
        let text = format!("{} is kept, waiting for WhatsApp to take it…", queued.message);
        // Nobody listening is no reason to stop.
        let _ = news.send(Reply::Progress { text }).await;
        let taken = tokio::time::timeout(order.wait, until_taken(app, scope, &queued.message, signals)).await;
        taken.unwrap_or_else(|_| Err(not_delivered(&queued.message, order.wait)))?
    };
    Ok(SendReport {
        message: queued.message.to_string(),
        chat: queued.chat.to_string(),
        status: message.status.to_string(),
    })
}

/// The named number, or the only one that is linked.
async fn choose(app: &App, scope: Scope, wanted: Option<String>) -> Result<Session, Failure> {
    if let Some(wanted) = wanted {
        return sessions::get(app, scope, &wanted).await;
    }
    let mut linked: Vec<Session> = app.sessions.list(scope).await?;
    linked.retain(Session::is_linked);
    match linked.len() {
        0 => Err(Failure::new(
            Exit::NotFound,
            "no number is linked; link one with `wamanager session pair NAME`",
        )),
        1 => Ok(linked.remove(0)),
        _ => {
            let names: Vec<_> = linked.iter().map(|session| session.name.as_str()).collect();
            let message = format!(
                "several numbers are linked; name one with --session: {}",
                names.join(", ")
            );
            Err(Failure::new(Exit::Refused, message))
        }
    }
}

/// The message that was just kept. It is gone again when it turned out that nobody has the number.
async fn message_of(app: &App, scope: Scope, id: &PublicId) -> Result<Message, Failure> {
    match app.chats.message(scope, id).await {
        Err(ChatError::NotFound) => Err(OutboxError::NotOnWhatsApp.into()),
        other => Ok(other?),
    }
}

async fn until_taken(app: &App, scope: Scope, id: &PublicId, mut signals: Subscription) -> Result<Message, Failure> {
    loop {
        let message = message_of(app, scope, id).await?;
        if message.status == Status::Failed {
            let why = message
                .failure
                .map(|why| why.to_string().replace('_', " "))
                .unwrap_or_default();
            return Err(Failure::new(
                Exit::Refused,
                format!("WhatsApp did not take the message, and it will not be tried again: {why}"),
            ));
        }
        if let Some(until) = message.held_until {
            let left = app.plans.messages_left(scope).await?;
            let why = left.map_or_else(
                || {
                    format!(
                        "the daily limit is reached; it is kept and goes out {}",
                        until.to_utc().to_rfc3339()
                    )
                },
                |left| left.reached(),
            );
            return Err(Failure::new(Exit::NotDelivered, format!("{id} waits: {why}")));
        }
        if message.status.rank() >= Status::Sent.rank() {
            return Ok(message);
        }
        if signals.next().await.is_none() {
            return Err(Failure::new(
                Exit::NotDelivered,
                "the program is stopping; the message is kept",
            ));
        }
    }
}

fn not_delivered(message: &PublicId, waited: Duration) -> Failure {
    let message = format!(
        "WhatsApp did not take {message} within {} s. It is kept and goes out as soon as the number is connected",
        waited.as_secs()
    );
    Failure::new(Exit::NotDelivered, message)
}

impl From<OutboxError> for Failure {
    fn from(error: OutboxError) -> Self {
        let exit = match &error {
            OutboxError::NotFound => Exit::NotFound,
            OutboxError::Db(error) => of_db(error),
            _ => Exit::Refused,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<ChatError> for Failure {
    fn from(error: ChatError) -> Self {
        let exit = match &error {
            ChatError::NotFound => Exit::NotFound,
            ChatError::Db(error) => of_db(error),
            ChatError::Forbidden(_) => Exit::Refused,
        };
        Self::new(exit, error.to_string())
    }
}
