//! Views of the list. Templates add no rules of their own.

use askama::Template;

use super::handling::tabs::Tabs;
use super::results::SearchResults;
use super::views::{Mark, Preview};
use crate::i18n::{Stamp, T};
use crate::web::filters;
use crate::web::layout::Avatar;
use crate::web::views::{Badge, fragments};

fragments!(ChatRow, ChatList);

/// A filter; it is a link, so that reloading and sharing work.
#[derive(Clone, Debug)]
pub struct FilterChip {
    pub label: String,
    pub href: String,
    pub chosen: bool,
    /// Kept up to date by the live stream.
    pub count: Option<Badge>,
}

/// The rows of the list; also the reply to a search and to `chats-changed`.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_list.html")]
pub struct ChatList {
    pub t: T,
    /// The address of this list, with its filter; the search field adds its text.
    pub href: String,
    pub rows: Vec<ChatRow>,
    /// What was searched for, in place of the rows.
    pub results: Option<SearchResults>,
    /// Address of the next rows.
    pub more: Option<String>,
    /// What an empty list says when something narrows it: the keys of its title and text.
    pub narrowed: Option<(&'static str, &'static str)>,
}

/// The list with the chips above it, whose counts it brings up to date.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_list_and_tabs.html")]
pub struct ListAndTabs {
    pub list: ChatList,
    pub tabs: Tabs,
}

/// Further rows, replacing the link that requested them.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_rows.html")]
pub struct MoreRows {
    pub t: T,
    pub rows: Vec<ChatRow>,
    pub more: Option<String>,
}

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_row.html")]
pub struct ChatRow {
    pub t: T,
    pub id: String,
    pub href: String,
    pub name: String,
    pub avatar: Avatar,
    pub preview: Preview,
    pub at: Stamp,
    pub unread: u64,
    pub current: bool,
    /// It has a menu: a guest only looks.
    pub acts: bool,
    /// The linked number it uses, if the workspace has several.
    pub via: Option<String>,
    /// Pinned, muted, snoozed.
    pub marks: Vec<Mark>,
    /// Whose chat it is.
    pub assignee: Option<(Avatar, String)>,
    /// Colour and name of each.
    pub labels: Vec<(&'static str, String)>,
}
