//! The floors of the house: which room may use which, and which rooms may use HTTP.

use std::collections::BTreeSet;

use super::{Source, assert_none, sources};

/// The rooms from the ground up. A room uses only rooms on floors below its own, so there is no cycle.
const FLOORS: &[&[&str]] = &[
    &["clock", "crypto", "db", "fold", "version"],
    &["config", "ids", "zone"],
    &["audit", "events", "i18n", "telemetry"],
    &["jobs", "numbers"],
    &["mail"],
    &["accounts"],
    &["contacts", "plans"],
    &["billing", "media", "sessions", "team"],
    &["access", "chats"],
    &["backup", "demo", "export", "outbox", "web"],
    &["site"],
    &["app"],
    &["operator"],
];

/// Rooms that use HTTP, or are built on those.
const ABOVE_ROOMS: &[&str] = &["web", "site", "app", "operator"];

/// Rooms that render texts with templates: emails, and times as HTML.
const RENDERING: &[&str] = &["mail", "i18n"];

pub(super) fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn all() -> Vec<(String, Source)> {
    let named = |source: Source| (source.room().expect("below src").to_owned(), source);
    let rooms = sources(&["src"], "rs").into_iter().map(named);
    rooms.filter(|(room, _)| room != "main" && room != "lib").collect()
}

#[test]
fn every_room_uses_only_rooms_on_floors_below() {
    let mut offences = BTreeSet::new();
    for (room, source) in all() {
        let Some(own) = floor(&room) else {
            offences.insert(format!("{}: {room} is on no floor", source.path));
            continue;
        };
        for (line, used) in rooms_used(&source) {
            if used != room && floor(&used).is_none_or(|used| used >= own) {
                offences.insert(format!("{}:{line}: {room} uses {used}", source.path));
            }
        }
    }
    assert_none(
        "a room uses only what stands below it",
        &offences.into_iter().collect::<Vec<_>>(),
    );
}

#[test]
fn every_room_on_a_floor_exists() {
    let there: BTreeSet<String> = all().into_iter().map(|(room, _)| room).collect();
    let planned: BTreeSet<String> = FLOORS.concat().iter().map(|room| (*room).to_owned()).collect();
    assert_eq!(there, planned);
}

/// Every room that a line names as `crate::room`, also in a group.
fn rooms_used(source: &Source) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (number, line) in source.code() {
        for after in line.split("crate::").skip(1) {
            let group = after.strip_prefix('{').and_then(|inner| inner.split('}').next());
            let names: Vec<&str> = group.map_or_else(|| vec![after], |group| group.split(',').collect());
            for name in names {
                let name = name.trim_start();
                let room: String = name
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_' || c.is_ascii_digit())
                    .collect();
                // `crate::id!` and `crate::words!` are macros of the ids room.
                if !room.is_empty() && !name[room.len()..].starts_with('!') {
                    used.push((number, room));
                }
            }
        }
    }
    used
}

#[test]
fn rooms_know_no_http() {
    let mut offences = Vec::new();
    for (room, source) in all() {
        if ABOVE_ROOMS.contains(&room.as_str()) {
            continue;
        }
        for (number, line) in source.code() {
            let template = line.contains("askama") && !RENDERING.contains(&room.as_str());
            if template || line.contains("actix_web") || line.contains("crate::web") || line.contains("crate::site") {
                offences.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none("a room names neither the web framework nor `web` or `site`", &offences);
}

#[test]
fn routes_are_only_in_the_table() {
    let mut offences = Vec::new();
    for source in sources(&["src"], "rs") {
        let table = source.path.starts_with("src/site/routes/");
        for (number, line) in source.code() {
            // The fallback handler is not a route.
            let routes = line.contains("web::to(") && !line.contains("default_service(");
            if !table && (routes || line.contains(".route(") || line.contains("web::resource(")) {
                offences.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none("a path is a row of src/site/routes", &offences);
}
