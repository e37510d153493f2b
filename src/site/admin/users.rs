//! People of the installation.

use actix_web::web::{Data, Form, Path, Query};
use serde::Deserialize;

use super::views::{FilterChip, UserLine, UserPage, UsersPage};
use super::{chip, pager};
use crate::accounts::{AccountStatus, Accounts, PlatformRole, User, UserDetail, UserFilter, UserRow};
use crate::audit::Admin;
use crate::clock::{Clock, UnixMs};
use crate::i18n::{T, Text};
use crate::ids::PublicId;
use crate::site::subnav::{self, AdminTab};
use crate::web::act::Act;
use crate::web::address::address;
use crate::web::auth::Actor;
use crate::web::htmx::Tone;
use crate::web::layout::{Avatar, PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::RenderMode;
use crate::web::views::Chip;

const PAGE: &str = "/admin/users";

#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    standing: String,
    after: Option<String>,
}

#[derive(Deserialize)]
pub struct RoleForm {
    #[serde(default)]
    role: String,
}

/// `GET /admin/users`.
pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    asked: Query<Asked>,
    accounts: Data<Accounts>,
    clock: Data<Clock>,
) -> PageResult {
    let (asked, now) = (asked.into_inner(), clock.now());
    let filter = UserFilter {
        search: asked.q.clone(),
        role: asked.role.parse().ok(),
        standing: asked.standing.parse().ok(),
    };
    let after = asked.after.as_deref().and_then(|id| id.parse().ok());
    let listing = accounts.admin_users(admin, filter, after).await?;
    let here = address(
        PAGE,
        &[("q", &asked.q), ("role", &asked.role), ("standing", &asked.standing)],
    );
    let t = frame.t;
    let page = UsersPage {
        chips: chips(t, &asked),
        pager: pager(
            t,
            listing.rows.len(),
            &here,
            asked.after.as_deref(),
            listing.next.as_ref(),
        ),
        rows: listing.rows.iter().map(|row| line(t, row, now)).collect(),
        search: asked.q,
        subnav: subnav::admin(&frame, AdminTab::Users),
        frame: frame.at(Section::Admin),
    };
    Ok(mode.html(&page, page.as_main()))
}

fn chips(t: T, asked: &Asked) -> Vec<FilterChip> {
    let of = |role: &str, standing: &str, word: &str| {
        let current = asked.role == role && asked.standing == standing;
        let parameters = [("q", asked.q.as_str()), ("role", role), ("standing", standing)];
        chip(PAGE, &parameters, t.get(word), current)
    };
    vec![
        of("", "", "admin-filter-all"),
        of("admin", "", "admin-filter-admins"),
        of("", "active", "standing-active"),
        of("", "unverified", "standing-unverified"),
        of("", "suspended", "standing-suspended"),
    ]
}

fn line(t: T, row: &UserRow, now: UnixMs) -> UserLine {
    let user = &row.user;
    UserLine {
        id: user.public_id.to_string(),
        name: user.name.clone(),
        email: Some(&user.email)
            .filter(|email| !email.is_of_guests())
            .map(ToString::to_string),
        avatar: Avatar::of(user.public_id.as_str(), &user.name),
        role: role_word(t, user.platform_role),
        standing: standing(t, user),
        workspaces: row.workspaces,
        seen: row.seen_at.map(|at| t.ago(at, now)),
        since: t.at(user.created_at),
    }
}

fn role_word(t: T, role: PlatformRole) -> String {
    let key = match role {
        PlatformRole::Admin => "platform-admin",
        PlatformRole::User => "platform-user",
        PlatformRole::Guest => "platform-guest",
    };
    t.get(key)
}

fn standing(t: T, user: &User) -> Chip {
    let (tone, icon, word) = match AccountStatus::of(user) {
        AccountStatus::Active => (Tone::Good, "circle-check", "standing-active"),
        AccountStatus::Unverified => (Tone::Info, "mail", "standing-unverified"),
        AccountStatus::Suspended => (Tone::Bad, "ban", "standing-suspended"),
    };
    Chip::new(t.get(word), icon, tone)
}

/// `GET /admin/users/{user}`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    id: Path<PublicId>,
    accounts: Data<Accounts>,
    clock: Data<Clock>,
) -> PageResult {
    let detail = accounts.admin_user(admin, id.into_inner()).await?;
    let is_self = admin.user() == Some(detail.user.id);
    let page = page(frame, detail, is_self, clock.now());
    Ok(mode.html(&page, page.as_main()))
}

fn page(frame: PageFrame, detail: UserDetail, is_self: bool, now: UnixMs) -> UserPage {
    let t = frame.t;
    let standing = AccountStatus::of(&detail.user);
    let role = detail.user.platform_role;
    let row = UserRow {
        workspaces: u32::try_from(detail.memberships.len()).unwrap_or(u32::MAX),
        seen_at: detail.seen_at,
        user: detail.user,
    };
    let member = |m: &crate::accounts::Membership| {
        let role = t.get(&format!("role-{}", m.role));
        (m.workspace.public_id.to_string(), m.workspace.name.clone(), role)
    };
    UserPage {
        user: line(t, &row, now),
        logins: t.count("admin-logins", u64::from(detail.logins)),
        roles: [PlatformRole::User, PlatformRole::Admin]
            .map(|choice| (choice.word(), role_word(t, choice), choice == role))
            .to_vec(),
        workspaces: detail.memberships.iter().map(member).collect(),
        can_suspend: !is_self && standing != AccountStatus::Suspended,
        can_resume: standing == AccountStatus::Suspended,
        can_vouch: standing == AccountStatus::Unverified,
        can_impersonate: !is_self && role != PlatformRole::Admin && standing != AccountStatus::Suspended,
        is_self,
        subnav: subnav::admin(&frame, AdminTab::Users),
        frame: frame.at(Section::Admin),
    }
}

/// `POST /admin/users/{user}/suspend`.
pub async fn suspend(act: Act<Admin>, actor: Actor, accounts: Data<Accounts>) -> PageResult {
    // A mistake on one's own account must not need somebody else to undo it.
    if act.id == actor.0.user.public_id {
        return Err(Problem::forbidden("self", Text::new("admin-not-yourself")).into());
    }
    accounts.suspend_user(act.who, act.id.clone()).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "admin-user-suspended"))
}

/// `POST /admin/users/{user}/resume`.
pub async fn resume(act: Act<Admin>, accounts: Data<Accounts>) -> PageResult {
    accounts.resume_user(act.who, act.id.clone()).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "admin-user-resumed"))
}

/// `POST /admin/users/{user}/vouch`: marks the address as the person's, without an email.
pub async fn verify_email(act: Act<Admin>, accounts: Data<Accounts>) -> PageResult {
    accounts.verify_email_of(act.who, act.id.clone()).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "admin-user-vouched"))
}

/// `POST /admin/users/{user}/role`.
pub async fn set_role(act: Act<Admin>, form: Form<RoleForm>, accounts: Data<Accounts>) -> PageResult {
    accounts.admin_user(act.who, act.id.clone()).await?;
    let role = match form.role.parse() {
        Ok(role @ (PlatformRole::Admin | PlatformRole::User)) => role,
        _ => return Err(Problem::bad_request(Text::new("admin-role-unknown")).into()),
    };
    accounts.set_platform_role(act.who, act.id.clone(), role).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "admin-role-changed"))
}
