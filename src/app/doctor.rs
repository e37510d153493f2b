//! `doctor`: the state of the installation, with what to do about each problem.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::numbers::{self, NumberState};
use super::{App, held};
use crate::audit::Admin;
use crate::backup::Held;
use crate::config::TEST_NETWORK;
use crate::sessions::{Reason, State};
use crate::version::VERSION;
use crate::web::health::ReadinessSource as _;
use crate::zone::Zone;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StatusReport {
    pub version: String,
    pub pid: u32,
    pub findings: Vec<DoctorFinding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Ok,
    Warning,
    Problem,
}

impl Severity {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorFinding {
    pub severity: Severity,
    pub subject: String,
    pub detail: String,
}

/// All checks, including every page of the database, which takes a while on a large one.
pub async fn report(app: &App, admin: Admin) -> StatusReport {
    let mut findings = look(app, admin).await;
    findings.push(damage(app).await);
    StatusReport {
        version: VERSION.to_owned(),
        pid: std::process::id(),
        findings,
    }
}

/// What is quickly seen, for a page.
pub async fn look(app: &App, admin: Admin) -> Vec<DoctorFinding> {
    let mut findings = vec![build(), zones(), directory(app.data_dir())];
    findings.extend(readiness(app).await);
    findings.push(master_key(app).await);
    findings.extend(held(app, admin).await);
    findings.push(backups(app).await);
    findings.push(mail(app, admin).await);
    findings.extend(numbers(app, admin).await);
    findings
}

fn finding(severity: Severity, subject: &str, detail: impl Into<String>) -> DoctorFinding {
    DoctorFinding {
        severity,
        subject: subject.to_owned(),
        detail: detail.into(),
    }
}

fn build() -> DoctorFinding {
    if TEST_NETWORK {
        return finding(
            Severity::Problem,
            "build",
            "this is a test-network build; install the default one to run a business",
        );
    }
    finding(Severity::Ok, "build", format!("version {VERSION}"))
}

/// Governments change their clocks between releases of this program.
fn zones() -> DoctorFinding {
    let version = crate::zone::version();
    let here = Zone::of_this_machine().map_or("a zone of its own", Zone::name);
    finding(
        Severity::Ok,
        "time zones",
        format!("table {version}; this machine is in {here}"),
    )
}

fn directory(path: &Path) -> DoctorFinding {
    let shown = path.display();
    match std::fs::metadata(path) {
        Ok(meta) if meta.mode() & 0o077 != 0 => finding(
            Severity::Warning,
            "data directory",
            format!("others may look into {shown}, which holds messages; close it with: chmod 700 {shown}"),
        ),
        Ok(_) => finding(Severity::Ok, "data directory", shown.to_string()),
        Err(error) => finding(Severity::Problem, "data directory", format!("{shown}: {error}")),
    }
}

async fn readiness(app: &App) -> Vec<DoctorFinding> {
    let checks = app.checks().await.into_iter();
    checks
        // Told with where the key comes from.
        .filter(|check| check.name != "master key")
        .map(|check| match check.ok {
            // Nothing runs when the command line looks at the files by itself.
            true if check.name == "running" && !app.is_started() => {
                finding(Severity::Ok, check.name, "not running; `wamanager serve` starts it")
            }
            true => finding(Severity::Ok, check.name, "works"),
            false => finding(Severity::Problem, check.name, check.detail),
        })
        .collect()
}

async fn master_key(app: &App) -> DoctorFinding {
    match app.master_key_state().await {
        Ok(print) => finding(
            Severity::Ok,
            "master key",
            format!("fits; fingerprint {print}. It is in no backup: keep a copy of it apart"),
        ),
        Err(trouble) if trouble.later => finding(Severity::Warning, "master key", trouble.detail),
        Err(trouble) => finding(Severity::Problem, "master key", trouble.detail),
    }
}

/// What waits for a person since a backup was restored.
async fn held(app: &App, admin: Admin) -> Option<DoctorFinding> {
    let held = match held::count(app, admin).await {
        Ok(held) => held,
        Err(error) => return Some(finding(Severity::Problem, "restored backup", error.to_string())),
    };
    (held != Held::default()).then(|| {
        let detail = format!(
            "{} message(s) and {} email(s) waited in it and are held, since they may have gone out already: wamanager \
             backup resume, or wamanager backup discard",
            held.messages, held.emails
        );
        finding(Severity::Warning, "restored backup", detail)
    })
}

/// Whether there is one to fall back on. A new installation makes its first within minutes.
async fn backups(app: &App) -> DoctorFinding {
    let status = match app.backups.status().await {
        Ok(status) => status,
        Err(error) => return finding(Severity::Problem, "backups", error.to_string()),
    };
    let last = status
        .last
        .map(|file| file.made_at.to_utc().format("%Y-%m-%d %H:%M UTC").to_string());
    match (last, status.failure, status.overdue) {
        (last, Some(why), _) => {
            let last = last.unwrap_or_else(|| "never".to_owned());
            finding(
                Severity::Problem,
                "backups",
                format!("the last attempt failed: {why}. The last good one was made: {last}"),
            )
        }
        (Some(last), None, true) => finding(
            Severity::Warning,
            "backups",
            format!(
                "the last one is of {last}; one is made every night while the server runs, or now with: wamanager backup create"
            ),
        ),
        (Some(last), None, false) => finding(Severity::Ok, "backups", format!("the last good one is of {last}")),
        (None, None, _) => finding(
            Severity::Ok,
            "backups",
            "none yet; the first is made ten minutes after the server starts, then one every night",
        ),
    }
}

/// Reads every page of the product's database.
async fn damage(app: &App) -> DoctorFinding {
    let db = app.db.clone();
    match tokio::task::spawn_blocking(move || db.check_blocking()).await {
        Ok(Ok(())) => finding(Severity::Ok, "database pages", "no damage found"),
        Ok(Err(error)) => finding(Severity::Problem, "database pages", error.to_string()),
        Err(error) => finding(
            Severity::Problem,
            "database pages",
            format!("the check failed: {error}"),
        ),
    }
}

async fn mail(app: &App, admin: Admin) -> DoctorFinding {
    let counts = match app.mail.counts(admin).await {
        Ok(counts) => counts,
        Err(error) => return finding(Severity::Problem, "mail", error.to_string()),
    };
    if app.mail.server().is_none() {
        return finding(
            Severity::Warning,
            "mail",
            "no mail server is set up, so nobody gets mail; set smtp.host, or pass on what `wamanager mail list` shows",
        );
    }
    if counts.failed > 0 {
        let detail = format!(
            "{} did not leave; `wamanager mail list --state failed` says why",
            counts.failed
        );
        return finding(Severity::Warning, "mail", detail);
    }
    finding(
        Severity::Ok,
        "mail",
        format!("{} sent, {} waiting", counts.sent, counts.queued),
    )
}

async fn numbers(app: &App, admin: Admin) -> Vec<DoctorFinding> {
    let states = match numbers::all(app, admin).await {
        Ok(states) => states,
        Err(why) => return vec![finding(Severity::Problem, "numbers", why)],
    };
    states.iter().map(number).collect()
}

fn number(number: &NumberState) -> DoctorFinding {
    let well = [State::Connected.word(), numbers::STOPPED].contains(&number.state.as_str());
    let severity = match number.reason {
        Some(Reason::DiskFull | Reason::StorageFailed) => Severity::Problem,
        Some(reason) if reason.is_about_keys() => Severity::Problem,
        _ if well => Severity::Ok,
        _ => Severity::Warning,
    };
    let why = number.why.as_deref().unwrap_or_default();
    let mut detail = format!("{}. {why}", number.state.replace('_', " "));
    if number.reason.is_some_and(Reason::is_about_keys) {
        // Nobody but whoever runs the server knows where the file is.
        detail.push_str(" Put the wa.db of this installation back and restart, if you have it; otherwise");
    }
    if let Some(fix) = &number.fix {
        detail.push_str(&format!(" run: {fix}"));
    }
    finding(severity, &format!("number {}", number.name), detail.trim().to_owned())
}
