//! Views of the administrator's pages.

use askama::Template;

use super::health::Fact;
use crate::i18n::Stamp;
use crate::web::filters;
use crate::web::layout::{Avatar, PageFrame};
use crate::web::views::Field;
use crate::web::views::{Chip, Pager, Subnav};

/// `GET /admin`.
#[derive(Template)]
#[template(path = "admin/health.html", blocks = ["main"])]
pub struct HealthPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub verdict: Chip,
    pub findings: Vec<(Chip, String, String)>,
    pub facts: Vec<Fact>,
    /// What has waited for a decision since a restore.
    pub held: Option<String>,
}

/// `GET /admin/users`.
#[derive(Template)]
#[template(path = "admin/users.html", blocks = ["main"])]
pub struct UsersPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub search: String,
    pub chips: Vec<FilterChip>,
    pub rows: Vec<UserLine>,
    pub pager: Pager,
}

/// A filter in the page's address.
#[derive(Clone, Debug)]
pub struct FilterChip {
    pub href: String,
    pub word: String,
    pub current: bool,
}

#[derive(Clone, Debug)]
pub struct UserLine {
    pub id: String,
    pub name: String,
    /// `None` for guests.
    pub email: Option<String>,
    pub avatar: Avatar,
    pub role: String,
    pub standing: Chip,
    pub workspaces: u32,
    pub seen: Option<Stamp>,
    pub since: Stamp,
}

/// `GET /admin/users/{user}`.
#[derive(Template)]
#[template(path = "admin/user.html", blocks = ["main"])]
pub struct UserPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub user: UserLine,
    pub logins: String,
    pub roles: Vec<(&'static str, String, bool)>,
    pub workspaces: Vec<(String, String, String)>,
    pub can_suspend: bool,
    pub can_resume: bool,
    pub can_vouch: bool,
    pub can_impersonate: bool,
    /// The administrator's own page, without ways to lock oneself out.
    pub is_self: bool,
}

/// `GET /admin/workspaces`.
#[derive(Template)]
#[template(path = "admin/workspaces.html", blocks = ["main"])]
pub struct WorkspacesPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub search: String,
    pub chips: Vec<FilterChip>,
    pub rows: Vec<WorkspaceLine>,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct WorkspaceLine {
    pub id: String,
    pub name: String,
    pub owner: String,
    pub members: u32,
    pub plan: String,
    pub standing: Chip,
    pub since: Stamp,
}

/// `GET /admin/workspaces/{workspace}`.
#[derive(Template)]
#[template(path = "admin/workspace.html", blocks = ["main"])]
pub struct WorkspacePage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub id: String,
    pub name: String,
    pub zone: String,
    pub country: String,
    pub since: Stamp,
    pub standing: Chip,
    pub suspended: bool,
    pub members: Vec<(String, String, String, String)>,
    pub numbers: Vec<NumberLine>,
    pub meters: Vec<crate::web::views::Meter>,
    /// Id, name, and whether it is the current one.
    pub plans: Vec<(String, String, bool)>,
    /// A warning that its subscription pays for two plans.
    pub doubled: Option<String>,
}

/// `GET /admin/sessions`.
#[derive(Template)]
#[template(path = "admin/sessions.html", blocks = ["main"])]
pub struct SessionsPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub line: String,
    pub chips: Vec<FilterChip>,
    pub rows: Vec<NumberLine>,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct NumberLine {
    pub id: String,
    pub name: String,
    pub phone: String,
    pub workspace: String,
    pub workspace_id: String,
    pub state: Chip,
    pub why: String,
    pub since: Stamp,
    pub can_pause: bool,
    pub can_reconnect: bool,
}

/// `GET /admin/logs`.
#[derive(Template)]
#[template(path = "admin/logs.html", blocks = ["main"])]
pub struct LogsPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub search: String,
    pub chips: Vec<FilterChip>,
    pub lines: Vec<LogRow>,
    pub summary: String,
}

#[derive(Clone, Debug)]
pub struct LogRow {
    pub at: Stamp,
    pub level: Chip,
    pub target: String,
    pub text: String,
}

/// `GET /admin/settings`.
#[derive(Template)]
#[template(path = "admin/installation.html", blocks = ["main"])]
pub struct InstallationPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub registration_open: bool,
    pub guest_tour: bool,
    /// Public id of the workspace that guests see.
    pub guest_workspace: Field,
    pub workspaces: Vec<(String, String)>,
    /// How many free workspaces a person may own, as typed.
    pub free_workspaces: Field,
    /// The highest number accepted there.
    pub most_free: u32,
    pub public_url: String,
}
