//! What a program wants to send, by type.

use serde::Deserialize;
use utoipa::ToSchema;
use wa_client::{Address, MediaKind, MenuForm, MenuOption};

use super::asked::moment;
use crate::accounts::Scope;
use crate::chats::{Chats, Files};
use crate::contacts::Recipient;
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::media::MediaError;
use crate::outbox::{Change, Content, FileContent, Outbox, OutboxError, SendOptions, Unfit};
use crate::web::problem::Problem;

crate::words!(
    /// What can be sent. The last four change a message that is there.
    #[derive(ToSchema)]
    pub enum SendType {
        Text = "text",
        Image = "image",
        Video = "video",
        Audio = "audio",
        Voice = "voice",
        Document = "document",
        Sticker = "sticker",
        Location = "location",
        Contacts = "contacts",
        Poll = "poll",
        Event = "event",
        Menu = "menu",
        Forward = "forward",
        Reaction = "reaction",
        Vote = "vote",
        Edit = "edit",
        Delete = "delete",
    }
);

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextBody {
    /// With `*bold*`, `_italic_`, `~struck~` and lists as people type them.
    #[schema(example = "Hello", min_length = 1, max_length = 65_536)]
    body: String,
}

/// A file: uploaded before, or of a message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileBody {
    /// ID of the file.
    #[schema(example = "file_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    file: String,
    /// Of a picture, a video or a document.
    caption: Option<String>,
    /// What a document is called. Folders and characters that hide its end are left out, and of a long name its
    /// beginning.
    file_name: Option<String>,
    /// Of a voice message: as the upload answered it.
    waveform: Option<Vec<u8>>,
    /// It can be opened once. Pictures, videos and voice messages.
    view_once: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    #[schema(minimum = -90, maximum = 90)]
    latitude: f64,
    #[schema(minimum = -180, maximum = 180)]
    longitude: f64,
    #[schema(max_length = 255)]
    name: Option<String>,
    #[schema(max_length = 255)]
    address: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    #[schema(example = "Ana Souza", max_length = 255)]
    name: String,
    /// In any usual form.
    #[schema(example = "+55 11 99999-0001")]
    phone: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PollBody {
    #[schema(example = "Which cake?", max_length = 255)]
    question: String,
    #[schema(example = json!(["Lemon", "Carrot"]), min_items = 2, max_items = 12)]
    options: Vec<String>,
    /// How many options one may choose; 0 is any number. 1 if left out.
    choices: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBody {
    #[schema(example = "Tasting", max_length = 255)]
    name: String,
    #[schema(max_length = 65_536)]
    description: Option<String>,
    #[schema(format = DateTime)]
    starts_at: String,
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    #[schema(max_length = 255)]
    place: Option<String>,
    #[schema(max_length = 2_048)]
    link: Option<String>,
}

/// Options to choose from. The answer names the option in its `choice`, whether it was tapped, typed or given by number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuBody {
    #[schema(example = "Which cake?", max_length = 1_024)]
    body: String,
    #[schema(max_length = 60)]
    footer: Option<String>,
    /// At most 3 as `buttons`.
    #[schema(min_items = 1, max_items = 10)]
    options: Vec<MenuOptionBody>,
    /// `numbers` if left out.
    form: Option<MenuFormBody>,
    /// What the button of a `list` says.
    #[schema(max_length = 24)]
    label: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuOptionBody {
    #[schema(example = "lemon", max_length = 255)]
    id: String,
    #[schema(example = "Lemon", max_length = 24)]
    title: String,
}

crate::words!(
    /// How a menu looks: `numbers` is a text with numbered lines, which every phone shows. WhatsApp shows `buttons` and a
    /// `list` today, and may stop to do so any day.
    #[derive(ToSchema)]
    pub enum MenuFormBody {
        Numbers = "numbers",
        Buttons = "buttons",
        List = "list",
    }
);

/// A message that is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfMessageBody {
    #[schema(example = "msg_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    message: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactionBody {
    #[schema(example = "msg_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    message: String,
    /// One emoji. An empty one takes the reaction back.
    #[schema(example = "👍")]
    emoji: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteBody {
    #[schema(example = "msg_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    message: String,
    /// The chosen options of the poll. None takes the vote back.
    #[schema(example = json!(["Lemon"]))]
    options: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditBody {
    #[schema(example = "msg_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    message: String,
    /// The new text, or the new caption of a file. Possible for 15 minutes.
    #[schema(example = "Hello again")]
    body: String,
}

/// A message to send. What it says stands in the field of its type.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "to": "+55 11 99999-0001", "type": "text", "text": { "body": "Hello" } }))]
pub struct SendBody {
    /// A phone number in any usual form, a WhatsApp address (`…@s.whatsapp.net`, `…@lid`, `…@g.us`), or the ID of a
    /// contact or a chat. Left out for `reaction`, `vote`, `edit` and `delete`.
    #[schema(max_length = 200)]
    to: Option<String>,
    pub(super) r#type: SendType,
    /// ID of the message that is answered, of the same chat.
    reply_to: Option<String>,
    /// Phone numbers or WhatsApp addresses of people whom the text mentions as `@` and the part before the `@` of their
    /// address.
    #[schema(max_items = 100)]
    mentions: Option<Vec<String>>,
    text: Option<TextBody>,
    image: Option<FileBody>,
    video: Option<FileBody>,
    audio: Option<FileBody>,
    voice: Option<FileBody>,
    document: Option<FileBody>,
    sticker: Option<FileBody>,
    location: Option<PlaceBody>,
    #[schema(max_items = 50)]
    contacts: Option<Vec<ContactBody>>,
    poll: Option<PollBody>,
    event: Option<EventBody>,
    menu: Option<MenuBody>,
    /// A message to send on, of this number.
    forward: Option<OfMessageBody>,
    reaction: Option<ReactionBody>,
    vote: Option<VoteBody>,
    edit: Option<EditBody>,
    /// A message of yours to delete for everybody. Possible for two days.
    delete: Option<OfMessageBody>,
}

/// What is done with a body.
pub(super) enum Said {
    /// A message of its own.
    New {
        to: String,
        content: Content,
        options: SendOptions,
    },
    /// A change of a message that is there.
    Change { message: PublicId, change: Change },
}

/// What a body is read with.
pub(super) struct Reading<'a> {
    pub scope: Scope,
    pub session: &'a PublicId,
    /// How national numbers are read.
    pub country: &'a str,
    pub chats: &'a Chats,
    pub files: &'a Files,
    pub outbox: &'a Outbox,
}

impl SendBody {
    /// As it was written.
    pub(super) fn recipient(&self) -> &str {
        self.to.as_deref().unwrap_or_default()
    }

    /// The fields of contents, each with whether it is there.
    fn contents(&self) -> [(SendType, bool); 17] {
        use SendType as T;
        [
            (T::Text, self.text.is_some()),
            (T::Image, self.image.is_some()),
            (T::Video, self.video.is_some()),
            (T::Audio, self.audio.is_some()),
            (T::Voice, self.voice.is_some()),
            (T::Document, self.document.is_some()),
            (T::Sticker, self.sticker.is_some()),
            (T::Location, self.location.is_some()),
            (T::Contacts, self.contacts.is_some()),
            (T::Poll, self.poll.is_some()),
            (T::Event, self.event.is_some()),
            (T::Menu, self.menu.is_some()),
            (T::Forward, self.forward.is_some()),
            (T::Reaction, self.reaction.is_some()),
            (T::Vote, self.vote.is_some()),
            (T::Edit, self.edit.is_some()),
            (T::Delete, self.delete.is_some()),
        ]
    }

    /// A field that is missing, or that this type does not have.
    fn misplaced(&self) -> Result<(), Problem> {
        let mut problem = Problem::fields(Vec::new());
        let mut wrong = false;
        let mut say = |field: &'static str, key: &'static str| {
            problem = problem.clone().wrong(field, Text::new(key));
            wrong = true;
        };
        for (kind, is_there) in self.contents() {
            match (kind == self.r#type, is_there) {
                (true, false) => say(kind.word(), "api-field-missing"),
                (false, true) => say(kind.word(), "api-field-of-another-type"),
                _ => {}
            }
        }
        let is_change = self.r#type.is_change();
        match (&self.to, is_change) {
            (None, false) => say("to", "api-field-missing"),
            (Some(_), true) => say("to", "api-field-of-another-type"),
            _ => {}
        }
        if is_change && self.reply_to.is_some() {
            say("reply_to", "api-field-of-another-type");
        }
        if self.mentions.is_some() && !self.r#type.has_words() {
            say("mentions", "api-field-of-another-type");
        }
        if wrong { Err(problem) } else { Ok(()) }
    }

    /// What the body means. Ids in it are of this number, or are not found.
    pub(super) async fn read(&self, reading: &Reading<'_>) -> Result<Said, Problem> {
        self.misplaced()?;
        let change = match self.r#type {
            SendType::Reaction => self
                .reaction
                .as_ref()
                .map(|it| (&it.message, Change::React(it.emoji.clone()))),
            SendType::Vote => self
                .vote
                .as_ref()
                .map(|it| (&it.message, Change::Vote(it.options.clone()))),
            SendType::Edit => self
                .edit
                .as_ref()
                .map(|it| (&it.message, Change::Edit(it.body.clone()))),
            SendType::Delete => self.delete.as_ref().map(|it| (&it.message, Change::Delete)),
            _ => None,
        };
        if let Some((message, change)) = change {
            let message = reading.message(message).await?;
            return Ok(Said::Change { message, change });
        }
        let view_once = self.file().and_then(|(file, _)| file.view_once);
        let options = SendOptions {
            reply_to: match &self.reply_to {
                Some(answered) => Some(reading.message(answered).await?),
                None => None,
            },
            mentions: reading.people(self.mentions.as_deref().unwrap_or_default())?,
            view_once: view_once.unwrap_or(false),
            undoable: false,
        };
        Ok(Said::New {
            to: self.recipient().to_owned(),
            content: self.content(reading).await?,
            options,
        })
    }

    fn file(&self) -> Option<(&FileBody, MediaKind)> {
        match self.r#type {
            SendType::Image => self.image.as_ref().map(|file| (file, MediaKind::Image)),
            SendType::Video => self.video.as_ref().map(|file| (file, MediaKind::Video)),
            SendType::Audio => self.audio.as_ref().map(|file| (file, MediaKind::Audio)),
            SendType::Voice => self.voice.as_ref().map(|file| (file, MediaKind::Voice)),
            SendType::Document => self.document.as_ref().map(|file| (file, MediaKind::Document)),
            SendType::Sticker => self.sticker.as_ref().map(|file| (file, MediaKind::Sticker)),
            _ => None,
        }
    }

    async fn content(&self, reading: &Reading<'_>) -> Result<Content, Problem> {
        if let Some((file, kind)) = self.file() {
            return Ok(Content::File(FileContent {
                file: reading.file(&file.file, self.r#type).await?,
                kind: Some(kind),
                caption: file.caption.clone(),
                name: file.file_name.clone(),
                waveform: file.waveform.clone(),
            }));
        }
        if let Some(text) = &self.text {
            return Ok(Content::Text(text.body.clone()));
        }
        if let Some(place) = &self.location {
            return Ok(Content::Location {
                latitude: place.latitude,
                longitude: place.longitude,
                name: place.name.clone(),
                address: place.address.clone(),
            });
        }
        if let Some(contacts) = &self.contacts {
            let mut cards = Vec::with_capacity(contacts.len());
            for contact in contacts {
                let card = reading
                    .outbox
                    .contact_card(reading.scope, &contact.name, &contact.phone)
                    .await;
                cards.push(card.map_err(|error| named(error, self.r#type))?);
            }
            return Ok(Content::Contacts(cards));
        }
        if let Some(poll) = &self.poll {
            return Ok(Content::Poll {
                question: poll.question.clone(),
                options: poll.options.clone(),
                choices: poll.choices.unwrap_or(1),
            });
        }
        if let Some(event) = &self.event {
            return event.content();
        }
        if let Some(menu) = &self.menu {
            return Ok(menu.content());
        }
        match &self.forward {
            Some(forward) => Ok(Content::Forward(reading.message(&forward.message).await?)),
            None => Err(missing(self.r#type.word())),
        }
    }
}

impl SendType {
    const fn is_change(self) -> bool {
        matches!(self, Self::Reaction | Self::Vote | Self::Edit | Self::Delete)
    }

    /// Whether people can be mentioned in it.
    const fn has_words(self) -> bool {
        matches!(self, Self::Text | Self::Image | Self::Video | Self::Document)
    }
}

impl MenuBody {
    fn content(&self) -> Content {
        let option = |option: &MenuOptionBody| MenuOption {
            id: option.id.clone(),
            title: option.title.clone(),
        };
        Content::Menu {
            body: self.body.clone(),
            footer: self.footer.clone(),
            options: self.options.iter().map(option).collect(),
            form: match self.form {
                None | Some(MenuFormBody::Numbers) => MenuForm::Numbers,
                Some(MenuFormBody::Buttons) => MenuForm::Buttons,
                Some(MenuFormBody::List) => MenuForm::List {
                    label: self.label.clone().unwrap_or_default(),
                },
            },
        }
    }
}

impl EventBody {
    fn content(&self) -> Result<Content, Problem> {
        let seconds = |text: &str| {
            let wrong = || Problem::fields(Vec::new()).wrong("event", Text::new("api-bad-time"));
            moment(text).map(|at| at.0.div_euclid(1_000)).ok_or_else(wrong)
        };
        Ok(Content::Event {
            name: self.name.clone(),
            description: self.description.clone(),
            starts_at: seconds(&self.starts_at)?,
            ends_at: self.ends_at.as_deref().map(seconds).transpose()?,
            place: self.place.clone(),
            link: self.link.clone(),
        })
    }
}

impl Reading<'_> {
    /// A message of this number.
    async fn message(&self, id: &str) -> Result<PublicId, Problem> {
        let id = id.parse().map_err(|_| Problem::not_found())?;
        let (message, _) = self.chats.message_of(self.scope, self.session, &id).await?;
        Ok(message.public_id)
    }

    /// A file of this number.
    async fn file(&self, id: &str, kind: SendType) -> Result<PublicId, Problem> {
        let unknown = || named(OutboxError::Unfit(Unfit::File), kind);
        let id = id.parse().map_err(|_| unknown())?;
        match self.files.of_number(self.scope, self.session, &id).await {
            Ok(file) => Ok(file.public_id),
            Err(MediaError::NotFound) => Err(unknown()),
            Err(error) => Err(error.into()),
        }
    }

    fn people(&self, mentioned: &[String]) -> Result<Vec<Address>, Problem> {
        let each = mentioned.iter().map(|text| match Recipient::parse(text, self.country) {
            Ok(Recipient::Address(address)) => Ok(address),
            Ok(Recipient::Contact(_) | Recipient::Username(_)) => Err(Text::new("api-mention-by-address")),
            Err(error) => Err(error.text()),
        });
        let wrong = |text| Problem::fields(Vec::new()).wrong("mentions", text);
        each.collect::<Result<_, _>>().map_err(wrong)
    }
}

fn missing(field: &'static str) -> Problem {
    Problem::fields(Vec::new()).wrong(field, Text::new("api-field-missing"))
}

/// Problems of a field, by the field's name.
pub(super) fn named(error: OutboxError, kind: SendType) -> Problem {
    let field = match error {
        OutboxError::Recipient(_) | OutboxError::NotOnWhatsApp => "to",
        OutboxError::Unfit(Unfit::Reply) => "reply_to",
        OutboxError::Empty | OutboxError::TooLong | OutboxError::Unfit(_) => kind.word(),
        error => return error.into(),
    };
    Problem::fields(Vec::new()).wrong(field, error.text())
}
