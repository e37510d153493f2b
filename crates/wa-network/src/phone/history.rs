//! What a phone gives its companions of its history, inline in notifications: the recent conversations when one is linked,
//! and older messages of a chat when one asks for them.

use std::io::Write as _;

use buffa::MessageField;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use waproto::whatsapp as wa;

use super::board::Board;
use super::types::{HistoryMode, MessageStatus, PhoneMessage};
use crate::hub::Visibility;

/// How many of a chat's newest messages come with the first notification.
const FIRST: usize = 10;

type Kind = wa::message::HistorySyncType;
type SyncKind = wa::history_sync::HistorySyncType;
type End = wa::conversation::EndOfHistoryTransferType;
type Request = wa::message::peer_data_operation_request_message::HistorySyncOnDemandRequest;

/// INITIAL_BOOTSTRAP with the newest messages, PUSH_NAME with the names, RECENT with what came before.
pub(super) fn notifications(
    board: &Board,
    lid_of: &dyn Fn(&str) -> Option<String>,
    lid_migrated: bool,
    visibility: &dyn Fn(&str) -> Visibility,
) -> [wa::message::ProtocolMessage; 3] {
    let sync = |sync_type, conversations, pushnames| wa::HistorySync {
        sync_type,
        conversations,
        pushnames,
        chunk_order: Some(0),
        phone_number_to_lid_mappings: mappings(board, &|number| lid_of(number).filter(|_| !visibility(number).hidden)),
        ..Default::default()
    };
    let jid_of = |number: &str| match lid_of(number) {
        Some(lid) if lid_migrated || visibility(number).hidden => format!("{lid}@lid"),
        _ => format!("{number}@s.whatsapp.net"),
    };
    let most = board.history.at_linking.unwrap_or(usize::MAX);
    let first = FIRST.min(most);
    let newest = |messages: &[PhoneMessage]| messages[messages.len().saturating_sub(first)..].to_vec();
    let before = |messages: &[PhoneMessage]| {
        let until = messages.len().saturating_sub(first);
        messages[until.saturating_sub(most - first)..until].to_vec()
    };
    let bootstrap = sync(
        SyncKind::INITIAL_BOOTSTRAP,
        conversations(board, &newest, &jid_of, visibility),
        Vec::new(),
    );
    let names = sync(SyncKind::PUSH_NAME, Vec::new(), push_names(board, &jid_of));
    let recent = sync(
        SyncKind::RECENT,
        conversations(board, &before, &jid_of, visibility),
        Vec::new(),
    );
    [
        notification(Kind::INITIAL_BOOTSTRAP, &bootstrap, Some(40)),
        notification(Kind::PUSH_NAME, &names, None),
        notification(Kind::RECENT, &recent, Some(100)),
    ]
}

/// The answer to a companion's request for what came before a message; `None` from a phone that does not react.
pub(super) fn older(
    board: &Board,
    chat: &str,
    request: &Request,
    session_id: &str,
) -> Option<wa::message::ProtocolMessage> {
    let known = board.thread(chat);
    let id = request.oldest_msg_id.as_deref().unwrap_or_default();
    let at = request.oldest_msg_timestamp_ms.unwrap_or(i64::MAX);
    let until = known
        .iter()
        .position(|message| message.id == id)
        .unwrap_or_else(|| known.iter().take_while(|message| message.at < at).count());
    let count = usize::try_from(request.on_demand_msg_count.unwrap_or(0)).unwrap_or(0);
    let from = match board.history.mode {
        HistoryMode::Silent => return None,
        HistoryMode::Nothing => until,
        HistoryMode::Answer => until.saturating_sub(count),
    };
    let jid = request.chat_jid.clone().unwrap_or_default();
    let picked = &known[from..until];
    let more = from > 0 && board.history.mode == HistoryMode::Answer;
    let conversation = wa::Conversation {
        messages: picked.iter().rev().filter_map(|message| past(message, &jid)).collect(),
        end_of_history_transfer: Some(true),
        end_of_history_transfer_type: Some(if more {
            End::COMPLETE_ON_DEMAND_SYNC_BUT_MORE_MSG_REMAIN_ON_PRIMARY
        } else {
            End::COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY
        }),
        id: jid,
        ..Default::default()
    };
    let sync = wa::HistorySync {
        sync_type: SyncKind::ON_DEMAND,
        // A phone that has nothing names no conversation.
        conversations: if picked.is_empty() {
            Vec::new()
        } else {
            vec![conversation]
        },
        ..Default::default()
    };
    let mut answer = notification(Kind::ON_DEMAND, &sync, Some(100));
    if let Some(notification) = answer.history_sync_notification.as_option_mut() {
        notification.peer_data_request_session_id = Some(session_id.to_owned());
    }
    Some(answer)
}

fn notification(kind: Kind, sync: &wa::HistorySync, progress: Option<u32>) -> wa::message::ProtocolMessage {
    wa::message::ProtocolMessage {
        r#type: Some(wa::message::protocol_message::Type::HISTORY_SYNC_NOTIFICATION),
        history_sync_notification: MessageField::some(wa::message::HistorySyncNotification {
            sync_type: Some(kind),
            chunk_order: Some(0),
            progress,
            initial_hist_bootstrap_inline_payload: Some(compressed(sync)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn compressed(sync: &wa::HistorySync) -> Vec<u8> {
    let plain = waproto::codec::history_sync_to_vec(sync);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(&plain)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

fn conversations(
    board: &Board,
    pick: &dyn Fn(&[PhoneMessage]) -> Vec<PhoneMessage>,
    jid_of: &dyn Fn(&str) -> String,
    visibility: &dyn Fn(&str) -> Visibility,
) -> Vec<wa::Conversation> {
    let (_, chats, names) = board.parts();
    let mut all: Vec<_> = chats.iter().collect();
    all.sort_by_key(|(peer, _)| peer.as_str());
    let conversation = |(peer, thread): (&String, &super::board::Thread)| {
        let picked = pick(&thread.messages);
        let last = picked.last()?;
        let jid = if peer.contains('@') { peer.clone() } else { jid_of(peer) };
        Some(wa::Conversation {
            last_msg_timestamp: seconds(last.at),
            conversation_timestamp: seconds(last.at),
            unread_count: Some(thread.unread),
            end_of_history_transfer: Some(true),
            name: names.get(peer).cloned(),
            username: visibility(peer).username,
            // As real phones send them: the newest first.
            messages: picked.iter().rev().filter_map(|message| past(message, &jid)).collect(),
            id: jid,
            ..Default::default()
        })
    };
    all.into_iter().filter_map(conversation).collect()
}

/// Texts only: old files can no longer be fetched.
fn past(message: &PhoneMessage, jid: &str) -> Option<wa::HistorySyncMsg> {
    if message.deleted || message.text.is_empty() {
        return None;
    }
    let in_group = jid.ends_with("@g.us") && !message.from_me;
    let participant = in_group.then(|| format!("{}@s.whatsapp.net", message.author));
    let info = wa::WebMessageInfo {
        key: MessageField::some(wa::MessageKey {
            remote_jid: Some(jid.to_owned()),
            from_me: Some(message.from_me),
            id: Some(message.id.clone()),
            participant: participant.clone(),
        }),
        message: MessageField::some(wa::Message {
            conversation: Some(message.text.clone()),
            ..Default::default()
        }),
        message_timestamp: seconds(message.at),
        status: Some(status(message)),
        participant,
        ..Default::default()
    };
    Some(wa::HistorySyncMsg {
        message: MessageField::some(info),
        msg_order_id: u64::try_from(message.at).ok(),
    })
}

fn status(message: &PhoneMessage) -> wa::web_message_info::Status {
    use wa::web_message_info::Status;
    match message.status {
        MessageStatus::Failed => Status::ERROR,
        MessageStatus::Pending => Status::PENDING,
        MessageStatus::Sent => Status::SERVER_ACK,
        MessageStatus::Delivered => Status::DELIVERY_ACK,
        MessageStatus::Read => Status::READ,
    }
}

fn push_names(board: &Board, jid_of: &dyn Fn(&str) -> String) -> Vec<wa::Pushname> {
    let (_, _, names) = board.parts();
    let mut all: Vec<_> = names.iter().collect();
    all.sort();
    let name = |(number, name): (&String, &String)| wa::Pushname {
        id: Some(jid_of(number)),
        pushname: Some(name.clone()),
    };
    all.into_iter().map(name).collect()
}

fn mappings(board: &Board, lid_of: &dyn Fn(&str) -> Option<String>) -> Vec<wa::PhoneNumberToLIDMapping> {
    let (_, _, names) = board.parts();
    let mut numbers: Vec<_> = names.keys().collect();
    numbers.sort();
    let mapping = |number: &String| {
        Some(wa::PhoneNumberToLIDMapping {
            pn_jid: Some(format!("{number}@s.whatsapp.net")),
            lid_jid: Some(format!("{}@lid", lid_of(number)?)),
        })
    };
    numbers.into_iter().filter_map(mapping).collect()
}

fn seconds(ms: i64) -> Option<u64> {
    u64::try_from(ms / 1000).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::super::types::PastMessage;
    use super::*;

    fn unpacked(notification: &wa::message::ProtocolMessage) -> wa::HistorySync {
        let packed = notification
            .history_sync_notification
            .initial_hist_bootstrap_inline_payload
            .clone()
            .unwrap();
        let mut plain = Vec::new();
        flate2::read::ZlibDecoder::new(&packed[..])
            .read_to_end(&mut plain)
            .unwrap();
        waproto::codec::history_sync_decode(&plain).unwrap()
    }

    #[test]
    fn the_newest_come_first_and_nothing_twice() {
        let mut board = Board::new("491".into(), "1".into(), "Ana".into(), false);
        for at in 0..12_i64 {
            let past = PastMessage {
                peer: "492".into(),
                peer_name: "Ben".into(),
                from_me: at % 2 == 0,
                text: format!("line {at}"),
                at: at * 1000,
            };
            board.add_past(&past, format!("ID{at}"));
        }
        let [bootstrap, names, recent] =
            notifications(&board, &|_| Some("77".into()), false, &|_| Visibility::default()).map(|n| unpacked(&n));
        let ids = |sync: &wa::HistorySync| -> Vec<String> {
            let messages = sync
                .conversations
                .iter()
                .flat_map(|conversation| &conversation.messages);
            messages
                .map(|message| message.message.key.id.clone().unwrap())
                .collect()
        };
        assert_eq!(ids(&bootstrap).len(), 10);
        assert_eq!(ids(&recent), ["ID1", "ID0"]);
        assert_eq!(names.pushnames[0].pushname.as_deref(), Some("Ben"));
        assert_eq!(
            bootstrap.phone_number_to_lid_mappings[0].lid_jid.as_deref(),
            Some("77@lid")
        );
        assert_eq!(bootstrap.conversations[0].id, "492@s.whatsapp.net");
    }
}
