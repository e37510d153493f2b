//! How answers are shown: text for people on a terminal, JSON for scripts.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::Failure;

/// The shape asked for on the command line.
#[derive(Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    pub fn is_json(self) -> bool {
        self.json
    }

    /// Whether a picture drawn on standard output can be drawn over later.
    pub fn can_redraw(self) -> bool {
        !self.json && std::io::stdout().is_terminal()
    }

    /// The answer: `value` as one line of JSON, or what `text` makes of it.
    pub fn answer<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String) {
        if self.json {
            self.json_line(value);
        } else {
            let mut text = text(value).trim_end().to_owned();
            text.push('\n');
            show(&text);
        }
    }

    /// One line of JSON on standard output, whatever was asked for.
    pub fn json_line<T: Serialize>(self, value: &T) {
        let line = serde_json::to_string(value).expect("answers are plain data");
        show(&format!("{line}\n"));
    }

    /// News on the way to the answer.
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

/// Writes to standard output. A reader that has gone, such as `head`, is no failure.
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

/// An answer that cannot be shown is told on standard error; the work is done all the same.
fn show(text: &str) {
    if let Err(error) = write_out(text.as_bytes()) {
        eprintln!("the answer cannot be written: {error}");
    }
}

/// A table without lines, its columns as wide as they must be.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.to_vec());
    table.add_rows(rows);
    // The preset pads every line to the table's width; a trailing blank is noise in a pipe.
    table
        .to_string()
        .lines()
        .map(|line| line.trim().to_owned() + "\n")
        .collect()
}
