//! `wamanager send`: one text message, kept before it is sent.

use std::io::Read as _;

use clap::Args;

use super::output::Output;
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{Reply, Request, SendReport, ask};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  wamanager send +5511999990001 \"Your order is ready\"\n  \
                        echo \"Hello\" | wamanager send +5511999990001 - --session Shop --wait 30"
)]
pub struct SendArgs {
    /// Phone number in any usual form, a WhatsApp address, or a contact's id
    to: String,
    /// The text; - reads it from standard input
    text: String,
    /// Id, name or phone number of the linked number to send from; needed where there are several
    #[arg(long)]
    session: Option<String>,
    /// Id or name; needed where there are several
    #[arg(long)]
    workspace: Option<String>,
    /// Seconds to wait until WhatsApp has taken the message; 0 returns once it is kept for sending
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    wait: u64,
}

pub fn run(args: SendArgs, config: &Config, output: Output) -> Result<Exit, Failure> {
    let text = if args.text == "-" { from_stdin()? } else { args.text };
    let request = Request::Send {
        workspace: args.workspace,
        session: args.session,
        to: args.to,
        text,
        wait_seconds: args.wait,
    };
    let tell = |reply: Reply| {
        if let Reply::Progress { text } = reply {
            output.progress(&text);
        }
    };
    let result = runtime()?.block_on(ask(config, request, tell))?;
    let report: SendReport = serde_json::from_value(result)
        .map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))?;
    output.answer(&report, |report| format!("{} ({})", report.message, report.status));
    Ok(Exit::Ok)
}

/// The longest text WhatsApp takes has 65,536 characters.
fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().take(512 * 1024).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
