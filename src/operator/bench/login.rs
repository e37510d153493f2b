//! How long log-ins take when many are concurrent, and how much memory they need.

use std::time::{Duration, Instant};

use clap::Args;
use futures_util::future::try_join_all;
use ureq::Agent;

use super::process::Server;
use super::report::{Report, ms, percentile};
use super::rig::{self, Rig};
use crate::accounts::{NewUser, Password, PlatformRole};
use crate::operator::Failure;
use crate::operator::call::OPERATOR;
use crate::operator::output::Output;

/// How often memory is read while logins run.
const LOOK: Duration = Duration::from_millis(5);

#[derive(Args)]
pub struct LoginArgs {
    /// Log-ins at the same time; more from one address are slowed down as guesses
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=20))]
    parallel: u8,
    /// Log-ins of each
    #[arg(long, default_value_t = 5)]
    each: usize,
}

/// A person who logs in, each from a separate address, so that none is throttled.
#[derive(Clone)]
struct Somebody {
    email: String,
    password: String,
}

pub async fn run(args: &LoginArgs, output: Output) -> Result<Vec<Report>, Failure> {
    let method = format!(
        "{} people log in at the same time, {} times each, by POST /login over HTTP: password by argon2id as for \
         everybody (19 MiB, 2 passes, at most two at once), login written and on disk, cookie set. Time from sending \
         the form until the answer; one alone before all together. Memory: VmRSS of the server process, before, and \
         the highest of readings every {} ms.",
        args.parallel,
        args.each,
        LOOK.as_millis(),
    );
    let columns = [
        "parallel",
        "log-ins",
        "p50 ms",
        "p99 ms",
        "per second",
        "before MiB",
        "peak MiB",
    ];
    let mut report = Report::new("Log-in", method, &columns);
    let rig = Rig::new(0).await?;
    output.progress("making people…");
    let people = people(&rig, usize::from(args.parallel)).await?;
    let server = rig.spawn()?;
    super::start::first_page(&rig, &server).await?;
    for parallel in [1, usize::from(args.parallel)] {
        output.progress(&format!("{parallel} at once…"));
        let before = server.resident()?;
        let began = Instant::now();
        let (mut spans, peak) = storm(&server, &people[..parallel], args.each).await?;
        let took = began.elapsed();
        spans.sort_unstable();
        let mib = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
        report.row([
            parallel.to_string(),
            spans.len().to_string(),
            ms(percentile(&spans, 50)),
            ms(percentile(&spans, 99)),
            format!("{:.1}", spans.len() as f64 / took.as_secs_f64()),
            mib(before),
            mib(peak),
        ]);
    }
    Ok(vec![report])
}

async fn people(rig: &Rig, count: usize) -> Result<Vec<Somebody>, Failure> {
    let app = rig.open().await?;
    let mut people = Vec::with_capacity(count);
    for index in 0..count {
        let password = Password::generate();
        let somebody = Somebody {
            email: format!("person{index}@example.com"),
            password: password.reveal().to_owned(),
        };
        let new = NewUser {
            name: format!("Person {index}"),
            email: somebody.email.clone(),
            password,
            platform_role: PlatformRole::User,
        };
        app.accounts.create_user(OPERATOR, new).await?;
        people.push(somebody);
    }
    app.stop().await;
    Ok(people)
}

/// Everybody logs in at once; returns the times, and the highest memory meanwhile in KiB.
async fn storm(server: &Server, people: &[Somebody], each: usize) -> Result<(Vec<Duration>, u64), Failure> {
    let address = format!("http://{}/login", server.address);
    let logins = people.iter().cloned().map(|somebody| {
        let address = address.clone();
        async move {
            let logged = tokio::task::spawn_blocking(move || log_in(&address, &somebody, each));
            logged.await.map_err(|error| rig::failed(error.into()))?
        }
    });
    let all = try_join_all(logins);
    tokio::pin!(all);
    let mut peak = server.resident()?;
    loop {
        tokio::select! {
            spans = &mut all => return Ok((spans?.into_iter().flatten().collect(), peak)),
            () = tokio::time::sleep(LOOK) => peak = peak.max(server.resident()?),
        }
    }
}

/// Each log-in is a separate browser with its own cookies.
fn log_in(address: &str, somebody: &Somebody, times: usize) -> Result<Vec<Duration>, Failure> {
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent: Agent = config.build().into();
    let form = [
        ("email", somebody.email.as_str()),
        ("password", somebody.password.as_str()),
    ];
    let mut spans = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        let reply = agent
            .post(address)
            .send_form(form)
            .map_err(|error| rig::failed(error.into()))?;
        spans.push(began.elapsed());
        if reply.status().as_u16() != 303 {
            return Err(rig::failed(anyhow::anyhow!("a log-in was answered {}", reply.status())));
        }
    }
    Ok(spans)
}
