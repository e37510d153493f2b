//! `docs/kinds.md` is correct: every row names tests that exist.

use std::fs;

use super::{assert_none, root, sources};

#[test]
fn every_kind_of_message_names_the_tests_that_hold_it() {
    let page = fs::read_to_string(root().join("docs/kinds.md")).expect("the page is there");
    let tests = sources(&["src", "tests/it", "crates"], "rs");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("held by"));
    let (mut wrong, mut looked) = (Vec::new(), 0);
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [kind, _, held_by] = cells[..] else {
            wrong.push(format!("not three cells: {row}"));
            continue;
        };
        looked += 1;
        let mut names = held_by.split('`').skip(1).step_by(2).peekable();
        if names.peek().is_none() {
            wrong.push(format!("no test is named for {kind}"));
        }
        for name in names {
            if !tests.iter().any(|source| source.text.contains(&format!("fn {name}("))) {
                wrong.push(format!("{kind}: there is no test {name}"));
            }
        }
    }
    assert!(looked > 30, "the page has hardly any row");
    assert_none("kinds of messages, and what holds them", &wrong);
}
