//! `/settings/keys`: creating, listing and revoking keys.

pub mod api;
pub mod views;

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use self::views::{CreatedPage, KeyRow, KeysPage, NewKeyPage, ScopeChoice};
use crate::access::{Access, AccessError, ApiKey, KeyScope, KeyState, NewKey};
use crate::accounts::{FieldError, Scope};
use crate::clock::{Clock, UnixMs};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::site::routes::{offered_scopes, offers_numbers};
use crate::site::subnav::{self, SettingsTab};
use crate::web::act::Act;
use crate::web::htmx::Tone;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::Field;
use crate::web::views::{Chip, Pager};

const PAGE: &str = "/settings/keys";
const PER_PAGE: u32 = 25;
/// Days that the form offers; zero is unlimited.
const LIFETIMES: [u32; 4] = [30, 90, 365, 0];

#[derive(Deserialize)]
pub struct ListQuery {
    /// Id of the last key on the previous page.
    after: Option<String>,
}

/// The form. Unticked boxes are not sent.
#[derive(Deserialize, Default)]
pub struct KeyForm {
    key_name: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    days: String,
    account_read: Option<String>,
    account_write: Option<String>,
    sessions_read: Option<String>,
    sessions_write: Option<String>,
    messages_read: Option<String>,
    messages_send: Option<String>,
    groups_write: Option<String>,
}

impl KeyForm {
    const fn ticked(&self, scope: KeyScope) -> bool {
        match scope {
            KeyScope::AccountRead => self.account_read.is_some(),
            KeyScope::AccountWrite => self.account_write.is_some(),
            KeyScope::SessionsRead => self.sessions_read.is_some(),
            KeyScope::SessionsWrite => self.sessions_write.is_some(),
            KeyScope::MessagesRead => self.messages_read.is_some(),
            KeyScope::MessagesSend => self.messages_send.is_some(),
            KeyScope::GroupsWrite => self.groups_write.is_some(),
        }
    }

    fn scopes(&self) -> Vec<KeyScope> {
        let offered = offered_scopes().into_iter();
        offered.filter(|scope| self.ticked(*scope)).collect()
    }

    fn days(&self) -> u32 {
        self.days.parse().unwrap_or(LIFETIMES[1])
    }

    fn order(&self, now: UnixMs) -> NewKey {
        let days = self.days();
        NewKey {
            name: self.key_name.clone(),
            scopes: self.scopes(),
            session: Some(self.number.clone()).filter(|number| !number.is_empty()),
            expires_at: (days > 0).then(|| now.plus(Duration::from_secs(u64::from(days) * 86_400))),
        }
    }
}

const fn field_of(scope: KeyScope) -> &'static str {
    match scope {
        KeyScope::AccountRead => "account_read",
        KeyScope::AccountWrite => "account_write",
        KeyScope::SessionsRead => "sessions_read",
        KeyScope::SessionsWrite => "sessions_write",
        KeyScope::MessagesRead => "messages_read",
        KeyScope::MessagesSend => "messages_send",
        KeyScope::GroupsWrite => "groups_write",
    }
}

/// `GET /settings/keys`.
pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    query: Query<ListQuery>,
    access: Data<Access>,
    clock: Data<Clock>,
) -> Result<HttpResponse, PageError> {
    let after = query.after.as_deref().map(str::parse::<PublicId>).transpose();
    let after = after.map_err(|_| Problem::not_found())?;
    let paged = after.is_some();
    let mut keys = access.list_keys(scope, after, PER_PAGE + 1).await?;
    let more = keys.len() > PER_PAGE as usize;
    keys.truncate(PER_PAGE as usize);
    let next = keys
        .last()
        .filter(|_| more)
        .map(|key| format!("{PAGE}?after={}", key.public_id));
    let blocked = blocked(&frame.t, &access, scope).await?;
    let (frame, now) = (frame.at(Section::Settings), clock.now());
    let page = KeysPage {
        subnav: subnav::settings(&frame, SettingsTab::Keys),
        pager: Pager {
            t: frame.t,
            summary: frame.t.count("apikey-count", keys.len() as u64),
            first: paged.then(|| PAGE.to_owned()),
            next,
        },
        rows: keys.into_iter().map(|key| row(&frame.t, key, now)).collect(),
        blocked,
        frame,
    };
    Ok(mode.html(&page, page.as_main()))
}

/// Why the plan has no API, in words.
async fn blocked(t: &T, access: &Access, scope: Scope) -> Result<Option<String>, AccessError> {
    match access.require_api(scope).await {
        Ok(()) => Ok(None),
        Err(AccessError::Plan(error)) => Ok(Some(t.text(&error.text()))),
        Err(error) => Err(error),
    }
}

fn row(t: &T, key: ApiKey, now: UnixMs) -> KeyRow {
    let state = key.state(now);
    KeyRow {
        shown: key.shown(),
        state: chip(t, state),
        living: state == KeyState::Active,
        id: key.public_id.to_string(),
        name: key.name,
        scopes: key.scopes.iter().map(|scope| scope.word()).collect(),
        session: key.session.map(|(_, name)| name),
        by: key.created_by.1,
        created: t.short(key.created_at, now),
        used: key.last_used_at.map(|at| t.short(at, now)),
        expires: key.expires_at.map(|at| t.short(at, now)),
    }
}

fn chip(t: &T, state: KeyState) -> Chip {
    let (word, icon, tone) = match state {
        KeyState::Active => ("apikey-active", "circle-check", Tone::Good),
        KeyState::Expired => ("apikey-expired", "clock", Tone::Plain),
        KeyState::Revoked => ("apikey-revoked", "ban", Tone::Plain),
    };
    Chip::new(t.get(word), icon, tone)
}

/// `GET /settings/keys/new`.
pub async fn new(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    access: Data<Access>,
) -> Result<HttpResponse, PageError> {
    access.require_api(scope).await?;
    let form = KeyForm {
        account_read: Some(String::new()),
        ..KeyForm::default()
    };
    let page = draft(frame, scope, &access, &form, &[]).await?;
    Ok(mode.html(&page, page.as_main()))
}

async fn draft(
    frame: PageFrame,
    scope: Scope,
    access: &Access,
    form: &KeyForm,
    errors: &[FieldError],
) -> Result<NewKeyPage, AccessError> {
    let frame = frame.at(Section::Settings);
    let wrong = |name: &str| {
        errors
            .iter()
            .find(|error| error.field == name)
            .map(|error| frame.t.text(&error.message))
    };
    let numbers = if offers_numbers() {
        Some(access.numbers(scope).await?)
    } else {
        None
    };
    let choice = |scope: &KeyScope| ScopeChoice {
        scope: *scope,
        field: field_of(*scope),
        chosen: form.ticked(*scope),
    };
    let lifetime = |days: u32| match days {
        0 => (0, frame.t.get("apikey-for-ever")),
        days => (days, frame.t.count("apikey-days", u64::from(days))),
    };
    Ok(NewKeyPage {
        subnav: subnav::settings(&frame, SettingsTab::Keys),
        name: Field::new(form.key_name.clone(), wrong("name")),
        scopes: offered_scopes().iter().map(choice).collect(),
        scopes_error: wrong("scopes"),
        numbers: numbers.map(|all| all.into_iter().map(|(id, name)| (id.to_string(), name)).collect()),
        session: Field::new(form.number.clone(), wrong("session")),
        lifetimes: LIFETIMES.into_iter().map(lifetime).collect(),
        days: form.days(),
        frame,
    })
}

/// `POST /settings/keys`: the answer is the only page that ever shows the key.
pub async fn create(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<KeyForm>,
    access: Data<Access>,
    clock: Data<Clock>,
) -> Result<HttpResponse, PageError> {
    let made = match access.create_key(scope, form.order(clock.now())).await {
        Ok(made) => made,
        Err(AccessError::Invalid(errors)) => {
            let page = draft(frame, scope, &access, &form, &errors).await?;
            return Ok(mode.refused(&page, page.as_main()));
        }
        Err(error) => return Err(error.into()),
    };
    let (frame, info) = (frame.at(Section::Settings), request.connection_info());
    let page = CreatedPage {
        subnav: subnav::settings(&frame, SettingsTab::Keys),
        name: made.key.name,
        example: format!(
            "curl -H 'Authorization: Bearer {}' {}://{}/v1/users/me",
            made.text,
            info.scheme(),
            info.host()
        ),
        secret: made.text,
        frame,
    };
    // A plain form needs the whole page.
    Ok(html(StatusCode::OK, &page))
}

/// `POST /settings/keys/{key}/revoke`.
pub async fn revoke(act: Act<Scope>, access: Data<Access>) -> Result<HttpResponse, PageError> {
    let revoked = access.revoke_key(act.who, act.id.clone()).await?;
    let said = act.frame.t.with("apikey-was-revoked", "name", &revoked.name);
    Ok(act.says(PAGE, &said))
}
