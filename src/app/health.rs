//! The administrator's overview of the whole program.

use std::time::Duration;

use async_trait::async_trait;

use super::doctor::Severity;
use super::{App, doctor, held};
use crate::audit::Admin;
use crate::db;
use crate::i18n::{T, Text};
use crate::outbox::OutboxError;
use crate::site::admin::health::{Fact, Finding, HealthSource, Report};
use crate::version::VERSION;
use crate::web::htmx::Tone;

#[async_trait]
impl HealthSource for App {
    async fn report(&self, admin: Admin, t: &T) -> Report {
        let findings = doctor::look_for(self, admin, t)
            .await
            .into_iter()
            .map(|finding| Finding {
                tone: match finding.severity {
                    Severity::Ok => Tone::Good,
                    Severity::Warning => Tone::Warn,
                    Severity::Problem => Tone::Bad,
                },
                subject: finding.subject,
                detail: finding.detail,
            });
        Report {
            findings: findings.collect(),
            facts: self.facts(admin, t).await,
            held: held::count(self, admin)
                .await
                .map_or((0, 0), |held| (held.messages, held.emails)),
        }
    }

    async fn decide_held(&self, admin: Admin, resume: bool) -> db::Result<()> {
        match held::decide(self, admin, resume).await {
            Ok(_) => Ok(()),
            Err(OutboxError::Db(error)) => Err(error),
            Err(_) => Err(db::DbError::NotFound),
        }
    }
}

impl App {
    async fn facts(&self, admin: Admin, t: &T) -> Vec<Fact> {
        let size = |name: &str| {
            // The write-ahead log is part of the database until its checkpoint.
            let bytes = |file: String| std::fs::metadata(self.data_dir().join(file)).map_or(0, |meta| meta.len());
            t.size(bytes(name.to_owned()) + bytes(format!("{name}-wal")))
        };
        let mut facts = vec![
            fact("admin-fact-version", VERSION.to_owned()),
            fact("admin-fact-uptime", uptime(t, self.clock.now().since(self.opened_at))),
            fact("admin-fact-database", size("app.db")),
            fact("admin-fact-keys", size("wa.db")),
        ];
        if let Some(bytes) = resident_memory() {
            facts.push(fact("admin-fact-memory", t.size(bytes)));
        }
        if let Ok(counts) = self.accounts.counts(admin).await {
            facts.push(fact("admin-fact-users", t.number(u64::from(counts.users))));
            facts.push(fact("admin-fact-workspaces", t.number(u64::from(counts.workspaces))));
            facts.push(fact("admin-fact-numbers", t.number(u64::from(counts.numbers))));
        }
        facts
    }
}

fn fact(name: &'static str, value: String) -> Fact {
    Fact { name, value }
}

fn uptime(t: &T, span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let text = match (days, hours) {
        (0, 0) => Text::new("uptime-minutes").with("minutes", minutes),
        (0, hours) => Text::new("uptime-hours").with("hours", hours).with("minutes", minutes),
        (days, hours) => Text::new("uptime-days").with("days", days).with("hours", hours),
    };
    t.text(&text)
}

/// The process's resident memory in bytes; Linux only.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_runs_is_told_in_the_two_largest_units() {
        assert_eq!(uptime(&T::default(), Duration::from_secs(59)), "0 min");
        assert_eq!(uptime(&T::default(), Duration::from_secs(3_720)), "1 h 2 min");
        assert_eq!(uptime(&T::default(), Duration::from_secs(200_000)), "2 d 7 h");
    }

    #[test]
    fn a_process_has_some_memory() {
        assert!(resident_memory().is_none_or(|bytes| bytes > 1_000_000));
    }
}
