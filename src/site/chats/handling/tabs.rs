//! Whose chats the list shows, and in which state: chips above it, each with how many there are.

use askama::Template;

use super::super::list::{Asked, UNREAD, place};
use super::super::views::FilterChip;
use super::bar::state_view;
use crate::chats::{ChatState, Counts, Label, Shelf, Tab};
use crate::i18n::T;
use crate::ids::UserId;
use crate::sessions::Session;
use crate::web::filters;
use crate::web::views::{Badge, fragments};

fragments!(Tabs);

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_tabs.html")]
pub struct Tabs {
    pub t: T,
    pub tabs: Vec<TabChip>,
    pub states: Vec<TabChip>,
    /// Unread, and each number if there are several.
    pub filters: Vec<FilterChip>,
    /// Each with its colour.
    pub labels: Vec<(FilterChip, &'static str)>,
}

#[derive(Clone, Debug)]
pub struct TabChip {
    pub label: String,
    pub icon: Option<&'static str>,
    pub href: String,
    pub chosen: bool,
    pub count: u64,
}

/// What the chips are made of.
pub(in crate::site::chats) struct Known<'a> {
    pub user: UserId,
    pub counts: &'a Counts,
    pub numbers: &'a [Session],
    pub labels: &'a [Label],
    /// The number of chats with unread messages.
    pub unread: u64,
}

pub(in crate::site::chats) fn of(t: T, asked: &Asked, known: &Known<'_>) -> Tabs {
    let (tab, state) = (asked.tab(), asked.state());
    let Known {
        user,
        counts,
        numbers,
        labels,
        unread,
    } = *known;
    let count = |tab, state| counts.of(Shelf { tab, state, user });
    let tab_chip = |one: &Tab| TabChip {
        label: t.get(tab_key(*one)),
        icon: None,
        href: place(asked.query(), asked.filter(), *one, state),
        chosen: *one == tab,
        count: count(*one, state),
    };
    let state_chip = |one: &ChatState| {
        let view = state_view(t, *one);
        TabChip {
            label: view.label,
            icon: Some(view.icon),
            href: place(asked.query(), asked.filter(), tab, *one),
            chosen: *one == state,
            count: count(tab, *one),
        }
    };
    // A filter that holds leads back to the list without it.
    let filter = |label: String, word: &str, count: Option<Badge>| {
        let chosen = asked.filter() == word;
        FilterChip {
            label,
            href: place(asked.query(), if chosen { "" } else { word }, tab, state),
            chosen,
            count,
        }
    };
    let badge = Badge {
        id: "chip-unread",
        count: unread,
    };
    let mut filters = vec![filter(t.get("chats-unread-filter"), UNREAD, Some(badge))];
    if numbers.len() > 1 {
        let numbers = numbers.iter();
        filters.extend(numbers.map(|session| filter(session.name.clone(), session.public_id.as_str(), None)));
    }
    let label_chip = |label: &Label| (filter(label.name.clone(), label.id.as_str(), None), label.colour.word());
    let labels = labels.iter().map(label_chip).collect();
    Tabs {
        t,
        labels,
        tabs: Tab::ALL.iter().map(tab_chip).collect(),
        states: ChatState::ALL.iter().map(state_chip).collect(),
        filters,
    }
}

const fn tab_key(tab: Tab) -> &'static str {
    match tab {
        Tab::Mine => "chats-mine",
        Tab::Unassigned => "chats-unassigned",
        Tab::All => "chats-all",
    }
}
