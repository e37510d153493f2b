//! `POST /phones/{number}/send`: one body for every kind of message.

mod bodies;
mod marks;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use self::bodies::{
    AlbumItem, ChoiceBody, ContactBody, ContactsBody, DeleteBody, EditBody, EventAnswerBody, EventBody, HdBody,
    LiveLocationBody, LocationBody, MediaBody, PinBody, PollBody, RawBody, ReactionBody, TargetBody, VoteBody,
};
use self::marks::{MarksBody, ReplyBody};
use super::problem::Problem;
use crate::network::Network;
use crate::phone::{ChoiceForm, Content};

const ONE_OF: &str = "send exactly one of text, media, album, hd_pair, location, live_location, contact, contacts, poll, \
                      vote, event, event_answer, reaction, pin, unpin, keep, unkeep, disappearing, button_reply, \
                      list_reply, template_reply, flow_reply, request_number, share_number, limit_sharing, reply (with \
                      text or another), edit (with text), delete and raw";

/// At most one field of each name; which of them are content is decided in `read`.
#[derive(Deserialize)]
pub(super) struct SendBody {
    to: String,
    id: Option<String>,
    text: Option<String>,
    media: Option<MediaBody>,
    album: Option<Vec<AlbumItem>>,
    hd_pair: Option<HdBody>,
    location: Option<LocationBody>,
    live_location: Option<LiveLocationBody>,
    contact: Option<ContactBody>,
    contacts: Option<ContactsBody>,
    poll: Option<PollBody>,
    vote: Option<VoteBody>,
    event: Option<EventBody>,
    event_answer: Option<EventAnswerBody>,
    reaction: Option<ReactionBody>,
    reply: Option<ReplyBody>,
    edit: Option<EditBody>,
    delete: Option<DeleteBody>,
    pin: Option<PinBody>,
    unpin: Option<TargetBody>,
    keep: Option<TargetBody>,
    unkeep: Option<TargetBody>,
    /// Seconds.
    disappearing: Option<u32>,
    button_reply: Option<ChoiceBody>,
    list_reply: Option<ChoiceBody>,
    template_reply: Option<ChoiceBody>,
    flow_reply: Option<ChoiceBody>,
    #[serde(default)]
    request_number: bool,
    #[serde(default)]
    share_number: bool,
    limit_sharing: Option<bool>,
    /// An encoded `Message` in base64.
    raw: Option<String>,
    /// Attributes of the stanza around `raw`.
    stanza: Option<RawBody>,
    #[serde(flatten)]
    marks: MarksBody,
}

pub(super) async fn send(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<SendBody>,
) -> Result<HttpResponse, Problem> {
    let (to, id, content) = body.into_inner().read()?;
    let ids = network.phones().send_all(&number, &to, content, id).await?;
    let answer = match &ids[..] {
        [id] => json!({ "id": id }),
        all => json!({ "id": all.first(), "ids": all }),
    };
    Ok(HttpResponse::Created().json(answer))
}

impl SendBody {
    fn read(mut self) -> Result<(String, Option<String>, Content), Problem> {
        if self.id.as_deref() == Some("") {
            return Err(Problem::unprocessable(
                "an id is a text of at least one character, or left out",
            ));
        }
        let (to, id) = (std::mem::take(&mut self.to), self.id.take());
        let reply = self.reply.take();
        let marks = std::mem::take(&mut self.marks);
        let mut found = self.contents()?;
        let content = match (found.pop(), found.is_empty()) {
            (Some(content), true) => content,
            _ => return Err(Problem::unprocessable(ONE_OF)),
        };
        Ok((to, id, marks.around(content, reply)?))
    }

    /// Everything in the body that is a message by itself.
    fn contents(self) -> Result<Vec<Content>, Problem> {
        let mut found: Vec<Content> = Vec::with_capacity(1);
        let mut text = self.text;
        if let Some(edit) = self.edit {
            found.push(edit.read(text.take().ok_or_else(|| Problem::unprocessable(ONE_OF))?));
        }
        found.extend(text.map(Content::Text));
        found.extend(self.media.map(MediaBody::read).transpose()?.map(Content::Media));
        found.extend(self.album.map(bodies::album).transpose()?);
        found.extend(self.hd_pair.map(HdBody::read).transpose()?);
        found.extend(self.location.map(|place| Content::Location(place.into())));
        found.extend(self.live_location.map(LiveLocationBody::read));
        found.extend(self.contact.map(|card| Content::Contact(card.into())));
        found.extend(self.contacts.map(ContactsBody::read));
        found.extend(self.poll.map(PollBody::read).transpose()?);
        found.extend(self.vote.map(VoteBody::read));
        found.extend(self.event.map(EventBody::read));
        found.extend(self.event_answer.map(EventAnswerBody::read));
        found.extend(self.reaction.map(ReactionBody::read));
        found.extend(self.delete.map(DeleteBody::read));
        found.extend(self.pin.map(PinBody::read));
        found.extend(self.unpin.map(|TargetBody { message_id }| Content::Pin {
            message_id,
            seconds: None,
        }));
        for (target, keep) in [(self.keep, true), (self.unkeep, false)] {
            found.extend(target.map(|TargetBody { message_id }| Content::Keep { message_id, keep }));
        }
        found.extend(self.disappearing.map(Content::Disappearing));
        for (choice, form) in [
            (self.button_reply, ChoiceForm::Buttons),
            (self.list_reply, ChoiceForm::List),
            (self.template_reply, ChoiceForm::Template),
            (self.flow_reply, ChoiceForm::Flow),
        ] {
            found.extend(choice.map(|choice| choice.read(form)));
        }
        found.extend(self.request_number.then_some(Content::RequestNumber));
        found.extend(self.share_number.then_some(Content::ShareNumber));
        found.extend(self.limit_sharing.map(Content::LimitSharing));
        let stanza = self.stanza.unwrap_or_default();
        found.extend(self.raw.map(|raw| stanza.read(&raw)).transpose()?);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Content, Problem> {
        let body: SendBody = serde_json::from_str(json).unwrap();
        body.read().map(|(_, _, content)| content)
    }

    #[test]
    fn every_kind_of_the_contract_is_understood() {
        assert!(matches!(read(r#"{"to":"1","text":"hi"}"#), Ok(Content::Text(text)) if text == "hi"));
        let media = r#"{"to":"1","media":{"kind":"image","mime":"image/png","base64":"AAEC","caption":"c"}}"#;
        assert!(matches!(read(media), Ok(Content::Media(file)) if file.bytes[..] == [0, 1, 2]));
        assert!(matches!(
            read(r#"{"to":"1","location":{"latitude":1,"longitude":2}}"#),
            Ok(Content::Location(_))
        ));
        assert!(matches!(
            read(r#"{"to":"1","contact":{"name":"Ana","number":"55"}}"#),
            Ok(Content::Contact(card)) if card.vcard.contains("waid=55")
        ));
        assert!(matches!(
            read(r#"{"to":"1","poll":{"question":"?","options":["a","b"]}}"#),
            Ok(Content::Poll { .. })
        ));
        assert!(matches!(
            read(r#"{"to":"1","reaction":{"message_id":"A","emoji":"x"}}"#),
            Ok(Content::Reaction { .. })
        ));
        assert!(matches!(
            read(r#"{"to":"1","reply":{"message_id":"A"},"text":"t"}"#),
            Ok(Content::Reply { text, .. }) if text == "t"
        ));
        assert!(matches!(
            read(r#"{"to":"1","edit":{"message_id":"A"},"text":"t"}"#),
            Ok(Content::Edit { .. })
        ));
        assert!(matches!(
            read(r#"{"to":"1","delete":{"message_id":"A"}}"#),
            Ok(Content::Delete { .. })
        ));
    }

    #[test]
    fn the_rarer_kinds_are_understood() {
        for (json, kind) in [
            (r#"{"to":"1","vote":{"message_id":"A","options":["a"]}}"#, "Vote"),
            (r#"{"to":"1","event":{"name":"Fair","start":1}}"#, "Event"),
            (
                r#"{"to":"1","event_answer":{"message_id":"A","answer":"not_going"}}"#,
                "EventAnswer",
            ),
            (
                r#"{"to":"1","contacts":{"name":"Two","cards":[{"name":"A","number":"1"}]}}"#,
                "Contacts",
            ),
            (
                r#"{"to":"1","live_location":{"latitude":1,"longitude":2}}"#,
                "LiveLocation",
            ),
            (r#"{"to":"1","pin":{"message_id":"A","seconds":60}}"#, "Pin"),
            (r#"{"to":"1","unpin":{"message_id":"A"}}"#, "Pin"),
            (r#"{"to":"1","keep":{"message_id":"A"}}"#, "Keep"),
            (r#"{"to":"1","disappearing":86400}"#, "Disappearing"),
            (
                r#"{"to":"1","button_reply":{"message_id":"A","id":"b","text":"B"}}"#,
                "Choice",
            ),
            (r#"{"to":"1","request_number":true}"#, "RequestNumber"),
            (
                r#"{"to":"1","edit":{"message_id":"A","sealed":true},"text":"t"}"#,
                "SealedEdit",
            ),
            (r#"{"to":"1","delete":{"message_id":"A","admin":true}}"#, "AdminDelete"),
            (r#"{"to":"1","raw":"CgJoaQ==","stanza":{"edit":"1"}}"#, "Raw"),
            (
                r#"{"to":"1","poll":{"question":"?","options":["a","b"],"choices":0}}"#,
                "PollWith",
            ),
            (r#"{"to":"1","text":"t","forwarded":5}"#, "Framed"),
            (
                r#"{"to":"1","media":{"kind":"ptv","mime":"video/mp4","base64":"AAEC"}}"#,
                "Media",
            ),
            (
                r#"{"to":"1","media":{"kind":"image","mime":"i","base64":"AAEC"},"reply":{"message_id":"A"}}"#,
                "Framed",
            ),
        ] {
            let content = format!("{:?}", read(json).unwrap());
            assert!(content.starts_with(kind), "{json}: {content}");
        }
    }

    #[test]
    fn nothing_or_two_things_at_once_are_refused() {
        for wrong in [
            r#"{"to":"1"}"#,
            r#"{"to":"1","reply":{"message_id":"A"}}"#,
            r#"{"to":"1","text":"t","delete":{"message_id":"A"}}"#,
            r#"{"to":"1","raw":"?"}"#,
            r#"{"to":"1","text":"t","view_once":true}"#,
            r#"{"to":"1","delete":{"message_id":"A"},"forwarded":1}"#,
            r#"{"to":"1","album":[]}"#,
            r#"{"to":"1","text":"t","id":""}"#,
            r#"{"to":"1","poll":{"question":"?","options":["a"]}}"#,
            r#"{"to":"1","media":{"kind":"image","mime":"image/png","base64":"?"}}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
