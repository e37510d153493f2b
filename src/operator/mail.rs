//! `wamanager mail`: what was written to people.

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{MailList, MailReport, MailRequest, Request, ask};

#[derive(Subcommand)]
pub enum MailCommand {
    /// Show mail of the last 30 days, the newest first
    #[command(after_help = "Examples:\n  wamanager mail list --state failed\n  wamanager mail list --json")]
    List(ListArgs),
    /// Show one mail with its text, unless it has left
    #[command(after_help = "Example:\n  wamanager mail show mail_0123456789abcdefghjkmnpqrs")]
    Show(OneMail),
    /// Send a mail, and tell whether the mail server took it
    #[command(after_help = "Example:\n  wamanager mail test you@example.com")]
    Test(TestArgs),
    /// Send a mail again that failed, or was kept while there was no mail server
    #[command(after_help = "Example:\n  wamanager mail retry mail_0123456789abcdefghjkmnpqrs")]
    Retry(OneMail),
}

#[derive(Args)]
pub struct ListArgs {
    /// queued, sent, filed or failed
    #[arg(long)]
    state: Option<String>,
    /// Go on after the last page: the id that it ended with
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

#[derive(Args)]
pub struct OneMail {
    /// Its id
    mail: String,
}

#[derive(Args)]
pub struct TestArgs {
    /// Address to write to
    to: String,
}

pub fn run(command: MailCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        MailCommand::List(ListArgs { state, after }) => {
            let list: MailList = answer(config, MailRequest::List { state, after })?;
            output.answer(&list, listing);
        }
        MailCommand::Show(OneMail { mail }) => {
            let mail: MailReport = answer(config, MailRequest::Show { mail })?;
            output.answer(&mail, whole);
        }
        MailCommand::Retry(OneMail { mail }) => {
            let mail: MailReport = answer(config, MailRequest::Retry { mail })?;
            output.answer(&mail, |mail| format!("{} is on its way again.", mail.id));
        }
        MailCommand::Test(TestArgs { to }) => return test(to, config, output),
    }
    Ok(Exit::Ok)
}

fn test(to: String, config: &Config, output: Output) -> Result<Exit, Failure> {
    let mail: MailReport = answer(config, MailRequest::Test { to })?;
    output.answer(&mail, |mail| match mail.state.as_str() {
        "sent" => "The mail server took the mail. See whether it arrives.".to_owned(),
        "filed" => format!(
            "There is no mail server (smtp.host), so the mail became a file; `wamanager mail show {}` shows it.",
            mail.id
        ),
        _ => format!(
            "The mail did not leave: {}",
            mail.error.as_deref().unwrap_or("nobody knows why")
        ),
    });
    Ok(if mail.state == "failed" {
        Exit::Failure
    } else {
        Exit::Ok
    })
}

fn answer<T: DeserializeOwned>(config: &Config, request: MailRequest) -> Result<T, Failure> {
    let result = runtime()?.block_on(ask(config, Request::Mail(request), |_| {}))?;
    serde_json::from_value(result).map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))
}

fn listing(list: &MailList) -> String {
    let server = match &list.server {
        Some(server) => format!("Mail leaves by {server}."),
        None => "There is no mail server (smtp.host), so mail is kept as files.".to_owned(),
    };
    if list.mails.is_empty() {
        return format!("No mail. {server}");
    }
    let row = |mail: &MailReport| {
        vec![
            mail.created_at.clone(),
            mail.state.clone(),
            mail.to.clone(),
            mail.subject.clone(),
            mail.id.clone(),
            mail.error.clone().unwrap_or_default(),
        ]
    };
    let mut text = table(
        &["WRITTEN", "STATE", "TO", "SUBJECT", "ID", "ERROR"],
        list.mails.iter().map(row),
    );
    text.push_str(&format!("\n{server}"));
    if let Some(next) = &list.next {
        text.push_str(&format!("\nThere are more: --after {next}"));
    }
    text
}

fn whole(mail: &MailReport) -> String {
    let mut text = format!(
        "id       {}\nto       {}\nsubject  {}\nstate    {}\nwritten  {}\n",
        mail.id, mail.to, mail.subject, mail.state, mail.created_at
    );
    if let Some(at) = &mail.sent_at {
        text.push_str(&format!("sent     {at}\n"));
    }
    if let Some(error) = &mail.error {
        text.push_str(&format!("error    {error}\n"));
    }
    match &mail.text {
        Some(body) => text.push_str(&format!("\n{body}")),
        None => text.push_str("\nThe text is not kept once a mail has left: links in it let people in.\n"),
    }
    text
}
