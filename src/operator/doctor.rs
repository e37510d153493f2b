//! `wamanager doctor`: checks everything that can be wrong with an installation.

use super::Exit;
use super::sheet::{Sheet, Table, key, note};
use super::wire::Answer;
use crate::app::doctor::{Severity, StatusReport};

pub fn answer(report: &StatusReport) -> Answer {
    let rows = report.findings.iter().map(|finding| {
        vec![
            finding.severity.word().to_owned(),
            finding.subject.clone(),
            finding.detail.clone(),
        ]
    });
    let table = Table::new([key("STATUS"), key("WHAT"), note("DETAILS")], rows);
    let text = Sheet::from(format!("wamanager {}", report.version)).and(table);
    let worst = report.findings.iter().map(|finding| finding.severity).max();
    let answer = Answer::new(report, text);
    match worst {
        Some(Severity::Problem) => answer.ending(Exit::Unhealthy),
        _ => answer,
    }
}
