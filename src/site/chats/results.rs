//! Views of the search's results.

use askama::Template;

use super::views::Tick;
use crate::fold::Marked;
use crate::i18n::{Stamp, T};
use crate::web::filters;
use crate::web::layout::Avatar;
use crate::web::views::fragments;

fragments!(Hit);

/// What was found, in the place of the list.
#[derive(Clone, Debug)]
pub struct SearchResults {
    pub people: Vec<Hit>,
    pub groups: Vec<Hit>,
    /// When people or groups are left out: how many there are, in words, and the address that shows all.
    pub all_names: Option<(String, String)>,
    pub pictures: Vec<MediaHit>,
    /// The address of all pictures and videos, when there may be more.
    pub all_pictures: Option<String>,
    pub messages: Vec<Hit>,
    /// Address of the next messages.
    pub more: Option<String>,
    pub facets: Vec<Facet>,
    /// Names and values of what narrows the search, for what is typed next.
    pub narrow: Vec<(&'static str, String)>,
    /// How much of what was stored earlier can be found, while that is not all.
    pub indexing: Option<String>,
    /// A single letter: messages were not searched.
    pub vague: bool,
}

impl SearchResults {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.groups.is_empty() && self.pictures.is_empty() && self.messages.is_empty()
    }
}

/// Further messages, replacing the link that requested them.
#[derive(Template)]
#[template(path = "chats/_hits.html")]
pub struct MoreHits {
    pub t: T,
    pub results: SearchResults,
}

/// A person, a group or a message, with what was searched for marked.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_hit.html")]
pub struct Hit {
    pub id: String,
    pub href: String,
    pub avatar: Avatar,
    pub name: Vec<Marked>,
    pub text: Vec<Marked>,
    pub tick: Option<Tick>,
    pub icon: Option<&'static str>,
    pub at: Option<Stamp>,
    /// The linked number it uses, if the workspace has several.
    pub via: Option<String>,
}

/// A picture or video.
#[derive(Clone, Debug)]
pub struct MediaHit {
    pub id: String,
    pub href: String,
    pub label: String,
    /// The address of a small picture, as data.
    pub picture: Option<String>,
    pub icon: &'static str,
}

/// One way to narrow the search.
#[derive(Clone, Debug)]
pub struct Facet {
    pub label: String,
    /// The choice that holds.
    pub shown: String,
    pub is_set: bool,
    pub choices: Vec<Choice>,
    /// Any days, beside the choices.
    pub dates: Option<Dates>,
}

/// Fields for a first and a last day.
#[derive(Clone, Debug)]
pub struct Dates {
    pub since: String,
    pub until: String,
    /// Names and values of the rest of the search.
    pub stays: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug)]
pub struct Choice {
    pub label: String,
    pub href: String,
    pub chosen: bool,
}
