//! `wamanager label`: the labels of a workspace.

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Failure;
use super::call::Call;
use super::home::InWorkspace;
use super::sheet::{Table, id, key, text};
use super::wire::Answer;
use crate::site::chats::api::handling::LabelView;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelCommand {
    /// Show the labels of a workspace
    #[command(after_help = "Example:\n  wamanager label list --json")]
    List(InWorkspace),
}

impl LabelCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let Self::List(home) = self;
        let labels = call.app.handling.labels(home.scope(call.app).await?).await?;
        let rows: Vec<_> = labels
            .iter()
            .map(|label| vec![label.name.clone(), label.colour.to_string(), label.id.to_string()])
            .collect();
        let views: Vec<_> = labels.into_iter().map(LabelView::of).collect();
        let result = json!({ "labels": views });
        if rows.is_empty() {
            return Ok(Answer::new(&result, "There are no labels yet."));
        }
        let columns = [key("NAME"), text("COLOUR"), id("ID")];
        Ok(Answer::new(&result, Table::new(columns, rows)))
    }
}
