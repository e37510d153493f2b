//! The health of a number: what WhatsApp says of it, how it fares, and what became of it.

pub mod api;

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};

use super::render;
use super::views::{HealthPage, HealthShown, PastRow, Why};
use crate::accounts::Scope;
use crate::chats::{Chats, Failure, Standing};
use crate::clock::{Clock, UnixMs};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::sessions::{Health, PastState, QuotaNow, Session, Sessions};
use crate::web::htmx::Tone;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::Meter;

/// WhatsApp's words for a way out that is open to the account.
const OPEN: [&str; 3] = ["ELIGIBLE", "AVAILABLE", "ACTIVE_ELIGIBLE"];

/// Everything that is known of a number's health, read once.
pub(super) struct Known {
    pub session: Session,
    pub health: Health,
    pub history: Vec<PastState>,
    pub standing: Standing,
    pub last_frame: Option<Duration>,
    /// The version that the number names, and since when it is known to be current.
    pub version: Option<wa_client::ClientVersion>,
}

impl Known {
    pub(super) async fn of(
        scope: Scope,
        id: &PublicId,
        sessions: &Sessions,
        chats: &Chats,
    ) -> Result<Self, crate::sessions::SessionError> {
        let session = sessions.get(scope, id).await?;
        Ok(Self {
            health: sessions.health(scope, id).await?,
            history: sessions.history(scope, id).await?,
            standing: chats.standing(scope, session.id).await?,
            last_frame: sessions.last_frame_age(&session),
            version: sessions.client_version().await,
            session,
        })
    }
}

/// `GET /sessions/{session}/health`: the page, or what it says when it refreshes itself.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    (sessions, chats): (Data<Sessions>, Data<Chats>),
    clock: Data<Clock>,
) -> Result<HttpResponse, PageError> {
    let known = Known::of(scope, &id, &sessions, &chats).await?;
    let shown = shown(frame.t, &known, clock.now());
    if mode == RenderMode::Fragment {
        return Ok(html(StatusCode::OK, &shown));
    }
    let page = HealthPage {
        frame: frame.at(Section::Sessions),
        shown,
    };
    Ok(html(StatusCode::OK, &page))
}

fn shown(t: T, known: &Known, now: UnixMs) -> HealthShown {
    let session = &known.session;
    HealthShown {
        t,
        id: session.public_id.to_string(),
        name: session.name.clone(),
        phone: session.phone.as_deref().map(crate::i18n::phone),
        state: render::state_chip(t, session),
        since: t.ago(session.since, now),
        notices: notices(t, known, now),
        quota: known.health.quota.as_ref().and_then(|quota| meter(t, quota)),
        link: link(t, known, now),
        new_chats: new_chats(t, known, now),
        people: people(t, &known.standing),
        history: known.history.iter().map(|past| past_row(t, past, now)).collect(),
    }
}

/// What a person should know or do, the worst first.
pub(super) fn notices(t: T, known: &Known, now: UnixMs) -> Vec<Why> {
    let (session, mut all) = (&known.session, Vec::new());
    let ahead = |until: Option<UnixMs>| until.filter(|until| *until > now);
    all.extend(render::why(t, session, session.fix()));
    if let Some(until) = ahead(session.locked_until) {
        all.push(Why {
            tone: Tone::Warn,
            what: t.with("health-locked", "time", t.full(until)),
            hint: t.get("health-locked-hint"),
        });
    }
    if let Some(until) = ahead(session.quota_until) {
        let quota = known.health.quota.as_ref();
        let is_open = |word: Option<&String>| word.is_some_and(|word| OPEN.contains(&word.as_str()));
        let mut ways = vec![t.get("health-quota-replies")];
        if is_open(quota.and_then(|quota| quota.extension.as_ref())) {
            ways.push(t.get("health-quota-extension"));
        }
        if is_open(quota.and_then(|quota| quota.verified.as_ref())) {
            ways.push(t.get("health-quota-verified"));
        }
        all.push(Why {
            tone: Tone::Warn,
            what: t.with("health-quota-used", "time", t.full(until)),
            hint: ways.join(" "),
        });
    }
    if let Some(at) = known.health.retires_at {
        all.push(Why {
            tone: if at > now { Tone::Warn } else { Tone::Bad },
            what: t.with("health-retires", "date", t.long_date(at)),
            hint: t.get("health-retires-hint"),
        });
    }
    all
}

fn meter(t: T, quota: &QuotaNow) -> Option<Meter> {
    let total = quota.total.filter(|total| *total > 0)?;
    let percent = (quota.used.min(total) * 100 / total).min(100);
    let (used, all) = (t.number(quota.used), t.number(total));
    Some(Meter {
        label: t.get("health-quota"),
        value: t.with_all("health-quota-of", &[("used", &used), ("total", &all)]),
        percent: u8::try_from(percent).unwrap_or(100),
        tone: match percent {
            0..80 => Tone::Good,
            80..100 => Tone::Warn,
            _ => Tone::Bad,
        },
        note: None,
    })
}

type Facts = Vec<(String, String)>;

fn link(t: T, known: &Known, now: UnixMs) -> Facts {
    let (session, never) = (&known.session, || t.get("health-never"));
    let at = |at: Option<UnixMs>| at.map_or_else(never, |at| t.full(at));
    let frame = known.last_frame.map(|age| now.minus(age));
    let mut facts = vec![
        (
            t.get("health-last-frame"),
            frame.map_or_else(|| t.get("health-no-link"), |at| t.full(at)),
        ),
        (t.get("health-last-receipt"), at(known.health.receipt_at)),
        (
            t.get("health-linked"),
            session.linked_at.map_or_else(never, |at| linked(t, at, now)),
        ),
    ];
    if let Some(version) = known.version {
        facts.push((t.get("health-version"), version.version.to_string()));
    }
    if let Some(platform) = &session.platform {
        facts.push((t.get("health-phone"), platform.clone()));
    }
    facts
}

/// The day; of one that is over a week ago also how long ago that was.
fn linked(t: T, at: UnixMs, now: UnixMs) -> String {
    let days = now.since(at).as_secs() / (24 * 60 * 60);
    match days {
        0..7 => t.day(at, now),
        _ => format!("{} ({})", t.day(at, now), t.count("health-days", days)),
    }
}

fn new_chats(t: T, known: &Known, now: UnixMs) -> Facts {
    let (session, health) = (&known.session, &known.health);
    let locked = session.locked_until.filter(|until| *until > now);
    let mut facts = vec![(
        t.get("health-lock"),
        match (locked, health.lock_at) {
            (Some(until), _) => t.with("health-lock-until", "time", t.full(until)),
            (None, Some(at)) => t.with("health-lock-none", "time", t.full(at)),
            (None, None) => t.get("health-not-said"),
        },
    )];
    if let Some(kind) = health.lock_kind.as_ref().filter(|_| locked.is_some()) {
        facts.push((t.get("health-lock-kind"), kind.clone()));
    }
    let Some(quota) = &health.quota else {
        facts.push((t.get("health-quota"), t.get("health-not-said")));
        return facts;
    };
    if quota.total.is_none() {
        facts.push((t.get("health-quota"), t.get("health-quota-none")));
    }
    if let Some(ends) = quota.ends_at {
        facts.push((t.get("health-quota-ends"), t.full(ends)));
    }
    facts.push((t.get("health-quota-at"), t.full(quota.at)));
    facts
}

fn people(t: T, standing: &Standing) -> Facts {
    let replies = match standing.reply_percent() {
        Some(percent) => {
            let (percent, answered) = (percent.to_string(), t.number(u64::from(standing.answered)));
            let all = t.number(u64::from(standing.conversations));
            let values = [("percent", percent.as_str()), ("answered", &answered), ("all", &all)];
            t.with_all("health-replies-of", &values)
        }
        None => t.get("health-replies-none"),
    };
    let mut facts = vec![
        (t.get("health-replies"), replies),
        (t.get("health-failed"), t.number(u64::from(standing.failed()))),
    ];
    for (failure, count) in &standing.failures {
        facts.push((failed(t, *failure), t.number(u64::from(*count))));
    }
    facts.push((t.get("health-unreached"), t.number(u64::from(standing.unreached))));
    facts
}

fn failed(t: T, failure: Failure) -> String {
    t.get(&format!("message-failed-{}", failure.word().replace('_', "-")))
}

fn past_row(t: T, past: &PastState, now: UnixMs) -> PastRow {
    PastRow {
        state: render::chip(t, past.state),
        why: past.reason.map(|reason| t.get(&reason.text_key())).unwrap_or_default(),
        said: past.detail.clone(),
        at: t.short(past.at, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_text() {
        for failure in Failure::ALL {
            assert!(
                !failed(T::default(), *failure).starts_with("message-failed"),
                "{failure}"
            );
        }
    }
}
