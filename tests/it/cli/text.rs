//! The exact output of the command line: help, tables and refusals, compared with files in `tests/it/snapshots/cli`.
//! `WRITE_SNAPSHOTS=yes` rewrites them; the changes are then a diff to read.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use wamanager::accounts::MemberRole;
use wamanager::audit::Admin;
use wamanager::operator::{self, Failure, Question, command as request_of};

use super::{command, install, wamanager};
use crate::support::{Person, TestApp};

/// The terminal width that the output is laid out for.
const WIDTH: usize = 80;

/// Compares with the file of this name, or writes it.
fn held(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/snapshots/cli")
        .join(name);
    if std::env::var_os("WRITE_SNAPSHOTS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = before.lines().zip(text.lines()).position(|(before, now)| before != now);
    let line = differs.unwrap_or_else(|| before.lines().count().min(text.lines().count()));
    assert!(
        before == text,
        "{} is not what the program says from line {}:\n  was: {}\n  is:  {}\nRead what changed, and write it with \
         WRITE_SNAPSHOTS=yes.",
        path.display(),
        line + 1,
        before.lines().nth(line).unwrap_or("(nothing)"),
        text.lines().nth(line).unwrap_or("(nothing)"),
    );
}

/// The help of this command and of all below it.
fn help_of(path: &[String], text: &mut String) {
    let mut arguments = path.to_vec();
    arguments.push("--help".to_owned());
    let shown = command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
        .env("COLUMNS", WIDTH.to_string())
        .output()
        .unwrap();
    assert!(shown.status.success(), "{shown:?}");
    let help = String::from_utf8(shown.stdout).unwrap();
    let _ = write!(text, "$ wamanager {}\n{help}\n", arguments.join(" "));
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
    // A verb's description may continue on the next lines.
    for verb in verbs.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let verb = verb.split_whitespace().next().unwrap();
        if verb != "help" {
            help_of(&[path, &[verb.to_owned()]].concat(), text);
        }
    }
}

#[test]
fn every_help_text_matches_its_snapshot() {
    let mut all = String::new();
    help_of(&[], &mut all);
    // One file for each noun, with the program's own help first.
    let mut nouns: Vec<(String, String)> = Vec::new();
    for section in all.split("$ wamanager ").skip(1) {
        let noun = section
            .split_whitespace()
            .next()
            .unwrap()
            .replace("--help", "wamanager");
        let section = format!("$ wamanager {section}");
        match nouns.iter_mut().find(|(known, _)| *known == noun) {
            Some((_, text)) => text.push_str(&section),
            None => nouns.push((noun, section)),
        }
    }
    assert!(nouns.len() > 15, "{} nouns", nouns.len());
    for (noun, text) in nouns {
        held(&format!("help-{noun}.txt"), &text);
    }
    for line in all.lines() {
        assert!(line.chars().count() <= WIDTH + 20, "{line:?}");
    }
}

#[test]
fn server_options_are_only_in_the_help_of_commands_that_serve() {
    for arguments in [&["serve", "--help"][..], &["demo", "--help"]] {
        let help = String::from_utf8(wamanager(arguments).stdout).unwrap();
        assert!(help.contains("--listen") && help.contains("--data-dir"), "{help}");
    }
    for arguments in [
        &["plan", "list", "--help"][..],
        &["session", "link", "--help"],
        &["--help"],
        &["serve", "-h"],
    ] {
        let help = String::from_utf8(wamanager(arguments).stdout).unwrap();
        // As an option; an example may contain it.
        assert!(!help.contains("\n      --listen") && !help.contains("--smtp"), "{help}");
        for option in ["--config", "--data-dir", "--json"] {
            assert!(help.contains(option), "{option} is not in {help}");
        }
    }
    // A verb that may have to run the server accepts them all the same.
    let taken = wamanager(&["config", "check", "--listen", "127.0.0.1:0"]);
    assert!(taken.status.success(), "{taken:?}");
}

#[test]
fn without_a_command_the_help_is_shown() {
    for arguments in [&[][..], &["session"]] {
        let output = wamanager(arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("Commands:"),
            "{output:?}"
        );
    }
    assert_eq!(wamanager(&["sesion"]).status.code(), Some(2));
}

/// Replaces random text by `…`: ids, and whatever else is listed.
fn masked(text: &str, others: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (random, word) in others {
        text = text.replace(random, word);
    }
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('_') {
        let (before, after) = rest.split_at(at);
        let is_prefix = before.chars().rev().take(3).filter(char::is_ascii_lowercase).count() == 3;
        let length = after[1..].chars().take_while(char::is_ascii_alphanumeric).count();
        shown.push_str(before);
        shown.push('_');
        rest = &after[1..];
        if is_prefix && length >= 8 {
            // Of the same length, so that columns stay aligned.
            shown.push_str(&"x".repeat(length));
            rest = &rest[length..];
        }
    }
    shown + rest
}

/// A workspace with one of everything, and the operator's commands in it.
struct Shop {
    app: TestApp,
}

impl Shop {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let owner: Person = app.owner("Corner").await;
        app.one_of_each(&owner).await;
        app.member(&owner.workspace, MemberRole::Agent).await;
        let business = app.app.plans.find("business").await.unwrap();
        app.app
            .plans
            .assign(Admin::operator(), &owner.workspace.public_id, &business.public_id)
            .await
            .unwrap();
        app.connected(&owner, "5511999990001").await;
        app.clock.advance(std::time::Duration::from_secs(130));
        Self { app }
    }

    async fn ask(&self, arguments: &[&str]) -> Result<String, Failure> {
        let (news, _heard) = tokio::sync::mpsc::channel(16);
        let request = request_of(arguments).unwrap().into();
        let answer = operator::handle(&self.app.app, &request, &news).await?;
        let width = if arguments.contains(&"--json") { 200 } else { WIDTH };
        Ok(answer.text.lay_out(width))
    }

    /// The output after its command line, as a terminal shows it.
    async fn shown(&self, arguments: &[&str]) -> String {
        let text = match self.ask(arguments).await {
            Ok(text) => anstream::adapter::strip_str(&text).to_string(),
            Err(Failure {
                question: Some(Question::Sure(question)),
                ..
            }) => format!("{question} [y/n]\n"),
            Err(failure) => format!("error: {} (exit {})\n", failure.message, failure.exit.code()),
        };
        format!("$ wamanager {}\n{}\n\n", arguments.join(" "), text.trim_end())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_fits_eighty_columns_and_matches_its_snapshot() {
    let shop = Shop::new().await;
    let mut all = String::new();
    for arguments in [
        &["session", "list"][..],
        &["user", "list"],
        &["workspace", "list"],
        &["workspace", "show"],
        &["workspace", "members"],
        &["plan", "list"],
        &["plan", "show", "free"],
        &["plan", "usage"],
        &["billing", "show"],
        &["billing", "invoices"],
        &["billing", "requests"],
        &["key", "list"],
        &["mail", "list"],
        &["audit", "list", "--limit", "8"],
        &["backup", "held"],
        &["message", "list", "--session", "Front desk"],
        &["message", "search", "--session", "Front desk", "hel"],
        &["chat", "list", "--session", "Front desk"],
        &["group", "list", "--session", "Front desk"],
        &["session", "proxy", "Front desk"],
        &["session", "calls", "Front desk"],
        &["session", "presence", "Front desk"],
    ] {
        let text = shop.shown(arguments).await;
        // A URL or a path is never broken.
        for line in text.lines().filter(|line| !line.contains("://")) {
            assert!(line.chars().count() <= WIDTH, "{arguments:?}: {line:?}");
        }
        all.push_str(&text);
    }
    held("tables.txt", &masked(&all, &[]));
    shop.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_what_would_be_accepted() {
    let shop = Shop::new().await;
    let mut all = String::new();
    let one_workspace = [
        &["plan", "set", "Corner", "gold"][..],
        &["plan", "set", "Cornr", "pro"],
        &["plan", "edit", "free", "--seats", "many"],
        &["session", "delete", "Nope"],
        &["session", "delete", "Front desk"],
        &["session", "logout", "Nope"],
        &["session", "proxy", "Front desk", "proxy.example"],
        &["workspace", "delete", "Nope"],
        &["workspace", "delete", "Corner"],
        &["user", "create", "nope", "--name", "Nope"],
        &["user", "create", "bo@example.com", "--name", "Bo", "--role", "boss"],
        &["user", "delete", "nobody@example.com"],
        &["user", "delete", "owner-of-corner@example.com"],
        &["user", "reset-password", "nobody@example.com"],
        &["user", "role", "nobody@example.com", "guest"],
        &["key", "revoke", "Nope"],
        &["jobs", "show", "Nope"],
        &["jobs", "list", "--state", "asleep"],
        &["mail", "show", "Nope"],
        &["audit", "list", "--since", "yesterday"],
        &["message", "show", "Nope"],
        &["message", "list", "--session", "Nope"],
        &["message", "list", "--status", "lost"],
        &["message", "list", "--type", "song"],
        &["chat", "read", "Nope"],
        &["group", "show", "Nope"],
        &["billing", "set", "gold"],
        &["backup", "discard"],
    ];
    for arguments in one_workspace {
        all.push_str(&shop.shown(arguments).await);
    }
    all.push_str("With two workspaces, of which one has a linked number:\n\n");
    shop.app.owner("Bakery").await;
    let two_workspaces = [
        &["user", "create", "nope", "--name", "Nope"][..],
        &["user", "create", "bo@example.com", "--name", "Bo"],
        &["workspace", "members"],
        &["session", "delete", "Front desk"],
        &["send", "12/05/1990", "Hello", "--wait", "0"],
        &["plan", "usage"],
    ];
    for arguments in two_workspaces {
        all.push_str(&shop.shown(arguments).await);
    }
    held("refusals.txt", &masked(&all, &[]));
    shop.app.stop().await;
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    for arguments in [
        &["openapi"][..],
        &["completions", "bash"],
        &["man", "serve"],
        &["serve", "--help"],
    ] {
        let mut child = command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // As `head -c 1` does.
        let mut first = [0];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut first).unwrap();
        drop(out);
        let ended = child.wait_with_output().unwrap();
        assert!(ended.stderr.is_empty(), "{arguments:?}: {ended:?}");
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    }
    // Without any reader.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = command(&["openapi"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(ended.stderr.is_empty() && ended.status.success(), "{ended:?}");
}

#[test]
fn a_reset_asks_first_and_a_link_lets_the_user_choose() {
    let dir = tempfile::tempdir().unwrap();
    install(dir.path());
    let run = |arguments: &[&str]| command(arguments).arg("--data-dir").arg(dir.path()).output().unwrap();
    let reset = ["user", "reset-password", "ada@example.com"];
    super::refused(&run(&reset), 2, &["--yes", "--link"]);
    super::refused(&run(&["user", "reset-password", "bo@example.com"]), 10, &["user list"]);
    let link = super::json(&run(&[&reset[..], &["--link", "--json"]].concat()));
    assert!(link["link"].as_str().unwrap().contains("/reset/"), "{link}");
    assert!(link.get("password").is_none(), "{link}");
    let changed = super::json(&run(&[&reset[..], &["--yes", "--json"]].concat()));
    assert_eq!(changed["password"].as_str().unwrap().len(), 16);
}

#[test]
fn one_manual_page_is_printed_and_all_are_written_to_a_given_directory_only() {
    let page = |arguments: &[&str]| {
        let output = command(arguments).current_dir("/").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(page(&["man", "send"]).contains("Send a text message"));
    assert!(page(&["man", "session", "link"]).contains("wamanager\\-session\\-link"));
    assert!(page(&["man"]).contains("SUBCOMMANDS"));
    assert!(
        page(&["man", "serve"]).contains("\\-\\-listen"),
        "the options of a server"
    );
    super::refused(&wamanager(&["man", "nope"]), 10, &["wamanager help"]);
}

#[test]
fn former_spellings_still_work() {
    for (before, now) in [
        (&["session", "pair", "Shop"][..], &["session", "link", "Shop"][..]),
        (&["user", "vouch", "a@b.de"], &["user", "confirm", "a@b.de"]),
        (
            &["user", "drop-second-factor", "a@b.de"],
            &["user", "remove-second-factor", "a@b.de"],
        ),
    ] {
        let said = |arguments: &[&str]| serde_json::to_string(&request_of(arguments).unwrap()).unwrap();
        assert_eq!(said(before), said(now));
    }
}

#[test]
fn colour_is_for_terminals_only() {
    let dir = tempfile::tempdir().unwrap();
    install(dir.path());
    let run = |set: &[(&str, &str)]| {
        let mut command = command(&["user", "list", "--data-dir"]);
        let output = command.arg(dir.path()).envs(set.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!run(&[]).contains('\u{1b}'));
    assert!(
        run(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[2mjust now"),
        "times are dim"
    );
    assert!(!run(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
}
