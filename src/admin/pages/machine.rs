//! `GET /admin`: how the installation is.

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::admin::health::{Finding, Health};
use crate::admin::views::HealthPage;
use crate::web::htmx::Tone;
use crate::web::i18n::T;
use crate::web::layout::{Section, Shell};
use crate::web::subnav::{self, AdminTab};
use crate::web::views::Chip;
use crate::web::want::Want;

/// `GET /admin`.
pub async fn show(want: Want, shell: Shell, health: Data<Health>) -> HttpResponse {
    let report = health.report().await;
    let t = shell.t;
    let page = HealthPage {
        verdict: verdict(t, &report.findings),
        findings: report.findings.into_iter().map(|finding| row(t, finding)).collect(),
        facts: report.facts,
        subnav: subnav::admin(&shell, AdminTab::Health),
        shell: shell.at(Section::Admin),
    };
    want.html(&page, page.as_main())
}

fn verdict(t: T, findings: &[Finding]) -> Chip {
    let worst = |tone| findings.iter().any(|finding| finding.tone == tone);
    if worst(Tone::Bad) {
        chip(t, Tone::Bad, "admin-health-bad")
    } else if worst(Tone::Warn) {
        chip(t, Tone::Warn, "admin-health-warn")
    } else {
        chip(t, Tone::Good, "admin-health-good")
    }
}

fn row(t: T, finding: Finding) -> (Chip, String, String) {
    let word = match finding.tone {
        Tone::Bad => "admin-finding-bad",
        Tone::Warn => "admin-finding-warn",
        Tone::Plain | Tone::Info | Tone::Good => "admin-finding-good",
    };
    (chip(t, finding.tone, word), finding.subject, finding.detail)
}

fn chip(t: T, tone: Tone, word: &'static str) -> Chip {
    Chip {
        label: t.get(word).into_owned(),
        icon: tone.icon(),
        tone,
        busy: false,
    }
}
