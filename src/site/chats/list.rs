//! The list beside the conversation: rows, filters, search.

use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::views::{ChatList, FilterChip};
use super::{Inbox, render};
use crate::chats::{ChatCursor, ChatFilter};
use crate::ids::PublicId;
use crate::sessions::Session;
use crate::web::problem::{PageError, Problem};
use crate::web::views::Badge;

const UNREAD: &str = "unread";
/// Rows of one reply; whoever scrolled further than this starts again from here.
const MOST_ROWS: usize = 500;
/// One letter finds half of everything.
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

    /// A refresh shows no fewer rows than before, within reason.
    fn at_least(&self) -> usize {
        let shown = self.rows.as_deref().and_then(|rows| rows.parse().ok()).unwrap_or(0);
        usize::min(shown, MOST_ROWS)
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

/// `/chats` with these parameters, those without a value left out.
fn address(parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query = Serializer::new(String::new()).extend_pairs(given).finish();
    if query.is_empty() {
        "/chats".to_owned()
    } else {
        format!("/chats?{query}")
    }
}

/// Draws the list for one request.
pub(super) struct Lists<'a> {
    inbox: &'a Inbox<'a>,
    sessions: Vec<Session>,
}

impl<'a> Lists<'a> {
    pub(super) async fn of(inbox: &'a Inbox<'a>) -> Result<Self, PageError> {
        let sessions = inbox.sessions.list(inbox.scope).await?;
        Ok(Self { inbox, sessions })
    }

    pub(super) fn nothing_linked(&self) -> bool {
        !self.sessions.iter().any(Session::is_linked)
    }

    fn many(&self) -> bool {
        self.sessions.len() > 1
    }

    pub(super) async fn list(&self, asked: &Asked, open: Option<&PublicId>) -> Result<ChatList, PageError> {
        let Inbox {
            scope,
            shell,
            chats,
            clock,
            ..
        } = self.inbox;
        let (t, now) = (shell.t, clock.now());
        let mut page = chats.list(*scope, asked.to_filter()?, asked.cursor()?).await?;
        while let Some(next) = page.next.take_if(|_| page.chats.len() < asked.at_least()) {
            let further = chats.list(*scope, asked.to_filter()?, Some(next)).await?;
            page.chats.extend(further.chats);
            page.next = further.next;
        }
        let row = |chat| render::row(t, chat, open, self.many(), now);
        let searches = asked.query().chars().count() >= SEARCHABLE_CHARS && !asked.continues();
        let found = if searches && asked.filter().is_empty() {
            chats.search(*scope, asked.query()).await?
        } else {
            Vec::new()
        };
        let next = page.next.map(|cursor| cursor.to_string());
        let filter = asked.filter();
        Ok(ChatList {
            t,
            href: address(&[("filter", filter)]),
            rows: page.chats.iter().map(row).collect(),
            hits: found
                .iter()
                .map(|found| render::hit(t, found, asked.query(), self.many(), now))
                .collect(),
            more: next.map(|after| address(&[("q", asked.query()), ("filter", filter), ("after", &after)])),
            filtered: !asked.query().is_empty() || !filter.is_empty(),
        })
    }

    /// All, unread, and each number where there are several.
    pub(super) fn chips(&self, asked: &Asked) -> Vec<FilterChip> {
        let (shell, query) = (self.inbox.shell, asked.query());
        let chip = |label: String, word: &str, count: Option<Badge>| FilterChip {
            label,
            href: address(&[("q", query), ("filter", word)]),
            chosen: asked.filter() == word,
            count,
        };
        let unread = Badge {
            id: "chip-unread",
            count: shell.unread,
        };
        let mut chips = vec![
            chip(shell.t.get("chats-all"), "", None),
            chip(shell.t.get("chats-unread-filter"), UNREAD, Some(unread)),
        ];
        if self.many() {
            let numbers = self.sessions.iter();
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

    #[test]
    fn an_address_keeps_what_was_typed() {
        assert_eq!(address(&[("q", ""), ("filter", "")]), "/chats");
        assert_eq!(
            address(&[("q", "pão & vinho"), ("filter", "unread")]),
            "/chats?q=p%C3%A3o+%26+vinho&filter=unread"
        );
    }
}
