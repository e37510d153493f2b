//! The administrator's pages of mail.

pub mod views;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;

use self::views::{MailPage, MailsPage, line, shown, state_chip, state_label};
use crate::audit::Admin;
use crate::clock::Clock;
use crate::i18n::T;
use crate::ids::PublicId;
use crate::mail::{Counts, MailError, Mailer, OpenMail, State};
use crate::site::subnav::{self, AdminTab};
use crate::web::act::Act;
use crate::web::address::address;
use crate::web::auth::Actor;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::RenderMode;
use crate::web::views::{Choice, CopyLink, Pager};

const PAGE: &str = "/admin/mail";

/// The filters in the address. An invalid one does not filter.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct MailQuery {
    state: String,
    after: String,
}

fn here(state: Option<State>, after: Option<&PublicId>) -> String {
    let state = state.map(State::word).unwrap_or_default();
    let after = after.map(PublicId::as_str).unwrap_or_default();
    address(PAGE, &[("state", state), ("after", after)])
}

/// `GET /admin/mail`.
pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    query: Query<MailQuery>,
    mailer: Data<Mailer>,
    clock: Data<Clock>,
) -> PageResult {
    let t = frame.t;
    let state: Option<State> = query.state.parse().ok();
    let after: Option<PublicId> = query.after.parse().ok();
    let (found, counts) = (
        mailer.list(admin, state, after.clone()).await?,
        mailer.counts(admin).await?,
    );
    let pager = Pager {
        t,
        summary: t.count("mail-summary", found.rows.len() as u64),
        first: after.map(|_| here(state, None)),
        next: found.next.as_ref().map(|mail| here(state, Some(mail))),
    };
    let server = mailer
        .server()
        .map(|server| t.with_all("mail-server", &[("server", server), ("sender", &mailer.sender())]));
    let now = clock.now();
    let page = MailsPage {
        subnav: subnav::admin(&frame, AdminTab::Mail),
        server,
        states: states(t, state, counts),
        active: state.is_some(),
        rows: found.rows.iter().map(|mail| line(t, mail, now)).collect(),
        pager,
        frame: frame.at(Section::Admin),
    };
    Ok(mode.html(&page, page.as_main()))
}

fn states(t: T, chosen: Option<State>, counts: Counts) -> Vec<Choice> {
    let of = |state: State| match state {
        State::Queued => counts.queued,
        State::Sent => counts.sent,
        State::Filed => counts.filed,
        State::Failed => counts.failed,
    };
    let choice = |state: Option<State>, label: String, count: u64| Choice {
        label,
        count: t.number(count),
        href: here(state, None),
        chosen: state == chosen,
    };
    let all = State::ALL.iter().map(|state| of(*state)).sum();
    let each = State::ALL
        .iter()
        .map(|state| choice(Some(*state), state_label(t, *state), of(*state)));
    std::iter::once(choice(None, t.get("mail-state-all"), all))
        .chain(each)
        .collect()
}

/// `GET /admin/mail/{mail}`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    mail: Path<PublicId>,
    mailer: Data<Mailer>,
) -> PageResult {
    let page = page(frame, mailer.get(admin, &mail).await?);
    Ok(mode.html(&page, page.as_main()))
}

fn page(frame: PageFrame, mail: OpenMail) -> MailPage {
    let t = frame.t;
    let OpenMail { row, text, link } = mail;
    let mut facts = vec![
        (t.get("mail-to"), row.to.clone()),
        (t.get("mail-written"), t.full(row.created_at)),
    ];
    if let Some(at) = row.sent_at {
        let word = if row.state == State::Filed {
            "mail-filed-at"
        } else {
            "mail-sent-at"
        };
        facts.push((t.get(word), t.full(at)));
    }
    facts.push((t.get("mail-id"), row.public_id.to_string()));
    let why_none = if row.has_body {
        "mail-text-sealed"
    } else {
        "mail-text-gone"
    };
    MailPage {
        subnav: subnav::admin(&frame, AdminTab::Mail),
        subject: shown(t, &row.subject),
        state: state_chip(t, &row),
        facts,
        // Without a server it would only be filed again.
        again: (frame.mails && row.can_send_again()).then(|| format!("{PAGE}/{}/again", row.public_id)),
        filed: row.state == State::Filed,
        error: row.error,
        link: link.map(|link| CopyLink::new(t, row.public_id.as_str(), link).waiting()),
        text,
        no_text: t.get(why_none),
        frame: frame.at(Section::Admin),
    }
}

/// `POST /admin/mail/{mail}/again`.
pub async fn again(act: Act<Admin>, mailer: Data<Mailer>) -> PageResult {
    let mail = mailer.send_again(act.who, &act.id).await?;
    let path = format!("{PAGE}/{}", mail.public_id);
    Ok(act.done(&path, act.frame.mailed("mail-queued-again", "mail-kept-again")))
}

/// `POST /admin/mail/test`: to the person's own address.
pub async fn test(
    request: HttpRequest,
    frame: PageFrame,
    (actor, admin): (Actor, Admin),
    mailer: Data<Mailer>,
) -> PageResult {
    let to = actor.0.user.email.to_string();
    let mail = mailer.send_test(admin, &to).await?;
    let path = format!("{PAGE}/{}", mail.public_id);
    let said = frame
        .t
        .with(frame.mailed("mail-test-queued", "mail-test-kept"), "address", to);
    Ok(with_toast(htmx::go_to(&request, &path), Tone::Good, &said))
}

impl From<MailError> for Problem {
    fn from(error: MailError) -> Self {
        let detail = error.text();
        match error {
            MailError::NotFound => Self::not_found(),
            MailError::Gone => Self::new(StatusCode::CONFLICT, "mail-text-gone", detail),
            MailError::Address => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no-address", detail),
            MailError::Db(error) => error.into(),
        }
    }
}
