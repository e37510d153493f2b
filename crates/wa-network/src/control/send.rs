//! `POST /phones/{number}/send`: one body for every kind of message.

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use crate::network::Network;
use crate::phone::{Contact, Content, Location, Media, MediaKind};

const ONE_OF: &str = "send exactly one of text, media, location, contact, poll, reaction, reply, edit and delete (reply and edit with text)";

#[derive(Deserialize)]
pub(super) struct SendBody {
    to: String,
    id: Option<String>,
    text: Option<String>,
    media: Option<MediaBody>,
    location: Option<LocationBody>,
    contact: Option<ContactBody>,
    poll: Option<PollBody>,
    reaction: Option<ReactionBody>,
    reply: Option<TargetBody>,
    edit: Option<TargetBody>,
    delete: Option<TargetBody>,
}

#[derive(Deserialize)]
struct MediaBody {
    kind: MediaKind,
    mime: String,
    base64: String,
    caption: Option<String>,
    #[serde(alias = "filename")]
    file_name: Option<String>,
    seconds: Option<u32>,
}

#[derive(Deserialize)]
struct LocationBody {
    #[serde(alias = "lat")]
    latitude: f64,
    #[serde(alias = "lng", alias = "lon")]
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
struct ContactBody {
    #[serde(alias = "display_name")]
    name: String,
    #[serde(alias = "phone")]
    number: Option<String>,
    vcard: Option<String>,
}

#[derive(Deserialize)]
struct PollBody {
    question: String,
    options: Vec<String>,
}

#[derive(Deserialize)]
struct ReactionBody {
    message_id: String,
    emoji: String,
}

#[derive(Deserialize)]
struct TargetBody {
    message_id: String,
}

pub(super) async fn send(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<SendBody>,
) -> Result<HttpResponse, Problem> {
    let (to, id, content) = body.into_inner().read()?;
    let id = network.phones().send_as(&number, &to, content, id).await?;
    Ok(HttpResponse::Created().json(json!({ "id": id })))
}

impl SendBody {
    fn read(self) -> Result<(String, Option<String>, Content), Problem> {
        if self.id.as_deref() == Some("") {
            return Err(Problem::unprocessable(
                "an id is a text of at least one character, or left out",
            ));
        }
        let (to, id) = (self.to, self.id);
        let mut found: Vec<Content> = Vec::with_capacity(1);
        let mut text = self.text;
        if let Some(TargetBody { message_id }) = self.reply {
            found.push(Content::Reply {
                message_id,
                text: with_text(&mut text)?,
            });
        }
        if let Some(TargetBody { message_id }) = self.edit {
            found.push(Content::Edit {
                message_id,
                text: with_text(&mut text)?,
            });
        }
        found.extend(text.map(Content::Text));
        found.extend(self.media.map(MediaBody::read).transpose()?.map(Content::Media));
        found.extend(self.location.map(|place| Content::Location(place.into())));
        found.extend(self.contact.map(|card| Content::Contact(card.into())));
        found.extend(self.poll.map(PollBody::read).transpose()?);
        found.extend(
            self.reaction
                .map(|ReactionBody { message_id, emoji }| Content::Reaction { message_id, emoji }),
        );
        found.extend(
            self.delete
                .map(|TargetBody { message_id }| Content::Delete { message_id }),
        );
        match (found.pop(), found.is_empty()) {
            (Some(content), true) => Ok((to, id, content)),
            _ => Err(Problem::unprocessable(ONE_OF)),
        }
    }
}

fn with_text(text: &mut Option<String>) -> Result<String, Problem> {
    text.take().ok_or_else(|| Problem::unprocessable(ONE_OF))
}

impl MediaBody {
    fn read(self) -> Result<Media, Problem> {
        let bytes = STANDARD
            .decode(self.base64.as_bytes())
            .map_err(|error| Problem::unprocessable(format!("the file is not base64: {error}")))?;
        Ok(Media {
            kind: self.kind,
            mime: self.mime,
            bytes: bytes.into(),
            caption: self.caption,
            file_name: self.file_name,
            seconds: self.seconds,
            thumbnail: None,
        })
    }
}

impl From<LocationBody> for Location {
    fn from(body: LocationBody) -> Self {
        Self {
            latitude: body.latitude,
            longitude: body.longitude,
            name: body.name,
            address: body.address,
        }
    }
}

impl From<ContactBody> for Contact {
    fn from(body: ContactBody) -> Self {
        match body.vcard {
            Some(vcard) => Self { name: body.name, vcard },
            None => Self::with_number(&body.name, &body.number.unwrap_or_default()),
        }
    }
}

impl PollBody {
    fn read(self) -> Result<Content, Problem> {
        if !(2..=12).contains(&self.options.len()) {
            return Err(Problem::unprocessable("a poll has 2 to 12 options"));
        }
        Ok(Content::Poll {
            question: self.question,
            options: self.options,
        })
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
    fn nothing_or_two_things_at_once_are_refused() {
        for wrong in [
            r#"{"to":"1"}"#,
            r#"{"to":"1","reply":{"message_id":"A"}}"#,
            r#"{"to":"1","text":"t","delete":{"message_id":"A"}}"#,
            r#"{"to":"1","text":"t","id":""}"#,
            r#"{"to":"1","poll":{"question":"?","options":["a"]}}"#,
            r#"{"to":"1","media":{"kind":"image","mime":"image/png","base64":"?"}}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
