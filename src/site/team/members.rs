//! The members of a workspace, and its invitations.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use serde::Deserialize;

use super::views::{InvitationRow, InviteForm, MemberRow, MembersPage, Refusal, RoleText};
use super::{field, role_choices, role_name, role_text};
use crate::accounts::{FieldError, MemberRole, Permission, PlatformRole, Scope};
use crate::clock::{Clock, UnixMs};
use crate::i18n::{T, Text};
use crate::ids::PublicId;
use crate::site::subnav::{self, SettingsTab};
use crate::team::{Invitation, Rationed, Seats, Team, TeamError, TeamMember, TeamMembers};
use crate::web::act::Act;
use crate::web::address::address;
use crate::web::auth::Actor;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{Avatar, PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::{Chip, CopyLink, Meter, Pager};

const PAGE: &str = "/settings/members";
/// Members on one page.
const PAGE_SIZE: usize = 50;

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct Wanted {
    q: String,
    after: String,
}

#[derive(Deserialize)]
pub struct InviteFields {
    #[serde(default)]
    emails: String,
    #[serde(default)]
    role: String,
}

#[derive(Deserialize)]
pub struct RoleField {
    #[serde(default)]
    role: String,
}

/// The content of the page.
struct Drawn {
    /// The link to one of the invitations, if it was requested.
    link: Option<CopyLink>,
    wanted: Wanted,
    members: TeamMembers,
    invitations: Vec<Invitation>,
    seats: Seats,
    now: UnixMs,
}

impl Drawn {
    async fn read(team: &Team, clock: &Clock, scope: Scope, wanted: Wanted) -> Result<Self, TeamError> {
        let manages = scope.require(Permission::ManageMembers).is_ok();
        Ok(Self {
            members: team
                .members(scope, &wanted.q, wanted.after.parse().ok(), PAGE_SIZE)
                .await?,
            invitations: if manages {
                team.open_invitations(scope).await?
            } else {
                Vec::new()
            },
            seats: team.seats(scope).await?,
            now: clock.now(),
            link: None,
            wanted,
        })
    }

    fn page(self, frame: PageFrame, scope: Scope, invite: InviteForm) -> MembersPage {
        let (t, now) = (frame.t, self.now);
        let can_manage = scope.require(Permission::ManageMembers).is_ok() && !frame.read_only;
        let text = |role: &MemberRole| RoleText {
            label: role_name(t, *role),
            text: role_text(t, *role),
        };
        MembersPage {
            subnav: subnav::settings(&frame, SettingsTab::Members),
            line: t.count("team-members-line", u64::from(self.members.total)),
            seats: meter(t, self.seats),
            full: self.seats.is_full(),
            can_manage,
            can_leave: !frame.read_only,
            invite,
            pager: pager(t, &self.wanted, &self.members),
            members: self
                .members
                .page
                .rows
                .iter()
                .map(|one| member(t, scope, one, now))
                .collect(),
            search: self.wanted.q,
            invitations: self
                .invitations
                .iter()
                .map(|one| invitation(&frame, one, now, self.link.as_ref()))
                .collect(),
            roles: MemberRole::ALL.iter().map(text).collect(),
            frame: frame.at(Section::Settings),
        }
    }
}

fn invite_form(
    frame: &PageFrame,
    emails: &str,
    role: MemberRole,
    errors: &[FieldError],
    refused: Option<Refusal>,
) -> InviteForm {
    let hint = frame.mailed("team-invite-hint", "team-invite-hint-kept");
    InviteForm {
        emails: field(frame.t, "emails", emails, errors),
        hint: frame.t.get(hint),
        roles: role_choices(frame.t, role),
        refused,
    }
}

/// Why nobody was invited, with the time in the reader's zone.
fn rationed(t: T, what: &Rationed, at: UnixMs) -> Refusal {
    let (key, email) = match what {
        Rationed::Mailbox(email) => ("team-ration-mailbox", email.to_string()),
        Rationed::Workspace => ("team-ration-workspace", String::new()),
        Rationed::Machine => ("team-ration-machine", String::new()),
    };
    let time = t.full(at.to_minute());
    Refusal {
        why: t.with_all(key, &[("email", &email), ("time", &time)]),
        by_plan: false,
    }
}

fn member(t: T, scope: Scope, one: &TeamMember, now: UnixMs) -> MemberRow {
    let note = match (one.user.suspended_at, one.user.platform_role) {
        (Some(_), _) => Some(("ban", Tone::Bad, "team-member-suspended")),
        (None, PlatformRole::Guest) => Some(("eye", Tone::Info, "team-member-guest")),
        _ => None,
    };
    let name = &one.user.name;
    MemberRow {
        id: one.user.public_id.to_string(),
        avatar: Avatar::of(one.user.public_id.as_str(), name),
        email: Some(&one.user.email)
            .filter(|email| !email.is_of_guests())
            .map(ToString::to_string),
        role: role_name(t, one.role),
        roles: role_choices(t, one.role),
        is_me: one.user.id == scope.user,
        note: note.map(|(icon, tone, key)| chip(t, icon, tone, key)),
        joined: t.short(one.joined_at, now),
        seen: one.seen_at.map(|at| t.ago(at, now)),
        more: t.with("team-member-more", "name", name),
        remove: t.with("team-member-remove-text", "name", name),
        name: name.clone(),
    }
}

fn invitation(frame: &PageFrame, one: &Invitation, now: UnixMs, link: Option<&CopyLink>) -> InvitationRow {
    let (t, expired) = (frame.t, one.has_expired(now));
    let state = if expired {
        chip(t, "clock", Tone::Warn, "team-invitation-expired")
    } else {
        Chip {
            label: t.with("team-invitation-until", "date", t.short(one.expires_at, now).label),
            ..chip(t, "clock", Tone::Info, "team-invitation-open")
        }
    };
    InvitationRow {
        id: one.public_id.to_string(),
        email: one.email.to_string(),
        role: role_name(t, one.role),
        by: one.invited_by.clone(),
        sent: t.ago(one.sent_at, now),
        state,
        // Without a mail server there is nothing to send again, but an expired one can be renewed.
        resend: (frame.mails || expired).then(|| {
            let word = frame.mailed("team-invitation-resend", "team-invitation-renew");
            t.get(word)
        }),
        can_copy: !expired,
        link: link.filter(|link| link.id == one.public_id.as_str()).cloned(),
    }
}

fn chip(t: T, icon: &'static str, tone: Tone, key: &str) -> Chip {
    Chip::new(t.get(key), icon, tone)
}

fn meter(t: T, seats: Seats) -> Meter {
    let taken = u64::from(seats.taken());
    let percent = seats.limit.map_or(0, |limit| (taken * 100 / limit.max(1)).min(100));
    let (used, limit) = (seats.members.to_string(), seats.limit.map(|limit| limit.to_string()));
    let value = match &limit {
        Some(limit) => t.with_all("team-seats-of", &[("used", &used), ("limit", limit)]),
        None => t.with("team-seats-unlimited", "used", &used),
    };
    let tone = match percent {
        _ if seats.is_full() => Tone::Bad,
        80.. => Tone::Warn,
        _ => Tone::Good,
    };
    Meter {
        label: t.get("team-seats"),
        value,
        percent: u8::try_from(percent).unwrap_or(100),
        tone,
        note: (seats.invited > 0).then(|| t.count("team-seats-invited", u64::from(seats.invited))),
    }
}

fn pager(t: T, wanted: &Wanted, members: &TeamMembers) -> Pager {
    let behind = |after: &str| address(PAGE, &[("q", &wanted.q), ("after", after)]);
    let (shown, total) = (members.page.rows.len().to_string(), members.total.to_string());
    Pager {
        t,
        summary: t.with_all("team-shown", &[("shown", &shown), ("total", &total)]),
        first: wanted.after.parse::<PublicId>().ok().map(|_| behind("")),
        next: members.page.next.as_ref().map(|next| behind(next.as_str())),
    }
}

/// `GET /settings/members`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    wanted: Query<Wanted>,
    team: Data<Team>,
    clock: Data<Clock>,
) -> PageResult {
    let drawn = Drawn::read(&team, &clock, scope, wanted.into_inner()).await?;
    let form = invite_form(&frame, "", MemberRole::Agent, &[], None);
    let page = drawn.page(frame, scope, form);
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /settings/members/invite`.
pub async fn invite(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<InviteFields>,
    team: Data<Team>,
    clock: Data<Clock>,
) -> PageResult {
    let (t, role) = (frame.t, role_of(&form.role)?);
    let (errors, why) = match team.invite(scope, &form.emails, role).await {
        Ok(invited) => {
            let said = t.count(frame.mailed("team-invited", "team-invited-kept"), invited.len() as u64);
            return Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said));
        }
        Err(TeamError::Invalid(errors)) => (errors, None),
        Err(TeamError::Plan(error)) => {
            let why = t.text(&error.text());
            (Vec::new(), Some(Refusal { why, by_plan: true }))
        }
        Err(TeamError::Rationed { what, at, .. }) => (Vec::new(), Some(rationed(t, &what, at))),
        Err(error) => return Err(error.into()),
    };
    let drawn = Drawn::read(&team, &clock, scope, Wanted::default()).await?;
    let form = invite_form(&frame, &form.emails, role, &errors, why);
    let page = drawn.page(frame, scope, form);
    Ok(mode.refused(&page, page.as_main()))
}

/// `POST /settings/members/{member}/role`.
pub async fn change_role(act: Act<Scope>, form: Form<RoleField>, team: Data<Team>) -> PageResult {
    // Checked first: for an unknown member the role does not matter.
    team.member(act.who, act.id.as_str()).await?;
    let changed = team.change_role(act.who, &act.id, role_of(&form.role)?).await?;
    let role = role_name(act.frame.t, changed.role);
    let said = act
        .frame
        .t
        .with_all("team-role-changed", &[("name", &changed.user.name), ("role", &role)]);
    // A former owner may no longer see everything here, so the page is reloaded.
    Ok(with_toast(htmx::reload_to(&act.request, PAGE), Tone::Good, &said))
}

/// `POST /settings/members/{member}/remove`.
pub async fn remove(act: Act<Scope>, team: Data<Team>) -> PageResult {
    let gone = team.remove(act.who, &act.id).await?;
    if gone.user.id == act.who.user {
        return Ok(htmx::reload_to(&act.request, "/"));
    }
    let said = act.frame.t.with("team-removed", "name", &gone.user.name);
    Ok(act.says(PAGE, &said))
}

/// `POST /settings/members/leave`.
pub async fn leave(request: HttpRequest, scope: Scope, team: Data<Team>) -> PageResult {
    team.leave(scope).await?;
    Ok(htmx::reload_to(&request, "/"))
}

/// `POST /settings/invitations/{invitation}/resend`.
pub async fn resend(act: Act<Scope>, team: Data<Team>) -> PageResult {
    let sent = team.resend(act.who, &act.id).await?;
    let said = act
        .frame
        .t
        .with(act.frame.mailed("team-resent", "team-renewed"), "email", &sent.email);
    Ok(act.says(PAGE, &said))
}

/// `POST /settings/invitations/{invitation}/link`: an additional link, shown only in this response.
pub async fn link(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    actor: Actor,
    invitation: Path<PublicId>,
    (team, clock): (Data<Team>, Data<Clock>),
) -> PageResult {
    // Administrators may verify an address anyway, but not while impersonating.
    let vouched = actor.0.is_admin() && actor.0.impersonator.is_none();
    let (open, url) = team.link(scope, &invitation, vouched).await?;
    let made = CopyLink::new(frame.t, open.public_id.as_str(), url);
    if mode == RenderMode::Fragment {
        return Ok(html(StatusCode::OK, &made));
    }
    let mut drawn = Drawn::read(&team, &clock, scope, Wanted::default()).await?;
    drawn.link = Some(made);
    let form = invite_form(&frame, "", MemberRole::Agent, &[], None);
    Ok(html(StatusCode::OK, &drawn.page(frame, scope, form)))
}

/// `POST /settings/invitations/{invitation}/revoke`.
pub async fn revoke(act: Act<Scope>, team: Data<Team>) -> PageResult {
    let gone = team.revoke(act.who, &act.id).await?;
    let said = act.frame.t.with("team-revoked", "email", &gone.email);
    Ok(act.says(PAGE, &said))
}

fn role_of(word: &str) -> Result<MemberRole, Problem> {
    word.parse()
        .map_err(|_| Problem::bad_request(Text::new("team-role-unknown")))
}
