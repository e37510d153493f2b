//! The workspaces of the installation.

use actix_web::web::{Data, Form, Path, Query};
use serde::Deserialize;

use super::views::{WorkspaceLine, WorkspacePage, WorkspacesPage};
use super::{chip, numbers, pager};
use crate::accounts::{Accounts, Member, Scope, Workspace, WorkspaceDetail, WorkspaceFilter};
use crate::audit::Admin;
use crate::billing::Billing;
use crate::clock::{Clock, UnixMs};
use crate::i18n::{T, Text};
use crate::ids::PublicId;
use crate::plans::{Plans, Usage};
use crate::sessions::{Placed, Sessions};
use crate::site::plans;
use crate::site::subnav::{self, AdminTab};
use crate::web::act::Act;
use crate::web::address::address;
use crate::web::htmx::Tone;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::RenderMode;
use crate::web::views::Chip;

const PAGE: &str = "/admin/workspaces";

#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    show: String,
    after: Option<String>,
}

#[derive(Deserialize)]
pub struct PlanForm {
    #[serde(default)]
    plan: String,
}

/// `GET /admin/workspaces`.
pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    asked: Query<Asked>,
    accounts: Data<Accounts>,
    plans: Data<Plans>,
) -> PageResult {
    let (asked, t) = (asked.into_inner(), frame.t);
    let suspended_only = asked.show == "suspended";
    let filter = WorkspaceFilter {
        search: asked.q.clone(),
        suspended_only,
    };
    let after = asked.after.as_deref().and_then(|id| id.parse().ok());
    let listing = accounts.admin_workspaces(admin, filter, after).await?;
    let here = address(PAGE, &[("q", &asked.q), ("show", &asked.show)]);
    let names = plans
        .names_of(admin, listing.rows.iter().map(|row| row.workspace.id).collect())
        .await?;
    let rows = listing.rows.iter().zip(names).map(|(row, plan)| WorkspaceLine {
        id: row.workspace.public_id.to_string(),
        name: row.workspace.name.clone(),
        owner: row.owner.clone().unwrap_or_default(),
        members: row.members,
        plan,
        standing: standing(t, &row.workspace),
        since: t.at(row.workspace.created_at),
    });
    let filter = |show: &str, word: &str| {
        let parameters = [("q", asked.q.as_str()), ("show", show)];
        chip(PAGE, &parameters, t.get(word), asked.show == show)
    };
    let page = WorkspacesPage {
        chips: vec![
            filter("", "admin-filter-all"),
            filter("suspended", "admin-filter-suspended"),
        ],
        pager: pager(
            t,
            listing.rows.len(),
            &here,
            asked.after.as_deref(),
            listing.next.as_ref(),
        ),
        rows: rows.collect(),
        search: asked.q.clone(),
        subnav: subnav::admin(&frame, AdminTab::Workspaces),
        frame: frame.at(Section::Admin),
    };
    Ok(mode.html(&page, page.as_main()))
}

fn standing(t: T, workspace: &Workspace) -> Chip {
    let (tone, icon, word) = match workspace.suspended_at {
        None => (Tone::Good, "circle-check", "standing-active"),
        Some(_) => (Tone::Bad, "ban", "standing-suspended"),
    };
    Chip::new(t.get(word), icon, tone)
}

/// `GET /admin/workspaces/{workspace}`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    id: Path<PublicId>,
    (accounts, clock): (Data<Accounts>, Data<Clock>),
    plans: Data<Plans>,
    (sessions, billing): (Data<Sessions>, Data<Billing>),
) -> PageResult {
    let detail = accounts.admin_workspace(admin, id.into_inner()).await?;
    let workspace = detail.workspace.id;
    let usage = plans.usage_of(admin, workspace).await?;
    let mut offered = plans.offered().await?;
    // A workspace may be on a plan that is no longer on offer; saving without a choice must not move it.
    if !offered.iter().any(|plan| plan.id == usage.plan.id) {
        offered.insert(0, usage.plan.clone());
    }
    let choices = offered
        .into_iter()
        .map(|plan| (plan.public_id.to_string(), plan.name, plan.id == usage.plan.id))
        .collect();
    let numbers = numbers_of(admin, &detail, &sessions).await?;
    let doubled = billing.doubled(admin, workspace).await?.map(|(plan, also, provider)| {
        let provider = frame.t.get(provider.key());
        let blanks = [("plan", plan.as_str()), ("also", &also), ("provider", &provider)];
        frame.t.with_all("admin-plan-doubled", &blanks)
    });
    let page = WorkspacePage {
        doubled,
        ..page(frame, detail, &usage, choices, &numbers, clock.now())
    };
    Ok(mode.html(&page, page.as_main()))
}

async fn numbers_of(admin: Admin, detail: &WorkspaceDetail, sessions: &Sessions) -> Result<Vec<Placed>, Problem> {
    let scope = Scope::of_admin(admin, detail.workspace.id);
    let placed = |session| Placed {
        session,
        workspace_id: detail.workspace.public_id.clone(),
        workspace_name: detail.workspace.name.clone(),
    };
    Ok(sessions.list(scope).await?.into_iter().map(placed).collect())
}

fn page(
    frame: PageFrame,
    detail: WorkspaceDetail,
    usage: &Usage,
    plans: Vec<(String, String, bool)>,
    numbers: &[Placed],
    now: UnixMs,
) -> WorkspacePage {
    let (t, workspace) = (frame.t, detail.workspace);
    let member = |member: &Member| {
        let role = t.get(&format!("role-{}", member.role));
        let user = &member.user;
        (
            user.public_id.to_string(),
            user.name.clone(),
            user.email.to_string(),
            role,
        )
    };
    WorkspacePage {
        id: workspace.public_id.to_string(),
        zone: workspace.time_zone.name().to_owned(),
        country: workspace.country.clone(),
        since: t.at(workspace.created_at),
        standing: standing(t, &workspace),
        suspended: workspace.suspended_at.is_some(),
        name: workspace.name,
        members: detail.members.iter().map(member).collect(),
        numbers: numbers.iter().map(|placed| numbers::line(t, placed, now)).collect(),
        meters: plans::meters(t, usage),
        plans,
        doubled: None,
        subnav: subnav::admin(&frame, AdminTab::Workspaces),
        frame: frame.at(Section::Admin),
    }
}

/// `POST /admin/workspaces/{workspace}/suspend`.
pub async fn suspend(act: Act<Admin>, accounts: Data<Accounts>, plans: Data<Plans>) -> PageResult {
    let changed = accounts.suspend_workspace(act.who, act.id.clone()).await?;
    plans.follow(act.who, changed.id).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "admin-workspace-suspended"))
}

/// `POST /admin/workspaces/{workspace}/resume`.
pub async fn resume(act: Act<Admin>, accounts: Data<Accounts>, plans: Data<Plans>) -> PageResult {
    let changed = accounts.resume_workspace(act.who, act.id.clone()).await?;
    plans.follow(act.who, changed.id).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "admin-workspace-resumed"))
}

/// `POST /admin/workspaces/{workspace}/plan`.
pub async fn assign_plan(
    act: Act<Admin>,
    form: Form<PlanForm>,
    accounts: Data<Accounts>,
    (plans, billing): (Data<Plans>, Data<Billing>),
) -> PageResult {
    accounts.admin_workspace(act.who, act.id.clone()).await?;
    let unknown = || Problem::bad_request(Text::new("admin-plan-unknown"));
    let plan: PublicId = form.plan.parse().map_err(|_| unknown())?;
    plans.get(&plan).await.map_err(|_| unknown())?;
    // This also ends the workspace's paid subscription and its request.
    billing.set_manual(act.who, &act.id, &plan, None).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "admin-plan-assigned"))
}
