//! `ARCHITECTURE.md` is correct: its files exist, and everything under "Always true" names an existing test.

use std::fs;

use super::{assert_none, root, sources};

fn map() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map is there")
}

/// The text between backticks, without line breaks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|word| !word.contains('\n'))
}

#[test]
fn every_file_that_the_map_names_exists() {
    let (map, mut missing, mut looked) = (map(), Vec::new(), 0);
    for word in quoted(&map) {
        let tops = [
            "src/",
            "crates/",
            "tests/",
            "templates/",
            "locales/",
            "docs/",
            "migrations/",
        ];
        // `src/x/` stands for any room.
        if !tops.iter().any(|top| word.starts_with(top)) || word.contains("/x") || word.contains('<') {
            continue;
        }
        looked += 1;
        if !root().join(word).exists() {
            missing.push(word.to_owned());
        }
    }
    assert!(looked > 30, "the map names hardly any file");
    assert_none("files of ARCHITECTURE.md that are not there", &missing);
}

#[test]
fn everything_always_true_names_what_holds_it() {
    let map = map();
    let chapter = map
        .split("## Always true")
        .nth(1)
        .and_then(|rest| rest.split("\nDeliberately").next());
    let chapter = chapter.expect("the chapter is there");
    let tests = sources(&["src", "tests/it", "crates"], "rs");
    let mut wrong = Vec::new();
    let flat = chapter.split_whitespace().collect::<Vec<_>>().join(" ");
    for held_by in flat.split(" — ").skip(1) {
        if held_by.starts_with("the compiler") {
            continue;
        }
        let Some(name) = held_by.strip_prefix('`').and_then(|rest| rest.split('`').next()) else {
            wrong.push(format!("no test is named: {held_by:.60}"));
            continue;
        };
        if !tests.iter().any(|source| source.text.contains(&format!("fn {name}("))) {
            wrong.push(format!("there is no test {name}"));
        }
    }
    for (number, entry) in entries(chapter).enumerate() {
        if !entry.contains('—') {
            wrong.push(format!("number {} says not what holds it", number + 1));
        }
    }
    assert_none("what is always true, and what holds it", &wrong);
}

/// The numbered entries.
fn entries(chapter: &str) -> impl Iterator<Item = String> {
    let mut entries: Vec<String> = Vec::new();
    for line in chapter.lines() {
        if line.starts_with(|c: char| c.is_ascii_digit()) {
            entries.push(line.to_owned());
        } else if let Some(entry) = entries.last_mut() {
            entry.push_str(line);
        }
    }
    entries.into_iter()
}
