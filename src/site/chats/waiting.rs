//! Why a message of ours is not with its reader yet, below its bubble.

use super::views::Held;
use crate::chats::{Message, Status, UNREACHED, Wait, Waits};
use crate::clock::UnixMs;
use crate::i18n::T;

/// The day's limit comes first: nothing else is tried before it.
pub(super) fn held(t: T, message: &Message) -> Option<Held> {
    let until = |key: &str, until: UnixMs| {
        let time = format!("{} ({})", t.full(until), t.zone);
        t.with(key, "time", time)
    };
    let text = match (message.held_until, message.waits) {
        (Some(at), _) => until("plans-held", at),
        (None, Some(Waits { why: Wait::Undo, .. })) => t.get("message-waits-undo"),
        (None, Some(Waits { why, until: at })) => until(
            match why {
                Wait::Keys => "message-waits-keys",
                Wait::Lock => "message-waits-lock",
                Wait::Quota | Wait::Undo => "message-waits-quota",
            },
            at,
        ),
        (None, None) if message.state() == UNREACHED => t.get("message-unreached"),
        (None, None) => return None,
    };
    Some(Held {
        text,
        can_cancel: message.status == Status::Pending,
        undoable: message.waits.is_some_and(|waits| waits.why == Wait::Undo),
    })
}
