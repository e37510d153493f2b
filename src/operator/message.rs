//! `wamanager message`: what was said in the chats of a number.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::{Call, word};
use super::sheet::{Sheet, Table, key, text, time};
use super::wire::Answer;
use super::{Failure, audit, home, send};
use crate::accounts::Scope;
use crate::app::App;
use crate::chats::{Cast, Chats, Kind, Listing, Message, MessageFilter, Party, Shown};
use crate::i18n::T;
use crate::ids::{PublicId, TimeCursor};
use crate::sessions::Session;
use crate::site::chats::api::MessageView;

/// Rows of one answer.
const MOST: u32 = 100;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageCommand {
    /// Show messages, the newest first
    #[command(
        after_help = "Examples:\n  wamanager message list --session Shop --status failed --since 7d\n  \
                      wamanager message list --chat chat_0123456789abcdefghjkmnpqrs --json"
    )]
    List(ListArgs),
    /// Show everything about one message
    #[command(after_help = "Example:\n  wamanager message show msg_0123456789abcdefghjkmnpqrs --json")]
    Show(ShowArgs),
    /// Find messages by words or their beginnings
    #[command(after_help = "Example:\n  wamanager message search invoice --session Shop")]
    Search(SearchArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfNumber {
    /// Name, phone number or ID of the linked number; needed if there are several
    #[arg(long)]
    session: Option<String>,
    /// ID or name; needed if several have linked numbers
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    #[command(flatten)]
    number: OfNumber,
    /// Only of this chat, by ID
    #[arg(long)]
    chat: Option<String>,
    /// inbound or outbound
    #[arg(long)]
    direction: Option<String>,
    /// A type such as text or image
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// received, pending, waiting_for_keys, sent, unreached, delivered, read, played or failed
    #[arg(long)]
    status: Option<String>,
    /// 7d, 12h, 2026-11-24, or RFC 3339
    #[arg(long)]
    since: Option<String>,
    /// Continue after the last page: the cursor it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Show at most this many, up to 100
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowArgs {
    /// Its ID
    message: String,
    /// ID or name; needed if there are several
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchArgs {
    /// All of them have to be in the message
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,
    #[command(flatten)]
    number: OfNumber,
    /// Only in this chat, by ID
    #[arg(long)]
    chat: Option<String>,
    /// 7d, 12h, 2026-11-24, or RFC 3339
    #[arg(long)]
    since: Option<String>,
    /// Continue after the last page: the cursor it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Show at most this many, up to 100
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

impl MessageCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(args) => list(call, args).await,
            Self::Show(args) => show(call, args).await,
            Self::Search(args) => search(call, args).await,
        }
    }
}

impl OfNumber {
    pub(super) async fn find(&self, app: &App) -> Result<(Scope, Session), Failure> {
        let home = home::with_number(app, self.workspace.as_deref(), self.session.as_deref()).await?;
        let scope = home::scope_of(app, &home).await?;
        let session = send::choose(app, scope, self.session.as_deref()).await?;
        Ok((scope, session))
    }
}

async fn list(call: &Call<'_>, args: &ListArgs) -> Result<Answer, Failure> {
    let app = call.app;
    let listing = args.listing(call)?;
    let no_cursor = |text: &str| Failure::refused(format!("{text:?} is not a cursor; use one that a page ended with"));
    let after = args
        .after
        .as_deref()
        .map(|text| text.parse::<TimeCursor>().map_err(|_| no_cursor(text)));
    let (scope, session) = args.number.find(app).await?;
    let limit = args.limit.clamp(1, MOST);
    let listed = app
        .chats
        .messages_of(scope, &session.public_id, listing, after.transpose()?, limit);
    let (page, cast) = listed.await?;
    Ok(answer(call, page.rows, &cast, page.next.map(|next| next.to_string())))
}

impl ListArgs {
    fn listing(&self, call: &Call<'_>) -> Result<Listing, Failure> {
        let no_chat = |text: &String| Failure::refused(format!("{text:?} is not the ID of a chat"));
        let chat = self.chat.as_ref().map(|text| text.parse().map_err(|_| no_chat(text)));
        let from_me = match self.direction.as_deref() {
            None => None,
            Some("inbound") => Some(false),
            Some("outbound") => Some(true),
            Some(other) => {
                let message = format!("{other:?} is not a direction; use one of: inbound, outbound");
                return Err(Failure::refused(message));
            }
        };
        let shown: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| kind.is_shown()).collect();
        let kind = self.kind.as_deref().map(|given| word("type", given, &shown));
        let status = self.status.as_deref().map(|given| word("status", given, Shown::ALL));
        let since = self
            .since
            .as_deref()
            .map(|text| audit::since_of(text, call.app.clock.now()));
        Ok(Listing {
            chat: chat.transpose()?,
            from_me,
            kinds: kind.transpose()?.into_iter().collect(),
            statuses: status.transpose()?.into_iter().collect(),
            since: since.transpose()?,
            until: None,
        })
    }
}

async fn search(call: &Call<'_>, args: &SearchArgs) -> Result<Answer, Failure> {
    let app = call.app;
    let before = args.after.as_deref().map(id_of).transpose()?;
    let no_chat = |text: &String| Failure::refused(format!("{text:?} is not the ID of a chat"));
    let chat = args.chat.as_ref().map(|text| text.parse().map_err(|_| no_chat(text)));
    let now = app.clock.now();
    let since = args.since.as_deref().map(|text| audit::since_of(text, now));
    let (scope, session) = args.number.find(app).await?;
    let filter = MessageFilter {
        chat: chat.transpose()?,
        since: since.transpose()?,
        before,
        ..MessageFilter::default()
    };
    let (words, limit) = (args.words.join(" "), args.limit.clamp(1, MOST));
    let found = app.chats.search_of(scope, &session.public_id, &words, filter, limit);
    let (page, cast) = found.await?;
    Ok(answer(call, page.rows, &cast, page.next.map(|next| next.to_string())))
}

async fn show(call: &Call<'_>, args: &ShowArgs) -> Result<Answer, Failure> {
    let app = call.app;
    let id = id_of(&args.message)?;
    let scope = home::looking(&home::choose(app, args.workspace.as_deref()).await?);
    let (message, cast) = whole(&app.chats, scope, &id).await?;
    let chat = cast.conversations.get(&message.chat);
    let failure = message.failure.map(|failure| failure.to_string().replace('_', " "));
    let times = cast.times.get(&message.id).copied().unwrap_or_default();
    let when = |at: Option<_>| at.map(|at| call.when(at));
    let facts = Table::facts([
        ("id", Some(message.public_id.to_string())),
        ("chat", Some(message.chat.to_string())),
        (
            "with",
            chat.map(|chat| chat.subject.clone().unwrap_or_else(|| named(&chat.party))),
        ),
        (
            "from",
            message.sender.as_ref().map(|sender| named(&cast.sender(sender))),
        ),
        ("type", Some(message.kind.to_string())),
        ("status", Some(message.state().to_owned())),
        ("failure", failure),
        ("written", Some(call.when(message.at))),
        ("sent", when(times.sent)),
        ("delivered", when(times.delivered)),
        ("read", when(times.read)),
        ("played", when(times.played)),
        ("edited", when(message.edited_at)),
        (
            "waits until",
            when(message.held_until.or(message.waits.map(|waits| waits.until))),
        ),
        ("text", Some(words(&message)).filter(|words| !words.is_empty())),
    ]);
    Ok(Answer::new(&MessageView::of(T::default(), message, &cast), facts))
}

/// The message, wherever in the workspace it is.
async fn whole(chats: &Chats, scope: Scope, id: &PublicId) -> Result<(Message, Cast), Failure> {
    let message = chats.message(scope, id).await?;
    let chat = chats.get(scope, &message.chat).await?;
    Ok(chats.message_of(scope, &chat.session, id).await?)
}

fn id_of(text: &str) -> Result<PublicId, Failure> {
    text.parse()
        .map_err(|_| Failure::refused(format!("{text:?} is not the ID of a message")))
}

fn answer(call: &Call<'_>, messages: Vec<Message>, cast: &Cast, next: Option<String>) -> Answer {
    let rows: Vec<_> = messages.iter().map(|message| row(call, message, cast)).collect();
    let views: Vec<_> = messages
        .into_iter()
        .map(|message| MessageView::of(T::default(), message, cast))
        .collect();
    let result = json!({ "messages": views, "next": next });
    let more = next.map(|next| format!("There are more: --after {next}"));
    if rows.is_empty() {
        return Answer::new(&result, Sheet::from("No messages match.").and_maybe(more));
    }
    let columns = [
        time("TIME").spare(2),
        text("CHAT"),
        key("DIRECTION").spare(1),
        key("STATUS"),
        text("TEXT"),
        key("ID"),
    ];
    Answer::new(&result, Sheet::from(Table::new(columns, rows)).and_maybe(more))
}

fn row(call: &Call<'_>, message: &Message, cast: &Cast) -> Vec<String> {
    let chat = cast.conversations.get(&message.chat);
    let direction = if message.from_me { "outbound" } else { "inbound" };
    vec![
        call.when(message.at),
        chat.map(|chat| chat.subject.clone().unwrap_or_else(|| named(&chat.party)))
            .unwrap_or_default(),
        direction.to_owned(),
        message.state().to_owned(),
        words(message),
        message.public_id.to_string(),
    ]
}

/// A name, or else an address.
pub(super) fn named(party: &Party) -> String {
    let phone = party.phone.as_ref().map(|digits| format!("+{digits}"));
    let known = party.name.clone().or(phone).or_else(|| party.lid.clone());
    known.unwrap_or_else(|| "-".to_owned())
}

fn words(message: &Message) -> String {
    if message.deleted {
        return "(deleted)".to_owned();
    }
    match (&message.body, message.kind) {
        (Some(body), Kind::Text) => body.clone(),
        (Some(body), kind) if !body.is_empty() => format!("({kind}) {body}"),
        (_, kind) => format!("({kind})"),
    }
}
