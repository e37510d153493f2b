//! Pages and search over many messages in one number.

use std::time::{Duration, Instant};

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use wa_client::{Address, Content, Inbound, InboundSink as _, SessionId};

use super::report::{Report, ms, percentile};
use super::rig::{Rig, failed};
use crate::app::App;
use crate::chats::{ChatFilter, Ingest, Window};
use crate::clock::Clock;
use crate::crypto::{Sealer, random_bytes};
use crate::events::Bus;
use crate::ids::PublicId;
use crate::operator::output::Output;
use crate::operator::{Exit, Failure};

/// Chats of a shop.
pub const CHATS: usize = 200;
const BATCH: usize = 500;
/// About as many different words as a few years of a shop's chats contain.
const VOCABULARY: usize = 8_000;
const SYLLABLES: &[&str] = &[
    "ba", "ter", "lo", "min", "ka", "sen", "dor", "vi", "mar", "tu", "pel", "ron", "sha", "gi", "fu", "lan", "ze",
    "nor", "qui", "hab",
];

#[derive(Args)]
pub struct ReadArgs {
    /// Messages in one number
    #[arg(long, default_value_t = 1_000_000)]
    messages: usize,
    /// In this many chats
    #[arg(long, default_value_t = CHATS)]
    chats: usize,
    /// Readings of each kind
    #[arg(long, default_value_t = 1_000)]
    reads: usize,
}

/// The kind of read.
#[derive(Clone, Copy)]
enum Read {
    List,
    NewestPage,
    OldestPages,
    Search,
    Counts,
}

pub async fn run(args: &ReadArgs, output: Output) -> Result<Vec<Report>, Failure> {
    if args.messages == 0 || args.reads == 0 || args.chats == 0 {
        return Err(Failure::new(
            Exit::Usage,
            "--messages, --chats and --reads are at least 1",
        ));
    }
    let method = format!(
        "{} messages in {} chats of one number, the largest with half of them. Each figure is one call of the \
         service that the page calls, database and decoding included, without HTML. Deep page: one step further \
         towards the beginning of the largest chat each time. Search: any of {VOCABULARY} \
         words, or a frequent word and the beginning of another, in turn. Unread counts: those of the tabs above the list.",
        args.messages, args.chats
    );
    let columns = [
        "what",
        "one at a time p50 ms",
        "p99 ms",
        "16 at a time p50 ms",
        "p99 ms",
    ];
    let mut report = Report::new("Reads", method, &columns);
    let rig = Rig::new(1).await?;
    fill(&rig, args.messages, args.chats, output).await?;
    let app = rig.open().await?;
    let largest = largest_chat(&rig, &app).await?;
    for (name, read) in [
        ("chat list", Read::List),
        ("newest page of a chat", Read::NewestPage),
        ("deep page of a chat", Read::OldestPages),
        ("search", Read::Search),
        ("unread counts", Read::Counts),
    ] {
        output.progress(name);
        let alone = measure(&rig, &app, read, &largest, args.reads, 1).await?;
        let crowd = measure(&rig, &app, read, &largest, args.reads, 16).await?;
        let p = |spans: &[Duration], p| ms(percentile(spans, p));
        report.row([name.into(), p(&alone, 50), p(&alone, 99), p(&crowd, 50), p(&crowd, 99)]);
    }
    app.stop().await;
    Ok(vec![report])
}

async fn measure(
    rig: &Rig,
    app: &App,
    read: Read,
    largest: &PublicId,
    reads: usize,
    parallel: usize,
) -> Result<Vec<Duration>, Failure> {
    let readers = (0..parallel).map(|_| async move {
        let mut spans = Vec::new();
        let mut window = Window::Latest;
        for turn in 0..reads.div_ceil(parallel) {
            let began = Instant::now();
            window = once(rig, app, read, largest, window, turn).await?;
            spans.push(began.elapsed());
        }
        Ok::<_, Failure>(spans)
    });
    let spans: Vec<Vec<Duration>> = stream::iter(readers).buffer_unordered(parallel).try_collect().await?;
    let mut spans = spans.concat();
    spans.sort_unstable();
    Ok(spans)
}

/// Reads once and returns where a walk through the thread continues.
async fn once(
    rig: &Rig,
    app: &App,
    read: Read,
    largest: &PublicId,
    window: Window,
    turn: usize,
) -> Result<Window, Failure> {
    let (chats, scope) = (&app.chats, rig.scope);
    let next = match read {
        Read::List => chats
            .list(scope, ChatFilter::default(), None)
            .await
            .map(|_| Window::Latest),
        Read::NewestPage => chats
            .thread(scope, largest, Window::Latest)
            .await
            .map(|_| Window::Latest),
        Read::OldestPages => {
            let page = chats.thread(scope, largest, window).await;
            page.map(|page| page.older.map_or(Window::Latest, Window::Before))
        }
        Read::Search => {
            let text = if turn.is_multiple_of(2) {
                any_word()
            } else {
                format!("{} {}", word(), &any_word()[..4])
            };
            chats.search(scope, &text).await.map(|_| Window::Latest)
        }
        Read::Counts => {
            let counts = app.handling.counts(scope).await;
            return counts.map(|_| Window::Latest).map_err(|error| failed(error.into()));
        }
    };
    next.map_err(|error| failed(error.into()))
}

pub async fn largest_chat(rig: &Rig, app: &App) -> Result<PublicId, Failure> {
    let search = ChatFilter {
        search: Some(name_of(0)),
        ..ChatFilter::default()
    };
    let page = app
        .chats
        .list(rig.scope, search, None)
        .await
        .map_err(|error| failed(error.into()))?;
    let first = page.rows.into_iter().next();
    Ok(first
        .ok_or_else(|| failed(anyhow::anyhow!("the database holds no messages")))?
        .public_id)
}

/// Stores `total` messages in the first number, through the ingest of inbound messages.
pub async fn fill(rig: &Rig, total: usize, chats: usize, output: Output) -> Result<(), Failure> {
    let app = rig.open().await?;
    let session = app
        .sessions
        .get(rig.scope, &rig.numbers[0].session)
        .await
        .map_err(|error| failed(error.into()))?;
    // Nothing sealed here is ever opened: reading a page does not need it.
    let ingest = Ingest::new(
        app.db.clone(),
        Clock::System,
        Bus::default(),
        Sealer::new(&[0; 32], "bench"),
    );
    let start = Clock::System.now().0 - total as i64 * 1_000;
    for first in (0..total).step_by(BATCH) {
        if first % (BATCH * 100) == 0 {
            output.progress(&format!("storing messages: {first} of {total}"));
        }
        let batch = (first..(first + BATCH).min(total))
            .map(|index| message(index, chats, start))
            .collect();
        ingest
            .commit(SessionId(session.id.0), batch)
            .await
            .map_err(|error| failed(error.into()))?;
    }
    app.stop().await;
    Ok(())
}

fn message(index: usize, chats: usize, start: i64) -> Inbound {
    // Every other message is in the first chat.
    let chat = if index.is_multiple_of(2) { 0 } else { index / 2 % chats };
    let address = Address::Phone(format!("4477008{chat:05}"));
    let body = (0..8).map(|_| word()).collect::<Vec<_>>().join(" ");
    Inbound {
        id: format!("3EB0{index:016X}"),
        chat: address.clone(),
        sender: address,
        sender_alt: None,
        from_me: false,
        push_name: Some(name_of(chat)),
        at_ms: start + index as i64 * 1_000,
        content: Content::Text { body },
        context: wa_client::Context::default(),
        raw: Vec::new(),
        offline: true,
    }
}

fn name_of(chat: usize) -> String {
    format!("Person {chat:03}")
}

/// A word by its natural frequency: few words make up most of a text.
fn word() -> String {
    let uniform = f64::from(u32::from_ne_bytes(random_bytes())) / f64::from(u32::MAX);
    nth_word((uniform.powi(4) * (VOCABULARY - 1) as f64) as usize)
}

/// Any word of the vocabulary with equal probability, as in searches.
fn any_word() -> String {
    nth_word(u32::from_ne_bytes(random_bytes()) as usize % VOCABULARY)
}

fn nth_word(mut rank: usize) -> String {
    let mut word = String::new();
    for _ in 0..3 {
        word.push_str(SYLLABLES[rank % SYLLABLES.len()]);
        rank /= SYLLABLES.len();
    }
    word
}
