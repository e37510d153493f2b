//! A new group: from which of our numbers, what it is called, and who is in it.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::views::{NewGroupPage, Pick, PickPeople};
use super::{Outcome, Reader, answer, lines};
use crate::accounts::{Permission, Scope};
use crate::chats::{GroupError, Groups};
use crate::contacts::{Contact, Contacts};
use crate::i18n::{T, phone};
use crate::ids::PublicId;
use crate::sessions::{Session, Sessions};
use crate::site::chats::beginning::NumberChoice;
use crate::web::htmx;
use crate::web::layout::{Avatar, PageFrame, Section};
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};

/// Chosen people of one form, at most.
const MOST: usize = Groups::MOST;

/// The form as it is sent: members are named once each.
#[derive(Default)]
struct Fields {
    session: String,
    subject: String,
    /// IDs of contacts that are ticked.
    members: Vec<String>,
    /// Numbers, one in each line.
    others: String,
    /// What is looked for among the contacts.
    find: String,
}

impl Fields {
    fn read(form: &[u8]) -> Self {
        let mut fields = Self::default();
        for (name, value) in url::form_urlencoded::parse(form) {
            let value = value.into_owned();
            match name.as_ref() {
                "session" => fields.session = value,
                "subject" => fields.subject = value,
                "member" if fields.members.len() < MOST => fields.members.push(value),
                "others" => fields.others = value,
                "find" => fields.find = value,
                _ => {}
            }
        }
        fields
    }
}

async fn picks(t: T, scope: Scope, fields: &Fields, contacts: &Contacts) -> Result<PickPeople, PageError> {
    let wrong = |_| Problem::not_found();
    let mut people = Vec::new();
    for id in &fields.members {
        let Ok(id) = id.parse::<PublicId>() else { continue };
        people.push(pick(t, &contacts.get(scope, &id).await.map_err(wrong)?, true));
    }
    for contact in contacts.find(scope, &fields.find).await.map_err(wrong)? {
        if !people.iter().any(|pick| pick.id == contact.public_id.as_str()) {
            people.push(pick(t, &contact, false));
        }
    }
    Ok(PickPeople { t, people })
}

fn pick(t: T, contact: &Contact, chosen: bool) -> Pick {
    let digits = contact.phone.as_deref().map(phone);
    let name = contact.display_name().or_else(|| digits.clone());
    Pick {
        id: contact.public_id.to_string(),
        avatar: Avatar::of(contact.public_id.as_str(), name.as_deref().unwrap_or_default()),
        phone: digits.filter(|digits| Some(digits) != name.as_ref()),
        name: name.unwrap_or_else(|| t.get("chats-unknown")),
        chosen,
    }
}

async fn page(
    (frame, scope): (PageFrame, Scope),
    fields: Fields,
    error: Option<String>,
    (sessions, contacts): (&Sessions, &Contacts),
) -> Result<NewGroupPage, PageError> {
    let numbers = sessions.list(scope).await?;
    let linked = numbers.iter().filter(|session| session.is_linked());
    let choice = |session: &Session| NumberChoice {
        id: session.public_id.to_string(),
        name: session.name.clone(),
        chosen: session.public_id.as_str() == fields.session,
    };
    Ok(NewGroupPage {
        numbers: linked.map(choice).collect(),
        people: picks(frame.t, scope, &fields, contacts).await?,
        subject: fields.subject,
        others: fields.others,
        error,
        frame: frame.at(Section::Chats),
    })
}

/// `GET /groups/new`.
pub async fn new(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    (sessions, contacts): (Data<Sessions>, Data<Contacts>),
) -> Result<HttpResponse, PageError> {
    let page = page((frame, scope), Fields::default(), None, (&sessions, &contacts)).await?;
    Ok(mode.html(&page, page.as_main()))
}

/// `GET /groups/new/people?find=…&member=…`: contacts to choose from, with those that are chosen.
pub async fn people(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    contacts: Data<Contacts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::read(request.query_string().as_bytes());
    Ok(html(StatusCode::OK, &picks(frame.t, scope, &fields, &contacts).await?))
}

/// `POST /groups`.
pub async fn create(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Bytes,
    (groups, sessions, contacts): (Data<Groups>, Data<Sessions>, Data<Contacts>),
) -> Result<HttpResponse, PageError> {
    scope.require(Permission::ManageGroups).map_err(GroupError::from)?;
    let fields = Fields::read(&form);
    let members: Vec<String> = fields.members.iter().cloned().chain(lines(&fields.others)).collect();
    let created = match fields.session.parse::<PublicId>() {
        Ok(session) => groups.create(scope, &session, &fields.subject, &members).await,
        Err(_) => Err(GroupError::NotFound),
    };
    match created {
        Ok((chat, missing)) if missing.is_empty() => Ok(htmx::go_to(&request, &format!("/chats/{chat}"))),
        Ok((chat, missing)) => {
            let outcome = Outcome {
                missing,
                ..Outcome::default()
            };
            answer(&request, Reader { frame, scope }, (&groups, &chat), Ok(outcome)).await
        }
        Err(error @ (GroupError::NotFound | GroupError::Forbidden(_) | GroupError::Db(_))) => {
            Err(Problem::from(error).into())
        }
        Err(error) => {
            let why = frame.t.text(&error.text());
            let page = page((frame, scope), fields, Some(why), (&sessions, &contacts)).await?;
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}
