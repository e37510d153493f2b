//! Pages of the team: members, invitations, workspaces.

pub mod api;
pub mod invitation;
pub mod members;
pub mod views;
pub mod workspace;
pub mod workspaces;

use actix_web::http::StatusCode;

use self::views::{RoleChoice, WorkspaceForm};
use crate::accounts::{FieldError, MemberRole, NewWorkspace, countries};
use crate::i18n::T;
use crate::team::TeamError;
use crate::web::problem::Problem;
use crate::web::views::Field;

/// The field as typed, with what is wrong with it.
fn field(t: T, name: &str, value: impl Into<String>, errors: &[FieldError]) -> Field {
    let mine: Vec<_> = errors
        .iter()
        .filter(|error| error.field == name)
        .map(|error| t.text(&error.message))
        .collect();
    Field::new(value, (!mine.is_empty()).then(|| mine.join(" ")))
}

/// The invalid fields of a refused form; any other error is passed on.
fn wrong_fields(error: TeamError) -> Result<Vec<FieldError>, TeamError> {
    match error {
        TeamError::Invalid(errors) => Ok(errors),
        other => Err(other),
    }
}

fn role_name(t: T, role: MemberRole) -> String {
    t.get(&format!("team-role-{role}"))
}

/// What the role may do, in a sentence.
fn role_text(t: T, role: MemberRole) -> String {
    t.get(&format!("team-may-{role}"))
}

/// Selectable roles.
fn role_choices(t: T, chosen: MemberRole) -> Vec<RoleChoice> {
    let choice = |role: &MemberRole| RoleChoice {
        value: role.word(),
        label: role_name(t, *role),
        chosen: *role == chosen,
    };
    MemberRole::ALL.iter().map(choice).collect()
}

fn workspace_form(t: T, new: &NewWorkspace, errors: &[FieldError]) -> WorkspaceForm {
    let named = |name, value: &String| field(t, name, value.as_str(), errors);
    WorkspaceForm {
        workspace: named("workspace_name", &new.name),
        zone: named("time_zone", &new.time_zone),
        zones: crate::zone::choices(),
        country: named("country", &new.country),
        countries: countries(&t),
    }
}

impl From<TeamError> for Problem {
    fn from(error: TeamError) -> Self {
        let text = error.text();
        match error {
            TeamError::Invalid(fields) => Self::invalid(text, fields),
            TeamError::InvitationOver => Self::new(StatusCode::GONE, "invitation-over", text),
            TeamError::OtherAddress => Self::forbidden("other-address", text),
            TeamError::HasAccount => Self::new(StatusCode::CONFLICT, "has-account", text),
            TeamError::JustSent => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "just-sent", text).again_after(crate::team::RESEND_AFTER)
            }
            TeamError::Rationed { wait, .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-invitations", text).again_after(wait)
            }
            TeamError::LastOwner => Self::new(StatusCode::CONFLICT, "last-owner", text),
            TeamError::TooManyWorkspaces => Self::forbidden("too-many-workspaces", text),
            TeamError::FreeWorkspaces(_) => Self::forbidden("free-workspaces", text),
            TeamError::OtherName => Self::invalid(text, Vec::new()),
            TeamError::NotFound => Self::not_found(),
            TeamError::Forbidden(_) => Self::forbidden("role", text),
            TeamError::Plan(error) => error.into(),
            TeamError::Account(error) => error.into(),
            TeamError::Db(error) => error.into(),
        }
    }
}
