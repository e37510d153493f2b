//! What it costs to make a message findable; printed by `cargo test --lib search::cost -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::{Searched, add, index};
use crate::chats::model::Kind;
use crate::clock::UnixMs;
use crate::ids::{ContactId, MessageId, SessionId};

const MESSAGES: i64 = 20_000;
/// Written in one transaction, as a batch of a busy number is.
const BATCH: i64 = 50;

fn body(n: i64) -> String {
    const WORDS: [&str; 12] = [
        "olá",
        "pedido",
        "bolo",
        "de",
        "chocolate",
        "para",
        "sábado",
        "você",
        "entrega",
        "amanhã",
        "obrigada",
        "😀",
    ];
    let word = |k: i64| WORDS[usize::try_from((n * 7 + k * k * 5) % 12).unwrap()];
    (0..14).map(word).collect::<Vec<_>>().join(" ") + &format!(" {n}")
}

/// A third of the messages are documents with a caption.
fn file_name(n: i64) -> Option<String> {
    (n % 3 == 0).then(|| format!("Pedido-{n} final.pdf"))
}

fn database() -> (tempfile::TempDir, Connection) {
    let dir = tempfile::tempdir().unwrap();
    drop(crate::db::open(dir.path()).unwrap());
    let c = Connection::open(dir.path().join(crate::db::FILE)).unwrap();
    c.execute_batch("PRAGMA foreign_keys = OFF; BEGIN").unwrap();
    for n in 1..=MESSAGES {
        c.prepare_cached(
            "INSERT INTO messages (id, public_id, workspace_id, session_id, chat_id, wa_id, sender, kind, origin, status,
                                   at, shown, unread, body, created_at, raw)
             VALUES (?1, ?1, 1, 1, 1, ?1, 1, 'document', 'contact', 'received', ?1, 1, 0, ?2, 1, zeroblob(400))",
        )
        .unwrap()
        .execute(params![n, body(n)])
        .unwrap();
        if let Some(name) = file_name(n) {
            c.prepare_cached(
                "INSERT INTO media (message_id, mime, file_name, direct_path, media_key, sha256, enc_sha256)
                 VALUES (?1, 'application/pdf', ?2, '', x'', x'', x'')",
            )
            .unwrap()
            .execute(params![n, name])
            .unwrap();
        }
    }
    c.execute_batch("COMMIT").unwrap();
    (dir, c)
}

fn measure(each: impl Fn(&Connection, i64)) -> Duration {
    let (_dir, c) = database();
    let began = Instant::now();
    for first in (1..=MESSAGES).step_by(usize::try_from(BATCH).unwrap()) {
        c.execute_batch("BEGIN").unwrap();
        for n in first..first + BATCH {
            each(&c, n);
        }
        c.execute_batch("COMMIT").unwrap();
    }
    began.elapsed()
}

#[test]
#[ignore = "prints a measurement"]
fn words_that_the_caller_has_cost_less_than_words_that_are_read_again() {
    let read_again = measure(|c, n| {
        add(c, MessageId(n)).unwrap();
        if file_name(n).is_some() {
            add(c, MessageId(n)).unwrap();
        }
    });
    let handed_in = measure(|c, n| {
        let (body, name) = (body(n), file_name(n));
        let searched = Searched {
            session: SessionId(1),
            sender: ContactId(1),
            kind: Kind::Document,
            at: UnixMs(n),
            texts: [Some(&body), name.as_deref()],
        };
        index(c, MessageId(n), &searched, true).unwrap();
    });
    let each = |all: Duration| all.as_secs_f64() * 1e6 / MESSAGES as f64;
    println!(
        "read again {:.1} µs, handed in {:.1} µs a message: {:.2} of it",
        each(read_again),
        each(handed_in),
        each(handed_in) / each(read_again)
    );
}
