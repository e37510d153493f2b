//! Memory of the server with many linked numbers.

use std::time::Duration;

use clap::Args;

use super::report::Report;
use super::rig::Rig;
use super::throughput::write_to_all;
use crate::operator::Failure;
use crate::operator::output::Output;

/// Long enough for the work after a login (key upload, first sync, flushes).
const SETTLE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub struct MemoryArgs {
    /// Numbers of linked sessions to measure
    #[arg(long, value_delimiter = ',', default_value = "0,10,100,500")]
    sessions: Vec<usize>,
    /// Messages received before the second reading
    #[arg(long, default_value_t = 2_000)]
    messages: usize,
}

pub async fn run(args: &MemoryArgs, output: Output) -> Result<Vec<Report>, Failure> {
    let method = format!(
        "Resident memory (VmRSS) of the server process: {} s after all numbers had connected, and again {} s after {} \
         texts had been received, stored and acknowledged. Per session: above the row with none.",
        SETTLE.as_secs(),
        SETTLE.as_secs(),
        args.messages,
    );
    let columns = [
        "sessions",
        "idle MiB",
        "KiB per session",
        "after messages MiB",
        "KiB per session",
    ];
    let mut report = Report::new("Memory", method, &columns);
    let mut base = None;
    for &sessions in &args.sessions {
        output.progress(&format!("{sessions} sessions: linking…"));
        let rig = Rig::new(sessions).await?;
        let server = rig.spawn()?;
        super::start::first_page(&rig, &server).await?;
        rig.connected().await?;
        tokio::time::sleep(SETTLE).await;
        let idle = server.resident()?;
        let busy = if sessions == 0 {
            None
        } else {
            let customers = rig.customers(sessions.min(20))?;
            write_to_all(&rig, &customers, args.messages).await?;
            rig.drained().await?;
            tokio::time::sleep(SETTLE).await;
            Some(server.resident()?)
        };
        let base = *base.get_or_insert(if sessions == 0 { idle } else { 0 });
        let per_session = |kib: u64| match sessions {
            0 => "-".into(),
            n => (kib.saturating_sub(base) / n as u64).to_string(),
        };
        let mib = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
        report.row([
            sessions.to_string(),
            mib(idle),
            per_session(idle),
            busy.map_or("-".into(), mib),
            busy.map_or("-".into(), per_session),
        ]);
    }
    Ok(vec![report])
}
