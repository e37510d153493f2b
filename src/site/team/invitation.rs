//! The page of an invitation's link.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use serde::Deserialize;

use super::views::{InvitationPage, MemberStatus};
use super::{field, role_name, role_text};
use crate::accounts::{FieldError, Password, Visit};
use crate::ids::PublicId;
use crate::site::accounts::sent::{self, Mailed};
use crate::site::accounts::strength::Strength;
use crate::team::{Invited, Joined, Team, TeamError};
use crate::web::address::login_then;
use crate::web::auth::{Actor, browser_of, login_cookie, transport_of, visit_of};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::PageFrame;
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::{RenderMode, html};

/// Empty for a logged-in visitor.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct JoinFields {
    name: String,
    password: String,
}

/// `GET /invitations/{token}`: viewing does not use it up, since programs that scan mail follow links.
pub async fn show(request: HttpRequest, frame: PageFrame, token: Path<String>, team: Data<Team>) -> PageResult {
    let invited = team.look(&token).await?;
    let draft = Draft {
        token: &token,
        name: "",
        errors: &[],
        refused: None,
    };
    let page = draft.page(frame, visit_of(&request).as_ref(), &invited);
    Ok(html(StatusCode::OK, &page))
}

/// `POST /invitations/{token}`: joins with the browser's login, or with a new one.
pub async fn submit(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    token: Path<String>,
    form: Form<JoinFields>,
    team: Data<Team>,
) -> PageResult {
    let (visit, browser, form) = (visit_of(&request), browser_of(&request), form.into_inner());
    let invited = team.look(&token).await?;
    let outcome = match &visit {
        Some(visit) => team.accept(visit, &browser, &token).await.map(|_| None),
        None => team
            .join(&token, &form.name, Password::new(form.password), browser)
            .await
            .map(Some),
    };
    let (errors, why) = match outcome {
        Ok(Some(Joined::MustConfirm(email))) => return sent::go(&request, Mailed::Verification, email.as_str()),
        Ok(joined) => {
            let said = frame.t.with("team-joined", "workspace", &invited.workspace.name);
            let mut reply = with_toast(htmx::reload_to(&request, "/"), Tone::Good, &said);
            if let Some(Joined::LoggedIn(login)) = joined {
                let cookie = login_cookie(transport_of(&request), &login);
                reply.add_cookie(&cookie).map_err(Problem::internal)?;
            }
            return Ok(reply);
        }
        Err(TeamError::Invalid(errors)) => (errors, None),
        Err(
            error @ (TeamError::Plan(_) | TeamError::HasAccount | TeamError::OtherAddress | TeamError::Forbidden(_)),
        ) => (Vec::new(), Some(frame.t.text(&error.text()))),
        Err(error) => return Err(error.into()),
    };
    let draft = Draft {
        token: &token,
        name: &form.name,
        errors: &errors,
        refused: why,
    };
    let page = draft.page(frame, visit.as_ref(), &invited);
    Ok(mode.refused(&page, page.as_form()))
}

/// `POST /workspaces/invitations/{invitation}/accept`: from the page of the person's workspaces.
pub async fn accept(
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    invitation: Path<PublicId>,
    team: Data<Team>,
) -> PageResult {
    let id = invitation.into_inner();
    let joined = team.accept_waiting(&actor.0, &browser_of(&request), &id).await?;
    let said = frame.t.with("team-joined", "workspace", &joined.name);
    Ok(with_toast(htmx::reload_to(&request, "/"), Tone::Good, &said))
}

struct Draft<'a> {
    token: &'a str,
    name: &'a str,
    errors: &'a [FieldError],
    refused: Option<String>,
}

impl Draft<'_> {
    fn page(self, frame: PageFrame, visit: Option<&Visit>, invited: &Invited) -> InvitationPage {
        let (t, invitation) = (frame.t, &invited.invitation);
        let action = format!("/invitations/{}", self.token);
        let by = invitation.invited_by.clone();
        let by = by.unwrap_or_else(|| t.get("team-mail-somebody"));
        let role = role_name(t, invitation.role);
        InvitationPage {
            title: t.with("team-invitation-title", "workspace", &invited.workspace.name),
            line: t.with_all("team-invitation-line", &[("name", &by), ("role", &role)]),
            role: role_text(t, invitation.role),
            email: invitation.email.to_string(),
            state: standing(visit, invited, &action),
            refused: self.refused,
            name: field(t, "name", self.name, self.errors),
            // Never sent back: the browser asks for it again.
            password: field(t, "password", "", self.errors),
            strength: Strength::none(&t, "password"),
            action,
            frame,
        }
    }
}

fn standing(visit: Option<&Visit>, invited: &Invited, action: &str) -> MemberStatus {
    match visit {
        Some(visit) if visit.user.email == invited.invitation.email => MemberStatus::Accept,
        Some(visit) => MemberStatus::Other {
            me: visit.user.email.to_string(),
        },
        None if invited.has_account => MemberStatus::LogIn {
            href: login_then(action),
        },
        None => MemberStatus::Join,
    }
}
