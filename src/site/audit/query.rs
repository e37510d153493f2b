//! The filters in the address.

use chrono::{Days, NaiveDate};
use serde::Deserialize;

use crate::audit::{Action, Filter};
use crate::clock::UnixMs;
use crate::i18n::T;
use crate::ids::PublicId;
use crate::web::address::address;

/// All parts may be missing or invalid: an invalid one does not filter.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct AuditQuery {
    pub q: String,
    pub group: String,
    pub person: String,
    pub place: String,
    /// `2026-11-24`, in the reader's zone.
    pub from: String,
    /// The last day, included.
    pub to: String,
    pub after: String,
}

impl AuditQuery {
    pub(super) fn filter(&self, t: &T) -> Filter {
        let text = self.q.trim();
        Filter {
            actions: actions_of(&self.group),
            person: self.person.parse().ok(),
            workspace: self.place.parse().ok(),
            since: day(&self.from).map(|day| start(t, day)),
            until: day(&self.to)
                .and_then(|day| day.checked_add_days(Days::new(1)))
                .map(|day| start(t, day)),
            text: (!text.is_empty()).then(|| text.to_owned()),
        }
    }

    pub(super) fn after(&self) -> Option<PublicId> {
        self.after.parse().ok()
    }

    /// Whether any filter is active.
    pub(super) fn is_active(&self) -> bool {
        [&self.q, &self.group, &self.person, &self.place, &self.from, &self.to]
            .iter()
            .any(|part| !part.trim().is_empty())
    }

    /// `path` with these parts; empty ones are left out.
    pub(super) fn address(&self, path: &str) -> String {
        let parts = [
            ("q", self.q.as_str()),
            ("group", &self.group),
            ("person", &self.person),
            ("place", &self.place),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
        ];
        address(path, &parts)
    }

    pub(super) fn first(&self) -> Self {
        Self {
            after: String::new(),
            ..self.clone()
        }
    }

    pub(super) fn behind(&self, act: &PublicId) -> Self {
        Self {
            after: act.to_string(),
            ..self.clone()
        }
    }
}

fn actions_of(group: &str) -> Option<Vec<Action>> {
    let actions: Vec<_> = Action::ALL
        .iter()
        .copied()
        .filter(|action| action.group() == group)
        .collect();
    (!actions.is_empty()).then_some(actions)
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()
}

/// The start of a day in the reader's zone.
fn start(t: &T, day: NaiveDate) -> UnixMs {
    t.zone.begins(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;

    #[test]
    fn days_are_in_the_readers_zone_and_the_last_one_is_included() {
        let t = T::new(Locale::En, "America/Sao_Paulo".parse().unwrap());
        let query = AuditQuery {
            from: "2026-11-24".into(),
            to: "2026-11-24".into(),
            ..AuditQuery::default()
        };
        let filter = query.filter(&t);
        let began = filter.since.unwrap();
        assert_eq!(began.to_utc().to_rfc3339(), "2026-11-24T03:00:00+00:00");
        assert_eq!(filter.until.unwrap().since(began).as_secs(), 24 * 60 * 60);
    }

    #[test]
    fn invalid_filters_are_ignored() {
        let query = AuditQuery {
            group: "weather".into(),
            person: "1".into(),
            place: "../etc".into(),
            from: "yesterday".into(),
            to: "2026-02-30".into(),
            ..AuditQuery::default()
        };
        assert_eq!(query.filter(&T::default()), Filter::default());
    }

    #[test]
    fn an_address_keeps_the_filters_and_leaves_out_what_is_empty() {
        let query = AuditQuery {
            q: "a&b".into(),
            group: "member".into(),
            ..AuditQuery::default()
        };
        assert_eq!(query.address("/settings/audit"), "/settings/audit?q=a%26b&group=member");
        assert_eq!(AuditQuery::default().address("/settings/audit"), "/settings/audit");
    }
}
