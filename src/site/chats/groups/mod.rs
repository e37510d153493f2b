//! Groups: what is shown of one, and what can be done with it.

mod create;
mod mentions;
mod views;

pub use create::{create, new, people};
pub use mentions::offer;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use wa_client::MemberChange;

pub(super) use self::views::ComposerOff;
use self::views::{GroupPage, MemberRow, Missing};
use super::plain;
use super::views::Off;
use crate::accounts::{Permission, Scope};
use crate::chats::{Closed, GroupError, GroupInfo, Groups, Member, NewDetails, NotChanged};
use crate::i18n::{T, phone};
use crate::ids::PublicId;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{Avatar, PageFrame, Section};
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::{CopyLink, Pager};

/// Characters of a name or a search.
const NAMED: usize = 100;
/// Members of one page.
const PER_PAGE: usize = 50;

/// Why nothing can be written in a group.
pub(super) fn off(t: T, closed: Closed) -> Off {
    Off {
        reason: t.text(&closed.text()),
        help: None,
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// Part of a name or number.
    q: String,
    /// The first member shown.
    from: usize,
}

/// What came of an act, for the page that follows it.
#[derive(Default)]
struct Outcome {
    error: Option<String>,
    missing: Vec<NotChanged>,
    link: Option<String>,
}

/// Who asks, and what they see it with.
pub struct Reader {
    frame: PageFrame,
    scope: Scope,
}

impl Reader {
    async fn page(
        self,
        groups: &Groups,
        id: &PublicId,
        asked: &Asked,
        outcome: Outcome,
    ) -> Result<GroupPage, PageError> {
        let (t, scope) = (self.frame.t, self.scope);
        let group = groups.get(scope, id).await?;
        let search = plain::one_line(&asked.q, NAMED);
        let members = groups.members(scope, id, &search, asked.from, PER_PAGE).await?;
        let acts = !self.frame.read_only && scope.role.may(Permission::ManageGroups) && group.gone.is_none();
        let shown = asked.from + members.rows.len();
        let place = |from: usize| {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("q", &search)
                .append_pair("from", &from.to_string())
                .finish();
            format!("/chats/{id}/group?{query}")
        };
        Ok(GroupPage {
            name: match &group.subject {
                Some(subject) => plain::one_line(subject, NAMED),
                None => t.get("chats-group"),
            },
            avatar: Avatar::of(id.as_str(), group.subject.as_deref().unwrap_or_default()),
            line: line(t, &group),
            gone: group.gone.map(|end| t.text(&Closed::Gone(end).text())),
            leads: acts && group.is_admin,
            changes: acts && group.may_be_changed(),
            acts,
            searches: group.members > 8,
            members: members.rows.iter().map(|member| row(t, member)).collect(),
            pager: (asked.from > 0 || members.next.is_some()).then(|| Pager {
                t,
                summary: t.count("group-shown", shown as u64),
                first: (asked.from > 0).then(|| place(0)),
                next: members.next.map(place),
            }),
            error: outcome.error,
            missing: outcome.missing.into_iter().map(|not| missing(t, not)).collect(),
            link: outcome.link.map(|url| CopyLink {
                at_once: false,
                ..CopyLink::new(t, id.as_str(), url)
            }),
            search,
            chat: id.to_string(),
            group,
            frame: self.frame.at(Section::Chats),
        })
    }
}

fn line(t: T, group: &GroupInfo) -> String {
    let via = t.with("chats-via", "name", &group.session_name);
    match group.is_read {
        true => format!("{} · {via}", t.count("group-members-count", u64::from(group.members))),
        false => via,
    }
}

fn row(t: T, member: &Member) -> MemberRow {
    let person = &member.person;
    let digits = person.phone.as_deref().map(phone);
    let name = match person.ours {
        true => Some(t.get("message-you")),
        false => person
            .name
            .as_ref()
            .map(|name| plain::one_line(name, NAMED))
            .or_else(|| digits.clone()),
    };
    let name = name.unwrap_or_else(|| t.get("chats-unknown"));
    let address = member.address.to_string();
    MemberRow {
        avatar: Avatar::of(&address, &name),
        phone: digits.filter(|digits| *digits != name),
        name,
        ours: person.ours,
        admin: member.admin,
        address,
    }
}

fn missing(t: T, not: NotChanged) -> Missing {
    Missing {
        why: t.text(&not.why.text()),
        who: not.name.unwrap_or(not.who),
    }
}

/// `GET /chats/{chat}/group`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    asked: Query<Asked>,
    groups: Data<Groups>,
) -> Result<HttpResponse, PageError> {
    let page = Reader { frame, scope }
        .page(&groups, &id, &asked, Outcome::default())
        .await?;
    Ok(mode.html(&page, page.as_main()))
}

/// Back to the page: with a word that it was done, or showing what was not.
async fn answer(
    request: &HttpRequest,
    reader: Reader,
    (groups, id): (&Groups, &PublicId),
    done: Result<Outcome, GroupError>,
) -> Result<HttpResponse, PageError> {
    let t = reader.frame.t;
    let (status, outcome) = match done {
        Ok(outcome) if outcome.missing.is_empty() && outcome.link.is_none() => {
            let page = htmx::go_to(request, &format!("/chats/{id}/group"));
            return Ok(with_toast(page, Tone::Good, &t.get("settings-saved")));
        }
        Ok(outcome) => (StatusCode::OK, outcome),
        Err(error @ (GroupError::NotFound | GroupError::Forbidden(_) | GroupError::Db(_))) => {
            return Err(Problem::from(error).into());
        }
        Err(error) => {
            let error = Some(t.text(&error.text()));
            let outcome = Outcome {
                error,
                ..Outcome::default()
            };
            (StatusCode::UNPROCESSABLE_ENTITY, outcome)
        }
    };
    let page = reader.page(groups, id, &Asked::default(), outcome).await?;
    Ok(html(status, &page))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DetailsForm {
    subject: Option<String>,
    description: Option<String>,
    /// `on` or `off`; a rule that is not sent stays.
    admins_only: Option<String>,
    locked: Option<String>,
}

/// `POST /chats/{chat}/group`: what it says of itself, and who may do what.
pub async fn change(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<DetailsForm>,
    groups: Data<Groups>,
) -> Result<HttpResponse, PageError> {
    let before = groups.get(scope, &id).await?;
    let form = form.into_inner();
    let rule = |word: Option<String>, now: bool| word.map(|word| word == "on").filter(|on| *on != now);
    let text = |text: Option<String>, now: Option<&str>| {
        text.filter(|text| text.trim().replace("\r\n", "\n") != now.unwrap_or_default())
    };
    let new = NewDetails {
        subject: text(form.subject, before.subject.as_deref()),
        description: text(form.description, before.description.as_deref()),
        admins_only: rule(form.admins_only, before.admins_only),
        locked: rule(form.locked, before.locked),
    };
    let done = groups.change(scope, &id, new).await.map(|()| Outcome::default());
    answer(&request, Reader { frame, scope }, (&groups, &id), done).await
}

/// What is to happen to whom: a member by address, or people to add, who are ticked or typed.
fn asked_for(form: &[u8]) -> (MemberChange, Vec<String>) {
    let mut add = Vec::new();
    for (name, value) in url::form_urlencoded::parse(form).filter(|(_, value)| !value.is_empty()) {
        let change = match name.as_ref() {
            "remove" => MemberChange::Remove,
            "promote" => MemberChange::Promote,
            "demote" => MemberChange::Demote,
            "member" => {
                add.push(value.into_owned());
                continue;
            }
            "add" => {
                add.extend(lines(&value));
                continue;
            }
            _ => continue,
        };
        return (change, vec![value.into_owned()]);
    }
    (MemberChange::Add, add)
}

/// `POST /chats/{chat}/group/members`.
pub async fn members(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Bytes,
    groups: Data<Groups>,
) -> Result<HttpResponse, PageError> {
    let (change, whom) = asked_for(&form);
    let done = groups.change_members(scope, &id, change, &whom).await;
    let done = done.map(|missing| Outcome {
        missing,
        ..Outcome::default()
    });
    answer(&request, Reader { frame, scope }, (&groups, &id), done).await
}

/// What was typed, a person in each line.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// `POST /chats/{chat}/group/leave`.
pub async fn leave(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    groups: Data<Groups>,
) -> Result<HttpResponse, PageError> {
    let done = groups.leave(scope, &id).await.map(|()| Outcome::default());
    answer(&request, Reader { frame, scope }, (&groups, &id), done).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LinkForm {
    renew: String,
}

/// `POST /chats/{chat}/group/link`: the link by which people join; with `renew` another one.
pub async fn link(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    form: Form<LinkForm>,
    groups: Data<Groups>,
) -> Result<HttpResponse, PageError> {
    let done = groups.link_of(scope, &id, !form.renew.is_empty()).await;
    let done = done.map(|url| Outcome {
        link: Some(url),
        ..Outcome::default()
    });
    answer(&request, Reader { frame, scope }, (&groups, &id), done).await
}
