//! The results of a search, in the place of the list: people, groups, media and messages.

use rusqlite::Connection;
use serde::Deserialize;

use super::inbox::Inbox;
use super::list::{Asked, PAGE};
use super::render;
use super::results::{Choice, Facet, Hit, MediaHit, SearchResults};
use crate::chats::{self, Author, Backlog, Chat, ChatFilter, ChatKind, Chats, Found, Kind, MessageFilter};
use crate::clock::UnixMs;
use crate::db;
use crate::fold::{self, Query};
use crate::i18n::{T, phone};
use crate::ids::{PublicId, WorkspaceId};
use crate::sessions::{self, Session};
use crate::web::address::address;
use crate::web::problem::Problem;

/// People or groups shown before somebody asks for all.
const FEW: usize = 4;
/// Pictures in the strip above the messages.
const PICTURES: u32 = 8;
/// A bad match far down is no help: people narrow the search instead.
const NAMES: u32 = 50;
const DAY: u64 = 24 * 60 * 60;
/// The word for people and groups alone.
const PEOPLE: &str = "people";
/// More characters than one line of the results shows.
const ONE_LINE: usize = 200;
/// A match must be within these characters of the start, so that it is visible.
const NEAR: usize = 24;

/// What narrows the search, in the address.
#[derive(Deserialize, Clone, Default)]
pub struct Narrow {
    /// `media`, `document`, `audio`.
    kind: Option<String>,
    /// `us` or `them`.
    from: Option<String>,
    /// Days back from now.
    days: Option<String>,
    /// `people`: all of them, and nothing else.
    show: Option<String>,
    /// The last message of the page before.
    before: Option<String>,
}

impl Narrow {
    pub(super) fn continues(&self) -> bool {
        self.before.is_some()
    }

    fn word(value: &Option<String>) -> &str {
        value.as_deref().unwrap_or_default()
    }

    fn people_only(&self) -> bool {
        Self::word(&self.show) == PEOPLE
    }

    fn filter(&self, session: Option<PublicId>, now: UnixMs) -> Result<MessageFilter, Problem> {
        let unknown = |_| Problem::not_found();
        let days = match Self::word(&self.days) {
            "" => None,
            days => Some(days.parse::<u32>().map_err(|_| Problem::not_found())?),
        };
        let ago = |days: u32| now.minus(std::time::Duration::from_secs(u64::from(days) * DAY));
        Ok(MessageFilter {
            session,
            from: match Self::word(&self.from) {
                "us" => Some(Author::Us),
                "them" => Some(Author::Others),
                _ => None,
            },
            kinds: kinds(Self::word(&self.kind)).to_vec(),
            since: days.map(ago),
            until: days.map(|_| now),
            before: self.before.as_deref().map(str::parse).transpose().map_err(unknown)?,
        })
    }

    /// Whether it is about messages alone.
    fn is_about_messages(&self) -> bool {
        [&self.kind, &self.from, &self.days]
            .iter()
            .any(|value| !Self::word(value).is_empty())
    }
}

fn kinds(word: &str) -> &'static [Kind] {
    match word {
        "media" => &[Kind::Image, Kind::Video, Kind::Gif, Kind::VideoNote],
        "document" => &[Kind::Document],
        "audio" => &[Kind::Voice, Kind::Audio],
        "text" => &[Kind::Text],
        _ => &[],
    }
}

/// A search that was asked for.
pub(super) struct Wanted {
    query: Query,
    names: ChatFilter,
    filter: MessageFilter,
    narrow: Narrow,
}

impl Wanted {
    /// `None` when nothing is searched for.
    pub(super) fn of(asked: &Asked, session: Option<PublicId>, now: UnixMs) -> Result<Option<Self>, Problem> {
        let Some(query) = Query::parse(asked.query()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            query,
            names: ChatFilter {
                search: Some(asked.query().to_owned()),
                session: session.clone(),
                ..ChatFilter::default()
            },
            filter: asked.narrow.filter(session, now)?,
            narrow: asked.narrow.clone(),
        }))
    }
}

/// The rows of the results.
pub(super) struct Rows {
    query: Query,
    people: Vec<Chat>,
    groups: Vec<Chat>,
    pictures: Vec<Found>,
    messages: Vec<Found>,
    /// There are more messages.
    more: bool,
    /// What cannot be found yet.
    backlog: Option<Backlog>,
    numbers: Vec<Session>,
}

impl Rows {
    pub(super) fn read(c: &Connection, workspace: WorkspaceId, wanted: &Wanted) -> db::Result<Self> {
        let Wanted {
            query,
            names,
            filter,
            narrow,
        } = wanted;
        let named = if narrow.is_about_messages() || narrow.continues() {
            Vec::new()
        } else {
            chats::list_in(c, workspace, names, None, NAMES)?.rows
        };
        let (groups, people) = named.into_iter().partition(|chat| chat.kind == ChatKind::Group);
        let find = |filter: &MessageFilter, limit| chats::search_in(c, workspace, query, filter, limit);
        let skip = query.is_vague() || narrow.people_only();
        let pictures = if skip || narrow.continues() || !filter.kinds.is_empty() {
            Vec::new()
        } else {
            let kinds = kinds("media").to_vec();
            find(
                &MessageFilter {
                    kinds,
                    ..filter.clone()
                },
                PICTURES,
            )?
        };
        let mut messages = match skip {
            true => Vec::new(),
            false => find(filter, Chats::SEARCH_PAGE + 1)?,
        };
        let more = messages.len() > Chats::SEARCH_PAGE as usize;
        messages.truncate(Chats::SEARCH_PAGE as usize);
        Ok(Self {
            query: query.clone(),
            people,
            groups,
            pictures,
            messages,
            more,
            backlog: chats::search_backlog_in(c)?,
            numbers: sessions::list_in(c, workspace)?,
        })
    }
}

impl Inbox {
    pub(super) fn results_of(&self, rows: &Rows, asked: &Asked) -> SearchResults {
        let (t, now, many) = (self.frame.t, self.now(), rows.numbers.len() > 1);
        let query = &rows.query;
        let few = if asked.narrow.people_only() { usize::MAX } else { FEW };
        let names = |chats: &[Chat]| -> Vec<Hit> {
            let shown = chats.iter().take(few);
            shown.map(|chat| named(t, chat, query, many)).collect()
        };
        let more_names = rows.people.len() > few || rows.groups.len() > few;
        let count = (rows.people.len() + rows.groups.len()) as u64;
        let in_strip = |found: &Found| {
            let id = &found.message.public_id;
            rows.pictures.iter().any(|picture| picture.message.public_id == *id)
        };
        let messages = rows.messages.iter().filter(|found| !in_strip(found));
        let last = rows.messages.last().filter(|_| rows.more);
        SearchResults {
            people: names(&rows.people),
            groups: names(&rows.groups),
            all_names: more_names.then(|| (t.count("search-all-names", count), self.narrowed(asked, "show", PEOPLE))),
            pictures: rows.pictures.iter().map(|found| picture(t, found)).collect(),
            all_pictures: (rows.pictures.len() == PICTURES as usize).then(|| self.narrowed(asked, "kind", "media")),
            messages: messages.map(|found| said(t, found, query, many, now)).collect(),
            more: last.map(|found| self.narrowed(asked, "before", found.message.public_id.as_str())),
            facets: self.facets(asked, &rows.numbers),
            narrow: asked.narrow.hidden(),
            indexing: rows.backlog.map(|backlog| t.count("search-indexing", percent(backlog))),
            vague: query.is_vague(),
        }
    }

    /// The address of this search with one thing changed.
    fn narrowed(&self, asked: &Asked, name: &str, value: &str) -> String {
        let narrow = &asked.narrow;
        let mut parameters = vec![
            ("q", asked.query()),
            ("filter", asked.filter()),
            ("kind", Narrow::word(&narrow.kind)),
            ("from", Narrow::word(&narrow.from)),
            ("days", Narrow::word(&narrow.days)),
        ];
        parameters.retain(|(known, _)| *known != name);
        parameters.push((name, value));
        address(PAGE, &parameters)
    }

    fn facets(&self, asked: &Asked, numbers: &[Session]) -> Vec<Facet> {
        let (t, narrow) = (self.frame.t, &asked.narrow);
        let facet = |label: &str, name: &'static str, now: &str, choices: Vec<(String, &str)>| Facet {
            label: t.get(label),
            shown: choices
                .iter()
                .find(|(_, value)| now == *value)
                .or(choices.first())
                .map_or_else(String::new, |(label, _)| label.clone()),
            is_set: choices.iter().skip(1).any(|(_, value)| now == *value),
            choices: choices
                .into_iter()
                .map(|(label, value)| Choice {
                    label,
                    href: self.narrowed(asked, name, value),
                    chosen: now == value,
                })
                .collect(),
        };
        let text = |key: &str| t.get(key);
        let days = |count: u64| t.count("search-days", count);
        let mut facets = vec![
            facet(
                "search-kind",
                "kind",
                Narrow::word(&narrow.kind),
                vec![
                    (text("search-kind-all"), ""),
                    (text("search-kind-media"), "media"),
                    (text("search-kind-documents"), "document"),
                    (text("search-kind-audio"), "audio"),
                ],
            ),
            facet(
                "search-from",
                "from",
                Narrow::word(&narrow.from),
                vec![
                    (text("search-from-all"), ""),
                    (text("search-from-us"), "us"),
                    (text("search-from-them"), "them"),
                ],
            ),
            facet(
                "search-when",
                "days",
                Narrow::word(&narrow.days),
                vec![
                    (text("search-when-all"), ""),
                    (days(7), "7"),
                    (days(30), "30"),
                    (days(365), "365"),
                ],
            ),
        ];
        if numbers.len() > 1 {
            let mut choices = vec![(text("search-number-all"), "")];
            choices.extend(
                numbers
                    .iter()
                    .map(|session| (session.name.clone(), session.public_id.as_str())),
            );
            facets.push(facet("search-number", "filter", asked.filter(), choices));
        }
        facets
    }
}

impl Narrow {
    /// What stays when more is typed.
    fn hidden(&self) -> Vec<(&'static str, String)> {
        [("kind", &self.kind), ("from", &self.from), ("days", &self.days)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone().filter(|value| !value.is_empty())?)))
            .collect()
    }

    /// The same for the address that a list which is shown asks again.
    pub(super) fn parameters(&self) -> [(&'static str, &str); 4] {
        [
            ("kind", Self::word(&self.kind)),
            ("from", Self::word(&self.from)),
            ("days", Self::word(&self.days)),
            ("show", Self::word(&self.show)),
        ]
    }
}

fn percent(backlog: Backlog) -> u64 {
    let done = backlog.total.saturating_sub(backlog.left);
    // One hundred would say that it is done.
    (done * 100 / backlog.total.max(1)).min(99)
}

/// A person or a group, by its name and number.
fn named(t: T, chat: &Chat, query: &Query, many: bool) -> Hit {
    let line = match (&chat.title, &chat.phone) {
        (Some(_), Some(digits)) => phone(digits),
        _ => String::new(),
    };
    Hit {
        id: chat.public_id.to_string(),
        href: format!("/chats/{}", chat.public_id),
        avatar: render::avatar(t, chat),
        name: fold::marked(&render::name(t, chat), query),
        text: fold::marked(&line, query),
        tick: None,
        icon: None,
        at: None,
        via: many.then(|| chat.session_name.clone()),
    }
}

/// A message, with its text beginning near the match.
fn said(t: T, found: &Found, query: &Query, many: bool, now: UnixMs) -> Hit {
    let Found { message, chat } = found;
    let id = message.public_id.to_string();
    let text = render::found_in(t, message);
    Hit {
        href: format!("/chats/{}?at={id}", chat.public_id),
        tick: render::tick(t, message.from_me, message.status),
        icon: render::icon(message.kind),
        text: fold::excerpt(&text, query, NEAR, ONE_LINE),
        at: Some(t.short(message.at, now)),
        id,
        ..named(t, chat, query, many)
    }
}

fn picture(t: T, found: &Found) -> MediaHit {
    let Found { message, chat } = found;
    let caption = message.body.clone().filter(|caption| !caption.is_empty());
    let thumbnail = message.media.as_ref().and_then(|media| media.thumbnail.as_ref());
    MediaHit {
        id: message.public_id.to_string(),
        href: format!("/chats/{}?at={}", chat.public_id, message.public_id),
        label: caption.unwrap_or_else(|| render::kind_word(t, message.kind)),
        picture: render::data_picture(thumbnail.map(Vec::as_slice)),
        icon: render::icon(message.kind).unwrap_or("image"),
    }
}
