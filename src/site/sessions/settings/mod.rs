//! What a person sets for a number: its proxy, what it does with calls, and whether it shows as online.

pub mod api;

use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::views::NumberSettingsPage;
use crate::accounts::Scope;
use crate::ids::PublicId;
use crate::sessions::{CallRule, Reason, SessionError, Sessions};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::RenderMode;
use crate::web::views::Field;

#[derive(Deserialize)]
pub struct ProxyForm {
    #[serde(default)]
    proxy: String,
    /// Of the button that takes the proxy away; an empty field alone is no wish for that.
    remove: Option<String>,
}

#[derive(Deserialize)]
pub struct CallsForm {
    /// Present when the box is ticked.
    rejects: Option<String>,
    #[serde(default)]
    reply: String,
}

fn address(id: &PublicId) -> String {
    format!("/sessions/{id}/settings")
}

/// `GET /sessions/{session}/settings`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, PageError> {
    let page = page(frame, scope, &id, &sessions).await?;
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /sessions/{session}/proxy`: another one, or none.
pub async fn proxy(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<ProxyForm>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, PageError> {
    let (form, t) = (form.into_inner(), frame.t);
    let outcome = match &form.remove {
        Some(_) => sessions.remove_proxy(scope, &id).await,
        None => sessions.set_proxy(scope, &id, &form.proxy).await.map(drop),
    };
    match outcome {
        Ok(()) => {
            let said = t.get("settings-saved");
            Ok(with_toast(htmx::go_to(&request, &address(&id)), Tone::Good, &said))
        }
        Err(error @ SessionError::BadProxy(_)) => {
            let mut page = page(frame, scope, &id, &sessions).await?;
            let wrong = if form.proxy.trim().is_empty() && page.can_remove {
                t.get("number-proxy-empty")
            } else {
                t.text(&error.text())
            };
            // What may hold a password is not shown again.
            let typed = form.proxy;
            page.proxy = Field::new(if typed.contains('@') { String::new() } else { typed }, Some(wrong));
            Ok(mode.refused(&page, page.as_main()))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sessions/{session}/calls`.
pub async fn calls(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<CallsForm>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, PageError> {
    let rule = CallRule {
        rejects: form.rejects.is_some(),
        reply: Some(form.reply.clone()),
    };
    match sessions.set_call_rule(scope, &id, rule).await {
        Ok(_) => {
            let said = frame.t.get("settings-saved");
            Ok(with_toast(htmx::go_to(&request, &address(&id)), Tone::Good, &said))
        }
        Err(error @ SessionError::LongReply) => {
            let wrong = frame.t.text(&error.text());
            let mut page = page(frame, scope, &id, &sessions).await?;
            page.rejects = form.rejects.is_some();
            page.reply = Field::new(form.into_inner().reply, Some(wrong));
            Ok(mode.refused(&page, page.as_main()))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub struct PresenceForm {
    /// Present when the box is ticked.
    shows: Option<String>,
}

/// `POST /sessions/{session}/presence`.
pub async fn presence(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<PresenceForm>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, PageError> {
    sessions.set_shows_online(scope, &id, form.shows.is_some()).await?;
    let said = frame.t.get("settings-saved");
    Ok(with_toast(htmx::go_to(&request, &address(&id)), Tone::Good, &said))
}

async fn page(
    frame: PageFrame,
    scope: Scope,
    id: &PublicId,
    sessions: &Sessions,
) -> Result<NumberSettingsPage, SessionError> {
    let (session, rule) = (sessions.get(scope, id).await?, sessions.call_rule(scope, id).await?);
    let proxy = sessions.proxy(scope, id).await?;
    Ok(NumberSettingsPage {
        id: session.public_id.to_string(),
        name: session.name,
        // The login is never shown again, so the field is empty and the address stands beside it.
        proxy: Field::new("", None),
        through: proxy.as_ref().map(wa_client::Proxy::shown),
        can_remove: proxy.is_some() || session.reason == Some(Reason::ProxyUnreadable),
        unreadable: session.reason == Some(Reason::ProxyUnreadable),
        with_login: proxy.is_some_and(|proxy| proxy.login.is_some()),
        rejects: rule.rejects,
        shows_online: session.shows_online,
        reply: Field::new(rule.reply.unwrap_or_default(), None),
        most_reply: CallRule::MAX_REPLY,
        frame: frame.at(Section::Sessions),
    })
}
