//! Views of members, invitations and workspaces.

use askama::Template;

use crate::i18n::Stamp;
use crate::site::accounts::strength::Strength;
use crate::web::filters;
use crate::web::layout::{Avatar, PageFrame};
use crate::web::views::Field;
use crate::web::views::{Chip, CopyLink, Meter, Pager, Subnav};
use crate::zone::Choice;

/// `GET /settings/members`.
#[derive(Template)]
#[template(path = "team/members.html", blocks = ["main"])]
pub struct MembersPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub line: String,
    pub seats: Meter,
    /// No seat is left: a link to more.
    pub full: bool,
    pub can_manage: bool,
    /// Guests are not members, so they cannot leave.
    pub can_leave: bool,
    pub invite: InviteForm,
    pub search: String,
    pub members: Vec<MemberRow>,
    pub pager: Pager,
    pub invitations: Vec<InvitationRow>,
    pub roles: Vec<RoleText>,
}

/// Whom to invite, as typed.
pub struct InviteForm {
    pub emails: Field,
    pub hint: String,
    pub roles: Vec<RoleChoice>,
    pub refused: Option<Refusal>,
}

/// Why nobody was invited.
pub struct Refusal {
    pub why: String,
    /// A larger plan would allow it.
    pub by_plan: bool,
}

#[derive(Clone)]
pub struct RoleChoice {
    pub value: &'static str,
    pub label: String,
    pub chosen: bool,
}

/// A role and its description.
pub struct RoleText {
    pub label: String,
    pub text: String,
}

pub struct MemberRow {
    pub id: String,
    pub name: String,
    /// `None` for guests.
    pub email: Option<String>,
    pub avatar: Avatar,
    pub role: String,
    /// For the form that changes it.
    pub roles: Vec<RoleChoice>,
    pub is_me: bool,
    /// Suspended by an administrator, or a guest.
    pub note: Option<Chip>,
    pub joined: Stamp,
    pub seen: Option<Stamp>,
    /// The label of this row's menu.
    pub more: String,
    /// What happens when the person is removed.
    pub remove: String,
}

pub struct InvitationRow {
    pub id: String,
    pub email: String,
    pub role: String,
    pub by: Option<String>,
    pub sent: Stamp,
    pub state: Chip,
    /// Label of the button that mails another link, or renews an expired invitation.
    pub resend: Option<String>,
    /// A link for sharing can be created while the invitation is valid.
    pub can_copy: bool,
    /// That link, if it was requested.
    pub link: Option<CopyLink>,
}

/// `GET|POST /invitations/{token}`.
#[derive(Template)]
#[template(path = "team/invitation.html", blocks = ["form"])]
pub struct InvitationPage {
    pub frame: PageFrame,
    pub title: String,
    pub line: String,
    /// What the role may do.
    pub role: String,
    pub email: String,
    /// Address that the form is sent to.
    pub action: String,
    pub state: MemberStatus,
    /// Why it failed.
    pub refused: Option<String>,
    pub name: Field,
    pub password: Field,
    pub strength: Strength,
}

/// What the visitor of the link can do.
pub enum MemberStatus {
    /// Logged in with the address: a button is enough.
    Accept,
    /// Logged in with another address.
    Other { me: String },
    /// The address has a login: where to use it.
    LogIn { href: String },
    /// Nobody has the address yet.
    Join,
}

/// `GET /settings/workspace`.
#[derive(Template)]
#[template(path = "team/workspace.html", blocks = ["main"])]
pub struct WorkspacePage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub id: String,
    pub since: Stamp,
    pub role: String,
    pub may: String,
    pub can_manage: bool,
    pub form: WorkspaceForm,
    /// When a new time zone takes effect.
    pub zone_from: Option<String>,
    pub name: String,
    /// Hours until a message without a receipt is called unreached.
    pub unreached_after: Field,
    pub most_unreached: u32,
    pub confirm: Field,
    pub places: Vec<PlaceRow>,
}

/// Name, zone and country, as typed.
pub struct WorkspaceForm {
    pub workspace: Field,
    /// IANA name.
    pub zone: Field,
    pub zones: &'static [Choice],
    /// ISO 3166-1 alpha-2.
    pub country: Field,
    /// Code and name.
    pub countries: Vec<(&'static str, String)>,
}

/// `GET /workspaces`: the person's workspaces and invitations, and what to do without any.
#[derive(Template)]
#[template(path = "team/workspaces.html", blocks = ["main"])]
pub struct WorkspacesPage {
    pub frame: PageFrame,
    pub title: String,
    pub line: String,
    pub places: Vec<PlaceRow>,
    pub waiting: Vec<WaitingRow>,
    pub can_create: bool,
}

pub struct PlaceRow {
    pub id: String,
    pub name: String,
    pub avatar: Avatar,
    /// Role, and the number of members.
    pub line: String,
    pub current: bool,
    /// Closed by an administrator.
    pub closed: bool,
}

/// An open invitation of the visitor.
pub struct WaitingRow {
    pub id: String,
    pub name: String,
    pub avatar: Avatar,
    pub line: String,
}

/// `GET /workspaces/new`.
#[derive(Template)]
#[template(path = "team/new.html", blocks = ["main"])]
pub struct NewWorkspacePage {
    pub frame: PageFrame,
    pub form: WorkspaceForm,
    /// Why no more can be created.
    pub refused: Option<String>,
}
