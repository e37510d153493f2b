//! The list beside the conversation: rows and filters.

use rusqlite::Connection;
use serde::Deserialize;

use super::inbox::Inbox;
use super::views::{ChatList, FilterChip};
use super::{render, search};
use crate::chats::{self, Chat, ChatCursor, ChatFilter, Chats};
use crate::clock::UnixMs;
use crate::db::{self, Page};
use crate::ids::{PublicId, WorkspaceId};
use crate::sessions::Session;
use crate::web::address::address;
use crate::web::problem::Problem;
use crate::web::views::Badge;

pub(super) const PAGE: &str = "/chats";
const UNREAD: &str = "unread";
/// Rows per response; a reader who scrolled further starts again from here.
const MOST_ROWS: u32 = 500;

/// The filters in the address.
#[derive(Deserialize, Default)]
pub struct Asked {
    q: Option<String>,
    /// Empty for all, `unread`, or the id of a number.
    filter: Option<String>,
    after: Option<String>,
    /// How many rows the page shows already.
    rows: Option<String>,
    #[serde(flatten)]
    pub(super) narrow: search::Narrow,
}

impl Asked {
    pub(super) fn query(&self) -> &str {
        self.q.as_deref().map(str::trim).unwrap_or_default()
    }

    pub(super) fn filter(&self) -> &str {
        self.filter.as_deref().unwrap_or_default()
    }

    pub(super) fn continues(&self) -> bool {
        self.after.is_some() || self.narrow.continues()
    }

    /// Whole pages, as many as the reader has scrolled through, up to a limit.
    fn rows(&self) -> u32 {
        let shown: u32 = self.rows.as_deref().and_then(|rows| rows.parse().ok()).unwrap_or(0);
        shown.clamp(1, MOST_ROWS).next_multiple_of(Chats::PAGE)
    }

    pub(super) fn wanted(&self, now: UnixMs) -> Result<Wanted, Problem> {
        let filter = self.to_filter()?;
        let search = search::Wanted::of(self, filter.session.clone(), now)?;
        Ok(Wanted {
            filter,
            after: self.cursor()?,
            rows: self.rows(),
            search,
        })
    }

    fn to_filter(&self) -> Result<ChatFilter, Problem> {
        let session = Some(self.filter()).filter(|word| !word.is_empty() && *word != UNREAD);
        let session = session.map(str::parse::<PublicId>).transpose();
        Ok(ChatFilter {
            search: None,
            unread: self.filter() == UNREAD,
            session: session.map_err(|_| Problem::not_found())?,
        })
    }

    fn cursor(&self) -> Result<Option<ChatCursor>, Problem> {
        let cursor = self.after.as_deref().map(str::parse::<ChatCursor>).transpose();
        cursor.map_err(|_| Problem::not_found())
    }
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
    Chats(Page<Chat, ChatCursor>),
    Search(search::Rows),
}

impl ListRows {
    pub(super) fn read(c: &Connection, workspace: WorkspaceId, wanted: &Wanted) -> db::Result<Self> {
        let Wanted {
            filter,
            after,
            rows,
            search,
        } = wanted;
        Ok(match search {
            Some(search) => Self::Search(search::Rows::read(c, workspace, search)?),
            None => Self::Chats(chats::list_in(c, workspace, filter, after.as_ref(), *rows)?),
        })
    }
}

impl Inbox {
    /// `open` is the chat beside the list; `many` adds the name of our number to each row.
    pub(super) fn list_of(&self, rows: ListRows, asked: &Asked, open: Option<&PublicId>, many: bool) -> ChatList {
        let (t, now, filter) = (self.frame.t, self.now(), asked.filter());
        let list = ChatList {
            t,
            href: address(PAGE, &[("filter", filter)]),
            rows: Vec::new(),
            results: None,
            more: None,
            filtered: !filter.is_empty(),
        };
        match rows {
            ListRows::Chats(page) => {
                let row = |chat| render::row(t, chat, open, many, now);
                let next = page.next.map(|cursor| cursor.to_string());
                ChatList {
                    rows: page.rows.iter().map(row).collect(),
                    more: next.map(|after| address(PAGE, &[("filter", filter), ("after", &after)])),
                    ..list
                }
            }
            ListRows::Search(rows) => {
                let mut parameters = vec![("filter", filter)];
                parameters.extend(asked.narrow.parameters());
                ChatList {
                    href: address(PAGE, &parameters),
                    results: Some(self.results_of(&rows, asked)),
                    ..list
                }
            }
        }
    }

    /// All, unread, and each number if there are several.
    pub(super) fn chips(&self, asked: &Asked, numbers: &[Session]) -> Vec<FilterChip> {
        let (frame, query) = (&self.frame, asked.query());
        let chip = |label: String, word: &str, count: Option<Badge>| FilterChip {
            label,
            href: address(PAGE, &[("q", query), ("filter", word)]),
            chosen: asked.filter() == word,
            count,
        };
        let unread = Badge {
            id: "chip-unread",
            count: frame.unread,
        };
        let mut chips = vec![
            chip(frame.t.get("chats-all"), "", None),
            chip(frame.t.get("chats-unread-filter"), UNREAD, Some(unread)),
        ];
        if numbers.len() > 1 {
            let numbers = numbers.iter();
            chips.extend(numbers.map(|session| chip(session.name.clone(), session.public_id.as_str(), None)));
        }
        chips
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
    fn a_filter_is_unread_or_a_number_and_anything_else_is_not_found() {
        assert!(asked("unread").to_filter().unwrap().unread);
        let id = PublicId::new("ses");
        assert_eq!(asked(id.as_str()).to_filter().unwrap().session, Some(id));
        assert!(asked("everything").to_filter().is_err());
    }
}
