//! `doctor`: the state of the installation, with what to do about each problem.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wa_client::VersionSource;

use super::numbers::{self, NumberState};
use super::readiness::{DATABASE, MASTER_KEY, RUNNING};
use super::{App, held};
use crate::audit::Admin;
use crate::backup::Held;
use crate::clock::UnixMs;
use crate::config::TEST_NETWORK;
use crate::i18n::{T, Text};
use crate::media::MediaError;
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

/// All checks, including the store of files, which may be far away, and every page of the database, which takes a while on
/// a large one.
pub async fn report(app: &App, admin: Admin) -> StatusReport {
    let mut findings = look(app, admin).await;
    findings.push(files(app, admin).await.told(&T::default()));
    findings.push(damage(app).await.told(&T::default()));
    StatusReport {
        version: VERSION.to_owned(),
        pid: std::process::id(),
        findings,
    }
}

/// What is quickly seen, as the command line tells it.
pub async fn look(app: &App, admin: Admin) -> Vec<DoctorFinding> {
    quick(app, admin)
        .await
        .iter()
        .map(|finding| finding.told(&T::default()))
        .collect()
}

/// What is quickly seen, for a page in the reader's language.
pub async fn look_for(app: &App, admin: Admin, t: &T) -> Vec<DoctorFinding> {
    quick(app, admin).await.iter().map(|finding| finding.told(t)).collect()
}

/// A finding before it is known who reads it.
struct Finding {
    severity: Severity,
    subject: Text,
    detail: Text,
}

impl Finding {
    fn told(&self, t: &T) -> DoctorFinding {
        DoctorFinding {
            severity: self.severity,
            subject: t.text(&self.subject),
            detail: t.text(&self.detail),
        }
    }
}

async fn quick(app: &App, admin: Admin) -> Vec<Finding> {
    let mut findings = vec![build(), zones(), directory(app.data_dir())];
    findings.extend(readiness(app).await);
    findings.push(master_key(app).await);
    findings.extend(client_version(app).await);
    findings.extend(held(app, admin).await);
    findings.push(backups(app).await);
    findings.push(mail(app, admin).await);
    findings.extend(scanner(app, admin).await);
    findings.extend(swept(app, admin).await);
    findings.extend(numbers(app, admin).await);
    findings
}

const fn finding(severity: Severity, subject: &'static str, detail: Text) -> Finding {
    Finding {
        severity,
        subject: Text::new(subject),
        detail,
    }
}

/// That something could not be looked at.
fn unseen(subject: &'static str, why: impl std::fmt::Display) -> Finding {
    finding(Severity::Problem, subject, Text::verbatim(why))
}

fn build() -> Finding {
    if TEST_NETWORK {
        return finding(Severity::Problem, "doctor-build", Text::new("doctor-build-test"));
    }
    let text = Text::new("doctor-build-version").with("version", VERSION);
    finding(Severity::Ok, "doctor-build", text)
}

/// Governments change their clocks between releases of this program.
fn zones() -> Finding {
    let here = Zone::of_this_machine().map_or(Text::new("doctor-zones-own"), Text::verbatim);
    let text = Text::new("doctor-zones-table").with("version", crate::zone::version());
    finding(Severity::Ok, "doctor-zones", text.and("zone", here))
}

/// WhatsApp refuses versions that are some months old, for new links first.
const OLD_VERSION: Duration = Duration::from_secs(6 * 7 * 24 * 60 * 60);

async fn client_version(app: &App) -> Option<Finding> {
    let known = app.sessions.client_version().await?;
    let current_at = UnixMs(known.current_at_ms);
    let text = |key| {
        Text::new(key)
            .with("version", known.version)
            .with("date", current_at.to_utc().format("%Y-%m-%d"))
    };
    let old = app.clock.now().since(current_at) > OLD_VERSION;
    let (severity, key) = match (known.source, old) {
        (VersionSource::Chosen, true) => (Severity::Warning, "doctor-client-chosen"),
        (VersionSource::Fetched | VersionSource::BuiltIn, true) => (Severity::Warning, "doctor-client-old"),
        (_, false) => (Severity::Ok, "doctor-client-current"),
    };
    Some(finding(severity, "doctor-client", text(key)))
}

fn directory(path: &Path) -> Finding {
    let shown = path.display();
    let subject = "doctor-directory";
    match std::fs::metadata(path) {
        Ok(meta) if meta.mode() & 0o077 != 0 => {
            let text = Text::new("doctor-directory-open").with("path", shown);
            finding(Severity::Warning, subject, text)
        }
        Ok(_) => finding(Severity::Ok, subject, Text::verbatim(shown)),
        Err(error) => unseen(subject, format!("{shown}: {error}")),
    }
}

async fn readiness(app: &App) -> Vec<Finding> {
    let checks = app.checks().await.into_iter();
    checks
        // Told with where the key comes from.
        .filter(|check| check.name != MASTER_KEY)
        .map(|check| {
            let (severity, detail) = match check.ok {
                // Nothing runs when the command line looks at the files by itself.
                true if check.name == RUNNING && !app.is_started() => (Severity::Ok, Text::new("doctor-not-running")),
                true => (Severity::Ok, Text::new("doctor-works")),
                false => (Severity::Problem, Text::verbatim(check.detail)),
            };
            let subject = match check.name {
                RUNNING => "doctor-running",
                DATABASE => "doctor-database",
                _ => "doctor-keys",
            };
            finding(severity, subject, detail)
        })
        .collect()
}

async fn master_key(app: &App) -> Finding {
    let subject = "doctor-master-key";
    match app.master_key_state().await {
        Ok(print) => {
            let text = Text::new("doctor-master-key-fits").with("print", print);
            finding(Severity::Ok, subject, text)
        }
        Err(trouble) if trouble.later => finding(Severity::Warning, subject, trouble.detail),
        Err(trouble) => finding(Severity::Problem, subject, trouble.detail),
    }
}

/// What waits for a person since a backup was restored.
async fn held(app: &App, admin: Admin) -> Option<Finding> {
    let held = match held::count(app, admin).await {
        Ok(held) => held,
        Err(error) => return Some(unseen("doctor-held", error)),
    };
    (held != Held::default()).then(|| {
        let text = Text::new("doctor-held-since").with("messages", held.messages);
        finding(Severity::Warning, "doctor-held", text.with("emails", held.emails))
    })
}

/// Whether there is one to fall back on. A new installation makes its first within minutes.
async fn backups(app: &App) -> Finding {
    let subject = "doctor-backups";
    let status = match app.backups.status().await {
        Ok(status) => status,
        Err(error) => return unseen(subject, error),
    };
    let last = status
        .last
        .map(|file| Text::verbatim(file.made_at.to_utc().format("%Y-%m-%d %H:%M UTC")));
    match (last, status.failure, status.overdue) {
        (last, Some(why), _) => {
            let text = Text::new("doctor-backups-failed").with("why", why);
            let last = last.unwrap_or(Text::new("doctor-backups-never"));
            finding(Severity::Problem, subject, text.and("last", last))
        }
        (Some(last), None, true) => {
            let text = Text::new("doctor-backups-overdue").and("last", last);
            finding(Severity::Warning, subject, text)
        }
        (Some(last), None, false) => finding(
            Severity::Ok,
            subject,
            Text::new("doctor-backups-good").and("last", last),
        ),
        (None, None, _) => finding(Severity::Ok, subject, Text::new("doctor-backups-none")),
    }
}

/// Reads every page of the product's database.
async fn damage(app: &App) -> Finding {
    let (db, subject) = (app.db.clone(), "doctor-pages");
    match tokio::task::spawn_blocking(move || db.check_blocking()).await {
        Ok(Ok(())) => finding(Severity::Ok, subject, Text::new("doctor-pages-good")),
        Ok(Err(error)) => unseen(subject, error),
        Err(error) => {
            let text = Text::new("doctor-pages-failed").with("why", error);
            finding(Severity::Problem, subject, text)
        }
    }
}

async fn mail(app: &App, admin: Admin) -> Finding {
    let subject = "doctor-mail";
    let counts = match app.mail.counts(admin).await {
        Ok(counts) => counts,
        Err(error) => return unseen(subject, error),
    };
    if app.mail.server().is_none() {
        return finding(Severity::Warning, subject, Text::new("doctor-mail-none"));
    }
    if counts.failed > 0 {
        let text = Text::new("doctor-mail-failed").with("failed", counts.failed);
        return finding(Severity::Warning, subject, text);
    }
    let text = Text::new("doctor-mail-counts").with("sent", counts.sent);
    finding(Severity::Ok, subject, text.with("waiting", counts.queued))
}

/// Signatures of viruses are made every day; older ones miss what is new.
const OLD_SIGNATURES: i64 = 7;

async fn scanner(app: &App, admin: Admin) -> Option<Finding> {
    let subject = "doctor-scanner";
    let scanner = match app.media.scanner_health(admin).await? {
        Ok(scanner) => scanner,
        Err(why) => {
            let text = Text::new("doctor-scanner-silent").with("why", why);
            return Some(finding(Severity::Problem, subject, text));
        }
    };
    let (severity, key) = match scanner.signatures {
        None => (Severity::Ok, "doctor-scanner-own"),
        Some(day) if (app.clock.now().to_utc().date_naive() - day).num_days() > OLD_SIGNATURES => {
            (Severity::Warning, "doctor-scanner-old")
        }
        Some(_) => (Severity::Ok, "doctor-scanner-good"),
    };
    let day = scanner.signatures.map(|day| day.to_string()).unwrap_or_default();
    let text = Text::new(key).with("version", scanner.version).with("date", day);
    Some(finding(severity, subject, text))
}

/// Requests to a bucket are signed with the time, and services refuse a quarter of an hour.
const SKEW: i64 = 5 * 60;

async fn files(app: &App, admin: Admin) -> Finding {
    let subject = "doctor-files";
    let store = match app.media.store_health(admin).await {
        Ok(store) => store,
        Err(MediaError::Store(why)) => {
            let text = Text::new("doctor-files-broken").with("why", why);
            return finding(Severity::Problem, subject, text);
        }
        Err(error) => return unseen(subject, error),
    };
    match store.ahead.filter(|ahead| ahead.abs() > SKEW) {
        Some(ahead) => {
            let text = Text::new("doctor-files-clock").with("seconds", ahead.abs());
            finding(Severity::Warning, subject, text.with("place", store.place))
        }
        None => finding(
            Severity::Ok,
            subject,
            Text::new("doctor-files-good").with("place", store.place),
        ),
    }
}

/// What the last comparison of the store with the rows found, where somebody should know it.
async fn swept(app: &App, admin: Admin) -> Vec<Finding> {
    let subject = "doctor-objects";
    let swept = match app.media.swept(admin).await {
        Ok(None) => return Vec::new(),
        Ok(Some(swept)) => swept,
        Err(error) => return vec![unseen(subject, error)],
    };
    let mut findings = Vec::new();
    let mut warn = |text| findings.push(finding(Severity::Warning, subject, text));
    if swept.missing > 0 {
        warn(Text::new("doctor-objects-missing").number("missing", swept.missing));
    }
    if !swept.shared_with.is_empty() {
        warn(Text::new("doctor-objects-shared").with("others", swept.shared_with.join(", ")));
    } else if swept.strays > 0 {
        warn(Text::new("doctor-objects-strays").number("strays", swept.strays));
    }
    findings
}

async fn numbers(app: &App, admin: Admin) -> Vec<Finding> {
    let states = match numbers::all(app, admin).await {
        Ok(states) => states,
        Err(why) => return vec![unseen("doctor-numbers", why)],
    };
    states.iter().map(number).collect()
}

fn number(number: &NumberState) -> Finding {
    let well = [State::Connected.word(), numbers::STOPPED].contains(&number.state.as_str());
    let severity = match number.reason {
        Some(Reason::DiskFull | Reason::StorageFailed) => Severity::Problem,
        Some(reason) if reason.is_about_keys() => Severity::Problem,
        _ if well => Severity::Ok,
        _ => Severity::Warning,
    };
    let key = match (number.reason.is_some_and(Reason::is_about_keys), &number.fix) {
        // Nobody but whoever runs the server knows where the file is.
        (true, Some(_)) => "doctor-number-keys",
        (true, None) => "doctor-number-keys-only",
        (false, Some(_)) => "doctor-number-fix",
        (false, None) => "doctor-number-state",
    };
    let said = Text::new("doctor-number-is").with("state", &number.state);
    let said = match number.why.clone() {
        Some(why) => said.followed_by(why),
        None => said,
    };
    let detail = Text::new(key)
        .and("state", said)
        .with("command", number.fix.as_deref().unwrap_or_default());
    Finding {
        severity,
        subject: Text::new("doctor-number").with("name", &number.name),
        detail,
    }
}
