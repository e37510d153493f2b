//! Filters of lists, from the address.

use std::collections::HashMap;
use std::str::FromStr;

use actix_web::HttpRequest;

use crate::chats::{ChatFilter, Kind, Listing, Shown};
use crate::clock::UnixMs;
use crate::i18n::Text;
use crate::site::chats::when;
use crate::web::api::page::bad_parameter;
use crate::web::problem::Problem;
use crate::zone::Zone;

/// Longer texts are not searched for.
pub(super) const LONGEST_SEARCH: usize = 200;

/// The parameters of an address, the last of each name.
struct Parameters(HashMap<String, String>);

impl Parameters {
    fn of(request: &HttpRequest) -> Self {
        let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
        Self(pairs.into_owned().collect())
    }

    fn read<T>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
        why: impl Fn() -> Text,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.0.get(name) else { return Ok(None) };
        let value = read(text).ok_or_else(|| bad_parameter().wrong(name, why()))?;
        Ok(Some(value))
    }

    /// A time, or a whole day; `end` is where the day is over.
    fn time(&self, name: &'static str, zone: Zone, end: bool) -> Result<Option<UnixMs>, Problem> {
        let read = |text: &str| moment_or_day(text, zone, end);
        self.read(name, read, || Text::new("api-bad-time"))
    }

    /// Words of a list, separated by commas.
    fn words<T: FromStr>(&self, name: &'static str, known: &[&str]) -> Result<Vec<T>, Problem> {
        let each = |text: &str| text.split(',').map(|word| word.trim().parse().ok()).collect();
        let words = self.read(name, each, || choose_from(known))?;
        Ok(words.unwrap_or_default())
    }
}

/// A time of RFC 3339.
pub(super) fn moment(text: &str) -> Option<UnixMs> {
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(UnixMs(at.timestamp_millis()))
}

/// A time of RFC 3339, or the beginning of a day in this zone; with `end`, the beginning of the next day.
pub(super) fn moment_or_day(text: &str, zone: Zone, end: bool) -> Option<UnixMs> {
    moment(text).or_else(|| {
        let day = when::day(text)?;
        Some(zone.begins(if end { day.succ_opt()? } else { day }))
    })
}

pub(super) fn choose_from(known: &[&str]) -> Text {
    Text::new("api-choose-from").with("known", known.join(", "))
}

/// The words of the kinds that show in a chat.
pub(super) fn shown_kinds() -> Vec<&'static str> {
    let shown = Kind::ALL.iter().filter(|kind| kind.is_shown());
    shown.map(|kind| kind.word()).collect()
}

/// `chat`, `direction`, `type`, `status`, `from`, `to`.
pub(super) fn messages(request: &HttpRequest, zone: Zone) -> Result<Listing, Problem> {
    let asked = Parameters::of(request);
    let statuses: Vec<_> = Shown::ALL.iter().map(|status| status.word()).collect();
    let direction = |word: &str| match word {
        "inbound" => Some(false),
        "outbound" => Some(true),
        _ => None,
    };
    Ok(Listing {
        chat: asked.read("chat", |id| id.parse().ok(), || Text::new("api-bad-id"))?,
        from_me: asked.read("direction", direction, || choose_from(&["inbound", "outbound"]))?,
        kinds: asked.words("type", &shown_kinds())?,
        statuses: asked.words("status", &statuses)?,
        since: asked.time("from", zone, false)?,
        until: asked.time("to", zone, true)?,
    })
}

/// Whether a deletion is of our copy alone: `scope=me`.
pub(super) fn for_me(request: &HttpRequest) -> Result<bool, Problem> {
    let asked = Parameters::of(request);
    let of = |word: &str| match word {
        "me" => Some(true),
        "everybody" => Some(false),
        _ => None,
    };
    let said = asked.read("scope", of, || choose_from(&["everybody", "me"]))?;
    Ok(said.unwrap_or(false))
}

/// `search`, `unread`.
pub(super) fn chats(request: &HttpRequest) -> Result<ChatFilter, Problem> {
    let asked = Parameters::of(request);
    let short = |text: &str| (text.chars().count() <= LONGEST_SEARCH).then(|| text.to_owned());
    let yes_or_no = |text: &str| text.parse::<bool>().ok();
    Ok(ChatFilter {
        search: asked.read("search", short, || {
            Text::new("api-text-too-long").number("most", LONGEST_SEARCH as u64)
        })?,
        unread: asked
            .read("unread", yes_or_no, || choose_from(&["true", "false"]))?
            .unwrap_or(false),
        ..ChatFilter::default()
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(query: &str) -> Result<Listing, Vec<String>> {
        let request = TestRequest::with_uri(&format!("/v1/x?{query}")).to_http_request();
        messages(&request, "Europe/Lisbon".parse().unwrap()).map_err(|problem| {
            let parts = problem.parts().into_iter();
            parts.map(|(name, _)| name.to_owned()).collect()
        })
    }

    #[test]
    fn filters_are_read_and_what_means_nothing_is_refused_by_name() {
        let listing = of("type=image,video&status=failed&direction=outbound&from=2026-11-24T00:00:00%2B01:00").unwrap();
        assert_eq!(listing.kinds, [Kind::Image, Kind::Video]);
        assert_eq!((listing.statuses, listing.from_me), (vec![Shown::Failed], Some(true)));
        assert_eq!(listing.since, moment("2026-11-23T23:00:00Z"));
        let days = of("from=2026-07-20&to=2026-07-20").unwrap();
        assert_eq!(days.since, moment("2026-07-19T23:00:00Z"));
        assert_eq!(days.until, moment("2026-07-20T23:00:00Z"));
        let states = of("status=waiting_for_keys,unreached,played").unwrap().statuses;
        assert_eq!(states, [Shown::WaitingForKeys, Shown::Unreached, Shown::Played]);
        assert_eq!(of("limit=3&cursor=x"), Ok(Listing::default()));
        for (query, name) in [
            ("chat=1", "chat"),
            ("type=picture", "type"),
            ("type=", "type"),
            ("status=lost", "status"),
            ("direction=in", "direction"),
            ("from=yesterday", "from"),
            ("to=2026-11-31", "to"),
        ] {
            assert_eq!(of(query), Err(vec![name.to_owned()]), "{query}");
        }
    }
}
