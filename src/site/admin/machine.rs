//! `GET /admin`: the state of the installation.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::health::{Finding, Health};
use super::views::HealthPage;
use crate::audit::Admin;
use crate::i18n::T;
use crate::site::subnav::{self, AdminTab};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;
use crate::web::views::Chip;

/// `GET /admin`.
pub async fn show(mode: RenderMode, frame: PageFrame, admin: Admin, health: Data<Health>) -> HttpResponse {
    let t = frame.t;
    let report = health.report(admin, &t).await;
    let page = HealthPage {
        verdict: verdict(t, &report.findings),
        findings: report.findings.into_iter().map(|finding| row(t, finding)).collect(),
        facts: report.facts,
        held: held(t, report.held),
        subnav: subnav::admin(&frame, AdminTab::Health),
        frame: frame.at(Section::Admin),
    };
    mode.html(&page, page.as_main())
}

/// `POST /admin/held/resume`.
pub async fn resume_held(request: HttpRequest, frame: PageFrame, admin: Admin, health: Data<Health>) -> PageResult {
    decide(&request, &frame, admin, &health, true).await
}

/// `POST /admin/held/discard`.
pub async fn discard_held(request: HttpRequest, frame: PageFrame, admin: Admin, health: Data<Health>) -> PageResult {
    decide(&request, &frame, admin, &health, false).await
}

async fn decide(request: &HttpRequest, frame: &PageFrame, admin: Admin, health: &Health, resume: bool) -> PageResult {
    health.decide_held(admin, resume).await?;
    let said = if resume {
        "admin-held-resumed"
    } else {
        "admin-held-discarded"
    };
    Ok(with_toast(
        htmx::go_to(request, "/admin"),
        Tone::Good,
        &frame.t.get(said),
    ))
}

fn held(t: T, (messages, emails): (u64, u64)) -> Option<String> {
    if messages + emails == 0 {
        return None;
    }
    let (messages, emails) = (t.number(messages), t.number(emails));
    let line = t.with_all("admin-held-line", &[("messages", &messages), ("emails", &emails)]);
    Some(line)
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
    Chip::new(t.get(word), tone.icon(), tone)
}
