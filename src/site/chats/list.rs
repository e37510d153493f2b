//! The list beside the conversation: rows and filters.

use std::collections::HashMap;

use rusqlite::Connection;
use serde::Deserialize;

use super::inbox::Inbox;
use super::views::ChatList;
use super::{rows, search};
use crate::accounts::Scope;
use crate::chats::{self, Chat, ChatCursor, ChatFilter, ChatState, Chats, Shelf, Tab};
use crate::clock::UnixMs;
use crate::db::{self, Page};
use crate::ids::{ChatId, PublicId, UserId};
use crate::web::address::address;
use crate::web::problem::Problem;
use crate::zone::Zone;

pub(super) const PAGE: &str = "/chats";
pub(super) const UNREAD: &str = "unread";
/// How the id of a label begins.
const LABEL: &str = "lbl_";
/// Rows per response; a reader who scrolled further starts again from here.
const MOST_ROWS: u32 = 500;

/// Letters of a search; more words than that find nothing anyhow.
const MOST_ASKED: usize = 200;

/// The filters in the address.
#[derive(Deserialize, Default)]
pub struct Asked {
    q: Option<String>,
    /// Empty for all, `unread`, or the id of a number or of a label.
    filter: Option<String>,
    /// Whose chats; everybody's without it.
    tab: Option<String>,
    /// In which state; open ones without it.
    state: Option<String>,
    after: Option<String>,
    /// How many rows the page shows already.
    rows: Option<String>,
    #[serde(flatten)]
    pub(super) narrow: search::Narrow,
}

impl Asked {
    pub(super) fn query(&self) -> &str {
        let typed = self.q.as_deref().map(str::trim).unwrap_or_default();
        // Every link of the page repeats it.
        typed
            .char_indices()
            .nth(MOST_ASKED)
            .map_or(typed, |(end, _)| &typed[..end])
    }

    pub(super) fn filter(&self) -> &str {
        self.filter.as_deref().unwrap_or_default()
    }

    pub(super) fn tab(&self) -> Tab {
        self.tab.as_deref().and_then(|word| word.parse().ok()).unwrap_or(TAB)
    }

    pub(super) fn state(&self) -> ChatState {
        self.state
            .as_deref()
            .and_then(|word| word.parse().ok())
            .unwrap_or(STATE)
    }

    /// The same in an address; what goes without saying is empty.
    pub(super) fn parameters(&self) -> [(&'static str, &'static str); 2] {
        shelf_parameters(self.tab(), self.state())
    }

    /// The keys of title and text of an empty list that something narrows.
    fn narrowed(&self) -> Option<(&'static str, &'static str)> {
        Some(match (self.filter(), self.state(), self.tab()) {
            (UNREAD, ..) => ("chats-no-unread-title", "chats-no-unread-text"),
            ("", ChatState::Resolved, _) => ("chats-no-resolved-title", "chats-no-resolved-text"),
            ("", ChatState::Snoozed, _) => ("chats-no-snoozed-title", "chats-no-snoozed-text"),
            ("", ChatState::Archived, _) => ("chats-no-archived-title", "chats-no-archived-text"),
            ("", ChatState::Open, Tab::Mine) => ("chats-no-mine-title", "chats-no-mine-text"),
            ("", ChatState::Open, Tab::Unassigned) => ("chats-no-unassigned-title", "chats-no-unassigned-text"),
            ("", ChatState::Open, Tab::All) => return None,
            _ => ("chats-no-such-title", "chats-no-such-text"),
        })
    }

    pub(super) fn continues(&self) -> bool {
        self.after.is_some() || self.narrow.continues()
    }

    /// Whole pages, as many as the reader has scrolled through, up to a limit.
    fn rows(&self) -> u32 {
        let shown: u32 = self.rows.as_deref().and_then(|rows| rows.parse().ok()).unwrap_or(0);
        shown.clamp(1, MOST_ROWS).next_multiple_of(Chats::PAGE)
    }

    /// `user` is the reader.
    pub(super) fn wanted(&self, user: UserId, now: UnixMs, zone: Zone) -> Result<Wanted, Problem> {
        let filter = self.to_filter(user)?;
        let search = search::Wanted::of(self, filter.session.clone(), now, zone)?;
        Ok(Wanted {
            filter,
            after: self.cursor()?,
            rows: self.rows(),
            search,
        })
    }

    fn to_filter(&self, user: UserId) -> Result<ChatFilter, Problem> {
        let word = self.filter();
        let id = Some(word).filter(|word| !word.is_empty() && *word != UNREAD);
        let id = id.map(str::parse::<PublicId>).transpose();
        let id = id.map_err(|_| Problem::not_found())?;
        let (label, session) = if word.starts_with(LABEL) {
            (id, None)
        } else {
            (None, id)
        };
        Ok(ChatFilter {
            search: None,
            unread: word == UNREAD,
            session,
            label,
            shelf: Some(Shelf {
                tab: self.tab(),
                state: self.state(),
                user,
            }),
        })
    }

    fn cursor(&self) -> Result<Option<ChatCursor>, Problem> {
        let cursor = self.after.as_deref().map(str::parse::<ChatCursor>).transpose();
        cursor.map_err(|_| Problem::not_found())
    }
}

/// The list that nothing in the address narrows.
const TAB: Tab = Tab::All;
const STATE: ChatState = ChatState::Open;

fn shelf_parameters(tab: Tab, state: ChatState) -> [(&'static str, &'static str); 2] {
    [
        ("tab", if tab == TAB { "" } else { tab.word() }),
        ("state", if state == STATE { "" } else { state.word() }),
    ]
}

/// The address of a list.
pub(super) fn place(query: &str, filter: &str, tab: Tab, state: ChatState) -> String {
    let mut parameters = vec![("q", query), ("filter", filter)];
    parameters.extend(shelf_parameters(tab, state));
    address(PAGE, &parameters)
}

/// The request for the list's rows.
pub(super) struct Wanted {
    filter: ChatFilter,
    after: Option<ChatCursor>,
    rows: u32,
    /// What takes the place of the list.
    search: Option<search::Wanted>,
}

/// The rows of the list, or of the search in its place.
pub(super) enum ListRows {
    /// With what the reader has begun to write in each.
    Chats(Page<Chat, ChatCursor>, HashMap<ChatId, String>),
    Search(Box<search::Rows>),
}

impl ListRows {
    pub(super) fn read(c: &Connection, scope: Scope, wanted: &Wanted) -> db::Result<Self> {
        let workspace = scope.workspace;
        let Wanted {
            filter,
            after,
            rows,
            search,
        } = wanted;
        Ok(match search {
            Some(search) => Self::Search(Box::new(search::Rows::read(c, workspace, search)?)),
            None => {
                let page = chats::list_in(c, workspace, filter, after.as_ref(), *rows)?;
                let ids: Vec<ChatId> = page.rows.iter().map(|chat| chat.id).collect();
                let drafts = chats::drafts_of_in(c, scope.user, &ids)?;
                Self::Chats(page, drafts)
            }
        })
    }
}

impl Inbox {
    /// `open` is the chat beside the list; `many` adds the name of our number to each row.
    pub(super) fn list_of(&self, rows: ListRows, asked: &Asked, open: Option<&PublicId>, many: bool) -> ChatList {
        let (t, now, filter) = (self.frame.t, self.now(), asked.filter());
        let mut parameters = vec![("filter", filter)];
        parameters.extend(asked.parameters());
        let list = ChatList {
            t,
            href: address(PAGE, &parameters),
            rows: Vec::new(),
            results: None,
            more: None,
            narrowed: asked.narrowed(),
        };
        match rows {
            ListRows::Chats(page, drafts) => {
                let row = |chat: &Chat| {
                    let mut row = rows::row(t, chat, open, many, now);
                    row.acts = !self.frame.read_only;
                    row.preview.draft = drafts.get(&chat.id).map(|body| rows::draft(body));
                    row
                };
                let next = page.next.map(|cursor| cursor.to_string());
                let more = |after: &String| {
                    let mut parameters = parameters.clone();
                    parameters.push(("after", after));
                    address(PAGE, &parameters)
                };
                ChatList {
                    rows: page.rows.iter().map(row).collect(),
                    more: next.as_ref().map(more),
                    ..list
                }
            }
            ListRows::Search(rows) => {
                parameters.extend(asked.narrow.parameters());
                ChatList {
                    href: address(PAGE, &parameters),
                    results: Some(self.results_of(&rows, asked)),
                    ..list
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(filter: &str) -> Asked {
        Asked {
            filter: Some(filter.to_owned()),
            ..Asked::default()
        }
    }

    #[test]
    fn a_filter_is_unread_a_number_or_a_label_and_anything_else_is_not_found() {
        let filter = |word: &str| asked(word).to_filter(UserId(1));
        assert!(filter("unread").unwrap().unread);
        let id = PublicId::new("ses");
        assert_eq!(filter(id.as_str()).unwrap().session, Some(id));
        let id = PublicId::new("lbl");
        assert_eq!(filter(id.as_str()).unwrap().label, Some(id));
        assert!(filter("everything").is_err());
    }

    #[test]
    fn an_empty_list_says_what_is_not_there() {
        let (t, mut titles) = (crate::i18n::T::default(), std::collections::BTreeSet::new());
        for (tab, state, filter) in [
            ("mine", "open", ""),
            ("unassigned", "open", ""),
            ("all", "resolved", ""),
            ("mine", "snoozed", ""),
            ("all", "archived", ""),
            ("all", "open", UNREAD),
            ("all", "open", "lbl_1"),
        ] {
            let asked = Asked {
                tab: Some(tab.to_owned()),
                state: Some(state.to_owned()),
                ..asked(filter)
            };
            let (title, text) = asked.narrowed().unwrap();
            assert!(t.get(title) != title && t.get(text) != text, "{title}");
            assert!(titles.insert(title), "{title} is said of two lists");
        }
        assert_eq!(Asked::default().narrowed(), None);
    }

    #[test]
    fn the_list_is_everybodys_open_chats_unless_the_address_says_otherwise() {
        let shelf = |asked: &Asked| asked.to_filter(UserId(1)).unwrap().shelf.unwrap();
        let plain = shelf(&Asked::default());
        assert_eq!((plain.tab, plain.state), (Tab::All, ChatState::Open));
        let mine = Asked {
            tab: Some("mine".to_owned()),
            state: Some("snoozed".to_owned()),
            ..Asked::default()
        };
        assert_eq!((shelf(&mine).tab, shelf(&mine).state), (Tab::Mine, ChatState::Snoozed));
        assert_eq!(place("", "", Tab::All, ChatState::Open), "/chats");
        assert_eq!(
            place("", UNREAD, Tab::Mine, ChatState::Snoozed),
            "/chats?filter=unread&tab=mine&state=snoozed"
        );
    }
}
