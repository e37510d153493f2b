//! Messages a second, in both directions, and the server's CPU time for each.

use std::time::{Duration, Instant};

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::report::{Report, ms, percentile};
use super::rig::{Rig, failed};
use crate::operator::output::Output;
use crate::operator::send::SendArgs;
use crate::operator::{Command, Failure, wire};

#[derive(Args)]
pub struct InboundArgs {
    /// Linked numbers that receive
    #[arg(long, default_value_t = 10)]
    sessions: usize,
    #[arg(long, default_value_t = 10_000)]
    messages: usize,
    /// Phones that write
    #[arg(long, default_value_t = 20)]
    customers: usize,
}

#[derive(Args)]
pub struct OutboundArgs {
    /// Linked numbers that send
    #[arg(long, default_value_t = 10)]
    sessions: usize,
    #[arg(long, default_value_t = 5_000)]
    messages: usize,
    /// Phones that receive
    #[arg(long, default_value_t = 20)]
    customers: usize,
    /// Requests on the control socket at the same time
    #[arg(long, default_value_t = 16)]
    parallel: usize,
}

pub async fn inbound(args: &InboundArgs, output: Output) -> Result<Vec<Report>, Failure> {
    let method = format!(
        "{} customers write to {} linked numbers. A message counts when the server has acknowledged it, which it does \
         after the commit is fsynced. Backlog: all were written while the server was down, and the clock runs from the \
         first login after its start to the last acknowledgement. Live: phones and network encrypt and relay on the \
         same cores meanwhile. CPU is that of the server process alone.",
        args.customers, args.sessions
    );
    let columns = ["way", "sessions", "messages", "seconds", "messages/s", "CPU ms each"];
    let mut report = Report::new("Durable inbound", method, &columns);
    output.progress(&format!("linking {} numbers…", args.sessions));
    let rig = Rig::new(args.sessions).await?;
    let customers = rig.customers(args.customers)?;
    // First messages cost a key exchange on both sides, which is not measured.
    let warm = rig.spawn()?;
    rig.connected().await?;
    write_to_all(&rig, &customers, args.customers * args.sessions).await?;
    rig.drained().await?;
    drop(warm);

    output.progress("backlog: writing while the server is down…");
    write_to_all(&rig, &customers, args.messages).await?;
    let logins = rig.stats().logins;
    let server = rig.spawn()?;
    rig.until("the first number logs in", || rig.stats().logins > logins)
        .await?;
    let (began, cpu) = (Instant::now(), server.cpu()?);
    rig.drained().await?;
    let (took, cpu) = (began.elapsed(), server.cpu()?.saturating_sub(cpu));
    report.row(inbound_row("backlog", args, took, cpu));

    output.progress("live…");
    rig.connected().await?;
    let (began, cpu) = (Instant::now(), server.cpu()?);
    write_to_all(&rig, &customers, args.messages).await?;
    rig.drained().await?;
    let (took, cpu) = (began.elapsed(), server.cpu()?.saturating_sub(cpu));
    report.row(inbound_row("live", args, took, cpu));
    Ok(vec![report])
}

fn inbound_row(way: &str, args: &InboundArgs, took: Duration, cpu: Duration) -> Vec<String> {
    let rate = args.messages as f64 / took.as_secs_f64();
    vec![
        way.into(),
        args.sessions.to_string(),
        args.messages.to_string(),
        format!("{:.2}", took.as_secs_f64()),
        format!("{rate:.0}"),
        format!("{:.3}", cpu.as_secs_f64() * 1e3 / args.messages as f64),
    ]
}

pub async fn outbound(args: &OutboundArgs, output: Output) -> Result<Vec<Report>, Failure> {
    let method = format!(
        "{} requests at a time on the control socket, each a text from one of {} numbers to one of {} customers. \
         Accepted: from the request to the answer, which comes after the commit is fsynced. Delivered: until the last \
         phone has decrypted the last text. CPU is that of the server process alone.",
        args.parallel, args.sessions, args.customers
    );
    let columns = [
        "messages",
        "accepted/s",
        "accepted p50 ms",
        "p99 ms",
        "delivered/s",
        "CPU ms each",
    ];
    let mut report = Report::new("Outbound", method, &columns);
    output.progress(&format!("linking {} numbers…", args.sessions));
    let rig = Rig::new(args.sessions).await?;
    let customers = rig.customers(args.customers)?;
    let server = rig.spawn()?;
    super::start::first_page(&rig, &server).await?;
    rig.connected().await?;
    // The first message of a pair costs a key exchange, which is not measured.
    let pairs = args.sessions * args.customers;
    send(&rig, &customers, pairs, args.parallel).await?;
    arrived(&rig, &customers, pairs).await?;

    output.progress("sending…");
    let (began, cpu) = (Instant::now(), server.cpu()?);
    let mut spans = send(&rig, &customers, args.messages, args.parallel).await?;
    let accepted = began.elapsed();
    arrived(&rig, &customers, pairs + args.messages).await?;
    let delivered = began.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu);
    spans.sort_unstable();
    let rate = |took: Duration| format!("{:.0}", args.messages as f64 / took.as_secs_f64());
    report.row([
        args.messages.to_string(),
        rate(accepted),
        ms(percentile(&spans, 50)),
        ms(percentile(&spans, 99)),
        rate(delivered),
        format!("{:.3}", cpu.as_secs_f64() * 1e3 / args.messages as f64),
    ]);
    Ok(vec![report])
}

/// `total` texts from all customers in turn to all numbers in turn; every pair occurs before any repeats.
pub async fn write_to_all(rig: &Rig, customers: &[String], total: usize) -> Result<(), Failure> {
    let phones = rig.phones();
    let each = total.div_ceil(customers.len());
    let writers = customers.iter().enumerate().map(|(index, customer)| {
        let phones = phones.clone();
        let count = each.min(total.saturating_sub(index * each));
        async move {
            for turn in 0..count {
                let to = &rig.numbers[turn % rig.numbers.len()].digits;
                let text = format!("message {turn} of customer {index}");
                let content = wa_network::phone::Content::Text(text);
                phones
                    .send(customer, to, content)
                    .await
                    .map_err(|error| failed(error.into()))?;
            }
            Ok::<_, Failure>(())
        }
    });
    stream::iter(writers)
        .buffer_unordered(customers.len().max(1))
        .try_collect()
        .await
}

async fn send(rig: &Rig, customers: &[String], total: usize, parallel: usize) -> Result<Vec<Duration>, Failure> {
    let requests = (0..total).map(|turn| {
        let number = &rig.numbers[turn % rig.numbers.len()];
        let customer = &customers[(turn / rig.numbers.len()) % customers.len()];
        let request = Command::Send(SendArgs {
            workspace: None,
            session: Some(number.session.to_string()),
            to: format!("+{customer}"),
            text: format!("text {turn}"),
            wait: 0,
        });
        async move {
            let began = Instant::now();
            wire::ask(&rig.config, &request.into(), |_| {}, std::future::pending()).await?;
            Ok::<_, Failure>(began.elapsed())
        }
    });
    stream::iter(requests).buffer_unordered(parallel).try_collect().await
}

async fn arrived(rig: &Rig, customers: &[String], total: usize) -> Result<(), Failure> {
    let phones = rig.phones();
    rig.until("all texts have arrived", || {
        let received = |number: &String| phones.inbox(number, 0).map_or(0, |inbox| inbox.len());
        customers.iter().map(received).sum::<usize>() >= total
    })
    .await
}
