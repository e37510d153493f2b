//! Messages as the API shows them.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wa_client::Forwarded;

use super::content::{CardView, Contents, EventView, LocationView, MessageFileView, PollView, TextView};
use crate::chats::{Cast, Failure, Message, Party, Quoted, Status, Times};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::site::chats::render;
use crate::web::api::time;

/// A person or a number, by both addresses that WhatsApp has for an account.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "contact": "con_06c2m9k1t4v7x0z3a5b8d1f4h7", "name": "Ana Souza",
    "phone": "+5511999990001", "lid": "100000000000007@lid",
}))]
pub struct PartyView {
    /// ID of the contact. Null for your own number.
    contact: Option<String>,
    name: Option<String>,
    /// E.164. Null while it isn't known; some people never show it.
    phone: Option<String>,
    /// WhatsApp's other address of the same account. Null while it isn't known.
    lid: Option<String>,
}

impl From<Party> for PartyView {
    fn from(party: Party) -> Self {
        Self {
            contact: party.contact.map(|id| id.to_string()),
            name: party.name,
            phone: party.phone.map(|digits| format!("+{digits}")),
            lid: party.lid,
        }
    }
}

/// The chat of a message, and who is at its other end.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "chat_06c2m9k1t4v7x0z3a5b8d1f4h7", "type": "direct", "address": "5511999990001@s.whatsapp.net",
    "name": "Ana Souza", "contact": "con_06c2m9k1t4v7x0z3a5b8d1f4h7", "phone": "+5511999990001",
    "lid": "100000000000007@lid",
}))]
pub struct ChatOfView {
    pub(super) id: String,
    /// `direct`, `group`, or `other` (channels, status).
    pub(super) r#type: String,
    /// Where messages of this chat are sent.
    pub(super) address: String,
    /// The contact's name, or the group's subject.
    pub(super) name: Option<String>,
    /// ID of the contact. Null in groups.
    pub(super) contact: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) lid: Option<String>,
}

impl ChatOfView {
    pub(super) fn of(id: &PublicId, cast: &Cast) -> Self {
        let Some(chat) = cast.conversations.get(id).cloned() else {
            return Self {
                id: id.to_string(),
                r#type: "other".to_owned(),
                address: String::new(),
                name: None,
                contact: None,
                phone: None,
                lid: None,
            };
        };
        let party = PartyView::from(chat.party);
        Self {
            id: id.to_string(),
            r#type: chat.kind.to_string(),
            address: chat.address,
            name: chat.subject.or(party.name),
            contact: party.contact,
            phone: party.phone,
            lid: party.lid,
        }
    }
}

/// Why a message wasn't sent.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "code": "not_on_whatsapp", "text": "This number is not on WhatsApp." }))]
pub struct FailureView {
    /// A stable word: `not_on_whatsapp`, `invalid`, `refused`, `expired`, `cancelled`, `not_linked`, `restored`,
    /// `file_gone`.
    code: String,
    /// For people: what happened.
    text: String,
}

/// The message that is answered.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "msg_06c2m9k1t4v7x0z3a5b8d1f4h6", "type": "text", "text": "Hello",
    "from": { "contact": null, "name": "Ana Souza", "phone": "+5511999990001", "lid": null },
}))]
pub struct ReplyToView {
    /// Null when it isn't here any more, or never was.
    id: Option<String>,
    r#type: String,
    text: Option<String>,
    from: Option<PartyView>,
}

impl ReplyToView {
    fn of(quoted: &Quoted, cast: &Cast) -> Self {
        let from = match &quoted.sender {
            None if quoted.from_me => Some(cast.own.clone()),
            sender => sender.as_ref().map(|sender| cast.sender(sender)),
        };
        Self {
            id: quoted.message.as_ref().map(ToString::to_string),
            r#type: quoted.kind.to_string(),
            text: quoted.body.clone().filter(|_| !quoted.deleted),
            from: from.map(PartyView::from),
        }
    }
}

/// How many people reacted with an emoji.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "emoji": "👍", "count": 1, "mine": false }))]
pub struct ReactionView {
    emoji: String,
    count: u32,
    /// Your own number is among them.
    mine: bool,
}

/// A message of a chat. What it says stands in the field of its type: `text`, `image`, `location` and so on.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "msg_06c2m9k1t4v7x0z3a5b8d1f4h7", "whatsapp_id": "3EB0A1B2C3D4E5F6071829", "type": "text",
    "direction": "outbound", "origin": "app", "status": "delivered", "failure": null, "failed_change": null,
    "waits_for": null, "held_until": null,
    "chat": {
        "id": "chat_06c2m9k1t4v7x0z3a5b8d1f4h7", "type": "direct", "address": "5511999990001@s.whatsapp.net",
        "name": "Ana Souza", "contact": "con_06c2m9k1t4v7x0z3a5b8d1f4h7", "phone": "+5511999990001",
        "lid": "100000000000007@lid",
    },
    "from": { "contact": null, "name": null, "phone": "+351910000001", "lid": "100000000000001@lid" },
    "at": "2026-11-24T09:30:00Z", "sent_at": "2026-11-24T09:30:01Z", "delivered_at": "2026-11-24T09:30:02Z",
    "read_at": null, "played_at": null, "edited_at": null, "deleted": false, "unread": false, "view_once": false,
    "forwarded": null, "reply_to": null, "mentions": [], "reactions": [], "receipts": null,
    "text": { "body": "Hello", "link": null },
}))]
pub struct MessageView {
    id: String,
    /// The ID that WhatsApp knows it by; unique within the chat and sender.
    whatsapp_id: String,
    /// `text`, `image`, `video`, `gif`, `video_note`, `voice`, `audio`, `document`, `sticker`, `location`,
    /// `live_location`, `contact`, `poll`, `event`, and rarer ones that only arrive.
    r#type: String,
    /// `inbound` or `outbound`.
    direction: String,
    /// `contact`, `phone` (your own number, written on the phone) or `app` (from here).
    origin: String,
    /// `received`; or for yours `pending`, `waiting_for_keys`, `sent`, `unreached`, `delivered`, `read`, `played` or
    /// `failed`. `waiting_for_keys`: WhatsApp has no keys of the recipient's phone yet. `unreached`: WhatsApp has it, and no
    /// phone has fetched it for a day.
    status: String,
    failure: Option<FailureView>,
    /// The last change of yours that didn't reach WhatsApp.
    failed_change: Option<FailedChangeView>,
    /// What a pending one waits for, beyond its turn: `plan` (the messages of the day are used up), `keys`, `lock` (WhatsApp
    /// has locked new chats), `quota` (WhatsApp allows no more new chats) or `undo` (somebody has just sent it from a page, and
    /// can take it back for some seconds).
    waits_for: Option<String>,
    /// It isn't tried again before then.
    #[schema(format = DateTime)]
    held_until: Option<String>,
    chat: ChatOfView,
    from: PartyView,
    /// When it was written.
    #[schema(format = DateTime)]
    at: String,
    /// When WhatsApp had it. In groups, this and the next ones are about everybody.
    #[schema(format = DateTime)]
    sent_at: Option<String>,
    #[schema(format = DateTime)]
    delivered_at: Option<String>,
    #[schema(format = DateTime)]
    read_at: Option<String>,
    #[schema(format = DateTime)]
    played_at: Option<String>,
    #[schema(format = DateTime)]
    edited_at: Option<String>,
    /// Its sender deleted it for everybody, so it says nothing any more.
    deleted: bool,
    unread: bool,
    view_once: bool,
    /// `once`, `often` or `channel`.
    forwarded: Option<String>,
    reply_to: Option<ReplyToView>,
    /// ID of the option that was chosen: a tapped button or row, or an answer to your menu by number or title.
    #[serde(skip_serializing_if = "Option::is_none")]
    choice: Option<String>,
    /// Who is mentioned in the text, or named in a line of the chat.
    mentions: Vec<PartyView>,
    reactions: Vec<ReactionView>,
    /// In groups: how many members have got your message, and how many have read it.
    receipts: Option<ReceiptsView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<TextView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<MessageFileView>,
    /// Also of `gif` and `video_note`.
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<MessageFileView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<MessageFileView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice: Option<MessageFileView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<MessageFileView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sticker: Option<MessageFileView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<Vec<CardView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    poll: Option<PollView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventView>,
    /// Of the rarer types: an object whose one field says which, beside the words in `text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
}

/// An edit, deletion, reaction or vote of yours that didn't reach WhatsApp. It shows here all the same.
#[derive(Serialize, ToSchema)]
pub struct FailedChangeView {
    /// ID of the change, to send it again.
    #[schema(example = "msg_06c2m9k1t4v7x0z3a5b8d1f4h8")]
    id: String,
    /// `edit`, `delete`, `reaction` or `vote`.
    #[schema(example = "edit")]
    r#type: String,
    failure: Option<FailureView>,
}

impl FailureView {
    fn of(t: T, failure: Failure) -> Self {
        Self {
            code: failure.to_string(),
            text: render::failure(t, Some(failure)).why,
        }
    }
}

/// How many members of a group have a message.
#[derive(Serialize, ToSchema)]
pub struct ReceiptsView {
    delivered: u32,
    read: u32,
}

impl MessageView {
    pub fn of(t: T, message: Message, cast: &Cast) -> Self {
        let contents = Contents::of(&message, cast);
        let times: Times = cast.times.get(&message.id).copied().unwrap_or_default();
        let from = message.sender.as_ref().map(|sender| cast.sender(sender));
        let failed = message.status == Status::Failed;
        Self {
            id: message.public_id.to_string(),
            whatsapp_id: message.wa_id.clone(),
            r#type: message.kind.to_string(),
            direction: if message.from_me { "outbound" } else { "inbound" }.to_owned(),
            origin: message.origin.to_string(),
            status: message.state().to_owned(),
            failure: message
                .failure
                .filter(|_| failed)
                .map(|failure| FailureView::of(t, failure)),
            failed_change: message.failed_change.as_ref().map(|change| FailedChangeView {
                id: change.message.to_string(),
                r#type: change.kind.to_string(),
                failure: change.failure.map(|failure| FailureView::of(t, failure)),
            }),
            waits_for: match (message.held_until, message.waits) {
                (Some(_), _) => Some("plan".to_owned()),
                (None, waits) => waits.map(|waits| waits.why.word().to_owned()),
            },
            held_until: message.held_until.or(message.waits.map(|waits| waits.until)).map(time),
            chat: ChatOfView::of(&message.chat, cast),
            from: from.unwrap_or_else(|| cast.own.clone()).into(),
            at: time(message.at),
            sent_at: times.sent.map(time),
            delivered_at: times.delivered.map(time),
            read_at: times.read.map(time),
            played_at: times.played.map(time),
            edited_at: message.edited_at.map(time),
            deleted: message.deleted,
            choice: message.context.choice.clone().filter(|_| !message.deleted),
            unread: message.unread,
            view_once: message.context.view_once,
            forwarded: message.context.forwarded.as_ref().map(|forwarded| {
                match forwarded {
                    Forwarded::Once => "once",
                    Forwarded::Often => "often",
                    Forwarded::Channel { .. } => "channel",
                }
                .to_owned()
            }),
            reply_to: message.quoted.as_ref().map(|quoted| ReplyToView::of(quoted, cast)),
            mentions: message.people.iter().map(|person| cast.person(person).into()).collect(),
            reactions: message
                .reactions
                .iter()
                .map(|reaction| ReactionView {
                    emoji: reaction.emoji.clone(),
                    count: reaction.count,
                    mine: reaction.mine,
                })
                .collect(),
            receipts: message.receipts.map(|receipts| ReceiptsView {
                delivered: receipts.delivered,
                read: receipts.read,
            }),
            text: contents.text,
            image: contents.image,
            video: contents.video,
            audio: contents.audio,
            voice: contents.voice,
            document: contents.document,
            sticker: contents.sticker,
            location: contents.location,
            contacts: contents.contacts,
            poll: contents.poll,
            event: contents.event,
            details: contents.details,
        }
    }
}
