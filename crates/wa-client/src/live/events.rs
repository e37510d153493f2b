//! Maps the library's events to ours.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use wacore::net::DisconnectReason;
use wacore::types::events::{
    ChatPresenceUpdate, ConnectFailure, Event, EventHandler, EventInterest, EventKind, LoggedOut, MarkChatAsReadUpdate,
    PairSuccess, Receipt, ServerAck, TemporaryBan,
};
use wacore::types::presence::{ChatPresence, ChatPresenceMedia, ReceiptType};
use wacore_binary::JidExt as _;

use super::core::Core;
use super::jid::address_of;
use super::{app_state, calls, durability, groups, history, limits, people, stanzas};
use crate::{Ack, AckError, LinkEvent, LoggedOutReason, ReceiptKind, TypingState};

/// The kinds that [`EventTap`] handles; the library does not even build the others.
const KINDS: &[EventKind] = &[
    EventKind::Connected,
    EventKind::Disconnected,
    EventKind::PairSuccess,
    EventKind::PairError,
    EventKind::LoggedOut,
    EventKind::PairingQrCode,
    EventKind::PairingQrCodesExhausted,
    EventKind::PairingCode,
    EventKind::PairingCodeRefresh,
    EventKind::PairingCodeError,
    EventKind::QrScannedWithoutMultidevice,
    EventKind::PairPasskeyRequest,
    EventKind::PairPasskeyConfirmation,
    EventKind::PairPasskeyError,
    EventKind::ClientOutdated,
    EventKind::Messages,
    EventKind::UndecryptableMessage,
    EventKind::HistorySync,
    EventKind::Receipt,
    EventKind::ServerAck,
    EventKind::ChatPresence,
    EventKind::SelfPushNameUpdated,
    EventKind::ContactUpdate,
    EventKind::ContactNumberChanged,
    EventKind::RawNode,
    EventKind::StreamReplaced,
    EventKind::TemporaryBan,
    EventKind::ConnectFailure,
    EventKind::MexNotification,
    EventKind::MarkChatAsReadUpdate,
    EventKind::IncomingCall,
    EventKind::MissedCall,
    EventKind::GroupUpdate,
    EventKind::PictureUpdate,
];

/// How the library and the server call it.
const SIGNATURE_MISMATCH: &str = "signature-mismatch";

/// Runs inside the library's dispatch, so it only maps and forwards; slow work becomes a task.
pub(super) struct EventTap {
    core: Arc<Core>,
    /// What was marked before is no news.
    opened: DateTime<Utc>,
}

impl EventTap {
    pub(super) fn new(core: Arc<Core>) -> Self {
        let opened = Utc::now();
        Self { core, opened }
    }
}

impl EventHandler for EventTap {
    fn handle_event(&self, event: Arc<Event>) {
        let core = &self.core;
        match &*event {
            Event::Connected(_) => core.connected(),
            Event::Disconnected(ended) => core.connection_ended(why(&ended.reason)),
            Event::LoggedOut(out) => core.logged_out(logged_out_reason(out)),
            Event::StreamReplaced(_) => core.emit_end(LinkEvent::Replaced),
            Event::ClientOutdated(_) => {
                core.outdated.store(true, Ordering::Relaxed);
                core.emit_end(LinkEvent::Outdated);
            }
            Event::TemporaryBan(ban) => core.emit_end(banned(ban)),
            Event::ConnectFailure(failure) => refused(core, failure),
            Event::Messages(batch) => durability::commit_unhooked(core, batch),
            Event::UndecryptableMessage(message) => durability::commit_undecryptable(core, message),
            Event::HistorySync(blob) => history::commit(core, blob),
            Event::Receipt(receipt) => emit_some(core, self::receipt(receipt)),
            Event::ServerAck(ack) => emit_some(core, self::ack(ack)),
            Event::ChatPresence(update) => core.emit(typing(update)),
            Event::SelfPushNameUpdated(update) => {
                core.emit(LinkEvent::ProfileName {
                    name: update.new_name.clone(),
                });
            }
            Event::ContactUpdate(update) => core.learn_soon(vec![people::of_contact(update)]),
            Event::ContactNumberChanged(change) => core.learn_soon(vec![people::of_new_number(change)]),
            Event::MarkChatAsReadUpdate(mark) => emit_some(core, marked(mark, self.opened)),
            Event::IncomingCall(call) => emit_some(core, calls::incoming(call)),
            Event::MissedCall(call) => core.emit(calls::missed(call)),
            Event::GroupUpdate(update) => groups::told(core, update),
            Event::PictureUpdate(update) => emit_some(core, groups::picture(update, &core.own_addresses())),
            Event::MexNotification(news) => emit_some(core, limits::pushed(news)),
            Event::RawNode(node) => {
                app_state::catch_up(core, node);
                people::look_again(core, node);
                stanzas::read(core, node.get());
            }
            Event::PairingCodeRefresh(_) => core.code_given_up(),
            Event::PairSuccess(success) => {
                core.code_used();
                core.emit(paired(success));
            }
            other => emit_some(core, pairing(other)),
        }
    }

    fn interest(&self) -> EventInterest {
        EventInterest::of(KINDS)
    }
}

fn emit_some(core: &Core, event: Option<LinkEvent>) {
    if let Some(event) = event {
        core.emit(event);
    }
}

fn pairing(event: &Event) -> Option<LinkEvent> {
    Some(match event {
        Event::PairingQrCode(qr) => LinkEvent::Qr {
            code: qr.code.clone(),
            valid_for: qr.timeout,
        },
        // With a pairing code on screen the connection stays open, and only the QR code has expired.
        Event::PairingQrCodesExhausted(end) if end.disconnected => LinkEvent::QrExhausted,
        Event::PairingCode(code) => LinkEvent::PairingCode {
            code: grouped(&code.code),
            valid_for: code.timeout,
        },
        Event::PairingCodeError(error) => LinkEvent::PairingCodeFailed {
            why: error.error.clone(),
        },
        // The identity of such a number is signed in a way that the library does not know.
        Event::PairError(error) if error.error.contains(SIGNATURE_MISMATCH) => LinkEvent::PairingRefusedForPlatform,
        Event::PairError(error) => LinkEvent::PairingFailed {
            why: error.error.clone(),
        },
        Event::QrScannedWithoutMultidevice(_) => LinkEvent::PairingFailed {
            why: "the phone's WhatsApp is too old to link devices: update it and scan again".to_owned(),
        },
        Event::PairPasskeyRequest(wanted) => LinkEvent::PasskeyWanted {
            request: wanted.request_options_json.clone(),
        },
        Event::PairPasskeyConfirmation(step) => LinkEvent::PasskeyCode {
            code: step.code.clone(),
            known: step.skip_handoff_ux,
        },
        Event::PairPasskeyError(error) => LinkEvent::PairingFailed {
            why: error.error.clone(),
        },
        _ => return None,
    })
}

fn paired(success: &PairSuccess) -> LinkEvent {
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    LinkEvent::Paired {
        phone: success.id.user.to_string(),
        lid: text(success.lid.user()),
        platform: text(&success.platform),
    }
}

/// `ABCDEFGH` as `ABCD-EFGH`, the way phones ask for it.
pub(super) fn grouped(code: &str) -> String {
    match code.len() {
        8 if code.is_ascii() => format!("{}-{}", &code[..4], &code[4..]),
        _ => code.to_owned(),
    }
}

fn why(reason: &DisconnectReason) -> String {
    match reason {
        DisconnectReason::ServerClose { .. } => "WhatsApp closed the connection".to_owned(),
        DisconnectReason::StreamEnded => "the connection ended".to_owned(),
        DisconnectReason::ReadError(error) => format!("the connection broke: {error}"),
        DisconnectReason::Unknown => "the connection was lost".to_owned(),
    }
}

fn logged_out_reason(out: &LoggedOut) -> LoggedOutReason {
    if out.on_connect {
        LoggedOutReason::RefusedAtLogin
    } else {
        LoggedOutReason::RemovedOnPhone
    }
}

fn banned(ban: &TemporaryBan) -> LinkEvent {
    let expires_in = ban.expire.to_std().ok().filter(|left| *left > Duration::ZERO);
    LinkEvent::Banned {
        why: ban.message.clone().unwrap_or_else(|| ban.code.to_string()),
        expires_in,
    }
}

fn refused(core: &Core, failure: &ConnectFailure) {
    let why = failure.message.clone();
    if failure.reason.should_reconnect() {
        let code = failure.reason.code();
        core.connection_ended(why.unwrap_or_else(|| format!("WhatsApp is not available at the moment ({code})")));
        return;
    }
    core.emit_end(match failure.reason.code() {
        // A ban without an end from the server.
        402 => LinkEvent::Banned {
            why: why.unwrap_or_else(|| "this number is banned for a time".to_owned()),
            expires_in: None,
        },
        code => LinkEvent::Refused {
            code,
            why: why.unwrap_or_else(|| "WhatsApp refused the login".to_owned()),
        },
    });
}

fn ack(ack: &ServerAck) -> Option<LinkEvent> {
    if ack.class.as_deref() != Some("message") {
        return None;
    }
    // A code that is not a number is still a refusal.
    let error = ack.error.as_deref().map(|code| AckError {
        code: code.parse().unwrap_or(0),
    });
    Some(LinkEvent::Ack(Ack {
        id: ack.id.clone(),
        error,
    }))
}

fn receipt(receipt: &Receipt) -> Option<LinkEvent> {
    let kind = match receipt.r#type {
        // "inactive" means delivered to a phone whose app is closed.
        ReceiptType::Delivered | ReceiptType::Inactive => ReceiptKind::Delivered,
        ReceiptType::Read => ReceiptKind::Read,
        ReceiptType::Played => ReceiptKind::Played,
        ReceiptType::ReadSelf | ReceiptType::PlayedSelf => ReceiptKind::ReadSelf,
        _ => return None,
    };
    Some(LinkEvent::Receipt(crate::Receipt {
        chat: address_of(&receipt.source.chat),
        sender: address_of(&receipt.source.sender),
        ids: receipt.message_ids.clone(),
        kind,
        at_ms: receipt.timestamp.timestamp_millis(),
    }))
}

/// What is read until a moment is so whenever it is told: the first mark of all comes as the whole state. An "unread" of
/// before this client opened is no news, since the messages from then came as read or unread.
fn marked(update: &MarkChatAsReadUpdate, opened: DateTime<Utc>) -> Option<LinkEvent> {
    let is_news = |read: &bool| *read || !update.from_full_sync || update.timestamp >= opened;
    let read = update.action.read.filter(is_news)?;
    Some(LinkEvent::ChatMarked {
        chat: address_of(&update.jid),
        read,
        at_ms: update.timestamp.timestamp_millis(),
    })
}

fn typing(update: &ChatPresenceUpdate) -> LinkEvent {
    let state = match (update.state, update.media) {
        (ChatPresence::Paused, _) => TypingState::Paused,
        (ChatPresence::Composing, ChatPresenceMedia::Audio) => TypingState::Recording,
        (ChatPresence::Composing, ChatPresenceMedia::Text) => TypingState::Composing,
    };
    LinkEvent::Typing {
        chat: address_of(&update.source.chat),
        sender: address_of(&update.source.sender),
        state,
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
