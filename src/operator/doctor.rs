//! `wamanager doctor`: everything that can be wrong with an installation, looked at in one go.

use super::output::Output;
use super::{Exit, Failure, runtime};
use crate::app::doctor::{DoctorFinding, Severity, StatusReport};
use crate::config::Config;
use crate::operator::wire::{Request, ask};

pub fn run(config: &Config, output: Output) -> Result<Exit, Failure> {
    let result = runtime()?.block_on(ask(config, Request::Status, |_| {}))?;
    let report: StatusReport = serde_json::from_value(result)
        .map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))?;
    output.answer(&report, text);
    let worst = report.findings.iter().map(|finding| finding.severity).max();
    Ok(if worst == Some(Severity::Problem) {
        Exit::Unhealthy
    } else {
        Exit::Ok
    })
}

fn text(report: &StatusReport) -> String {
    let mut text = format!("wamanager {}\n", report.version);
    for DoctorFinding {
        severity,
        subject,
        detail,
    } in &report.findings
    {
        let mark = match severity {
            Severity::Fine => "ok  ",
            Severity::Warning => "warn",
            Severity::Problem => "BAD ",
        };
        text.push_str(&format!("{mark}  {subject}: {detail}\n"));
    }
    text
}
