//! `GET /admin/logs`: the program's recent log lines.

use actix_web::HttpResponse;
use actix_web::web::Query;
use serde::Deserialize;

use super::chip;
use super::views::{FilterChip, LogRow, LogsPage};
use crate::audit::Admin;
use crate::i18n::T;
use crate::site::subnav::{self, AdminTab};
use crate::telemetry::{self, Line};
use crate::web::htmx::Tone;
use crate::web::layout::{PageFrame, Section};
use crate::web::render_mode::RenderMode;
use crate::web::views::Chip;

const PAGE: &str = "/admin/logs";

#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    level: String,
}

/// `GET /admin/logs`: newest first.
pub async fn index(mode: RenderMode, frame: PageFrame, _: Admin, asked: Query<Asked>) -> HttpResponse {
    let (asked, t) = (asked.into_inner(), frame.t);
    let search = asked.q.to_lowercase();
    let fits = |line: &Line| {
        let loud = match asked.level.as_str() {
            "error" => line.level == tracing::Level::ERROR,
            "warn" => line.level <= tracing::Level::WARN,
            _ => true,
        };
        loud && (search.is_empty() || line.text.to_lowercase().contains(&search) || line.target.contains(&search))
    };
    let lines: Vec<_> = telemetry::recent().into_iter().rev().filter(fits).collect();
    let page = LogsPage {
        summary: t.count("admin-log-lines", lines.len() as u64),
        lines: lines.into_iter().map(|line| row(t, line)).collect(),
        chips: chips(t, &asked),
        search: asked.q,
        subnav: subnav::admin(&frame, AdminTab::Logs),
        frame: frame.at(Section::Admin),
    };
    mode.html(&page, page.as_main())
}

fn chips(t: T, asked: &Asked) -> Vec<FilterChip> {
    [
        ("", "admin-filter-all"),
        ("warn", "admin-log-warn"),
        ("error", "admin-log-error"),
    ]
    .map(|(level, word)| {
        let parameters = [("q", asked.q.as_str()), ("level", level)];
        chip(PAGE, &parameters, t.get(word), asked.level == level)
    })
    .to_vec()
}

fn row(t: T, line: Line) -> LogRow {
    let (tone, icon) = match line.level {
        tracing::Level::ERROR => (Tone::Bad, "circle-alert"),
        tracing::Level::WARN => (Tone::Warn, "triangle-alert"),
        _ => (Tone::Plain, "info"),
    };
    LogRow {
        at: t.at(line.at),
        level: Chip::new(line.level.to_string().to_lowercase(), icon, tone),
        target: line.target,
        text: line.text,
    }
}
