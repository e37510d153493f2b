//! `wamanager note`: what the team has written about a chat.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Failure;
use super::call::Call;
use super::home::InWorkspace;
use super::sheet::{Sheet, Table, id, key, text, time};
use super::wire::Answer;
use crate::ids::{PublicId, TimeCursor};
use crate::site::chats::api::sharing::NoteView;

/// Rows of one answer.
const MOST: u32 = 100;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteCommand {
    /// Show the notes of a chat, the newest first
    #[command(after_help = "Example:\n  wamanager note list chat_0123456789abcdefghjkmnpqrs")]
    List(ListArgs),
    /// Write a note on a chat; only the team sees it
    #[command(after_help = "Example:\n  wamanager note add chat_0123456789abcdefghjkmnpqrs \"Wants two on Friday\"")]
    Add(AddArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    /// ID of the chat
    chat: String,
    /// Continue after the last page: the cursor it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Show at most this many, up to 100
    #[arg(long, default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddArgs {
    /// ID of the chat
    chat: String,
    /// What it says
    text: String,
    #[command(flatten)]
    home: InWorkspace,
}

impl NoteCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(args) => list(call, args).await,
            Self::Add(args) => {
                let (chat, scope) = (chat_of(&args.chat)?, args.home.scope(call.app).await?);
                let note = call.app.handling.add_note(scope, &chat, &args.text).await?;
                Ok(Answer::new(&NoteView::of(note), "The note is on the chat."))
            }
        }
    }
}

fn chat_of(text: &str) -> Result<PublicId, Failure> {
    let wrong = |_| Failure::refused(format!("{text:?} is not the ID of a chat"));
    text.parse().map_err(wrong)
}

async fn list(call: &Call<'_>, args: &ListArgs) -> Result<Answer, Failure> {
    let no_cursor = |text: &str| Failure::refused(format!("{text:?} is not a cursor; use one that a page ended with"));
    let after = args.after.as_deref();
    let after = after.map(|text| text.parse::<TimeCursor>().map_err(|_| no_cursor(text)));
    let (chat, scope) = (chat_of(&args.chat)?, args.home.scope(call.app).await?);
    let limit = args.limit.clamp(1, MOST);
    let page = call.app.handling.notes(scope, &chat, after.transpose()?, limit).await?;
    let next = page.next.map(|next| next.to_string());
    let rows: Vec<_> = page
        .rows
        .iter()
        .map(|note| {
            let author = note.author.clone().unwrap_or_else(|| "-".to_owned());
            vec![author, call.when(note.at), note.body.clone(), note.id.to_string()]
        })
        .collect();
    let views: Vec<_> = page.rows.into_iter().map(NoteView::of).collect();
    let result = json!({ "notes": views, "next": next });
    if rows.is_empty() {
        return Ok(Answer::new(&result, "There are no notes on this chat."));
    }
    let columns = [key("AUTHOR"), time("WRITTEN"), text("TEXT"), id("ID")];
    let more = next.map(|next| format!("There are more: --after {next}"));
    Ok(Answer::new(
        &result,
        Sheet::from(Table::new(columns, rows)).and_maybe(more),
    ))
}
