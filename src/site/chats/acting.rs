//! What can be done with a message: the menu of its bubble, and what its entries do. Every entry is a link or a form of
//! its own, so that each works without a script, too.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use askama::Template;
use serde::Deserialize;
use wa_client::Card;

use super::inbox::Inbox;
use super::views::{MessageView, Reaction as Shown};
use super::{cards, plain, render};
use crate::chats::{Answer, Chats, Detail, Kind, Message, Reaction, Status};
use crate::clock::UnixMs;
use crate::i18n::{T, Text};
use crate::ids::PublicId;
use crate::outbox::{Change, DELETED_WITHIN, EDITED_WITHIN, Outbox, OutboxError};
use crate::web::filters;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::fragments;

/// The row of a phone's menu.
const EMOJI: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

fragments!(ActionMenu, EditForm, Quoting);

/// The menu of a bubble.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_actions.html")]
pub struct ActionMenu {
    t: T,
    id: String,
    chat: String,
    csrf: String,
    /// Each with whether it is ours: pressing it again takes it back.
    emoji: Vec<(String, bool)>,
    edit: bool,
    delete: bool,
    forward: bool,
    copy: Option<String>,
    /// Options of a poll, each with whether it is ours.
    options: Vec<(String, bool)>,
    /// Only one of them may be chosen.
    one: bool,
}

#[derive(Template)]
#[template(path = "chats/actions.html", blocks = ["main"])]
pub struct ActionsPage {
    frame: PageFrame,
    menu: ActionMenu,
    message: MessageView,
    back: String,
}

/// A message of ours with its words in a field.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_edit.html")]
pub struct EditForm {
    t: T,
    id: String,
    csrf: String,
    text: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "chats/edit.html", blocks = ["main"])]
pub struct EditPage {
    frame: PageFrame,
    form: EditForm,
}

/// What the composer answers, above its field.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_quoting.html")]
pub struct Quoting {
    pub t: T,
    pub chat: String,
    pub id: String,
    pub name: String,
    pub text: String,
}

#[derive(Deserialize)]
pub struct EmojiForm {
    #[serde(default)]
    emoji: String,
}

#[derive(Deserialize)]
pub struct EditedForm {
    #[serde(default)]
    text: String,
}

/// Names of ticked boxes are keys of the form.
type Ticked = Form<BTreeMap<String, String>>;

/// Whether a bubble has a menu.
pub(super) fn has_menu(message: &Message) -> bool {
    let unsent = message.from_me && matches!(message.status, Status::Pending | Status::Failed);
    !message.deleted && !unsent && !matches!(message.kind, Kind::Line | Kind::Undecryptable)
}

fn menu(t: T, csrf: &str, message: &Message, now: UnixMs) -> ActionMenu {
    let age = now.since(message.at);
    let mine = |emoji: &str| {
        let ours = message.reactions.iter().find(|reaction| reaction.emoji == emoji);
        ours.is_some_and(|reaction| reaction.mine)
    };
    let chosen = own_votes(message);
    let (options, one) = match &message.detail {
        Some(Detail::Card(Card::Poll { options, choices, .. })) => (options.clone(), *choices == 1),
        _ => (Vec::new(), false),
    };
    ActionMenu {
        t,
        id: message.public_id.to_string(),
        chat: message.chat.to_string(),
        csrf: csrf.to_owned(),
        emoji: EMOJI.iter().map(|emoji| ((*emoji).to_owned(), mine(emoji))).collect(),
        edit: message.from_me && message.is_editable() && age < EDITED_WITHIN,
        delete: message.from_me && age < DELETED_WITHIN,
        forward: is_forwardable(message),
        copy: message.body.clone().filter(|body| !body.is_empty()),
        options: options
            .into_iter()
            .map(|name| {
                let ours = chosen.contains(&name);
                (name, ours)
            })
            .collect(),
        one,
    }
}

pub(super) fn is_forwardable(message: &Message) -> bool {
    let kind = matches!(message.kind, Kind::Text | Kind::Location | Kind::Contact) || message.kind.is_media();
    kind && !message.context.view_once
}

/// The options of a poll that we have chosen.
fn own_votes(message: &Message) -> Vec<String> {
    let Some(Detail::Card(Card::Poll { options, .. })) = &message.detail else {
        return Vec::new();
    };
    let ours = message.answers.iter().find(|answered| answered.sender.is_none());
    let chosen = match ours.map(|answered| &answered.answer) {
        Some(Answer::Vote(chosen)) => chosen.as_slice(),
        _ => &[],
    };
    let is_chosen = |name: &&String| chosen.contains(&cards::hash(name));
    options.iter().filter(is_chosen).cloned().collect()
}

/// A message in one line.
pub(super) fn said(t: T, message: &Message) -> String {
    match message.body.as_deref().filter(|body| !body.is_empty()) {
        Some(body) => {
            let body = render::mentioned(body, &cards::mentions(t, &message.people));
            plain::one_line(&body, render::ONE_LINE)
        }
        None => render::kind_word(t, message.kind),
    }
}

/// What did not reach WhatsApp, and why; and the change itself, which can be sent again.
pub(super) fn unsent_change(t: T, message: &Message) -> Option<(String, String)> {
    let change = message.failed_change.as_ref()?;
    let what = t.get(match change.kind {
        Kind::Edit => "message-unsent-edit",
        Kind::Delete => "message-unsent-delete",
        Kind::Vote => "message-unsent-vote",
        _ => "message-unsent-reaction",
    });
    let why = render::failure(t, change.failure).why;
    Some((format!("{what} {why}"), change.message.to_string()))
}

pub(super) fn reaction_of(t: T, reaction: &Reaction) -> Shown {
    let ours = reaction.mine.then(|| t.get("message-you"));
    let names: Vec<String> = ours.into_iter().chain(reaction.by.iter().cloned()).take(20).collect();
    let label = t.with("message-reaction", "emoji", &reaction.emoji);
    Shown {
        emoji: reaction.emoji.clone(),
        count: u64::from(reaction.count),
        label: if names.is_empty() {
            label
        } else {
            format!("{label}: {}", names.join(", "))
        },
    }
}

/// `GET /chats/messages/{message}/actions`: the menu; without a script a page with the message above it.
pub async fn actions(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let message = chats.message(inbox.scope, &id).await?;
    let t = inbox.frame.t;
    let menu = menu(t, &inbox.frame.csrf, &message, inbox.now());
    if mode == RenderMode::Fragment {
        return Ok(html(StatusCode::OK, &menu));
    }
    let page = ActionsPage {
        menu,
        message: MessageView {
            acts: false,
            ..render::bubble(t, &message)
        },
        back: format!("/chats/{}?at={id}", message.chat),
        frame: inbox.frame.at(Section::Chats),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /chats/messages/{message}`: one bubble; as a page its place in the conversation.
pub async fn show(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let message = chats.message(inbox.scope, &id).await?;
    Ok(match mode {
        RenderMode::Fragment => html(StatusCode::OK, &render::bubble(inbox.frame.t, &message)),
        RenderMode::Page => htmx::see_other(&format!("/chats/{}?at={id}", message.chat)),
    })
}

/// `GET /chats/messages/{message}/answer`: what the composer shows of a message that is answered. As a page, the
/// conversation with it.
pub async fn answer(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let message = chats.message(inbox.scope, &id).await?;
    Ok(match mode {
        RenderMode::Fragment => html(StatusCode::OK, &quoting(inbox.frame.t, &message)),
        RenderMode::Page => htmx::see_other(&format!("/chats/{}?reply={id}", message.chat)),
    })
}

pub(super) fn quoting(t: T, message: &Message) -> Quoting {
    let name = match &message.sender {
        Some(sender) => render::called(t, sender),
        None => t.get("message-you"),
    };
    Quoting {
        t,
        chat: message.chat.to_string(),
        id: message.public_id.to_string(),
        name,
        text: said(t, message),
    }
}

/// `GET /chats/messages/{message}/edit`: the bubble with its words in a field.
pub async fn edit(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let message = chats.message(inbox.scope, &id).await?;
    if !message.from_me || !message.is_editable() || message.deleted {
        return Err(Problem::not_found().into());
    }
    let text = message.body.unwrap_or_default();
    Ok(edit_form(mode, inbox, &id, text, None))
}

fn edit_form(mode: RenderMode, inbox: Inbox, id: &PublicId, text: String, error: Option<String>) -> HttpResponse {
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let form = EditForm {
        t: inbox.frame.t,
        id: id.to_string(),
        csrf: inbox.frame.csrf.clone(),
        text,
        error,
    };
    if mode == RenderMode::Fragment {
        return html(status, &form);
    }
    let frame = inbox.frame.at(Section::Chats);
    html(status, &EditPage { frame, form })
}

/// `POST /chats/messages/{message}/edit`.
pub async fn edited(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<EditedForm>,
    chats: Data<Chats>,
    outbox: Data<Outbox>,
) -> Result<HttpResponse, PageError> {
    let text = form.into_inner().text;
    match outbox.change(inbox.scope, &id, Change::Edit(text.clone())).await {
        Ok(_) => changed(mode, &inbox, &id, &chats).await,
        Err(error @ (OutboxError::Empty | OutboxError::TooLong | OutboxError::Unfit(_))) => {
            let why = inbox.frame.t.text(&error.text());
            Ok(edit_form(mode, inbox, &id, text, Some(why)))
        }
        Err(error) => Err(error.into()),
    }
}

/// For whom a message is deleted; pages offer one answer.
#[derive(Deserialize, Default)]
pub struct Deletion {
    scope: Option<String>,
}

/// `POST /chats/messages/{message}/delete`: deletes a message of ours for everyone. What was meant for fewer is refused.
pub async fn delete(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    (asked, form): (Query<Deletion>, Option<Form<Deletion>>),
    (chats, outbox): (Data<Chats>, Data<Outbox>),
) -> Result<HttpResponse, PageError> {
    let asked = [asked.into_inner(), form.map(Form::into_inner).unwrap_or_default()];
    let fewer = |asked: &Deletion| asked.scope.as_deref().is_some_and(|scope| scope != "everybody");
    if asked.iter().any(fewer) {
        return Err(Problem::bad_request(Text::new("api-choose-from").with("known", "everybody")).into());
    }
    change(mode, &inbox, &id, Change::Delete, &chats, &outbox).await
}

/// `POST /chats/messages/{message}/reaction`: with the same emoji again it is taken back.
pub async fn react(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<EmojiForm>,
    chats: Data<Chats>,
    outbox: Data<Outbox>,
) -> Result<HttpResponse, PageError> {
    let message = chats.message(inbox.scope, &id).await?;
    if form.emoji.is_empty() {
        let why = inbox.frame.t.get("action-no-emoji");
        return Ok(with_toast(changed(mode, &inbox, &id, &chats).await?, Tone::Bad, &why));
    }
    let given = message
        .reactions
        .iter()
        .any(|reaction| reaction.mine && reaction.emoji == form.emoji);
    let emoji = if given { String::new() } else { form.into_inner().emoji };
    change(mode, &inbox, &id, Change::React(emoji), &chats, &outbox).await
}

/// `POST /chats/messages/{message}/vote`: the ticked options of a poll, each a key of the form.
pub async fn vote(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Ticked,
    chats: Data<Chats>,
    outbox: Data<Outbox>,
) -> Result<HttpResponse, PageError> {
    let ticked = form.into_inner();
    let options = match ticked.get("option") {
        Some(one) => vec![one.clone()],
        None => ticked
            .into_keys()
            .filter_map(|key| key.strip_prefix("option ").map(str::to_owned))
            .collect(),
    };
    change(mode, &inbox, &id, Change::Vote(options), &chats, &outbox).await
}

async fn change(
    mode: RenderMode,
    inbox: &Inbox,
    id: &PublicId,
    change: Change,
    chats: &Chats,
    outbox: &Outbox,
) -> Result<HttpResponse, PageError> {
    match outbox.change(inbox.scope, id, change).await {
        Ok(_) => changed(mode, inbox, id, chats).await,
        Err(error @ OutboxError::Unfit(_)) => {
            let why = inbox.frame.t.text(&error.text());
            Ok(with_toast(changed(mode, inbox, id, chats).await?, Tone::Bad, &why))
        }
        Err(error) => Err(error.into()),
    }
}

/// The bubble as it is now.
async fn changed(mode: RenderMode, inbox: &Inbox, id: &PublicId, chats: &Chats) -> Result<HttpResponse, PageError> {
    let message = chats.message(inbox.scope, id).await?;
    Ok(match mode {
        RenderMode::Fragment => html(StatusCode::OK, &render::bubble(inbox.frame.t, &message)),
        RenderMode::Page => htmx::see_other(&format!("/chats/{}?at={id}", message.chat)),
    })
}
