//! The bar above a conversation: its state, whose it is, and what can be done with it.

use askama::Template;

use super::super::when::{self, Quick};
use crate::chats::{Assignee, Change, Chat, ChatState, Handled};
use crate::clock::UnixMs;
use crate::i18n::T;
use crate::web::filters;
use crate::web::layout::Avatar;
use crate::web::views::fragments;

fragments!(HandlingBar);

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_handling.html")]
pub struct HandlingBar {
    pub t: T,
    pub chat: String,
    /// For the forms without JavaScript; empty where a script sends them.
    pub csrf: String,
    /// A guest only looks.
    pub acts: bool,
    pub state: StateView,
    /// Snoozed: until when.
    pub until: Option<String>,
    pub assignee: Option<(Avatar, String)>,
    pub members: Vec<MemberChoice>,
    /// Whose turn it could be: nobody's.
    pub nobody: bool,
    /// What the state's menu offers.
    pub moves: Vec<Action>,
    pub snoozes: Vec<Action>,
    /// The earliest time that the field takes.
    pub earliest: String,
    /// The rest, behind the dots.
    pub more: Vec<Action>,
}

#[derive(Clone, Debug)]
pub struct StateView {
    pub word: &'static str,
    pub icon: &'static str,
    pub label: String,
}

#[derive(Clone, Debug)]
pub struct MemberChoice {
    pub id: String,
    pub name: String,
    pub avatar: Avatar,
    pub chosen: bool,
}

/// A button of a menu.
#[derive(Clone, Debug)]
pub struct Action {
    pub value: &'static str,
    pub icon: &'static str,
    pub label: String,
    /// The key that does the same.
    pub key: Option<char>,
    /// When that is.
    pub detail: Option<String>,
}

pub(in crate::site::chats) fn state_view(t: T, state: ChatState) -> StateView {
    let (icon, key) = match state {
        ChatState::Open => ("inbox", "handling-open"),
        ChatState::Resolved => ("circle-check", "handling-resolved"),
        ChatState::Snoozed => ("alarm-clock", "handling-snoozed"),
        ChatState::Archived => ("archive", "handling-archived"),
    };
    StateView {
        word: state.word(),
        icon,
        label: t.get(key),
    }
}

/// What a button of the menus asks for.
pub(super) fn change_of(act: &str) -> Option<Change> {
    Some(match act {
        "open" => Change::Open,
        "resolve" => Change::Resolve,
        "archive" => Change::Archive,
        "pin" => Change::Pin(true),
        "unpin" => Change::Pin(false),
        "mute" => Change::Mute(true),
        "unmute" => Change::Mute(false),
        "unread" => Change::MarkUnread,
        _ => return None,
    })
}

fn moves(t: T, state: ChatState) -> Vec<Action> {
    let action = |value, icon, label, key| Action {
        value,
        icon,
        label: t.get(label),
        key,
        detail: None,
    };
    let mut moves = Vec::new();
    if state != ChatState::Resolved {
        moves.push(action("resolve", "circle-check", "handling-resolve", Some('e')));
    }
    if state != ChatState::Open {
        moves.push(action(
            "open",
            "inbox",
            "handling-reopen",
            (state == ChatState::Resolved).then_some('e'),
        ));
    }
    moves
}

fn more(t: T, handled: &Handled) -> Vec<Action> {
    let action = |value, icon, label| Action {
        value,
        icon,
        label: t.get(label),
        key: None,
        detail: None,
    };
    let mut more = vec![
        action("unread", "mail", "handling-mark-unread"),
        if handled.pinned {
            action("unpin", "pin", "handling-unpin")
        } else {
            action("pin", "pin", "handling-pin")
        },
        if handled.muted {
            action("unmute", "bell", "handling-unmute")
        } else {
            action("mute", "bell-off", "handling-mute")
        },
    ];
    if handled.state != ChatState::Archived {
        more.push(action("archive", "archive", "handling-archive"));
    }
    more
}

/// What the menu of a row offers.
pub(super) fn of_row(t: T, chat: &Chat) -> Vec<Action> {
    let handled = &chat.handled;
    let mut actions = moves(t, handled.state);
    let unread = chat.unread > 0;
    actions.extend(
        more(t, handled)
            .into_iter()
            .filter(|action| !(unread && action.value == "unread")),
    );
    actions
}

fn snoozes(t: T, now: UnixMs) -> Vec<Action> {
    let quick = |quick: &Quick| Action {
        value: quick.word(),
        icon: "alarm-clock",
        label: t.get(quick.text_key()),
        key: None,
        detail: Some(t.full(quick.at(t.zone, now))),
    };
    Quick::ALL.iter().map(quick).collect()
}

/// As a script needs it; a page adds its token.
pub(in crate::site::chats) fn of(t: T, chat: &Chat, members: &[Assignee], now: UnixMs) -> HandlingBar {
    let handled = &chat.handled;
    let avatar = |member: &Assignee| Avatar::of(member.user.as_str(), &member.name);
    let choice = |member: &Assignee| MemberChoice {
        id: member.user.to_string(),
        name: member.name.clone(),
        avatar: avatar(member),
        chosen: handled
            .assignee
            .as_ref()
            .is_some_and(|assignee| assignee.user == member.user),
    };
    HandlingBar {
        t,
        chat: chat.public_id.to_string(),
        csrf: String::new(),
        acts: true,
        state: state_view(t, handled.state),
        until: handled
            .snoozed_until
            .map(|until| t.with("handling-until", "time", t.short(until, now).label)),
        assignee: handled
            .assignee
            .as_ref()
            .map(|member| (avatar(member), member.name.clone())),
        nobody: handled.assignee.is_none(),
        members: members.iter().map(choice).collect(),
        moves: moves(t, handled.state),
        snoozes: snoozes(t, now),
        earliest: when::field(now, t.zone),
        more: more(t, handled),
    }
}
