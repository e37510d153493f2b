//! `wamanager quick-reply`: the quick replies of a workspace.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Failure;
use super::call::{Call, only};
use super::home::InWorkspace;
use super::sheet::{Table, id, key, text};
use super::wire::Answer;
use crate::chats::{NewQuickReply, QuickReply};
use crate::site::chats::api::sharing::QuickReplyView;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuickReplyCommand {
    /// Show the quick replies of a workspace
    #[command(after_help = "Example:\n  wamanager quick-reply list --json")]
    List(InWorkspace),
    /// Add a quick reply; {name} stands for what the contact is called
    #[command(after_help = "Example:\n  wamanager quick-reply add hours \"Hello {name}, we are open from 9 to 6\"")]
    Add(AddArgs),
    /// Remove a quick reply; messages that were written with it stay
    #[command(after_help = "Example:\n  wamanager quick-reply remove hours")]
    Remove(RemoveArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddArgs {
    /// What is typed behind the slash
    shortcut: String,
    /// What it says
    text: String,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveArgs {
    /// Its shortcut or ID
    reply: String,
    #[command(flatten)]
    home: InWorkspace,
}

impl QuickReplyCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let handling = &call.app.handling;
        match self {
            Self::List(home) => {
                let replies = handling.quick_replies(home.scope(call.app).await?, None).await?;
                Ok(listed(replies))
            }
            Self::Add(args) => {
                let scope = args.home.scope(call.app).await?;
                let new = NewQuickReply {
                    shortcut: args.shortcut.clone(),
                    body: args.text.clone(),
                };
                let id = handling.create_quick_reply(scope, &new).await?;
                let made = handling.quick_reply(scope, &id).await?;
                let text = format!("/{} is added.", made.shortcut);
                Ok(Answer::new(&QuickReplyView::of(made), text))
            }
            Self::Remove(args) => {
                let scope = args.home.scope(call.app).await?;
                let all = handling.quick_replies(scope, None).await?;
                let wanted = args.reply.trim_start_matches('/');
                let named = |reply: &QuickReply| reply.shortcut.eq_ignore_ascii_case(wanted);
                let found = only("quick reply", wanted, &all, |reply| reply.id.as_str(), named)?;
                let found = found.cloned().ok_or_else(|| {
                    let message = format!("there is no quick reply {wanted:?}; `wamanager quick-reply list` shows all");
                    Failure::not_found(message)
                })?;
                handling.delete_quick_reply(scope, &found.id).await?;
                let text = format!("/{} is removed.", found.shortcut);
                Ok(Answer::new(&QuickReplyView::of(found), text))
            }
        }
    }
}

fn listed(replies: Vec<QuickReply>) -> Answer {
    let row = |reply: &QuickReply| vec![format!("/{}", reply.shortcut), reply.body.clone(), reply.id.to_string()];
    let rows: Vec<_> = replies.iter().map(row).collect();
    let views: Vec<_> = replies.into_iter().map(QuickReplyView::of).collect();
    let result = json!({ "quick_replies": views });
    if rows.is_empty() {
        let none = "There are no quick replies yet. Add one with `wamanager quick-reply add`.";
        return Answer::new(&result, none);
    }
    Answer::new(&result, Table::new([key("SHORTCUT"), text("TEXT"), id("ID")], rows))
}
