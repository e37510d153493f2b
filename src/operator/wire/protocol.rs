//! The protocol of the control socket.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::operator::exit::Question;
use crate::operator::sheet::Sheet;
use crate::operator::{Command, Exit, Failure};

/// A command as typed, without the options that only the calling terminal needs.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub command: Command,
    /// A person has confirmed the question that precedes it.
    #[serde(default)]
    pub sure: bool,
}

impl Request {
    /// The same with a value for an option that was missing.
    ///
    /// # Errors
    /// When the command has no such option.
    pub fn with(self, option: &str, value: &str) -> Result<Self, Failure> {
        let Self { command, sure } = self;
        let command = serde_json::to_value(command).and_then(|mut command| {
            set(&mut command, option, value);
            serde_json::from_value(command)
        });
        Ok(Self {
            command: command.map_err(anyhow::Error::from)?,
            sure,
        })
    }
}

/// Puts `value` where the command has this option, below its noun and its verb.
fn set(command: &mut Value, option: &str, value: &str) {
    let Value::Object(fields) = command else { return };
    match fields.get_mut(option).filter(|field| field.is_null()) {
        Some(field) => *field = Value::from(value),
        None => fields.values_mut().for_each(|field| set(field, option, value)),
    }
}

impl From<Command> for Request {
    fn from(command: Command) -> Self {
        Self { command, sure: false }
    }
}

/// A reply: any number of progress reports, then [`Reply::Done`], [`Reply::Question`] or [`Reply::Failed`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    Progress {
        text: String,
    },
    /// The progress of long work.
    Meter {
        what: String,
        done: u64,
        total: u64,
    },
    /// A QR code that replaces the previous one.
    Qr {
        code: String,
        valid_for_ms: u64,
    },
    PairingCode {
        code: String,
        valid_for_ms: u64,
    },
    Done(Answer),
    /// Nothing was done yet: the command has to be repeated with the answer.
    Question {
        question: Question,
        exit: Exit,
        message: String,
    },
    Failed {
        exit: Exit,
        message: String,
    },
}

/// The result of a command.
#[derive(Clone, Serialize, Deserialize)]
pub struct Answer {
    /// With exact values, for scripts.
    pub result: Value,
    /// For people.
    pub text: Sheet,
    pub exit: Exit,
}

impl Answer {
    /// # Panics
    /// Never for this module's answers, which are plain data.
    pub fn new(result: &impl Serialize, text: impl Into<Sheet>) -> Self {
        Self {
            result: serde_json::to_value(result).expect("answers are plain data"),
            text: text.into(),
            exit: Exit::Ok,
        }
    }

    /// Exits with `exit`, although there is an answer.
    pub fn ending(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        match failure.question {
            Some(question) => Self::Question {
                question,
                exit: failure.exit,
                message: failure.message,
            },
            None => Self::Failed {
                exit: failure.exit,
                message: failure.message,
            },
        }
    }
}

impl Reply {
    /// The result, if this reply is final.
    ///
    /// # Errors
    /// The reply itself, when more follows.
    pub(super) fn end(self) -> Result<Result<Answer, Failure>, Self> {
        match self {
            Self::Done(answer) => Ok(Ok(answer)),
            Self::Failed { exit, message } => Ok(Err(Failure::new(exit, message))),
            Self::Question {
                question,
                exit,
                message,
            } => Ok(Err(Failure {
                question: Some(question),
                ..Failure::new(exit, message)
            })),
            news => Err(news),
        }
    }
}

/// A value as a line of JSON.
pub(super) fn line(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Result<T, Failure> {
    serde_json::from_str(line).map_err(|error| {
        let advice = "use the same version of wamanager for the server and the command line";
        Failure::new(
            Exit::Failure,
            format!("this line of the control socket cannot be understood ({error}); {advice}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::command;

    /// The line for `arguments`.
    fn said(arguments: &[&str]) -> String {
        let request = Request::from(command(arguments).unwrap());
        String::from_utf8(line(&request).unwrap()).unwrap()
    }

    #[test]
    fn a_command_passes_the_socket_as_typed() {
        let text = said(&["plan", "edit", "pro", "--seats", "3", "--feature", "api"]);
        let Command::Plan(_) = parse::<Request>(&text).unwrap().command else {
            panic!("{text}")
        };
        assert_eq!(said(&["session", "pair", "Shop"]), said(&["session", "link", "Shop"]));
    }

    #[test]
    fn an_answer_becomes_the_missing_option() {
        let request = Request::from(command(&["workspace", "members"]).unwrap());
        let request = request.with("workspace", "wsp_1").unwrap();
        let line = String::from_utf8(line(&request).unwrap()).unwrap();
        assert_eq!(line, said(&["workspace", "members", "--workspace", "wsp_1"]));
    }

    #[test]
    fn local_options_are_not_sent() {
        let text = said(&["user", "export", "ada@example.com", "--to", "/home/ada/secret.zip"]);
        assert!(!text.contains("secret.zip"), "{text}");
        let text = said(&["user", "create", "ada@example.com", "--name", "Ada", "--password-stdin"]);
        assert!(!text.contains("stdin"), "{text}");
        for local in [&["serve"][..], &["backup", "list"], &["config", "print"]] {
            let request = Request::from(command(local).unwrap());
            assert!(line(&request).is_err(), "{local:?} is answered here");
        }
    }

    #[test]
    fn unknown_requests_are_refused() {
        for text in [
            r#"{"command":{"session":{"link":{"session":"Shop","colour":"red"}}}}"#,
            r#"{"command":{"session":{"paint":{"session":"Shop"}}}}"#,
            r#"{"command":{"serve":null}}"#,
            r#"{"command":"doctor","loudly":true}"#,
        ] {
            assert!(parse::<Request>(text).is_err(), "{text}");
        }
        assert!(parse::<Request>(r#"{"command":"doctor"}"#).is_ok());
    }
}
