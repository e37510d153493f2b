//! House rules that a program can check. A rule that nothing checks does not last.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod admins;
mod kinds;
mod map;
mod rooms;
mod tables;
mod texts;

const MAX_LINES: usize = 600;

struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The text without tests, which have looser rules.
    fn production(&self) -> &str {
        if self.path.ends_with("/tests.rs") || self.path.ends_with("/testing.rs") || self.path.contains("/tests/") {
            return "";
        }
        self.text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default()
    }

    /// Each line of [`Self::production`] that is not a comment, with its number.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.production().lines().enumerate();
        let code = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
        code.map(|(index, line)| (index + 1, line))
    }

    fn room(&self) -> Option<&str> {
        let inner = self.path.strip_prefix("src/")?;
        Some(inner.split(['/', '.']).next().unwrap_or(inner))
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(dirs: &[&str], extension: &str) -> Vec<Source> {
    let mut found = Vec::new();
    for dir in dirs {
        walk(&root().join(dir), extension, &mut found);
    }
    assert!(
        !found.is_empty(),
        "no *.{extension} below {dirs:?}: the rule would check nothing"
    );
    found
}

fn walk(dir: &Path, extension: &str, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            let outside = ["node_modules", "target", ".venv"];
            if !outside.iter().any(|name| entry.file_name() == *name) {
                walk(&path, extension, found);
            }
        } else if path.extension().is_some_and(|e| e == extension) {
            let text = fs::read_to_string(&path).expect("a source file is readable text");
            let path = path
                .strip_prefix(root())
                .expect("below the root")
                .to_string_lossy()
                .into_owned();
            found.push(Source { path, text });
        }
    }
}

fn assert_none(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut offences = Vec::new();
    for source in sources(&["src", "crates"], "rs")
        .iter()
        .chain(&sources(&["tests"], "rs"))
    {
        let lines = source
            .text
            .split("\n#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default()
            .lines()
            .count();
        if lines > MAX_LINES {
            offences.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert_none(
        &format!("a file has at most {MAX_LINES} lines before its tests"),
        &offences,
    );
}

#[test]
fn sql_lives_in_store_files() {
    let mut offences = Vec::new();
    for source in sources(&["src"], "rs") {
        let in_store = source.name() == "store.rs" || source.path.contains("/store/");
        // `db` migrates, and the operator's benchmarks read the file from outside.
        let exempt = source.path.starts_with("src/db/") || source.path.starts_with("src/operator/bench/");
        if in_store || exempt {
            continue;
        }
        for (number, line) in source.production().lines().enumerate() {
            let sql = [
                "\"SELECT ",
                "\"INSERT ",
                "\"UPDATE ",
                "\"DELETE ",
                ".prepare(",
                ".prepare_cached(",
            ];
            if sql.iter().any(|word| line.contains(word)) {
                offences.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert_none("SQL stands only in store.rs files", &offences);
}

#[test]
fn only_the_client_crate_names_the_protocol_library() {
    let mut offences = Vec::new();
    for source in sources(&["src"], "rs") {
        if ["whatsapp_rust", "wacore", "waproto"]
            .iter()
            .any(|name| source.production().contains(&format!("{name}::")))
        {
            offences.push(source.path);
        }
    }
    assert_none("whatsapp-rust is named only in crates/wa-client", &offences);
}

#[test]
fn only_the_sender_sends() {
    let mut offences = Vec::new();
    let own = ["src/outbox/sender.rs", "src/outbox/delivery.rs"];
    for source in sources(&["src"], "rs") {
        if source.production().contains("link.send(") && !own.contains(&source.path.as_str()) {
            offences.push(source.path);
        }
    }
    assert_none("Link::send is called only by the outbox's sender", &offences);
}

#[test]
fn templates_use_the_attributes_of_htmx_4() {
    let old = [
        "hx-ext=",
        "sse-swap",
        "sse-connect",
        "hx-disabled-elt",
        "htmx:afterSwap",
        "hx-on:",
        "js:",
        "style=\"",
    ];
    let mut offences = Vec::new();
    for source in sources(&["templates"], "html") {
        // Mails are read by mail programs without our style sheets.
        if source.path.contains("/mail/") {
            continue;
        }
        for word in old {
            if source.text.contains(word) {
                offences.push(format!("{}: {word}", source.path));
            }
        }
        if source.text.contains("<script>") {
            offences.push(format!("{}: inline script", source.path));
        }
    }
    assert_none(
        "no spelling of htmx 2, nothing that the content policy refuses",
        &offences,
    );
}

#[test]
fn style_sheets_know_no_left_and_right() {
    let mut offences = Vec::new();
    for source in sources(&["assets/css"], "css") {
        for (number, line) in source.text.lines().enumerate() {
            let physical = [
                "margin-left",
                "margin-right",
                "padding-left",
                "padding-right",
                "text-align: left",
            ];
            let positioned = line.trim_start().starts_with("left:") || line.trim_start().starts_with("right:");
            if positioned || physical.iter().any(|word| line.contains(word)) {
                offences.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert_none(
        "logical properties only, so that right-to-left languages work",
        &offences,
    );
}

#[test]
fn every_text_that_is_asked_for_exists() {
    let catalogue = sources(&["locales/en"], "ftl");
    let known: BTreeSet<&str> = catalogue
        .iter()
        .flat_map(|file| file.text.lines())
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim()))
        .collect();
    let mut missing = BTreeSet::new();
    for source in sources(&["templates"], "html").iter().chain(&sources(&["src"], "rs")) {
        for call in ["t.get(\"", "t.with(\"", "t.count(\"", "Text::new(\""] {
            let text = source.production();
            for (at, _) in text.match_indices(call) {
                // `payment.get("…")` is not a text.
                let inside_a_word = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                if inside_a_word {
                    continue;
                }
                let after = &text[at + call.len()..];
                let key = after.split('"').next().unwrap_or_default();
                if !known.contains(key) {
                    missing.insert(format!("{}: {key}", source.path));
                }
            }
        }
    }
    assert_none(
        "texts stand in locales/en/*.ftl",
        &missing.into_iter().collect::<Vec<_>>(),
    );
}
