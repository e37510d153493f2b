//! The panel at the side of a conversation: whom it is with, labels, pictures, notes, and what was done with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use askama::Template;
use serde::Deserialize;

use super::super::inbox::Inbox;
use super::super::list::Asked;
use super::super::thread::{Draft, Part};
use super::super::{plain, render};
use crate::chats::{Act, Chat, ChatKind, Did, Doer, Handling, Label, Message, Note};
use crate::contacts::{ContactError, Contacts};
use crate::i18n::{Stamp, T, Text, phone};
use crate::ids::PublicId;
use crate::web::filters;
use crate::web::htmx;
use crate::web::layout::Avatar;
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::fragments;

fragments!(Panel);

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_panel.html")]
pub struct Panel {
    pub t: T,
    pub chat: String,
    /// For the forms without JavaScript.
    pub csrf: String,
    /// A guest only looks.
    pub acts: bool,
    pub name: String,
    pub avatar: Avatar,
    pub is_group: bool,
    /// The workspace's own name in a field, for a person.
    pub own_name: Option<String>,
    /// What the contact calls themselves, where that is another name.
    pub push_name: Option<String>,
    /// With its `@`.
    pub username: Option<String>,
    pub phones: Vec<String>,
    pub source: Option<String>,
    /// The number that the chat is with.
    pub via: String,
    pub labels: Vec<LabelChoice>,
    pub others: Vec<OtherChat>,
    pub pictures: Vec<Picture>,
    pub notes: Vec<NoteLine>,
    pub history: Vec<ActView>,
}

#[derive(Clone, Debug)]
pub struct LabelChoice {
    pub id: String,
    pub name: String,
    pub colour: &'static str,
    pub on: bool,
}

#[derive(Clone, Debug)]
pub struct OtherChat {
    pub href: String,
    pub session: String,
    pub preview: String,
    pub at: Stamp,
}

#[derive(Clone, Debug)]
pub struct Picture {
    pub href: String,
    pub label: String,
    pub small: Option<String>,
    pub icon: &'static str,
}

#[derive(Clone, Debug)]
pub struct NoteLine {
    pub author: String,
    pub text: String,
    pub at: Stamp,
}

#[derive(Clone, Debug)]
pub struct ActView {
    pub icon: &'static str,
    pub text: String,
    pub at: Stamp,
}

/// `GET /chats/{chat}/panel`: a page of its own has the conversation, too.
pub async fn show(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    let panel = read(&inbox, &handling, &id).await?;
    if mode == RenderMode::Fragment {
        return Ok(html(StatusCode::OK, &panel));
    }
    let open = (&*id, Part::default(), Draft::default());
    let mut page = inbox.page(&Asked::default(), Some(open)).await?;
    page.panel = Some(panel);
    Ok(html(StatusCode::OK, &page))
}

async fn read(inbox: &Inbox, handling: &Handling, id: &PublicId) -> Result<Panel, PageError> {
    let details = handling.details(inbox.scope, id).await?;
    let (t, now) = (inbox.frame.t, inbox.now());
    let chat = &details.chat;
    let direct = chat.kind == ChatKind::Direct;
    Ok(Panel {
        t,
        chat: id.to_string(),
        csrf: inbox.frame.csrf.clone(),
        acts: !inbox.frame.read_only,
        name: render::name(t, chat),
        avatar: render::avatar(t, chat),
        is_group: chat.kind == ChatKind::Group,
        own_name: direct.then(|| details.name.clone().unwrap_or_default()),
        push_name: details
            .push_name
            .clone()
            .filter(|name| chat.title.as_ref() != Some(name)),
        username: details.username.as_ref().map(|username| format!("@{username}")),
        phones: details.phones.iter().map(|digits| phone(digits)).collect(),
        source: details.first.as_ref().map(|first| source(t, first)),
        via: chat.session_name.clone(),
        labels: details.labels.iter().map(|label| choice(chat, label)).collect(),
        others: details.others.iter().map(|other| other_chat(t, other, now)).collect(),
        pictures: details.pictures.iter().map(|message| picture(t, message)).collect(),
        notes: details.notes.iter().map(|note| note_line(t, note)).collect(),
        history: details.history.iter().map(|act| view(t, act)).collect(),
    })
}

/// How it began, as far as it is here.
fn source(t: T, first: &Message) -> String {
    let ad = first.context.ad.as_ref().map(|ad| ad.title.as_deref());
    let at = t.full(first.at);
    match ad {
        Some(Some(title)) => t.with_all(
            "panel-from-ad",
            &[("title", &plain::one_line(title, 80)), ("time", &at)],
        ),
        Some(None) => t.with("panel-from-an-ad", "time", at),
        None if first.from_me => t.with("panel-from-us", "time", at),
        None => t.with("panel-from-them", "time", at),
    }
}

fn choice(chat: &Chat, label: &Label) -> LabelChoice {
    LabelChoice {
        id: label.id.to_string(),
        name: label.name.clone(),
        colour: label.colour.word(),
        on: chat.handled.labels.iter().any(|own| own.id == label.id),
    }
}

fn other_chat(t: T, chat: &Chat, now: crate::clock::UnixMs) -> OtherChat {
    OtherChat {
        href: format!("/chats/{}", chat.public_id),
        session: chat.session_name.clone(),
        preview: render::preview(t, chat).text,
        at: t.short(chat.last_at, now),
    }
}

fn picture(t: T, message: &Message) -> Picture {
    let media = message.media.as_ref();
    let file = media.and_then(|media| media.file.as_ref());
    let here = file.filter(|file| file.has_thumbnail && !message.context.view_once);
    let small = here.map(|file| format!("/media/{}/thumbnail", file.id));
    let inside = || render::data_picture(media.and_then(|media| media.thumbnail.as_deref()));
    Picture {
        href: format!("/chats/{}?at={}", message.chat, message.public_id),
        label: format!("{} · {}", render::kind_word(t, message.kind), t.full(message.at)),
        small: small.or_else(|| inside().filter(|_| !message.context.view_once)),
        icon: render::icon(message.kind).unwrap_or("image"),
    }
}

fn note_line(t: T, note: &Note) -> NoteLine {
    NoteLine {
        author: note.author.clone().unwrap_or_else(|| t.get("handling-somebody")),
        text: plain::one_line(&note.body, 300),
        at: t.at(note.at),
    }
}

fn view(t: T, act: &Act) -> ActView {
    let somebody = || t.get("handling-somebody");
    let who = act.who.clone().unwrap_or_else(somebody);
    let whom = act.whom.clone().unwrap_or_else(somebody);
    let until = act.until.map(|until| t.full(until)).unwrap_or_default();
    let label = act.label.clone().unwrap_or_default();
    let (icon, key) = match (act.did, act.doer) {
        (Did::Assigned, _) if act.who == act.whom => ("user", "handling-did-take"),
        (Did::Assigned, _) => ("user", "handling-did-assign"),
        (Did::Unassigned, _) => ("user", "handling-did-unassign"),
        (Did::Left, _) => ("log-out", "handling-did-leave"),
        (Did::Reopened, Doer::Message) => ("inbox", "handling-did-reopen-message"),
        (Did::Reopened, Doer::Clock) => ("alarm-clock", "handling-did-reopen-clock"),
        (Did::Reopened, Doer::Member) => ("inbox", "handling-did-reopen"),
        (Did::Resolved, _) => ("circle-check", "handling-did-resolve"),
        (Did::Snoozed, _) => ("alarm-clock", "handling-did-snooze"),
        (Did::Archived, _) => ("archive", "handling-did-archive"),
        (Did::Pinned, _) => ("pin", "handling-did-pin"),
        (Did::Unpinned, _) => ("pin", "handling-did-unpin"),
        (Did::Muted, _) => ("bell-off", "handling-did-mute"),
        (Did::Unmuted, _) => ("bell", "handling-did-unmute"),
        (Did::Labelled, _) => ("tag", "handling-did-label"),
        (Did::Unlabelled, _) => ("tag", "handling-did-unlabel"),
        (Did::NoteEdited, _) => ("pencil", "handling-did-edit-note"),
    };
    let values = [
        ("who", who.as_str()),
        ("whom", whom.as_str()),
        ("until", until.as_str()),
        ("label", label.as_str()),
    ];
    ActView {
        icon,
        text: t.with_all(key, &values),
        at: t.at(act.at),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LabelForm {
    /// A label to put on the chat.
    add: String,
    /// One to take away.
    remove: String,
}

/// `POST /chats/{chat}/labels`.
pub async fn label(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<LabelForm>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    // A chat that does not exist comes before a choice that was not made.
    handling.history(inbox.scope, &id).await?;
    let (word, on) = if form.add.is_empty() {
        (&form.remove, false)
    } else {
        (&form.add, true)
    };
    let label = word.parse::<PublicId>();
    let label = label.map_err(|_| Problem::invalid(Text::new("handling-nothing-chosen"), Vec::new()))?;
    handling.label_chat(inbox.scope, &id, &label, on).await?;
    answer(mode, &inbox, &handling, &id).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NameForm {
    name: String,
}

/// `POST /chats/{chat}/name`: what the workspace calls the contact.
pub async fn rename(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<NameForm>,
    (handling, contacts): (Data<Handling>, Data<Contacts>),
) -> Result<HttpResponse, PageError> {
    let details = handling.details(inbox.scope, &id).await?;
    let contact = details.chat.contact.ok_or_else(Problem::not_found)?;
    contacts
        .rename(inbox.scope, &contact, &form.name)
        .await
        .map_err(refused)?;
    handling.renamed(inbox.scope, &id).await?;
    answer(mode, &inbox, &handling, &id).await
}

fn refused(error: ContactError) -> Problem {
    let text = error.text();
    match error {
        ContactError::NotFound => Problem::not_found(),
        ContactError::BadName => Problem::invalid(text, Vec::new()),
        ContactError::Forbidden(_) => Problem::forbidden("role", text),
        ContactError::Db(error) => error.into(),
    }
}

async fn answer(
    mode: RenderMode,
    inbox: &Inbox,
    handling: &Handling,
    id: &PublicId,
) -> Result<HttpResponse, PageError> {
    Ok(match mode {
        RenderMode::Fragment => html(StatusCode::OK, &read(inbox, handling, id).await?),
        RenderMode::Page => htmx::see_other(&format!("/chats/{id}/panel")),
    })
}
