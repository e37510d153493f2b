//! SIGKILL at random times: counts lost and duplicate messages.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use rusqlite::{Connection, OpenFlags};
use wa_network::phone::Content;

use super::process::Server;
use super::report::Report;
use super::rig::{Rig, failed};
use crate::crypto::random_bytes;
use crate::operator::output::Output;
use crate::operator::{Exit, Failure};

/// How far the writers may run ahead of the kills, so that every kill hits live traffic.
const AHEAD: usize = 50;
/// A kill that waits for progress gives up after this long, and kills at once.
const STALLED: Duration = Duration::from_secs(5);

#[derive(Args)]
pub struct CrashArgs {
    /// Messages written to us; 0 leaves this part out
    #[arg(long, default_value_t = 2_000)]
    inbound: usize,
    /// Messages that we send; 0 leaves this part out
    #[arg(long, default_value_t = 1_000)]
    outbound: usize,
    #[arg(long, default_value_t = 20)]
    kills: usize,
    #[arg(long, default_value_t = 5)]
    sessions: usize,
    #[arg(long, default_value_t = 10)]
    customers: usize,
}

pub async fn run(args: &CrashArgs, output: Output) -> Result<Vec<Report>, Failure> {
    if args.sessions == 0 || args.customers == 0 {
        return Err(Failure::new(Exit::Usage, "--sessions and --customers are at least 1"));
    }
    let mut reports = Vec::new();
    if args.inbound > 0 {
        reports.push(inbound(args, output).await?);
    }
    if args.outbound > 0 {
        reports.push(outbound(args, output).await?);
    }
    Ok(reports)
}

async fn inbound(args: &CrashArgs, output: Output) -> Result<Report, Failure> {
    let method = "Customers write while the server is killed with SIGKILL and started again at once: every other time \
                  when a random share of the messages is acknowledged, else a random time after its start. In the end \
                  the database is compared with the ids that the phones gave.";
    let columns = ["sessions", "written", "kills", "stored", "lost", "stored twice"];
    let mut report = Report::new("Inbound, killed at random moments", method, &columns);
    output.progress(&format!("inbound: linking {} numbers…", args.sessions));
    let rig = Rig::new(args.sessions).await?;
    let customers = rig.customers(args.customers)?;
    let (written, allowed) = (AtomicUsize::new(0), AtomicUsize::new(AHEAD));

    let killing = async {
        let progress = || {
            written
                .load(Ordering::Relaxed)
                .saturating_sub(rig.stats().queued as usize)
        };
        let allow =
            |kill: usize| allowed.store(args.inbound * (kill + 1) / args.kills.max(1) + AHEAD, Ordering::Relaxed);
        kill_repeatedly(&rig, args.kills, args.inbound, progress, allow, output).await?;
        allowed.store(usize::MAX, Ordering::Relaxed);
        rig.spawn()
    };
    let (ids, server) = tokio::try_join!(write(&rig, &customers, args.inbound, &written, &allowed), killing)?;
    rig.connected().await?;
    rig.drained().await?;
    server.kill()?;

    let stored = stored_ids(&rig)?;
    let lost = ids.iter().filter(|id| !stored.contains_key(*id)).count();
    let twice = ids
        .iter()
        .filter(|id| stored.get(*id).is_some_and(|count| *count > 1))
        .count();
    report.sound = lost == 0 && twice == 0 && ids.len() == args.inbound;
    report.row([args.sessions, ids.len(), args.kills, ids.len() - lost, lost, twice].map(|n| n.to_string()));
    Ok(report)
}

async fn outbound(args: &CrashArgs, output: Output) -> Result<Report, Failure> {
    let method = "All texts are queued first; then the server is killed with SIGKILL and started again while it sends, \
                  every other time when a random share has arrived, else a random time after its start. In the end the \
                  phones' inboxes are compared with the queued texts: a text under two ids is doubled for the person. \
                  Repeated on the wire is the same id sent again, which a phone shows once.";
    let columns = [
        "sessions",
        "queued",
        "kills",
        "arrived",
        "lost",
        "doubled",
        "repeated on the wire",
    ];
    let mut report = Report::new("Outbound, killed at random moments", method, &columns);
    output.progress(&format!("outbound: linking {} numbers…", args.sessions));
    let rig = Rig::new(args.sessions).await?;
    let customers = rig.customers(args.customers)?;
    let queued = queue(&rig, &customers, args.outbound).await?;
    let inboxes = || {
        customers
            .iter()
            .flat_map(|number| rig.phones().inbox(number, 0).unwrap_or_default())
    };

    kill_repeatedly(&rig, args.kills, args.outbound, || inboxes().count(), |_| {}, output).await?;
    let server = rig.spawn()?;
    let arrived = |text: &String| inboxes().any(|message| message.text.as_ref() == Some(text));
    rig.until("all texts have arrived", || {
        inboxes().count() >= queued.len() && queued.iter().all(arrived)
    })
    .await?;
    // What the server is still sending may be a duplicate and must be counted.
    rig.until("the outbox is empty", || outbox_is_empty(&rig).unwrap_or(false))
        .await?;
    rig.drained().await?;
    server.kill()?;

    let mut ids_of_text: HashMap<String, HashSet<String>> = HashMap::new();
    let mut repeated = 0;
    for message in inboxes() {
        repeated += usize::from(message.copies > 1);
        ids_of_text
            .entry(message.text.unwrap_or_default())
            .or_default()
            .insert(message.id);
    }
    let lost = queued.iter().filter(|text| !ids_of_text.contains_key(*text)).count();
    let doubled = ids_of_text.values().filter(|ids| ids.len() > 1).count();
    report.sound = lost == 0 && doubled == 0;
    let numbers = [
        args.sessions,
        queued.len(),
        args.kills,
        queued.len() - lost,
        lost,
        doubled,
        repeated,
    ];
    report.row(numbers.map(|n| n.to_string()));
    Ok(report)
}

/// Starts and kills the server `kills` times. `allow` gets the number of the next kill.
async fn kill_repeatedly(
    rig: &Rig,
    kills: usize,
    total: usize,
    progress: impl Fn() -> usize,
    allow: impl Fn(usize),
    output: Output,
) -> Result<(), Failure> {
    for kill in 0..kills {
        let server: Server = rig.spawn()?;
        allow(kill);
        if kill % 2 == 0 {
            // At a random point within this kill's share of the total.
            let goal = (total * kill + random_below(total.max(1))) / kills;
            let began = Instant::now();
            rig.until("progress", || progress() >= goal || began.elapsed() > STALLED)
                .await?;
        } else {
            tokio::time::sleep(Duration::from_millis(random_below(400) as u64)).await;
        }
        server.kill()?;
        output.progress(&format!(
            "kill {} of {kills}, after {} of {total} messages",
            kill + 1,
            progress()
        ));
    }
    Ok(())
}

/// Writes `total` texts from all customers to all numbers, at most `allowed` so far; returns their ids.
async fn write(
    rig: &Rig,
    customers: &[String],
    total: usize,
    written: &AtomicUsize,
    allowed: &AtomicUsize,
) -> Result<Vec<String>, Failure> {
    let phones = rig.phones();
    let mut ids = Vec::with_capacity(total);
    for turn in 0..total {
        rig.until("more may be written", || turn < allowed.load(Ordering::Relaxed))
            .await?;
        let (from, to) = (
            &customers[turn % customers.len()],
            &rig.numbers[turn % rig.numbers.len()].digits,
        );
        let content = Content::Text(format!("message {turn}"));
        ids.push(
            phones
                .send(from, to, content)
                .await
                .map_err(|error| failed(error.into()))?,
        );
        written.fetch_add(1, Ordering::Relaxed);
    }
    Ok(ids)
}

/// Queues `total` unique texts while nothing runs that could send them; returns the texts.
async fn queue(rig: &Rig, customers: &[String], total: usize) -> Result<Vec<String>, Failure> {
    let app = rig.open().await?;
    let mut texts = Vec::with_capacity(total);
    for turn in 0..total {
        let session = &rig.numbers[turn % rig.numbers.len()].session;
        let text = format!("text {turn}");
        let to = format!("+{}", customers[turn % customers.len()]);
        app.outbox
            .send_to(rig.scope, session, &to, &text)
            .await
            .map_err(|error| failed(error.into()))?;
        texts.push(text);
    }
    app.stop().await;
    Ok(texts)
}

fn database(rig: &Rig) -> Result<Connection, Failure> {
    let open = || Connection::open_with_flags(rig.config.app_db(), OpenFlags::SQLITE_OPEN_READ_WRITE);
    open().map_err(|error| failed(error.into()))
}

/// How often each WhatsApp id of a customer's message is stored.
fn stored_ids(rig: &Rig) -> Result<HashMap<String, u32>, Failure> {
    let read = |c: Connection| -> rusqlite::Result<HashMap<String, u32>> {
        c.prepare("SELECT wa_id, COUNT(*) FROM messages WHERE sender <> 0 GROUP BY wa_id")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    };
    read(database(rig)?).map_err(|error| failed(error.into()))
}

fn outbox_is_empty(rig: &Rig) -> Result<bool, Failure> {
    let rows = database(rig)?.query_row("SELECT COUNT(*) FROM outbox", [], |row| row.get::<_, i64>(0));
    Ok(rows.map_err(|error| failed(error.into()))? == 0)
}

fn random_below(bound: usize) -> usize {
    (u64::from_ne_bytes(random_bytes()) % bound as u64) as usize
}
