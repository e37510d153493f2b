//! The linked numbers of all workspaces.

use actix_web::web::{Data, Query};
use serde::Deserialize;

use super::views::{FilterChip, NumberLine, SessionsPage};
use super::{chip, pager};
use crate::accounts::Scope;
use crate::audit::Admin;
use crate::clock::Clock;
use crate::i18n::{self, T};
use crate::ids::PublicId;
use crate::sessions::{AllSessions, Placed, Sessions, State};
use crate::site::sessions as shown;
use crate::site::subnav::{self, AdminTab};
use crate::web::act::Act;
use crate::web::address::address;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::RenderMode;

const PAGE: &str = "/admin/sessions";

#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    show: String,
    after: Option<String>,
}

/// `GET /admin/sessions`.
pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    asked: Query<Asked>,
    sessions: Data<Sessions>,
    clock: Data<Clock>,
) -> PageResult {
    let (asked, t) = (asked.into_inner(), frame.t);
    let failing_only = asked.show == "failing";
    let after = asked.after.as_deref().and_then(|id| id.parse().ok());
    let all: AllSessions = sessions.all_sessions(admin, failing_only, after).await?;
    let here = address(PAGE, &[("show", &asked.show)]);
    let page = SessionsPage {
        line: t.count("admin-numbers", u64::from(all.total)),
        chips: chips(t, failing_only),
        pager: pager(
            t,
            all.page.rows.len(),
            &here,
            asked.after.as_deref(),
            all.page.next.as_ref(),
        ),
        rows: all
            .page
            .rows
            .iter()
            .map(|placed| line(t, placed, clock.now()))
            .collect(),
        subnav: subnav::admin(&frame, AdminTab::Sessions),
        frame: frame.at(Section::Admin),
    };
    Ok(mode.html(&page, page.as_main()))
}

fn chips(t: T, failing_only: bool) -> Vec<FilterChip> {
    vec![
        chip(PAGE, &[], t.get("admin-filter-all"), !failing_only),
        chip(
            PAGE,
            &[("show", "failing")],
            t.get("admin-filter-failing"),
            failing_only,
        ),
    ]
}

pub(super) fn line(t: T, placed: &Placed, now: crate::clock::UnixMs) -> NumberLine {
    let session = &placed.session;
    let linked = session.linked_at.is_some();
    let paused = session.state == State::Paused;
    NumberLine {
        id: session.public_id.to_string(),
        name: session.name.clone(),
        phone: session.phone.as_deref().map(i18n::phone).unwrap_or_default(),
        workspace: placed.workspace_name.clone(),
        workspace_id: placed.workspace_id.to_string(),
        state: shown::state_chip(t, session),
        why: shown::why_line(t, session),
        since: t.ago(session.since, now),
        can_pause: linked && !paused,
        can_reconnect: linked && session.state != State::Connected,
    }
}

/// `POST /admin/sessions/{session}/pause`.
pub async fn pause(act: Act<Admin>, sessions: Data<Sessions>) -> PageResult {
    let scope = scope_of(act.who, &act.id, &sessions).await?;
    sessions.pause(scope, &act.id).await?;
    Ok(act.done(PAGE, "admin-number-paused"))
}

/// `POST /admin/sessions/{session}/reconnect`.
pub async fn reconnect(act: Act<Admin>, sessions: Data<Sessions>) -> PageResult {
    let scope = scope_of(act.who, &act.id, &sessions).await?;
    sessions.reconnect(scope, &act.id).await?;
    Ok(act.done(PAGE, "admin-number-reconnecting"))
}

/// The administrator's scope in the workspace of the number.
async fn scope_of(admin: Admin, id: &PublicId, sessions: &Sessions) -> Result<Scope, Problem> {
    let workspace = sessions.workspace_of(admin, id).await?;
    Ok(Scope::of_admin(admin, workspace))
}
