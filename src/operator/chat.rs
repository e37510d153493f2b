//! `wamanager chat`: the chats of a number.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::Call;
use super::message::{OfNumber, named};
use super::sheet::{Sheet, Table, figure, key, text, time};
use super::wire::Answer;
use super::{Failure, home};
use crate::chats::{Cast, Chat, ChatCursor, ChatFilter};
use crate::ids::PublicId;
use crate::site::chats::api::conversations::ChatView;

/// Rows of one answer.
const MOST: u32 = 100;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatCommand {
    /// Show chats, the one with the newest message first
    #[command(
        after_help = "Examples:\n  wamanager chat list --session Shop --unread\n  wamanager chat list --find ana --json"
    )]
    List(ListArgs),
    /// Mark a chat as read; its senders see it, too
    #[command(after_help = "Example:\n  wamanager chat read chat_0123456789abcdefghjkmnpqrs")]
    Read(ReadArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    #[command(flatten)]
    number: OfNumber,
    /// Only those with unread messages
    #[arg(long)]
    #[serde(default)]
    unread: bool,
    /// Part of a name or number
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// Continue after the last page: the cursor it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Show at most this many, up to 100
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadArgs {
    /// Its ID
    chat: String,
    /// ID or name; needed if there are several
    #[arg(long)]
    workspace: Option<String>,
}

impl ChatCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(args) => list(call, args).await,
            Self::Read(args) => read(call, args).await,
        }
    }
}

async fn list(call: &Call<'_>, args: &ListArgs) -> Result<Answer, Failure> {
    let app = call.app;
    let no_cursor = |text: &str| Failure::refused(format!("{text:?} is not a cursor; use one that a page ended with"));
    let after = args
        .after
        .as_deref()
        .map(|text| text.parse::<ChatCursor>().map_err(|_| no_cursor(text)));
    let (scope, session) = args.number.find(app).await?;
    let filter = ChatFilter {
        search: args.find.clone(),
        unread: args.unread,
        ..ChatFilter::default()
    };
    let limit = args.limit.clamp(1, MOST);
    let (page, cast) = app
        .chats
        .chats_of(scope, &session.public_id, filter, after.transpose()?, limit)
        .await?;
    let next = page.next.map(|next| next.to_string());
    let rows: Vec<_> = page.rows.iter().map(|chat| row(call, chat, &cast)).collect();
    let views: Vec<_> = page.rows.into_iter().map(|chat| ChatView::of(chat, &cast)).collect();
    let result = json!({ "chats": views, "next": next });
    if rows.is_empty() {
        return Ok(Answer::new(&result, "No chats match."));
    }
    let columns = [
        text("CHAT"),
        key("NUMBER").spare(1),
        figure("UNREAD"),
        time("NEWEST").spare(2),
        text("TEXT"),
        key("ID"),
    ];
    let more = next.map(|next| format!("There are more: --after {next}"));
    Ok(Answer::new(
        &result,
        Sheet::from(Table::new(columns, rows)).and_maybe(more),
    ))
}

fn row(call: &Call<'_>, chat: &Chat, cast: &Cast) -> Vec<String> {
    let with = cast.conversations.get(&chat.public_id);
    let called = with.map(|with| with.subject.clone().unwrap_or_else(|| named(&with.party)));
    let phone = with.and_then(|with| with.party.phone.as_ref());
    let last = chat.last.as_ref().filter(|last| !last.deleted);
    vec![
        called.unwrap_or_default(),
        phone.map_or_else(|| "-".to_owned(), |digits| format!("+{digits}")),
        chat.unread.to_string(),
        call.when(chat.last_at),
        last.map(|last| last.body.clone().unwrap_or_else(|| format!("({})", last.kind)))
            .unwrap_or_default(),
        chat.public_id.to_string(),
    ]
}

async fn read(call: &Call<'_>, args: &ReadArgs) -> Result<Answer, Failure> {
    let app = call.app;
    let no_chat = |_| Failure::refused(format!("{:?} is not the ID of a chat", args.chat));
    let id: PublicId = args.chat.parse().map_err(no_chat)?;
    let home = home::choose(app, args.workspace.as_deref()).await?;
    let scope = home::scope_of(app, &home).await?;
    let chat = app.chats.get(scope, &id).await?;
    app.chats.mark_read(scope, &id).await?;
    let text = format!(
        "{} is read. WhatsApp is told as soon as the number is connected.",
        chat.title.as_deref().unwrap_or("The chat")
    );
    let result = json!({ "chat": id, "unread_before": chat.unread });
    Ok(Answer::new(&result, text))
}
