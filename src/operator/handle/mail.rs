//! `mail …`: what was written to people, by the operator's hand.

use crate::app::App;
use crate::audit::Actor;
use crate::ids::PublicId;
use crate::jobs::Hand;
use crate::mail::{MailError, MailRow, OpenMail, State};
use crate::operator::exit::of_db;
use crate::operator::wire::{Exit, Failure, MailList, MailReport, MailRequest, Reply};

const OPERATOR: Hand = Hand {
    actor: Actor::Operator,
    address: None,
};

pub(super) async fn handle(app: &App, request: MailRequest) -> Result<Reply, Failure> {
    let mail = &app.mail;
    Ok(match request {
        MailRequest::List { state, after } => {
            let after = after.map(|id| id_of(&id)).transpose()?;
            let page = mail
                .list(state.map(state_of).transpose()?, after)
                .await
                .map_err(MailError::from)?;
            Reply::done(&MailList {
                mails: page.mails.into_iter().map(|row| report(row, None)).collect(),
                server: mail.server().map(str::to_owned),
                next: page.next.map(String::from),
            })
        }
        MailRequest::Show { mail: id } => {
            let OpenMail { row, text, .. } = mail.get(&id_of(&id)?).await?;
            Reply::done(&report(row, text))
        }
        MailRequest::Retry { mail: id } => Reply::done(&report(mail.send_again(OPERATOR, &id_of(&id)?).await?, None)),
        MailRequest::Test { to } => {
            let row = mail.write_test(OPERATOR, &to).await?;
            app.carrier.carry_now(row.id).await.map_err(MailError::from)?;
            Reply::done(&report(mail.get(&row.public_id).await?.row, None))
        }
    })
}

fn state_of(word: String) -> Result<State, Failure> {
    word.parse().map_err(|_| {
        let known: Vec<_> = State::ALL.iter().map(ToString::to_string).collect();
        Failure::new(
            Exit::Refused,
            format!("{word:?} is not a state; use one of: {}", known.join(", ")),
        )
    })
}

fn id_of(text: &str) -> Result<PublicId, Failure> {
    text.parse().map_err(|_| MailError::NotFound.into())
}

fn report(row: MailRow, text: Option<String>) -> MailReport {
    MailReport {
        id: row.public_id.to_string(),
        to: row.to,
        subject: row.subject,
        state: row.state.to_string(),
        error: row.error,
        created_at: row.created_at.to_utc().to_rfc3339(),
        sent_at: row.sent_at.map(|at| at.to_utc().to_rfc3339()),
        text,
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::NotFound => Self::new(
                Exit::NotFound,
                "there is no such mail; `wamanager mail list` shows all. Mail is kept for 30 days",
            ),
            MailError::Db(error) => Self::new(of_db(&error), error.to_string()),
            other => Self::new(Exit::Refused, other.to_string()),
        }
    }
}
