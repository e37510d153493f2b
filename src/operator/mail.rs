//! `wamanager mail`: the emails to people.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, OPERATOR, word};
use super::sheet::{Sheet, Table, key, note, text, time};
use super::wire::Answer;
use super::words::rfc3339;
use super::{Exit, Failure};
use crate::ids::PublicId;
use crate::mail::{MailError, MailRow, OpenMail, State};

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailCommand {
    /// Show the email of the last 30 days, the newest first
    #[command(after_help = "Examples:\n  wamanager mail list --state failed\n  wamanager mail list --json")]
    List(ListArgs),
    /// Show one email; its text is kept until it is sent
    #[command(after_help = "Example:\n  wamanager mail show mail_0123456789abcdefghjkmnpqrs")]
    Show(OneMail),
    /// Send a test email and say whether the mail server took it
    #[command(after_help = "Example:\n  wamanager mail test you@example.com")]
    Test(TestArgs),
    /// Send an email again that failed, or was kept while there was no mail server
    #[command(after_help = "Example:\n  wamanager mail retry mail_0123456789abcdefghjkmnpqrs")]
    Retry(OneMail),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    /// queued, sent, filed or failed
    #[arg(long)]
    state: Option<String>,
    /// Continue after the last page: the ID it ended with
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneMail {
    /// Its ID
    mail: String,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestArgs {
    /// Address to write to
    to: String,
}

impl MailCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let mail = &call.app.mail;
        Ok(match self {
            Self::List(args) => list(call, args).await?,
            Self::Show(one) => {
                let OpenMail { row, text, .. } = mail.get(OPERATOR, &id(&one.mail)?).await?;
                let mut result = value(&row);
                if let Some(text) = &text {
                    result["text"] = text.as_str().into();
                }
                let gone = "The text is not kept once an email is sent: links in it let people in.";
                let body = text.unwrap_or_else(|| gone.to_owned());
                Answer::new(&result, Sheet::from(whole(call, &row)).and(body))
            }
            Self::Retry(one) => {
                let row = mail.send_again(OPERATOR, &id(&one.mail)?).await?;
                Answer::new(&value(&row), format!("{} will be sent again.", row.public_id))
            }
            Self::Test(TestArgs { to }) => {
                let written = mail.write_test(OPERATOR, to).await?;
                call.app
                    .mail_worker
                    .deliver_now(written.id)
                    .await
                    .map_err(MailError::from)?;
                tested(&mail.get(OPERATOR, &written.public_id).await?.row)
            }
        })
    }
}

fn id(text: &str) -> Result<PublicId, Failure> {
    text.parse().map_err(|_| MailError::NotFound.into())
}

async fn list(call: &Call<'_>, args: &ListArgs) -> Result<Answer, Failure> {
    let mail = &call.app.mail;
    let state = args
        .state
        .as_deref()
        .map(|given| word("state", given, State::ALL))
        .transpose()?;
    let after = args.after.as_deref().map(id).transpose()?;
    let page = mail.list(OPERATOR, state, after).await.map_err(MailError::from)?;
    let result = json!({
        "mails": page.rows.iter().map(value).collect::<Vec<_>>(),
        "server": mail.server(),
        "next": page.next,
    });
    let server = match mail.server() {
        Some(server) => format!("Email is sent through {server}."),
        None => "There is no mail server (smtp.host), so email is kept as files.".to_owned(),
    };
    if page.rows.is_empty() {
        return Ok(Answer::new(&result, format!("No email. {server}")));
    }
    let row = |mail: &MailRow| {
        let error = mail
            .error
            .as_deref()
            .map(|error| format!("{error}. "))
            .unwrap_or_default();
        vec![
            call.when(mail.created_at),
            mail.state.to_string(),
            mail.to.clone(),
            mail.public_id.to_string(),
            format!("{error}{}", mail.subject),
        ]
    };
    let columns = [time("CREATED"), key("STATE"), text("TO"), key("ID"), note("SUBJECT")];
    let more = page
        .next
        .map(|next| format!("{server}\nThere are more: --after {next}"));
    let text = Sheet::from(Table::new(columns, page.rows.iter().map(row))).and(more.unwrap_or(server));
    Ok(Answer::new(&result, text))
}

fn tested(row: &MailRow) -> Answer {
    let text = match row.state {
        State::Sent => "The mail server took the email. Check whether it arrives.".to_owned(),
        State::Filed => format!(
            "There is no mail server (smtp.host), so the email is a file; `wamanager mail show {}` shows it.",
            row.public_id
        ),
        _ => format!(
            "The email was not sent: {}",
            row.error.as_deref().unwrap_or("the reason is not known")
        ),
    };
    let answer = Answer::new(&value(row), text);
    match row.state {
        State::Failed => answer.ending(Exit::Failure),
        _ => answer,
    }
}

fn whole(call: &Call<'_>, row: &MailRow) -> Table {
    Table::facts([
        ("id", Some(row.public_id.to_string())),
        ("to", Some(row.to.clone())),
        ("subject", Some(row.subject.clone())),
        ("state", Some(row.state.to_string())),
        ("created", Some(call.when(row.created_at))),
        ("sent", row.sent_at.map(|at| call.when(at))),
        ("error", row.error.clone()),
    ])
}

fn value(row: &MailRow) -> Value {
    json!({
        "id": row.public_id,
        "to": row.to,
        "subject": row.subject,
        "state": row.state,
        "error": row.error,
        "created_at": rfc3339(row.created_at),
        "sent_at": row.sent_at.map(rfc3339),
    })
}
