//! How answers are shown: text for people on a terminal, JSON for scripts.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::exit::Choice;
use super::wire::{Answer, Reply};
use super::{Exit, Failure, qr};

/// Columns of a terminal that does not report its width, and of a pipe.
const WIDTH: usize = 80;

/// The format chosen on the command line.
#[derive(Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Lets a person choose; `failure` stays one for a script, and where nobody can be asked.
    pub fn choose(&self, choices: &[Choice], failure: Failure) -> Result<String, Failure> {
        if self.json || !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(failure);
        }
        let labels = choices.iter().map(|choice| choice.label.as_str());
        let chosen = dialoguer::Select::new()
            .with_prompt("Which one?")
            .items(labels)
            .default(0)
            .interact_opt();
        match chosen {
            Ok(Some(index)) => Ok(choices[index].value.clone()),
            Ok(None) => Err(Failure::refused("nothing was changed")),
            Err(_) => Err(failure),
        }
    }

    pub fn is_json(self) -> bool {
        self.json
    }

    /// Prints the answer: its result as one line of JSON, or its sheet for people.
    pub fn answer(self, answer: &Answer) -> Exit {
        if self.json {
            self.json_line(&answer.result);
        } else {
            let text = answer.text.lay_out(width());
            show(&format!("{}\n", text.trim_end()));
        }
        answer.exit
    }

    /// One line of JSON on standard output, whatever format was chosen.
    pub fn json_line<T: Serialize>(self, value: &T) {
        let line = serde_json::to_string(value).expect("answers are plain data");
        show(&format!("{line}\n"));
    }

    /// Prints progress.
    pub fn progress(self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    pub fn failure(self, failure: &Failure) {
        if self.json {
            let error = serde_json::json!({"error": {
                "code": failure.exit, "exit": failure.exit.code(), "message": failure.message,
            }});
            self.json_line(&error);
            return;
        }
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        eprintln!("{red}error:{red:#} {}", failure.message);
    }
}

/// The terminal's width, or that of `COLUMNS`.
fn width() -> usize {
    let terminal = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(said).filter(|columns| *columns > 0).unwrap_or(WIDTH)
}

/// Asks the confirmation that may precede a command.
///
/// # Errors
/// When the answer is no, or there is nobody to ask.
pub fn confirm(question: &str) -> Result<(), Failure> {
    let sure = dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact();
    match sure {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::refused("nothing was changed")),
        Err(_) => Err(Failure {
            question: None,
            ..Failure::question(question)
        }),
    }
}

/// Writes to standard output. A closed pipe, as after `head`, is not an error.
///
/// # Errors
/// When it cannot be written for another reason.
pub fn write_out(bytes: &[u8]) -> io::Result<()> {
    // Flushed, since a script that reads line by line must not wait for a full buffer.
    let mut out = anstream::stdout();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// A failure to print is reported on standard error; the work is done all the same.
fn show(text: &str) {
    if let Err(error) = write_out(text.as_bytes()) {
        eprintln!("the answer cannot be written: {error}");
    }
}

/// Shows a command's progress while it runs.
pub struct Screen {
    output: Output,
    /// Progress is also an answer: a script that links a number needs its codes.
    followed: bool,
    /// Lines of the last picture above the cursor.
    drawn: usize,
    bar: Option<ProgressBar>,
}

impl Screen {
    pub fn new(output: Output, followed: bool) -> Self {
        Self {
            output,
            followed,
            drawn: 0,
            bar: None,
        }
    }

    pub fn show(&mut self, reply: &Reply) {
        if self.output.is_json() {
            if self.followed {
                self.output.json_line(reply);
            }
            return;
        }
        match reply {
            Reply::Qr { code, valid_for_ms } => self.draw(code, Duration::from_millis(*valid_for_ms).as_secs()),
            Reply::PairingCode { code, valid_for_ms } => {
                self.drawn = 0;
                show(&format!(
                    "\nOn the phone: WhatsApp > Linked devices > Link a device > Link with phone number instead\n\n    \
                     {code}\n\nValid for {} seconds. Press Ctrl-C to stop.\n",
                    valid_for_ms / 1000
                ));
            }
            Reply::Progress { text } => {
                self.drawn = 0;
                match &self.bar {
                    Some(bar) => bar.set_message(text.clone()),
                    None => self.output.progress(text),
                }
            }
            Reply::Meter { done, total, .. } => {
                let bar = self.bar.get_or_insert_with(bar);
                bar.set_length(*total);
                bar.set_position(*done);
            }
            Reply::Done(_) | Reply::Question { .. } | Reply::Failed { .. } => {}
        }
    }

    /// Draws each QR code over the previous one.
    fn draw(&mut self, code: &str, seconds: u64) {
        let Some((picture, lines)) = qr::draw(code) else { return };
        // Moves to the first line of the previous picture, and clears from there.
        let over = match self.drawn > 0 && io::stdout().is_terminal() {
            true => format!("\x1b[{}A\x1b[J", self.drawn),
            false => String::new(),
        };
        show(&format!(
            "{over}On the phone: WhatsApp > Linked devices > Link a device. This code is valid for {seconds} s.\n{picture}"
        ));
        self.drawn = lines + 1;
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
