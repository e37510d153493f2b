//! The public vocabulary of events. Kinds and fields are a contract with readers outside: add, never rename.

use serde::{Deserialize, Serialize};

use crate::ids::PublicId;

/// Serialises as `{"event": "message_received", "data": {…}}`, the frame of the API's streams.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum Event {
    /// A session was created, renamed or deleted, or its state changed. `state` is absent once it is deleted.
    SessionStatus {
        session: PublicId,
        state: Option<String>,
        reason: Option<String>,
    },
    /// A message came in, or was written on the linked phone.
    MessageReceived {
        session: PublicId,
        chat: PublicId,
        message: PublicId,
    },
    /// We put a message into the outbox.
    MessageQueued {
        session: PublicId,
        chat: PublicId,
        message: PublicId,
    },
    /// A message of ours progressed: sent, delivered, read, played, or failed.
    MessageStatus {
        chat: PublicId,
        message: PublicId,
        status: String,
    },
    /// A message was edited, deleted, reacted to, or became readable.
    MessageChanged { chat: PublicId, message: PublicId },
    /// A chat's row in the list changed otherwise: it was read, named or assigned.
    ChatChanged { chat: PublicId },
    /// A note of the team was written or deleted.
    NoteChanged { chat: PublicId, note: PublicId },
    /// The workspace is on another plan, whose limits apply now.
    PlanChanged { plan: PublicId },
}

impl Event {
    /// The kind's name, as in the `event` field.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SessionStatus { .. } => "session_status",
            Self::MessageReceived { .. } => "message_received",
            Self::MessageQueued { .. } => "message_queued",
            Self::MessageStatus { .. } => "message_status",
            Self::MessageChanged { .. } => "message_changed",
            Self::ChatChanged { .. } => "chat_changed",
            Self::NoteChanged { .. } => "note_changed",
            Self::PlanChanged { .. } => "plan_changed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_the_word_that_is_sent() {
        let id = PublicId::new("ses");
        let event = Event::SessionStatus {
            session: id.clone(),
            state: Some("connected".into()),
            reason: None,
        };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["event"], event.kind());
        assert_eq!(json["data"]["session"], id.as_str());
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    }
}
