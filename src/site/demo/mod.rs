//! `/demo/phone`: play one of the simulated people, live; and the button that scans a code.

mod screen;
pub mod views;

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::watch;
use wa_network::phone::{PhoneError, PhoneInfo, TypingState};

use self::views::{PersonLink, PhonePage};
use crate::accounts::Scope;
use crate::clock::Clock;
use crate::demo::Stage;
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::sessions::Sessions;
use crate::web::htmx::{go_to, is_htmx, see_other};
use crate::web::layout::{Avatar, PageFrame};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::sse;

/// As in the product's live stream.
const PING: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
pub struct Whose {
    number: Option<String>,
    peer: Option<String>,
}

#[derive(Deserialize)]
pub struct Written {
    text: String,
}

/// `GET /demo/phone`: the page, or the screen alone when it refreshes itself.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    whose: Query<Whose>,
    stage: Data<Stage>,
    clock: Data<Clock>,
) -> PageResult {
    let people = stage.people();
    let owner = match &whose.number {
        Some(number) => people.iter().find(|person| &person.number == number),
        None => people.first(),
    };
    let owner = owner.ok_or_else(Problem::not_found)?;
    if let Some(peer) = &whose.peer {
        // Opening a chat marks it as read. An error means that it has no messages yet.
        let _ = stage.phones.mark_read(&owner.number, peer).await;
    }
    let screen = screen::draw(&stage, owner, whose.peer.as_deref(), &frame, clock.now());
    if mode == RenderMode::Fragment {
        return Ok(html(StatusCode::OK, &screen));
    }
    let people = people.iter().map(|person| link(person, &owner.number)).collect();
    Ok(html(StatusCode::OK, &PhonePage { frame, people, screen }))
}

fn link(person: &PhoneInfo, chosen: &str) -> PersonLink {
    PersonLink {
        name: person.name.clone(),
        avatar: Avatar::of(&person.number, &person.name),
        href: address(&person.number, None),
        chosen: person.number == chosen,
    }
}

/// The address of a screen. Numbers and group JIDs need no escaping.
fn address(number: &str, peer: Option<&str>) -> String {
    let peer = peer.map(|peer| format!("&peer={peer}")).unwrap_or_default();
    format!("/demo/phone?number={number}{peer}")
}

/// `POST /demo/phone/{number}/{peer}`: the person sends a message.
pub async fn write(
    request: HttpRequest,
    path: Path<(String, String)>,
    form: Form<Written>,
    stage: Data<Stage>,
) -> PageResult {
    let (number, peer) = path.into_inner();
    if !stage.people().iter().any(|person| person.number == number) {
        return Err(Problem::not_found().into());
    }
    let text = form.into_inner().text;
    if !text.trim().is_empty() {
        stage.phones.send(&number, &peer, text.trim()).await?;
    }
    if is_htmx(&request) {
        // The screen receives the new message like any other.
        return Ok(HttpResponse::NoContent().finish());
    }
    Ok(see_other(&address(&number, Some(&peer))))
}

/// `POST /demo/phone/{number}/{peer}/typing`: the business sees that the person is typing.
pub async fn typing(path: Path<(String, String)>, stage: Data<Stage>) -> PageResult {
    let (number, peer) = path.into_inner();
    if !stage.people().iter().any(|person| person.number == number) {
        return Err(Problem::not_found().into());
    }
    stage.phones.typing(&number, &peer, TypingState::Composing).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /demo/phone/events`: an event whenever the phone's screen changes.
pub async fn events(whose: Query<Whose>, stage: Data<Stage>, stopping: Data<Stopping>) -> PageResult {
    let changes = stage.phones.watch(whose.number.as_deref().unwrap_or_default())?;
    let live = Live {
        changes,
        stopping: stopping.get_ref().clone(),
        began: false,
    };
    Ok(sse::streaming(stream::unfold(live, |mut live| async move {
        live.next().await.map(|bytes| (bytes, live))
    })))
}

/// Provided as `Data`: live screens end when the program does.
#[derive(Clone)]
pub struct Stopping(pub tokio_util::sync::CancellationToken);

struct Live {
    changes: watch::Receiver<u64>,
    stopping: Stopping,
    began: bool,
}

impl Live {
    async fn next(&mut self) -> Option<Bytes> {
        if !self.began {
            self.began = true;
            return Some(Bytes::from_static(b"retry: 2000\n: hello\n\n"));
        }
        tokio::select! {
            biased;
            () = self.stopping.0.cancelled() => None,
            changed = self.changes.changed() => {
                // An error: the phone was switched off.
                changed.ok()?;
                Some(Bytes::from_static(b"event: phone-changed\ndata: \n\n"))
            }
            () = tokio::time::sleep(PING) => Some(Bytes::from_static(b": ping\n\n")),
        }
    }
}

/// `POST /demo/scan/{session}`: the business's phone scans the current code.
pub async fn scan(
    request: HttpRequest,
    scope: Scope,
    id: Path<PublicId>,
    sessions: Data<Sessions>,
    stage: Data<Stage>,
) -> PageResult {
    let session = sessions.get(scope, &id).await?;
    let owner = stage.free_owner(session.phone.as_deref())?;
    if let Some(code) = sessions.shown_code(scope, &id).await? {
        stage.phones.pairing_code(&owner, &code.code).await?;
    } else if let Some(qr) = sessions.qr(scope, &id).await? {
        stage.phones.scan(&owner, &qr.code).await?;
    } else {
        let detail = Text::new("phone-no-code");
        return Err(Problem::new(StatusCode::CONFLICT, "no-code", detail).into());
    }
    // The page itself shows that the phone accepted, and continues.
    Ok(go_to(&request, &format!("/sessions/{id}/link")))
}

impl From<PhoneError> for Problem {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::UnknownPhone => Self::not_found(),
            other => Self::new(StatusCode::CONFLICT, "phone", Text::verbatim(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_screen_names_the_person_and_the_chat() {
        assert_eq!(address("1555", None), "/demo/phone?number=1555");
        assert_eq!(address("1555", Some("1777")), "/demo/phone?number=1555&peer=1777");
    }
}
