//! The list beside the conversation: rows, filters, search.

use rusqlite::Connection;
use serde::Deserialize;

use super::inbox::Inbox;
use super::render;
use super::views::{ChatList, FilterChip};
use crate::chats::{self, Chat, ChatCursor, ChatFilter, Chats, Found};
use crate::db::{self, Page};
use crate::ids::{PublicId, WorkspaceId};
use crate::sessions::Session;
use crate::web::address::address;
use crate::web::problem::Problem;
use crate::web::views::Badge;

const PAGE: &str = "/chats";
const UNREAD: &str = "unread";
/// Rows per response; a reader who scrolled further starts again from here.
const MOST_ROWS: u32 = 500;
/// A single letter would match half of everything.
const SEARCHABLE_CHARS: usize = 2;

/// The filters in the address.
#[derive(Deserialize, Default)]
pub struct Asked {
    q: Option<String>,
    /// Empty for all, `unread`, or the id of a number.
    filter: Option<String>,
    after: Option<String>,
    /// How many rows the page shows already.
    rows: Option<String>,
}

impl Asked {
    pub(super) fn query(&self) -> &str {
        self.q.as_deref().map(str::trim).unwrap_or_default()
    }

    pub(super) fn filter(&self) -> &str {
        self.filter.as_deref().unwrap_or_default()
    }

    pub(super) fn continues(&self) -> bool {
        self.after.is_some()
    }

    /// Whole pages, as many as the reader has scrolled through, up to a limit.
    fn rows(&self) -> u32 {
        let shown: u32 = self.rows.as_deref().and_then(|rows| rows.parse().ok()).unwrap_or(0);
        shown.clamp(1, MOST_ROWS).next_multiple_of(Chats::PAGE)
    }

    pub(super) fn wanted(&self) -> Result<Wanted, Problem> {
        let searches = self.query().chars().count() >= SEARCHABLE_CHARS && self.filter().is_empty();
        Ok(Wanted {
            filter: self.to_filter()?,
            after: self.cursor()?,
            rows: self.rows(),
            words: (searches && !self.continues()).then(|| self.query().to_owned()),
        })
    }

    fn to_filter(&self) -> Result<ChatFilter, Problem> {
        let session = Some(self.filter()).filter(|word| !word.is_empty() && *word != UNREAD);
        let session = session.map(str::parse::<PublicId>).transpose();
        Ok(ChatFilter {
            search: Some(self.query().to_owned()).filter(|query| !query.is_empty()),
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
    /// Words to look for in messages.
    words: Option<String>,
}

/// The rows of the list.
pub(super) struct ListRows {
    page: Page<Chat, ChatCursor>,
    /// Messages with the words that were searched for.
    found: Vec<Found>,
}

impl ListRows {
    pub(super) fn read(c: &Connection, workspace: WorkspaceId, wanted: &Wanted) -> db::Result<Self> {
        let Wanted {
            filter,
            after,
            rows,
            words,
        } = wanted;
        Ok(Self {
            page: chats::list_in(c, workspace, filter, after.as_ref(), *rows)?,
            found: match words {
                Some(words) => chats::search_in(c, workspace, words, Chats::SEARCH_PAGE)?,
                None => Vec::new(),
            },
        })
    }
}

impl Inbox {
    /// `open` is the chat beside the list; `many` adds the name of our number to each row.
    pub(super) fn list_of(&self, rows: ListRows, asked: &Asked, open: Option<&PublicId>, many: bool) -> ChatList {
        let (t, now, filter) = (self.frame.t, self.now(), asked.filter());
        let ListRows { page, found } = rows;
        let row = |chat| render::row(t, chat, open, many, now);
        let hit = |found| render::hit(t, found, asked.query(), many, now);
        let next = page.next.map(|cursor| cursor.to_string());
        ChatList {
            t,
            href: address(PAGE, &[("filter", filter)]),
            rows: page.rows.iter().map(row).collect(),
            hits: found.iter().map(hit).collect(),
            more: next.map(|after| address(PAGE, &[("q", asked.query()), ("filter", filter), ("after", &after)])),
            filtered: !asked.query().is_empty() || !filter.is_empty(),
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
