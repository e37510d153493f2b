//! Linked numbers: the pages with their actions, [`link`], which follows a phone being linked, and [`api`].

pub mod api;
pub mod health;
pub mod link;
pub mod live;
mod render;
pub mod settings;
pub mod views;

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use serde::Deserialize;

use self::views::{NewSessionPage, SessionCards, SessionsPage};
use crate::accounts::{Permission, Scope};
use crate::chats::Chats;
use crate::clock::Clock;
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::plans::Plans;
use crate::sessions::{Session, SessionError, Sessions};
use crate::site::plans::views::LimitNotice;
use crate::web::act::Act;
use crate::web::auth::visit_of;
use crate::web::htmx;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::{RenderMode, html};

pub(super) use render::line;
pub use render::{state_chip, why_line};

const PAGE: &str = "/sessions";

#[derive(Deserialize)]
pub struct NameForm {
    name: String,
}

#[derive(Deserialize)]
pub struct DeleteForm {
    /// The number's name, typed to confirm.
    #[serde(default)]
    confirm: String,
}

/// `GET /`: the inbox, once there is something to read.
pub async fn home(request: HttpRequest, sessions: Data<Sessions>) -> PageResult {
    let Some(scope) = visit_of(&request).and_then(|visit| visit.scope()) else {
        return Ok(htmx::go_to(&request, "/workspaces"));
    };
    let began = sessions
        .list(scope)
        .await?
        .iter()
        .any(|session| session.phone.is_some());
    Ok(htmx::go_to(&request, if began { "/chats" } else { PAGE }))
}

/// `GET /sessions`: the page, or the cards when they refresh themselves.
pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    sessions: Data<Sessions>,
    chats: Data<Chats>,
    clock: Data<Clock>,
) -> PageResult {
    let (list, now) = (sessions.list(scope).await?, clock.now());
    let today = chats.traffic(scope, frame.t.start_of_day(now)).await?;
    let today: HashMap<_, _> = today
        .into_iter()
        .map(|traffic| (traffic.session.clone(), traffic))
        .collect();
    let can_manage = scope.require(Permission::ManageSessions).is_ok();
    let card = |session: &Session| render::card(&frame, session, today.get(&session.public_id), can_manage, now);
    let cards = SessionCards {
        t: frame.t,
        cards: list.iter().map(card).collect(),
        can_manage,
        csrf: frame.csrf.clone(),
    };
    if mode == RenderMode::Fragment {
        return Ok(html(StatusCode::OK, &cards));
    }
    let page = SessionsPage {
        line: line(frame.t, &list),
        frame: frame.at(Section::Sessions),
        cards,
        can_manage,
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /sessions/new`: the form, or that the plan has no room for another number.
pub async fn new(mode: RenderMode, frame: PageFrame, scope: Scope, plans: Data<Plans>) -> PageResult {
    let limit = match plans.require_session_room(scope).await {
        Ok(()) => None,
        Err(error) => Some(LimitNotice::of(&frame, &error).ok_or(error)?),
    };
    let page = naming(frame, String::new(), None, limit);
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /sessions`: creates the number and requests a code to link it.
pub async fn create(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<NameForm>,
    sessions: Data<Sessions>,
) -> PageResult {
    match sessions.create(scope, &form.name).await {
        Ok(session) => {
            // Without a code, the panel offers to request one.
            if let Err(error) = sessions.pair(scope, &session.public_id).await {
                tracing::warn!(session = %session.public_id, %error, "no code was issued for a new number");
            }
            Ok(htmx::go_to(&request, &link::address(&session.public_id)))
        }
        Err(error @ SessionError::BadName) => {
            let wrong = frame.t.text(&error.text());
            let page = naming(frame, form.into_inner().name, Some(wrong), None);
            Ok(mode.refused(&page, page.as_main()))
        }
        Err(SessionError::Limit(error)) => {
            let limit = LimitNotice::of(&frame, &error).ok_or(error)?;
            let page = naming(frame, form.into_inner().name, None, Some(limit));
            Ok(mode.with_status(StatusCode::FORBIDDEN, &page, page.as_main()))
        }
        Err(error) => Err(error.into()),
    }
}

fn naming(frame: PageFrame, name: String, error: Option<String>, limit: Option<LimitNotice>) -> NewSessionPage {
    NewSessionPage {
        frame: frame.at(Section::Sessions),
        name,
        error,
        limit,
    }
}

/// `POST /sessions/{session}/rename`.
pub async fn rename(
    request: HttpRequest,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<NameForm>,
    sessions: Data<Sessions>,
) -> PageResult {
    sessions.rename(scope, &id, &form.name).await?;
    Ok(htmx::go_to(&request, PAGE))
}

/// `POST /sessions/{session}/pause`.
pub async fn pause(request: HttpRequest, scope: Scope, id: Path<PublicId>, sessions: Data<Sessions>) -> PageResult {
    sessions.pause(scope, &id).await?;
    Ok(htmx::go_to(&request, PAGE))
}

/// `POST /sessions/{session}/resume` and `…/reconnect`: both let the number connect now.
pub async fn reconnect(request: HttpRequest, scope: Scope, id: Path<PublicId>, sessions: Data<Sessions>) -> PageResult {
    sessions.reconnect(scope, &id).await?;
    Ok(htmx::go_to(&request, PAGE))
}

/// `POST /sessions/{session}/logout`.
pub async fn logout(act: Act<Scope>, sessions: Data<Sessions>) -> PageResult {
    sessions.logout(act.who, &act.id).await?;
    Ok(act.done(PAGE, "sessions-logged-out"))
}

/// `POST /sessions/{session}/delete`: only when its name was typed.
pub async fn delete(act: Act<Scope>, form: Form<DeleteForm>, sessions: Data<Sessions>) -> PageResult {
    let session = sessions.get(act.who, &act.id).await?;
    if form.confirm.trim() != session.name {
        return Err(Problem::invalid(Text::new("sessions-delete-mismatch"), Vec::new()).into());
    }
    sessions.delete(act.who, &act.id).await?;
    let said = act.frame.t.with("sessions-deleted", "name", &session.name);
    Ok(act.says(PAGE, &said))
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        let text = error.text();
        match error {
            SessionError::NotFound => Self::not_found(),
            SessionError::Forbidden(_) => Self::forbidden("role", text),
            SessionError::BadName | SessionError::BadPhone | SessionError::BadProxy(_) | SessionError::LongReply => {
                Self::invalid(text, Vec::new())
            }
            SessionError::AlreadyLinked => Self::new(StatusCode::CONFLICT, "already-linked", text),
            SessionError::NotLinked => Self::new(StatusCode::CONFLICT, "not-linked", text),
            SessionError::NotConnected => Self::new(StatusCode::CONFLICT, "not-connected", text),
            SessionError::QrOnly => Self::new(StatusCode::CONFLICT, "qr-only", text),
            SessionError::CodeRefused(_) => Self::new(StatusCode::CONFLICT, "code-refused", text),
            SessionError::Link(_) => Self::new(StatusCode::CONFLICT, "whatsapp", text),
            SessionError::Stopping => Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", text),
            SessionError::Limit(limit) => limit.into(),
            SessionError::Db(error) => error.into(),
        }
    }
}
