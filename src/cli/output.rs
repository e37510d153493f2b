//! How answers are shown: text for people on a terminal, JSON for scripts.

use std::io::{IsTerminal as _, Write as _};

use anstream::{eprintln, println};
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
            println!("{}", text(value).trim_end());
        }
    }

    /// One line of JSON on standard output, whatever was asked for.
    pub fn json_line<T: Serialize>(self, value: &T) {
        let line = serde_json::to_string(value).expect("answers are plain data");
        println!("{line}");
        // A script that reads line by line must not wait for a full buffer.
        let _ = std::io::stdout().flush();
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
