//! Acts as texts.

use super::facts_of;
use super::query::AuditQuery;
use super::views::{ActRow, AuditPage, Choice, Filters, Pin};
use crate::audit::{Act, Action, ActorKind, Who};
use crate::clock::UnixMs;
use crate::db::Page;
use crate::i18n::T;
use crate::ids::PublicId;
use crate::site::subnav::{self, AdminTab, SettingsTab};
use crate::web::layout::{PageFrame, Section};
use crate::web::views::Pager;

/// Whose log is shown.
pub(super) enum LogScope {
    /// With the people to filter by.
    Workspace(Vec<Who>),
    Installation,
}

impl LogScope {
    const fn path(&self) -> &'static str {
        match self {
            Self::Workspace(_) => "/settings/audit",
            Self::Installation => "/admin/audit",
        }
    }

    const fn is_installation(&self) -> bool {
        matches!(self, Self::Installation)
    }
}

pub(super) fn page(
    frame: PageFrame,
    place: &LogScope,
    query: &AuditQuery,
    found: Page<Act, PublicId>,
    now: UnixMs,
) -> AuditPage {
    let t = frame.t;
    let (subnav, section, line) = match place {
        LogScope::Workspace(_) => (
            subnav::settings(&frame, SettingsTab::Audit),
            Section::Settings,
            "audit-line",
        ),
        LogScope::Installation => (
            subnav::admin(&frame, AdminTab::Audit),
            Section::Admin,
            "audit-admin-line",
        ),
    };
    let path = place.path();
    let pager = Pager {
        t,
        summary: t.count("audit-summary", found.rows.len() as u64),
        first: query.after().map(|_| query.first().address(path)),
        next: found.next.as_ref().map(|act| query.behind(act).address(path)),
    };
    AuditPage {
        subnav,
        line: t.get(line),
        action: path,
        export: query.first().address(&format!("{path}.csv")),
        filters: filters(t, place, query, &found.rows),
        rows: found.rows.iter().map(|act| row(t, place, query, act, now)).collect(),
        with_workspace: place.is_installation(),
        pager,
        frame: frame.at(section),
    }
}

fn filters(t: T, place: &LogScope, query: &AuditQuery, acts: &[Act]) -> Filters {
    let group = |group: &&str| Choice {
        value: (*group).to_owned(),
        label: group_label(t, group),
        chosen: query.group == **group,
    };
    let people = match place {
        LogScope::Workspace(people) => people.as_slice(),
        LogScope::Installation => &[],
    };
    let person = |who: &Who| Choice {
        value: who.id.to_string(),
        label: who.name.clone(),
        chosen: query.person == who.id.as_str(),
    };
    Filters {
        text: query.q.clone(),
        groups: Action::groups().iter().map(group).collect(),
        people: people.iter().map(person).collect(),
        from: query.from.clone(),
        to: query.to.clone(),
        pinned: if place.is_installation() {
            pins(t, place, query, acts)
        } else {
            Vec::new()
        },
        active: query.is_active(),
    }
}

/// The person and workspace that an administrator filters by, with names taken from the listed acts.
fn pins(t: T, place: &LogScope, query: &AuditQuery, acts: &[Act]) -> Vec<Pin> {
    let mut pins = Vec::new();
    let mut pin = |name, value: &str, shown: Option<String>, key, rest: AuditQuery| {
        if value.is_empty() {
            return;
        }
        let shown = shown.unwrap_or_else(|| value.to_owned());
        let label = t.with(key, "name", &shown);
        pins.push(Pin {
            name,
            value: value.to_owned(),
            without: t.with("audit-remove-filter", "name", &label),
            label,
            href: rest.first().address(place.path()),
        });
    };
    let known = acts
        .iter()
        .flat_map(|act| act.user.iter().chain(&act.impersonator))
        .find(|who| who.id.as_str() == query.person);
    let without = AuditQuery {
        person: String::new(),
        ..query.clone()
    };
    pin(
        "person",
        &query.person,
        known.map(|who| who.name.clone()),
        "audit-only-person",
        without,
    );
    let known = acts
        .iter()
        .find(|act| act.workspace_ref.as_deref() == Some(&query.place));
    let without = AuditQuery {
        place: String::new(),
        ..query.clone()
    };
    let name = known.and_then(|act| act.workspace.clone());
    pin("place", &query.place, name, "audit-only-workspace", without);
    pins
}

fn row(t: T, place: &LogScope, query: &AuditQuery, act: &Act, now: UnixMs) -> ActRow {
    let workspace = workspace_of(t, act);
    let mut facts = vec![(t.get("audit-time"), t.full(act.at))];
    if let Some(who) = act.user.as_ref() {
        facts.push((t.get("audit-person"), format!("{} · {}", who.name, who.email)));
    }
    let mut fact = |key: &str, value: &Option<String>| {
        if let Some(value) = value {
            facts.push((t.get(key), value.clone()));
        }
    };
    fact("audit-target", &act.target);
    fact("audit-address", &act.address);
    facts.extend(facts_of(act));
    facts.push((t.get("audit-id"), act.public_id.to_string()));
    ActRow {
        at: t.short(act.at, now),
        who: who(t, act),
        how: how(t, act),
        what: t.get(&act.action.text_key()),
        target: act.target.clone(),
        workspace,
        facts,
        links: links(t, place, query, act),
    }
}

fn links(t: T, place: &LogScope, query: &AuditQuery, act: &Act) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let base = query.first();
    if let Some(who) = &act.user {
        let narrowed = AuditQuery {
            person: who.id.to_string(),
            ..base.clone()
        };
        let word = t.with("audit-only-person", "name", &who.name);
        links.push((narrowed.address(place.path()), word));
    }
    if let (true, Some(id)) = (place.is_installation(), &act.workspace_ref) {
        let narrowed = AuditQuery {
            place: id.clone(),
            ..base
        };
        let name = act.workspace.as_deref().unwrap_or(id);
        let word = t.with("audit-only-workspace", "name", name);
        links.push((narrowed.address(place.path()), word));
    }
    links
}

/// Who acted.
pub(super) fn who(t: T, act: &Act) -> String {
    let unnamed = match act.actor {
        ActorKind::Operator => "audit-who-operator",
        ActorKind::System => "audit-who-system",
        ActorKind::Anonymous => "audit-who-anonymous",
        ActorKind::Person | ActorKind::Key | ActorKind::Impersonator => "audit-who-gone",
    };
    act.user.as_ref().map_or_else(|| t.get(unnamed), |who| who.name.clone())
}

/// How, if it was not the person with a browser.
fn how(t: T, act: &Act) -> Option<String> {
    match (act.actor, &act.impersonator) {
        (ActorKind::Key, _) => Some(t.get("audit-by-key")),
        (ActorKind::Impersonator, Some(admin)) => Some(t.with("audit-in-place", "admin", &admin.name)),
        (ActorKind::Impersonator, None) => Some(t.get("audit-in-place-of")),
        _ => None,
    }
}

pub(super) fn workspace_of(t: T, act: &Act) -> Option<String> {
    act.workspace_ref.as_ref()?;
    let gone = || t.get("audit-workspace-gone");
    Some(act.workspace.clone().unwrap_or_else(gone))
}

fn group_label(t: T, group: &str) -> String {
    t.get(&format!("audit-group-{}", group.replace('_', "-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_and_every_group_has_its_text() {
        let t = T::default();
        for action in Action::ALL {
            let key = action.text_key();
            assert_ne!(t.get(&key), key, "{action} has no text in audit.ftl");
        }
        for group in Action::groups() {
            assert!(
                !group_label(t, group).starts_with("audit-group-"),
                "{group} has no text"
            );
        }
    }

    #[test]
    fn actions_of_one_group_are_contiguous() {
        let groups = Action::groups();
        let mut once = groups.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), groups.len());
    }
}
