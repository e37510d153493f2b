//! The results of a search, in the place of the list: people, groups, media and messages.

use chrono::NaiveDate;
use rusqlite::Connection;
use serde::Deserialize;

use super::inbox::Inbox;
use super::list::{Asked, PAGE};
use super::render;
use super::results::{Choice, Dates, Facet, Hit, MediaHit, SearchResults};
use super::when;
use crate::chats::{self, Author, Backlog, Chat, ChatFilter, ChatKind, Chats, Found, Kind, MessageFilter};
use crate::clock::UnixMs;
use crate::contacts::{self, Contact};
use crate::db;
use crate::fold::{self, Query};
use crate::i18n::{T, phone};
use crate::ids::{PublicId, WorkspaceId};
use crate::sessions::{self, Session};
use crate::web::address::address;
use crate::web::problem::Problem;
use crate::zone::Zone;

/// People or groups shown before somebody asks for all.
const FEW: usize = 4;
/// Pictures in the strip above the messages.
const PICTURES: u32 = 8;
/// A bad match far down is no help: people narrow the search instead.
const NAMES: u32 = 50;
const DAY: u64 = 24 * 60 * 60;
/// The word for people and groups alone.
const PEOPLE: &str = "people";
/// People whose messages alone are offered.
const WRITERS: usize = 5;
/// More characters than one line of the results shows.
const ONE_LINE: usize = 200;
/// A match must be within these characters of the start, so that it is visible.
const NEAR: usize = 24;

/// What narrows the search, in the address.
#[derive(Deserialize, Clone, Default)]
pub struct Narrow {
    /// `media`, `document`, `audio`.
    kind: Option<String>,
    /// `us`, `them`, or the id of a person.
    from: Option<String>,
    /// Days back from now.
    days: Option<String>,
    /// The first and the last day, of the workspace's zone; they go before `days`.
    since: Option<String>,
    until: Option<String>,
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

    /// What a field of a day holds; `None` when it is empty.
    fn day(value: &Option<String>) -> Result<Option<NaiveDate>, Problem> {
        match Self::word(value) {
            "" => Ok(None),
            text => when::day(text).map(Some).ok_or_else(Problem::not_found),
        }
    }

    fn has_days(&self) -> bool {
        !Self::word(&self.since).is_empty() || !Self::word(&self.until).is_empty()
    }

    /// From when on, and until when.
    fn period(&self, now: UnixMs, zone: Zone) -> Result<(Option<UnixMs>, Option<UnixMs>), Problem> {
        if self.has_days() {
            let (first, last) = (Self::day(&self.since)?, Self::day(&self.until)?);
            let end = last.and_then(|day| day.succ_opt()).map(|day| zone.begins(day));
            return Ok((first.map(|day| zone.begins(day)), end));
        }
        let days = match Self::word(&self.days) {
            "" => return Ok((None, None)),
            days => days.parse::<u32>().map_err(|_| Problem::not_found())?,
        };
        let ago = now.minus(std::time::Duration::from_secs(u64::from(days) * DAY));
        Ok((Some(ago), Some(now)))
    }

    fn filter(&self, session: Option<PublicId>, now: UnixMs, zone: Zone) -> Result<MessageFilter, Problem> {
        let unknown = |_| Problem::not_found();
        let (since, until) = self.period(now, zone)?;
        Ok(MessageFilter {
            session,
            chat: None,
            from: match Self::word(&self.from) {
                "" => None,
                "us" => Some(Author::Us),
                "them" => Some(Author::Others),
                person => Some(Author::Contact(person.parse().map_err(unknown)?)),
            },
            kinds: kinds(Self::word(&self.kind)).to_vec(),
            since,
            until,
            before: self.before.as_deref().map(str::parse).transpose().map_err(unknown)?,
        })
    }

    /// Whether it is about messages alone.
    fn is_about_messages(&self) -> bool {
        [&self.kind, &self.from, &self.days, &self.since, &self.until]
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
    pub(super) fn of(
        asked: &Asked,
        session: Option<PublicId>,
        now: UnixMs,
        zone: Zone,
    ) -> Result<Option<Self>, Problem> {
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
            filter: asked.narrow.filter(session, now, zone)?,
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
    /// Whose messages alone are shown.
    by: Option<Contact>,
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
            by: match &filter.from {
                Some(Author::Contact(id)) => contacts::named_in(c, workspace, id)?,
                _ => None,
            },
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
            facets: self.facets(asked, rows),
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
            ("since", Narrow::word(&narrow.since)),
            ("until", Narrow::word(&narrow.until)),
        ];
        // Days back from now take the place of dates.
        parameters.retain(|(known, _)| *known != name && (name != "days" || !matches!(*known, "since" | "until")));
        parameters.push((name, value));
        address(PAGE, &parameters)
    }

    fn facets(&self, asked: &Asked, rows: &Rows) -> Vec<Facet> {
        let (t, narrow, numbers) = (self.frame.t, &asked.narrow, &rows.numbers);
        let facet = |label: &str, name: &'static str, now: &str, choices: Vec<(String, &str)>| Facet {
            dates: None,
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
        let people = rows.writers(t);
        let mut from = vec![
            (text("search-from-all"), ""),
            (text("search-from-us"), "us"),
            (text("search-from-them"), "them"),
        ];
        from.extend(people.iter().map(|(id, name)| (name.clone(), id.as_str())));
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
            facet("search-from", "from", Narrow::word(&narrow.from), from),
        ];
        let when = facet(
            "search-when",
            "days",
            if narrow.has_days() {
                ""
            } else {
                Narrow::word(&narrow.days)
            },
            vec![
                (text("search-when-all"), ""),
                (days(7), "7"),
                (days(30), "30"),
                (days(365), "365"),
            ],
        );
        facets.push(self.with_dates(when, asked));
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

impl Inbox {
    /// The facet of times, with two fields for any days.
    fn with_dates(&self, mut facet: Facet, asked: &Asked) -> Facet {
        let (t, narrow) = (self.frame.t, &asked.narrow);
        let date = |value: &Option<String>| {
            let day = Narrow::day(value).ok().flatten();
            day.map(|day| day.format("%-d %b %Y").to_string())
        };
        let range = match (date(&narrow.since), date(&narrow.until)) {
            (Some(since), Some(until)) => {
                Some(t.with_all("search-dates-between", &[("since", &since), ("until", &until)]))
            }
            (Some(since), None) => Some(t.with("search-dates-since", "since", since)),
            (None, Some(until)) => Some(t.with("search-dates-until", "until", until)),
            (None, None) => None,
        };
        if let Some(range) = range {
            (facet.shown, facet.is_set) = (range, true);
            facet.choices.iter_mut().for_each(|choice| choice.chosen = false);
        }
        let mut stays = vec![("q", asked.query().to_owned()), ("filter", asked.filter().to_owned())];
        stays.extend(
            [("kind", &narrow.kind), ("from", &narrow.from)]
                .map(|(name, value)| (name, Narrow::word(value).to_owned())),
        );
        stays.retain(|(_, value)| !value.is_empty());
        facet.dates = Some(Dates {
            since: Narrow::word(&narrow.since).to_owned(),
            until: Narrow::word(&narrow.until).to_owned(),
            stays,
        });
        facet
    }
}

fn called(contact: &Contact) -> String {
    let number = || contact.phone.as_deref().map(phone);
    contact.display_name().or_else(number).unwrap_or_default()
}

impl Rows {
    /// People whose messages may be wanted alone: the one who is, those whose names match, and who wrote what was found.
    fn writers(&self, t: T) -> Vec<(String, String)> {
        let named = |chat: &Chat| Some((chat.contact.as_ref()?.to_string(), render::name(t, chat)));
        let chosen = self.by.as_ref().map(|by| (by.public_id.to_string(), called(by)));
        let direct = |found: &Found| {
            (found.chat.kind == ChatKind::Direct)
                .then(|| named(&found.chat))
                .flatten()
        };
        let others = self.people.iter().filter_map(named);
        let others = others.chain(self.messages.iter().filter_map(direct));
        let mut all: Vec<(String, String)> = Vec::new();
        for person in chosen.into_iter().chain(others) {
            if all.len() < WRITERS && all.iter().all(|(id, _)| *id != person.0) {
                all.push(person);
            }
        }
        all
    }
}

impl Narrow {
    /// What stays when more is typed.
    fn hidden(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("kind", &self.kind),
            ("from", &self.from),
            ("since", &self.since),
            ("until", &self.until),
        ];
        if !self.has_days() {
            all.push(("days", &self.days));
        }
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value.clone().filter(|value| !value.is_empty())?)))
            .collect()
    }

    /// The same for the address that a list which is shown asks again.
    pub(super) fn parameters(&self) -> [(&'static str, &str); 6] {
        [
            ("since", Self::word(&self.since)),
            ("until", Self::word(&self.until)),
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
