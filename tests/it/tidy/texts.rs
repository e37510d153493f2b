//! What people read is a key of the catalogue, so that a second language is a whole one.

use super::{Source, assert_none, sources};

/// Words that may stand in Rust, by the start of a path, each with its reason. This list only gets shorter.
const IN_RUST: &[(&str, &str)] = &[
    // The command line speaks the one language of its `--help`, and so do the errors that only it and the log show.
    ("src/operator/", "the command line"),
    ("src/config/", "errors of the configuration, told on the terminal"),
    ("src/backup/", "errors of copies, told on the terminal"),
    ("src/db/", "errors of the database, told on the terminal"),
    ("src/app/error.rs", "why the program did not start"),
    ("src/app/readiness.rs", "/readyz, which programs read"),
    ("src/version.rs", "what --version prints"),
    ("src/telemetry/", "the log"),
    ("src/crypto.rs", "for the log"),
    ("src/ids.rs", "for the log"),
    ("src/zone/mod.rs", "for the log"),
    // What a job or an email ended with is stored when it happens, long before somebody reads it.
    ("src/jobs/model.rs", "stored with the job"),
    ("src/jobs/runner/", "stored with the job"),
    ("src/jobs/schedule.rs", "why the program did not start"),
    ("src/mail/", "stored with the email"),
    ("src/billing/upkeep.rs", "stored with the job"),
    // Documentation for developers.
    ("src/site/openapi/", "the document of the API"),
];

/// Lines that may hold words although they are none of the above: code that looks like words, and errors whose text
/// only the log has, since people are told that something went wrong.
const SINGLE: &[(&str, &str)] = &[
    ("src/access/model.rs", "the access token could not be signed"),
    ("src/accounts/model.rs", "the password could not be hashed"),
    ("src/export/model.rs", "The file could not be written"),
    (
        "src/web/api/guard.rs",
        "a service below /v1 answered {0} without a problem",
    ),
    ("src/media/scan.rs", "clamd gave no answer"),
    ("src/media/shelf/s3.rs", "the store answered {status}"),
    ("src/web/api/guard.rs", "the rate limit"),
    ("src/web/auth.rs", "the server was started without {0}"),
    ("src/web/security.rs", "default-src 'self'"),
    ("src/web/security.rs", "accelerometer=()"),
    ("src/web/sse.rs", "the event bus"),
    ("src/web/sse.rs", "the register of streams"),
    ("src/site/access/mod.rs", "curl -H"),
    ("src/billing/razorpay.rs", "does not exist"),
    ("src/accounts/second_factor/codes.rs", "WhatsApp Manager Pro"),
];

/// What libraries and other servers say has one language; these pass it on.
const VERBATIM: &[&str] = &[
    "src/accounts/logins/agent.rs",
    "src/app/doctor.rs",
    "src/app/seal.rs",
    "src/billing/http.rs",
    "src/billing/provider.rs",
    "src/numbers/model.rs",
    "src/site/demo/mod.rs",
];

/// Macros and attributes whose words are for the log, the document of the API, or whoever broke the program.
const NOT_FOR_PEOPLE: &[&str] = &[
    "error!(",
    "warn!(",
    "info!(",
    "debug!(",
    "trace!(",
    "span!(",
    "expect(",
    "panic!(",
    "unreachable!(",
    "assert!(",
    "assert_eq!(",
    "reason = ",
    "#[schema(",
    "description = ",
];

/// With these a statement of SQL begins; parts of one stand in store files only.
const SQL: &[&str] = &["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];

/// A literal of the code, and the line it starts in.
struct Literal<'a> {
    line: usize,
    text: &'a str,
    /// What stands before it in its statement.
    before: &'a str,
}

/// The literals of one file. Comments, characters and raw strings without quotes inside are told apart; that is enough
/// for how this code is written.
fn literals(code: &str) -> Vec<Literal<'_>> {
    let (bytes, mut found, mut at, mut statement) = (code.as_bytes(), Vec::new(), 0, 0);
    while at < bytes.len() {
        let rest = &code[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            at += if rest.starts_with("'\\") { 4 } else { 3 };
        } else if bytes[at] == b'"' {
            let start = at + 1;
            at = start;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            let end = at.min(bytes.len());
            let line = code[..start].matches('\n').count() + 1;
            let (text, before) = (&code[start..end], &code[statement..start]);
            found.push(Literal { line, text, before });
            at += 1;
        } else {
            if matches!(bytes[at], b';' | b'{' | b'}') && rest[1..].starts_with('\n') {
                statement = at + 1;
            }
            at += 1;
            while !code.is_char_boundary(at) {
                at += 1;
            }
        }
    }
    found
}

/// How many words of a language it holds: `Use 2 to 30 letters.` has three, `a-b {name} %d` none.
fn words(text: &str) -> usize {
    let word = |part: &&str| {
        let part = part.trim_start_matches(['(', '“', '"']);
        let part = part.trim_end_matches(['.', ',', ':', ';', '!', '?', '…', '”', '"', ')']);
        let long_enough = part.chars().count() > 1 || matches!(part, "a" | "I");
        long_enough && part.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’'))
    };
    text.split_whitespace().filter(word).count()
}

fn is_exempt(source: &Source, text: &str) -> bool {
    IN_RUST.iter().any(|(path, _)| source.path.starts_with(path))
        || SINGLE
            .iter()
            .any(|(path, start)| *path == source.path && text.starts_with(start))
        || source.path.ends_with("/store.rs")
        || source.path.contains("/store/")
}

/// Offences of one file: words for people that are in no catalogue.
fn words_in_rust(source: &Source) -> Vec<String> {
    let is_said = |literal: &Literal<'_>| {
        words(literal.text) >= 3
            && !NOT_FOR_PEOPLE.iter().any(|mark| literal.before.contains(mark))
            && !SQL.iter().any(|start| literal.text.trim_start().starts_with(start))
            && !is_exempt(source, literal.text)
    };
    let found = literals(source.production());
    let found = found.iter().filter(|literal| is_said(literal));
    found
        .map(|literal| format!("{}:{}: {:?}", source.path, literal.line, literal.text))
        .collect()
}

#[test]
fn words_that_people_read_are_in_the_catalogue() {
    let found: Vec<String> = sources(&["src"], "rs").iter().flat_map(words_in_rust).collect();
    assert_none("what people read is a key of locales/, made with Text::new", &found);
}

/// `Display` of an error is English: for logs and the command line. Pages and answers say `text()` to their reader.
#[test]
fn pages_and_answers_show_no_english_of_an_error() {
    let shown = [
        "error.to_string()",
        "why.to_string()",
        "wait.to_string()",
        "Forbidden.to_string()",
    ];
    let mut found = Vec::new();
    for source in sources(&["src/site", "src/web"], "rs") {
        for (number, line) in source.code() {
            if shown.iter().any(|word| line.contains(word)) && source.path != "src/web/api/body.rs" {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none("an error is shown as t.text(&error.text())", &found);
}

#[test]
fn only_what_has_one_language_is_passed_on_as_it_is() {
    let mut found = Vec::new();
    for source in sources(&["src"], "rs") {
        let listed = VERBATIM.contains(&source.path.as_str()) || source.path.starts_with("src/i18n/");
        for (number, line) in source.code() {
            if line.contains("Text::verbatim") && !listed {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none("Text::verbatim is for words of libraries and other servers", &found);
}

#[test]
fn every_exception_is_still_needed() {
    let all = sources(&["src"], "rs");
    let mut idle = Vec::new();
    for (path, reason) in IN_RUST {
        let mut below = all.iter().filter(|source| source.path.starts_with(path));
        let needed = below.any(|source| {
            literals(source.production())
                .iter()
                .any(|literal| words(literal.text) >= 3)
        });
        if !needed {
            idle.push(format!("{path} ({reason})"));
        }
    }
    for (path, start) in SINGLE {
        let mut of = all.iter().filter(|source| source.path == *path);
        let needed = of.any(|source| {
            literals(source.production())
                .iter()
                .any(|found| found.text.starts_with(start))
        });
        if !needed {
            idle.push(format!("{path}: {start}"));
        }
    }
    for path in VERBATIM {
        let mut of = all.iter().filter(|source| source.path == *path);
        if !of.any(|source| source.production().contains("Text::verbatim")) {
            idle.push((*path).to_owned());
        }
    }
    assert_none("these exceptions are needed no more", &idle);
}

#[test]
fn the_search_for_words_finds_them() {
    let told = |text: &str| {
        let (path, text) = ("src/site/x.rs".to_owned(), text.to_owned());
        words_in_rust(&Source { path, text }).len()
    };
    for said in [
        "#[error(\"There is no such plan.\")]",
        "FieldError::new(\"name\", \"Write a name.\".into())",
        "Problem::new(\n    StatusCode::CONFLICT,\n    \"busy\",\n    \"Try it again later.\",\n)",
        "let c = '\"';\nlet text = format!(\"{name} is already here\");",
        "let text = \"You\u{2019}re not there yet\";",
    ] {
        assert_eq!(told(said), 1, "{said}");
    }
    for unsaid in [
        "// \"There is no such plan.\"",
        "tracing::warn!(\n    %error,\n    \"a page could not be rendered\"\n);",
        "Text::new(\"plans-not-found\")",
        "format!(\"{name}-{other} {third} v1\")",
        "#[expect(dead_code, reason = \"only its reading is tested\")]",
        "path(\"/v1/users/me/second-factor\")",
    ] {
        assert_eq!(told(unsaid), 0, "{unsaid}");
    }
}
