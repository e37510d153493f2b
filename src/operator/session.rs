//! `wamanager session`: linked numbers, with the QR code drawn in the terminal.

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

use super::output::{Output, table};
use super::qr;
use super::serve::Signals;
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{Reply, Request, SessionLine, ask, ask_until};

#[derive(Subcommand)]
pub enum SessionCommand {
    /// Show all numbers with their state
    #[command(after_help = "Example:\n  wamanager session list --json")]
    List(ListArgs),
    /// Link a number: scan the QR code with the phone, or type a code on it
    #[command(
        after_help = "Examples:\n  wamanager session pair Shop\n  wamanager session pair Shop --phone +5511999990001"
    )]
    Pair(PairArgs),
    /// Connect a number now: after a ban or a pause, or without waiting for the next try
    #[command(after_help = "Example:\n  wamanager session reconnect Shop")]
    Reconnect(OneArgs),
    /// End the link; chats stay, the number can be linked again
    #[command(after_help = "Example:\n  wamanager session logout Shop")]
    Logout(OneArgs),
    /// End the link and delete the number with its chats
    #[command(after_help = "Example:\n  wamanager session delete Shop --yes")]
    Delete(DeleteArgs),
}

#[derive(Args)]
pub struct ListArgs {
    /// Id or name; all workspaces when left out
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args)]
pub struct PairArgs {
    /// Name of a new number, or the id or name of one to link again
    session: String,
    /// Ask for a code to type on this phone in place of the QR code
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// Id or name; needed where there are several
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args)]
pub struct OneArgs {
    /// Id, name or phone number
    session: String,
    /// Id or name; needed where there are several
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    which: OneArgs,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub fn run(command: SessionCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        SessionCommand::List(args) => {
            let sessions: Vec<SessionLine> = answer(
                config,
                Request::SessionList {
                    workspace: args.workspace,
                },
            )?;
            output.answer(&sessions, |sessions| listing(sessions));
        }
        SessionCommand::Pair(args) => pair(args, config, output)?,
        SessionCommand::Reconnect(OneArgs { session, workspace }) => {
            let session: SessionLine = answer(config, Request::SessionReconnect { workspace, session })?;
            output.answer(&session, |session| format!("{} is {}.", session.name, session.state));
        }
        SessionCommand::Logout(OneArgs { session, workspace }) => {
            let session: SessionLine = answer(config, Request::SessionLogout { workspace, session })?;
            output.answer(&session, |session| {
                format!("{} is logged out. Its chats are kept.", session.name)
            });
        }
        SessionCommand::Delete(args) => delete(args, config, output)?,
    }
    Ok(Exit::Ok)
}

fn delete(args: DeleteArgs, config: &Config, output: Output) -> Result<(), Failure> {
    let OneArgs { session, workspace } = args.which;
    if !args.yes {
        confirm(&session)?;
    }
    let session: SessionLine = answer(config, Request::SessionDelete { workspace, session })?;
    output.answer(&session, |session| {
        format!("{} and its chats are deleted.", session.name)
    });
    Ok(())
}

fn confirm(session: &str) -> Result<(), Failure> {
    let sure = dialoguer::Confirm::new()
        .with_prompt(format!("Delete {session:?} with all its chats? This cannot be undone"))
        .default(false)
        .interact()
        .map_err(|_| {
            Failure::new(
                Exit::Usage,
                "nobody can be asked here; say --yes to delete without a question",
            )
        })?;
    if sure {
        Ok(())
    } else {
        Err(Failure::new(Exit::Refused, "nothing was deleted"))
    }
}

fn pair(args: PairArgs, config: &Config, output: Output) -> Result<(), Failure> {
    let request = Request::SessionPair {
        workspace: args.workspace,
        session: args.session,
        phone: args.phone,
    };
    let mut screen = Screen { output, drawn: 0 };
    let result = runtime()?.block_on(async {
        let signals = Signals::take()?;
        ask_until(config, request, |reply| screen.show(&reply), broken_off(signals)).await
    })?;
    let session: SessionLine = parsed(result)?;
    output.answer(&session, |session| {
        format!(
            "{} is linked{}.",
            session.name,
            session.phone.as_ref().map(|p| format!(" as {p}")).unwrap_or_default()
        )
    });
    Ok(())
}

/// Returns at the first signal, so that what was begun is taken back; the second ends the process at once.
async fn broken_off(mut signals: Signals) {
    signals.next().await;
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(i32::from(Exit::Interrupted.code()));
    });
}

/// Draws each QR code over the one before.
struct Screen {
    output: Output,
    /// Lines of the last picture that stand above the cursor.
    drawn: usize,
}

impl Screen {
    fn show(&mut self, reply: &Reply) {
        if self.output.is_json() {
            return self.output.json_line(reply);
        }
        match reply {
            Reply::Qr { code, valid_for_ms } => self.draw(code, *valid_for_ms / 1000),
            Reply::PairingCode { code, valid_for_ms } => {
                self.drawn = 0;
                anstream::println!(
                    "\nOn the phone: WhatsApp > Linked devices > Link a device > Link with phone number instead\n\n    {code}\n\n\
                     Valid for {} seconds. Ctrl-C stops the linking.",
                    valid_for_ms / 1000
                );
            }
            Reply::Progress { text } => {
                self.drawn = 0;
                self.output.progress(text);
            }
            Reply::Meter { .. } | Reply::Done { .. } | Reply::Failed { .. } => {}
        }
    }

    fn draw(&mut self, code: &str, seconds: u64) {
        let Some((picture, lines)) = qr::draw(code) else { return };
        if self.drawn > 0 && self.output.can_redraw() {
            // Up to the first line of the picture before, and clear from there.
            anstream::print!("\x1b[{}A\x1b[J", self.drawn);
        }
        anstream::println!(
            "On the phone: WhatsApp > Linked devices > Link a device. This code is good for {seconds} s."
        );
        anstream::print!("{picture}");
        self.drawn = lines + 1;
    }
}

fn answer<T: DeserializeOwned>(config: &Config, request: Request) -> Result<T, Failure> {
    parsed(runtime()?.block_on(ask(config, request, |_| {}))?)
}

fn parsed<T: DeserializeOwned>(result: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(result).map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))
}

fn listing(sessions: &[SessionLine]) -> String {
    if sessions.is_empty() {
        return "No number is linked yet. Link one with `wamanager session pair NAME`.".to_owned();
    }
    let row = |session: &SessionLine| {
        let state = session.state.replace('_', " ");
        let mut why = session.why.clone().unwrap_or_default();
        if let Some(fix) = &session.fix {
            why.push_str(&format!(" Run: {fix}"));
        }
        let phone = session.phone.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            session.name.clone(),
            phone,
            state,
            session.since.clone(),
            session.workspace.clone(),
            session.id.clone(),
            why,
        ]
    };
    table(
        &["NAME", "NUMBER", "STATE", "SINCE", "WORKSPACE", "ID", "WHY"],
        sessions.iter().map(row),
    )
}
