//! A running command: what every answer needs, and the confirmation that may precede it.

use std::fmt::Display;
use std::str::FromStr;

use tokio::sync::mpsc;

use super::wire::{Answer, Reply, Request};
use super::{Command, Failure, words};
use crate::app::{App, doctor};
use crate::audit::Admin;
use crate::clock::UnixMs;

/// Receives progress reports. A closed channel is no reason to stop.
pub type News = mpsc::Sender<Reply>;

/// The command line runs with the rights of the server's owner.
pub const OPERATOR: Admin = Admin::operator();

/// A command that is being run.
pub struct Call<'a> {
    pub app: &'a App,
    pub news: &'a News,
    sure: bool,
}

/// Runs a command, from the socket or in process: the one place where that happens.
///
/// # Errors
/// The operator's error message, with the exit code.
pub async fn handle(app: &App, request: &Request, news: &News) -> Result<Answer, Failure> {
    let call = &Call {
        app,
        news,
        sure: request.sure,
    };
    match &request.command {
        Command::Session(verb) => Box::pin(verb.answer(call)).await,
        Command::Send(args) => Box::pin(args.answer(call)).await,
        Command::Message(verb) => Box::pin(verb.answer(call)).await,
        Command::Chat(verb) => Box::pin(verb.answer(call)).await,
        Command::Group(verb) => Box::pin(verb.answer(call)).await,
        Command::Scheduled(verb) => Box::pin(verb.answer(call)).await,
        Command::Label(verb) => Box::pin(verb.answer(call)).await,
        Command::Note(verb) => Box::pin(verb.answer(call)).await,
        Command::QuickReply(verb) => Box::pin(verb.answer(call)).await,
        Command::User(verb) => Box::pin(verb.answer(call)).await,
        Command::Backup(verb) => Box::pin(verb.answer(call)).await,
        Command::Workspace(verb) => Box::pin(verb.answer(call)).await,
        Command::Audit(verb) => Box::pin(verb.answer(call)).await,
        Command::Jobs(verb) => Box::pin(verb.answer(call)).await,
        Command::Key(verb) => Box::pin(verb.answer(call)).await,
        Command::Billing(verb) => Box::pin(verb.answer(call)).await,
        Command::Plan(verb) => Box::pin(verb.answer(call)).await,
        Command::Mail(verb) => Box::pin(verb.answer(call)).await,
        Command::Doctor => Ok(super::doctor::answer(&doctor::report(app, OPERATOR).await)),
        _ => unreachable!("answered where it is typed"),
    }
}

impl Call<'_> {
    /// Returns `Ok` when the answer is yes: given in advance, or to the question.
    ///
    /// # Errors
    /// The question.
    pub fn confirm(&self, yes: bool, question: impl Into<String>) -> Result<(), Failure> {
        match yes || self.sure {
            true => Ok(()),
            false => Err(Failure::question(question)),
        }
    }

    pub async fn tell(&self, reply: Reply) {
        // A closed channel is no reason to stop; a linking, for which it is, checks that itself.
        let _ = self.news.send(reply).await;
    }

    pub async fn progress(&self, text: impl Into<String>) {
        self.tell(Reply::Progress { text: text.into() }).await;
    }

    pub fn when(&self, at: UnixMs) -> String {
        words::when(at, self.app.clock.now())
    }
}

/// Parses one of the `known` words.
///
/// # Errors
/// [`super::Exit::Refused`] with the list.
pub fn word<T: FromStr + Display + PartialEq>(what: &str, word: &str, known: &[T]) -> Result<T, Failure> {
    word.parse().ok().filter(|value| known.contains(value)).ok_or_else(|| {
        let known: Vec<_> = known.iter().map(ToString::to_string).collect();
        Failure::refused(format!("{word:?} is not a {what}; use one of: {}", known.join(", ")))
    })
}

/// The only one of `all` that matches `wanted`: by its whole id, its beginning as tables show it, or a name.
///
/// # Errors
/// When there is none or there are several.
pub fn only<'a, T>(
    what: &str,
    wanted: &str,
    all: &'a [T],
    id: impl Fn(&T) -> &str,
    named: impl Fn(&T) -> bool,
) -> Result<Option<&'a T>, Failure> {
    if let Some(one) = all.iter().find(|one| id(one) == wanted) {
        return Ok(Some(one));
    }
    let is_beginning = wanted.len() >= 8 && wanted.contains('_');
    let fits = |one: &&T| named(one) || is_beginning && id(one).starts_with(wanted);
    match all.iter().filter(fits).collect::<Vec<_>>().as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let ids: Vec<_> = several.iter().map(|one| id(one)).collect();
            Err(Failure::refused(format!(
                "several {what}s are called {wanted:?}; use one of the ids: {}",
                ids.join(", ")
            )))
        }
    }
}
