//! `wamanager bench`: measures this binary and prints tables with the method beside the figures.
//!
//! The simulated network and its phones run in this process; the program under test is a separate process, started
//! from the same binary on a new data directory, so that its memory and its CPU are its own. Everything is measured
//! from outside: `/proc`, HTTP, the control socket, and the network's counters. Ratios and distributions are reported,
//! never a verdict.

mod crash;
mod flood;
mod login;
mod media;
mod memory;
mod page;
mod process;
mod queue;
mod reads;
mod report;
mod rig;
mod start;
mod throughput;

use clap::{Args, Subcommand};
use url::Url;

use super::output::Output;
use super::sheet::Sheet;
use super::wire::Answer;
use super::{Exit, Failure, runtime, serve};
use crate::app::Network;
use crate::config::Config;
use crate::telemetry;

#[derive(Subcommand)]
pub enum BenchCommand {
    /// Memory with many linked numbers, idle and after traffic
    #[command(after_help = "Example:\n  wamanager bench memory --sessions 0,10,100,500")]
    Memory(memory::MemoryArgs),
    /// Durable inbound messages: rate, and CPU for each
    #[command(after_help = "Example:\n  wamanager bench inbound --sessions 10 --messages 20000")]
    Inbound(throughput::InboundArgs),
    /// Outbound messages: rate until delivered, time until accepted, and CPU for each
    #[command(after_help = "Example:\n  wamanager bench outbound --messages 5000")]
    Outbound(throughput::OutboundArgs),
    /// Time from start to the first page and until all numbers are connected
    #[command(after_help = "Example:\n  wamanager bench start --messages 1000000 --sessions 10")]
    Start(start::StartArgs),
    /// Pages and search over many messages in one number
    #[command(after_help = "Example:\n  wamanager bench reads --messages 1000000 --chats 20000")]
    Reads(reads::ReadArgs),
    /// A conversation over HTTP: CPU, time and bytes of the page and of its fragment
    #[command(after_help = "Example:\n  wamanager bench page --requests 2000")]
    Page(page::PageArgs),
    /// Memory while large files go out and come in
    #[command(after_help = "Example:\n  wamanager bench media --files 20")]
    Media(media::MediaArgs),
    /// Background jobs: enqueued and done a second, time from one to the other
    #[command(after_help = "Example:\n  wamanager bench queue --jobs 20000 --producers 32")]
    Queue(queue::QueueArgs),
    /// Logins by many people at once: time and memory
    #[command(after_help = "Example:\n  wamanager bench login --parallel 20")]
    Login(login::LoginArgs),
    /// Strangers who hammer every route that needs no login: what a visitor still gets, and the memory it costs
    #[command(after_help = "Example:\n  wamanager bench flood --seconds 20 --beside ./wamanager-before")]
    Flood(flood::FloodArgs),
    /// SIGKILL at random moments, then count what was lost or doubled
    #[command(after_help = "Example:\n  wamanager bench crash --inbound 2000 --outbound 1000 --kills 20")]
    Crash(crash::CrashArgs),
    /// The program under test, as the other benchmarks start it
    #[command(
        hide = true,
        after_help = "Example:\n  wamanager bench serve --network ws://127.0.0.1:9000/ws/chat"
    )]
    Serve(ServeArgs),
}

#[derive(Args)]
pub struct ServeArgs {
    /// The simulated network; its devices are paired already
    #[arg(long)]
    network: Url,
}

pub fn run(command: BenchCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    if let BenchCommand::Serve(args) = command {
        return serve::run_on(
            config,
            Network::Seeded {
                url: args.network,
                pairing: rig::no_pairing(),
            },
            output,
        );
    }
    telemetry::init(&config.log)?;
    let reports = runtime()?.block_on(async {
        match command {
            BenchCommand::Memory(args) => memory::run(&args, output).await,
            BenchCommand::Inbound(args) => throughput::inbound(&args, output).await,
            BenchCommand::Outbound(args) => throughput::outbound(&args, output).await,
            BenchCommand::Start(args) => start::run(&args, output).await,
            BenchCommand::Reads(args) => Box::pin(reads::run(&args, output)).await,
            BenchCommand::Page(args) => Box::pin(page::run(&args, output)).await,
            BenchCommand::Media(args) => Box::pin(media::run(&args, output)).await,
            BenchCommand::Queue(args) => queue::run(&args, output).await,
            BenchCommand::Login(args) => login::run(&args, output).await,
            BenchCommand::Flood(args) => flood::run(&args, output).await,
            BenchCommand::Crash(args) => crash::run(&args, output).await,
            BenchCommand::Serve(_) => unreachable!("answered above"),
        }
    })?;
    let text = reports
        .iter()
        .fold(Sheet::default(), |text, report| text.and(report.to_sheet()));
    let answer = Answer::new(&reports, text);
    let sound = reports.iter().all(|report| report.sound);
    Ok(output.answer(&if sound { answer } else { answer.ending(Exit::Failure) }))
}
