//! Linking a phone by QR code or typed code, shown until the number is connected.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use wa_client::Address;

use super::render::hint;
use super::views::{LinkPage, LinkPanel, LinkStep, Way};
use crate::accounts::Scope;
use crate::contacts::Recipient;
use crate::demo::Stage;
use crate::i18n::{T, phone};
use crate::ids::PublicId;
use crate::sessions::{PairingCode, Passkey, Qr, Reason, Session, SessionError, Sessions, State};
use crate::web::auth::visit_of;
use crate::web::htmx;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::QrCode;

#[derive(Deserialize)]
pub struct Asked {
    way: Option<String>,
    /// A code was requested a moment ago, and may not have arrived yet.
    started: Option<String>,
}

#[derive(Deserialize)]
pub struct PhoneForm {
    phone: String,
}

/// The page that follows a linking which has just begun.
pub(super) fn address(session: &PublicId) -> String {
    format!("/sessions/{session}/link?started=1")
}

fn by_code(session: &PublicId) -> String {
    format!("/sessions/{session}/link?way=code")
}

/// `GET /sessions/{session}/link`: the page, or only the panel when it refreshes.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    asked: Query<Asked>,
    sessions: Data<Sessions>,
    stage: Option<Data<Stage>>,
) -> Result<HttpResponse, PageError> {
    let way = if asked.way.as_deref() == Some("code") && sessions.pairs_by_code() {
        Way::Code
    } else {
        Way::Qr
    };
    let mut screen = LinkScreen::at(scope, &id, &sessions, stage.as_ref().map(|stage| stage.get_ref())).await?;
    screen.started = asked.started.is_some();
    let panel = screen.panel(&frame, way, None);
    Ok(answer(mode, StatusCode::OK, frame, panel))
}

/// `POST /sessions/{session}/link`: show codes.
pub async fn start(
    request: HttpRequest,
    scope: Scope,
    id: Path<PublicId>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, PageError> {
    sessions.pair(scope, &id).await?;
    Ok(htmx::go_to(&request, &address(&id)))
}

/// `POST /sessions/{session}/pairing-code`: a code to type on the phone with this number.
#[expect(clippy::too_many_arguments, reason = "each is a part of the request or a service")]
pub async fn pairing_code(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<PhoneForm>,
    sessions: Data<Sessions>,
    stage: Option<Data<Stage>>,
) -> Result<HttpResponse, PageError> {
    let country = visit_of(&request).and_then(|visit| Some(visit.membership?.workspace.country));
    let asked = match number_to_link(&form.phone, country.as_deref().unwrap_or_default()) {
        Some(digits) => sessions.pairing_code(scope, &id, &digits).await,
        None => Err(SessionError::BadPhone),
    };
    let wrong = match asked {
        Ok(_) => return Ok(htmx::go_to(&request, &by_code(&id))),
        Err(SessionError::BadPhone) => frame.t.get("link-number-invalid"),
        Err(error @ (SessionError::CodeRefused(_) | SessionError::Link(_))) => frame.t.text(&error.text()),
        Err(error) => return Err(error.into()),
    };
    let screen = LinkScreen::at(scope, &id, &sessions, stage.as_ref().map(|stage| stage.get_ref())).await?;
    let panel = screen.panel(&frame, Way::Code, Some((form.into_inner().phone, wrong)));
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(answer(mode, status, frame, panel))
}

#[derive(Deserialize)]
pub struct PasskeyForm {
    #[serde(default)]
    answer: String,
}

/// `POST /sessions/{session}/passkey`: what the authenticator answered.
pub async fn passkey(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<PasskeyForm>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, PageError> {
    let answered = sessions.answer_passkey(scope, &id, &form.answer).await;
    after_passkey(mode, &request, frame, scope, &id, &sessions, answered).await
}

/// `POST /sessions/{session}/passkey/confirm`: the phone shows the same code.
pub async fn confirm_passkey(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, PageError> {
    let confirmed = sessions.confirm_passkey(scope, &id).await;
    after_passkey(mode, &request, frame, scope, &id, &sessions, confirmed).await
}

async fn after_passkey(
    mode: RenderMode,
    request: &HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: &PublicId,
    sessions: &Sessions,
    outcome: Result<(), SessionError>,
) -> Result<HttpResponse, PageError> {
    let wrong = match outcome {
        Ok(()) => return Ok(htmx::go_to(request, &format!("/sessions/{id}/link"))),
        Err(error @ (SessionError::Link(_) | SessionError::NotConnected)) => frame.t.text(&error.text()),
        Err(error) => return Err(error.into()),
    };
    let mut screen = LinkScreen::at(scope, id, sessions, None).await?;
    screen.passkey_error = Some(wrong);
    let panel = screen.panel(&frame, Way::Qr, None);
    Ok(answer(mode, StatusCode::UNPROCESSABLE_ENTITY, frame, panel))
}

fn answer(mode: RenderMode, status: StatusCode, frame: PageFrame, mut panel: LinkPanel) -> HttpResponse {
    panel.alone = mode == RenderMode::Fragment;
    match mode {
        RenderMode::Fragment => html(status, &panel),
        RenderMode::Page => html(status, &page(frame, panel)),
    }
}

/// The digits of a number as written in `country` (ISO 3166-1 alpha-2), with or without a country code.
#[must_use]
pub fn number_to_link(text: &str, country: &str) -> Option<String> {
    match Recipient::parse(text, country) {
        Ok(Recipient::Address(Address::Phone(digits))) => Some(digits),
        _ => None,
    }
}

fn page(frame: PageFrame, panel: LinkPanel) -> LinkPage {
    LinkPage {
        frame: frame.at(Section::Sessions),
        panel,
    }
}

/// A snapshot of a linking.
struct LinkScreen {
    session: Session,
    qr: Option<Qr>,
    code: Option<PairingCode>,
    /// Digits of the last code request.
    asked: Option<String>,
    offers_code: bool,
    started: bool,
    passkey: Option<Passkey>,
    /// Why the last answer was none.
    passkey_error: Option<String>,
    /// How much of the phone's history is here.
    history: Option<u8>,
    /// The simulated phone that can scan: its name and number.
    demo: Option<(String, String)>,
}

impl LinkScreen {
    async fn at(scope: Scope, id: &PublicId, sessions: &Sessions, stage: Option<&Stage>) -> Result<Self, SessionError> {
        let session = sessions.get(scope, id).await?;
        let stage = stage.filter(|_| !session.is_linked());
        let answering = |stage: &Stage| {
            let number = stage.free_owner(session.phone.as_deref()).ok()?;
            Some((stage.phones.name_of(&number), number))
        };
        Ok(Self {
            qr: sessions.qr(scope, id).await?,
            code: sessions.shown_code(scope, id).await?,
            asked: sessions.asked_number(scope, id).await?,
            offers_code: sessions.pairs_by_code(),
            started: false,
            passkey: sessions.passkey(scope, id).await?,
            passkey_error: None,
            history: sessions.history_progress(scope, id).await?,
            demo: stage.and_then(answering),
            session,
        })
    }

    fn panel(self, frame: &PageFrame, way: Way, wrong: Option<(String, String)>) -> LinkPanel {
        LinkPanel {
            t: frame.t,
            id: self.session.public_id.to_string(),
            name: self.session.name.clone(),
            way,
            offers_code: self.offers_code,
            step: self.step(frame.t, way, wrong),
            alone: false,
            demo_phone: self.demo.map(|(name, _)| name),
            csrf: frame.csrf.clone(),
        }
    }

    fn step(&self, t: T, way: Way, wrong: Option<(String, String)>) -> LinkStep {
        let session = &self.session;
        if session.is_linked() {
            return linked(session, self.history);
        }
        if let Some((number, error)) = wrong {
            return LinkStep::AskNumber {
                number,
                error: Some(error),
                notice: None,
            };
        }
        if let Some(passkey) = &self.passkey {
            return passkey_step(passkey, self.passkey_error.clone());
        }
        match (way, session.state) {
            (Way::Code, _) => match &self.code {
                Some(code) => typed(code, self.asked.as_deref()),
                None => self.ask_number(came_to_nothing(t, session)),
            },
            (Way::Qr, State::Pairing | State::Connecting) => match self.qr.as_ref().and_then(|qr| drawn(t, qr)) {
                Some(code) => LinkStep::Qr(code),
                // The proxy is what keeps the code away, and only a person can mend it.
                None if session.reason.is_some_and(Reason::is_about_a_proxy) => {
                    failed(t, session).unwrap_or(LinkStep::Starting)
                }
                None => LinkStep::Starting,
            },
            (Way::Qr, _) if self.started => LinkStep::Starting,
            (Way::Qr, _) if session.reason == Some(Reason::QrExpired) => LinkStep::Expired,
            (Way::Qr, _) => failed(t, session).unwrap_or(LinkStep::Ready),
        }
    }

    fn ask_number(&self, notice: Option<String>) -> LinkStep {
        let known = self
            .asked
            .as_ref()
            .or(self.session.phone.as_ref())
            .or(self.demo.as_ref().map(|(_, number)| number));
        LinkStep::AskNumber {
            number: known.map(|digits| phone(digits)).unwrap_or_default(),
            error: None,
            notice,
        }
    }
}

/// Run at WhatsApp's own site, since browsers give a site no other site's passkeys.
fn passkey_step(passkey: &Passkey, error: Option<String>) -> LinkStep {
    match &passkey.code {
        Some(code) => LinkStep::PasskeyCode {
            code: code.clone(),
            error,
        },
        None => LinkStep::Passkey {
            script: format!(
                "navigator.credentials.get({{publicKey: PublicKeyCredential.parseRequestOptionsFromJSON({})}})\
                 .then(answer => prompt(\"\", JSON.stringify(answer.toJSON())))",
                passkey.request
            ),
            error,
        },
    }
}

fn linked(session: &Session, history: Option<u8>) -> LinkStep {
    if session.state.can_send() {
        let phone = session.phone.as_deref().map(phone).unwrap_or_default();
        let percent = history.filter(|percent| *percent < 100);
        return LinkStep::Linked { phone, percent };
    }
    LinkStep::Syncing { percent: history }
}

fn drawn(t: T, qr: &Qr) -> Option<QrCode> {
    let valid = qr.expires_at.since(qr.shown_at).as_millis();
    QrCode::draw(t, &qr.code, qr.expires_at.0, i64::try_from(valid).unwrap_or(i64::MAX))
}

fn typed(code: &PairingCode, digits: Option<&str>) -> LinkStep {
    let (left, right) = code.code.split_once('-').unwrap_or((&code.code, ""));
    LinkStep::Code {
        left: left.to_owned(),
        right: right.to_owned(),
        phone: digits.map(phone).unwrap_or_default(),
        expires_at: code.expires_at.0,
        valid_ms: i64::try_from(PairingCode::VALID_FOR.as_millis()).unwrap_or(i64::MAX),
    }
}

/// The error of the last attempt, if there was one.
fn failed(t: T, session: &Session) -> Option<LinkStep> {
    let reason = session.reason.filter(|reason| is_a_failure(*reason))?;
    let text = |key: &str| t.get(key);
    Some(LinkStep::Failed {
        what: text(&reason.text_key()),
        hint: text(hint(session.fix(), session)),
    })
}

fn is_a_failure(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::PairingFailed
            | Reason::NumberInUse
            | Reason::OtherNumber
            | Reason::CodeRefused
            | Reason::KeysLost
            | Reason::KeysForeign
            | Reason::KeysUnreadable
            | Reason::StorageFailed
            | Reason::DiskFull
            | Reason::ClientOutdated
            | Reason::BusinessPlatform
            | Reason::ProxyUnreadable
            | Reason::ProxyUnreachable
            | Reason::ProxyLogin
            | Reason::ProxyRefused
    )
}

/// Why the code is no longer shown, or how else the last attempt ended.
fn came_to_nothing(t: T, session: &Session) -> Option<String> {
    let reason = match session.reason? {
        // It has expired, and the actor is about to report it.
        Reason::TypeCode if session.state == State::Pairing => Reason::CodeExpired,
        reason if reason.is_about_a_code() || is_a_failure(reason) => reason,
        _ => return None,
    };
    Some(t.get(&reason.text_key()))
}
