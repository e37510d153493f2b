//! The panel at the side of a conversation: what was done with the chat.

use askama::Template;

use crate::chats::{Act, Did, Doer};
use crate::i18n::{Stamp, T};
use crate::ids::PublicId;
use crate::web::filters;
use crate::web::views::fragments;

fragments!(Panel);

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_panel.html")]
pub struct Panel {
    pub t: T,
    pub chat: String,
    pub history: Vec<ActView>,
}

#[derive(Clone, Debug)]
pub struct ActView {
    pub icon: &'static str,
    pub text: String,
    pub at: Stamp,
}

pub(super) fn of(t: T, chat: &PublicId, acts: &[Act]) -> Panel {
    Panel {
        t,
        chat: chat.to_string(),
        history: acts.iter().map(|act| view(t, act)).collect(),
    }
}

fn view(t: T, act: &Act) -> ActView {
    let somebody = || t.get("handling-somebody");
    let who = act.who.clone().unwrap_or_else(somebody);
    let whom = act.whom.clone().unwrap_or_else(somebody);
    let until = act.until.map(|until| t.full(until)).unwrap_or_default();
    let label = act.label.clone().unwrap_or_default();
    let (icon, key) = match (act.did, act.doer) {
        (Did::Assigned, _) if act.who == act.whom => ("user", "handling-did-take"),
        (Did::Assigned, _) => ("user", "handling-did-assign"),
        (Did::Unassigned, _) => ("user", "handling-did-unassign"),
        (Did::Left, _) => ("log-out", "handling-did-leave"),
        (Did::Reopened, Doer::Message) => ("inbox", "handling-did-reopen-message"),
        (Did::Reopened, Doer::Clock) => ("alarm-clock", "handling-did-reopen-clock"),
        (Did::Reopened, Doer::Member) => ("inbox", "handling-did-reopen"),
        (Did::Resolved, _) => ("circle-check", "handling-did-resolve"),
        (Did::Snoozed, _) => ("alarm-clock", "handling-did-snooze"),
        (Did::Archived, _) => ("archive", "handling-did-archive"),
        (Did::Pinned, _) => ("pin", "handling-did-pin"),
        (Did::Unpinned, _) => ("pin", "handling-did-unpin"),
        (Did::Muted, _) => ("bell-off", "handling-did-mute"),
        (Did::Unmuted, _) => ("bell", "handling-did-unmute"),
        (Did::Labelled, _) => ("tag", "handling-did-label"),
        (Did::Unlabelled, _) => ("tag", "handling-did-unlabel"),
    };
    let values = [
        ("who", who.as_str()),
        ("whom", whom.as_str()),
        ("until", until.as_str()),
        ("label", label.as_str()),
    ];
    ActView {
        icon,
        text: t.with_all(key, &values),
        at: t.at(act.at),
    }
}
