//! Texts, dates and numbers in the reader's language and time zone.
//!
//! [`T`] is a value passed along with each page, never a global: a fragment rendered for one reader must not be in
//! another's language. Texts live in `locales/<language>/*.ftl` (Fluent, so plural rules are the language's own).

mod dates;
mod phone;
mod text;

use std::borrow::Borrow;
use std::fmt::Display;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

pub use self::dates::Stamp;
pub use self::phone::phone;
pub use self::text::Text;
use crate::zone::Zone;

/// A supported language.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Locale {
    #[default]
    En,
}

impl Locale {
    pub const ALL: &'static [Self] = &[Self::En];

    /// For `<html lang>`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
        }
    }

    /// For `<html dir>`.
    #[must_use]
    pub const fn direction(self) -> &'static str {
        match self {
            Self::En => "ltr",
        }
    }

    /// Between thousands, and before what is less than one.
    const fn separators(self) -> (char, char) {
        match self {
            Self::En => (',', '.'),
        }
    }

    /// One file per room.
    const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::En => &[
                include_str!("../../locales/en/main.ftl"),
                include_str!("../../locales/en/media.ftl"),
                include_str!("../../locales/en/access.ftl"),
                include_str!("../../locales/en/accounts.ftl"),
                include_str!("../../locales/en/admin.ftl"),
                include_str!("../../locales/en/api.ftl"),
                include_str!("../../locales/en/audit.ftl"),
                include_str!("../../locales/en/billing.ftl"),
                include_str!("../../locales/en/contacts.ftl"),
                include_str!("../../locales/en/groups.ftl"),
                include_str!("../../locales/en/health.ftl"),
                include_str!("../../locales/en/countries.ftl"),
                include_str!("../../locales/en/doctor.ftl"),
                include_str!("../../locales/en/frame.ftl"),
                include_str!("../../locales/en/handling.ftl"),
                include_str!("../../locales/en/jobs.ftl"),
                include_str!("../../locales/en/mail.ftl"),
                include_str!("../../locales/en/plans.ftl"),
                include_str!("../../locales/en/search.ftl"),
                include_str!("../../locales/en/sending.ftl"),
                include_str!("../../locales/en/security.ftl"),
                include_str!("../../locales/en/team.ftl"),
                include_str!("../../locales/en/web.ftl"),
            ],
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

// The texts are compiled in and cannot change, so one parsed copy for the process is not hidden state.
static BUNDLES: LazyLock<Vec<Bundle>> = LazyLock::new(|| Locale::ALL.iter().map(|locale| bundle(*locale)).collect());

fn bundle(locale: Locale) -> Bundle {
    let language: LanguageIdentifier = locale.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // Isolation marks are invisible characters that only mixed directions need.
    bundle.set_use_isolating(locale.direction() == "rtl");
    bundle.set_formatter(Some(match locale {
        Locale::En => |value, _| grouped_number(Locale::En, value),
    }));
    for source in locale.sources() {
        // A syntax error in a text loses that text only; a test finds it.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// Numbers inside texts are formatted like those beside them.
fn grouped_number(locale: Locale, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value.fract() == 0.0 && number.value >= 0.0 => {
            Some(grouped(locale, &format!("{:.0}", number.value)))
        }
        _ => None,
    }
}

/// `12,345` of `12345`.
fn grouped(locale: Locale, digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(locale.separators().0);
        }
        out.push(digit);
    }
    out
}

/// Translates, and formats times in the workspace's zone.
#[derive(Clone, Copy, Debug)]
pub struct T {
    pub locale: Locale,
    pub zone: Zone,
}

impl Default for T {
    fn default() -> Self {
        Self::new(Locale::En, Zone::UTC)
    }
}

impl T {
    #[must_use]
    pub const fn new(locale: Locale, zone: Zone) -> Self {
        Self { locale, zone }
    }

    #[must_use]
    pub fn lang(&self) -> &'static str {
        self.locale.tag()
    }

    #[must_use]
    pub fn dir(&self) -> &'static str {
        self.locale.direction()
    }

    /// A text without placeholders. An unknown key shows itself, so that it is noticed.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// A text with one placeholder.
    #[must_use]
    pub fn with(&self, key: &str, name: &'static str, value: impl Display) -> String {
        self.format(
            key,
            Some(&FluentArgs::from_iter([(name, FluentValue::from(value.to_string()))])),
        )
    }

    /// A text with several placeholders.
    #[must_use]
    pub fn with_all(&self, key: &str, values: &[(&'static str, &str)]) -> String {
        let args = values
            .iter()
            .map(|(name, value)| (*name, FluentValue::from((*value).to_owned())));
        self.format(key, Some(&FluentArgs::from_iter(args)))
    }

    /// A text that depends on a number, `$count`.
    #[must_use]
    pub fn count(&self, key: &str, count: impl Borrow<u64>) -> String {
        let count = i64::try_from(*count.borrow()).unwrap_or(i64::MAX);
        self.format(key, Some(&FluentArgs::from_iter([("count", FluentValue::from(count))])))
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle: &'static Bundle = &BUNDLES[self.locale as usize];
        let pattern = match key.split_once('.') {
            None => bundle.get_message(key).and_then(|message| message.value()),
            // An attribute: one of several texts about the same thing.
            Some((key, attribute)) => bundle
                .get_message(key)
                .and_then(|message| message.get_attribute(attribute))
                .map(|attribute| attribute.value()),
        };
        let Some(pattern) = pattern else {
            tracing::warn!(key, "a text is missing");
            return key.to_owned();
        };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }

    /// `12,345`.
    #[must_use]
    pub fn number(&self, value: u64) -> String {
        grouped(self.locale, &value.to_string())
    }

    /// `1.4 MB`.
    #[must_use]
    pub fn size(&self, bytes: u64) -> String {
        const UNITS: [&str; 4] = ["B", "KB", "MB", "GB"];
        let mut unit = 0;
        let mut tenths = bytes.saturating_mul(10);
        while tenths >= 10_000 && unit + 1 < UNITS.len() {
            tenths /= 1_000;
            unit += 1;
        }
        match (unit, tenths % 10) {
            (0, _) | (_, 0) => format!("{} {}", tenths / 10, UNITS[unit]),
            (_, tenth) => format!("{}{}{tenth} {}", tenths / 10, self.locale.separators().1, UNITS[unit]),
        }
    }

    /// `0:07`, `12:30`.
    #[must_use]
    pub fn length(&self, seconds: u32) -> String {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}

/// One of the twelve avatar colours; the same id always gets the same.
#[must_use]
pub fn hue_of(id: &str) -> u8 {
    let mixed = id.bytes().fold(0x811c_9dc5_u32, |mixed, byte| {
        (mixed ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    u8::try_from((mixed >> 8) % 12).unwrap_or(0)
}

/// `AN` for `Ana Nunes`; `#` when a name has no letters, as for a bare number.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    match (words.next(), words.next_back()) {
        (Some(first), Some(last)) => first.to_uppercase().chain(last.to_uppercase()).collect(),
        (Some(first), None) => first.to_uppercase().collect(),
        (None, _) => "#".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixMs;
    use std::time::Duration;

    /// Keys that code builds from a stored word.
    const BUILT: [&str; 11] = [
        "country-",
        "error-",
        "plans-limit-",
        "session-state-",
        "session-reason-",
        "session-fix-",
        "role-",
        "audit-act-",
        "audit-group-",
        "team-role-",
        "team-may-",
    ];

    fn sources(dir: &str, extension: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                sources(entry.to_str().unwrap(), extension, found);
            } else if entry.extension().is_some_and(|is| is == extension) {
                found.push(std::fs::read_to_string(entry).unwrap());
            }
        }
    }

    /// Templates, and code without its tests.
    fn all_sources() -> Vec<String> {
        let (root, mut found) = (env!("CARGO_MANIFEST_DIR"), Vec::new());
        sources(&format!("{root}/templates"), "html", &mut found);
        sources(&format!("{root}/src"), "rs", &mut found);
        found
            .iter()
            .map(|text| text.split("#[cfg(test)]").next().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn every_text_that_is_asked_for_exists_in_every_language() {
        let mut asked = 0;
        for text in all_sources() {
            for call in ["t.get(", "t.with(", "t.with_all(", "t.count(", "Text::new("] {
                for (at, _) in text.match_indices(call) {
                    // A method of something whose name ends in t requests no text.
                    if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                        continue;
                    }
                    for key in keys_in(&text[at + call.len()..]) {
                        asked += 1;
                        for bundle in BUNDLES.iter() {
                            assert!(bundle.has_message(key), "{key} is missing");
                        }
                    }
                }
            }
        }
        assert!(
            asked > 100,
            "the search found {asked} texts only: is it looking in the right places?"
        );
    }

    /// The literal that a call begins with, or those of the arms of a `match`. What is neither was one somewhere else.
    fn keys_in(arguments: &str) -> Vec<&str> {
        let arguments = arguments.trim_start();
        if let Some(literal) = arguments.strip_prefix('"') {
            return literal.split('"').take(1).collect();
        }
        if !arguments.starts_with("match ") {
            return Vec::new();
        }
        // Each ends at the depth of a function's body or of a method's.
        let ends = ["\n    })", "\n        })"].map(|end| arguments.find(end).unwrap_or(arguments.len()));
        let arms = &arguments[..ends[0].min(ends[1])];
        arms.split("=> \"")
            .skip(1)
            .filter_map(|arm| arm.split('"').next())
            .collect()
    }

    #[test]
    fn no_text_is_left_over() {
        let everything = all_sources().concat();
        let catalogue = Locale::En.sources().concat();
        let keys = catalogue
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key);
        for key in keys.filter(|key| !key.starts_with([' ', '#'])) {
            let used = everything.contains(&format!("\"{key}\"")) || BUILT.iter().any(|built| key.starts_with(built));
            assert!(used, "{key} is used nowhere");
        }
    }

    #[test]
    fn templates_hold_no_untranslated_words() {
        let mut templates = Vec::new();
        sources(
            &format!("{}/templates", env!("CARGO_MANIFEST_DIR")),
            "html",
            &mut templates,
        );
        for template in templates {
            for word in visible(&template).split_whitespace() {
                let letters = word.chars().filter(|c| c.is_alphabetic()).count();
                // A block of a page may be an attribute of the frame around it.
                assert!(
                    letters < 2 || word.starts_with("data-"),
                    "{word:?} should be a text in locales/"
                );
            }
        }
    }

    /// The text between tags and template expressions.
    fn visible(template: &str) -> String {
        let (mut out, mut rest) = (String::new(), template);
        while let Some(at) = rest.find(['<', '{']) {
            out.push_str(&rest[..at]);
            out.push(' ');
            let close = if rest[at..].starts_with("{{") {
                "}}"
            } else if rest[at..].starts_with("{%") {
                "%}"
            } else {
                ">"
            };
            // A tag may contain template expressions that contain `>`: remove those first.
            let mut end = at;
            loop {
                let step = rest[end..]
                    .find(close)
                    .map_or(rest.len(), |found| end + found + close.len());
                let open = rest[at..step].matches("{%").count() + rest[at..step].matches("{{").count();
                let shut = rest[at..step].matches("%}").count() + rest[at..step].matches("}}").count();
                end = step;
                if close != ">" || open == shut || step == rest.len() {
                    break;
                }
            }
            rest = &rest[end..];
        }
        out + rest
    }

    const NOON: UnixMs = UnixMs(1_795_521_600_000); // Tuesday, 24 November 2026, 12:00 UTC

    fn t() -> T {
        T::new(Locale::En, "America/Sao_Paulo".parse().unwrap())
    }

    #[test]
    fn the_texts_have_no_mistakes() {
        for locale in Locale::ALL {
            for source in locale.sources() {
                let parsed = FluentResource::try_new((*source).to_owned());
                assert!(
                    parsed.is_ok(),
                    "{:?}: {:?}",
                    locale,
                    parsed.err().map(|(_, errors)| errors)
                );
            }
        }
    }

    #[test]
    fn times_are_shown_in_the_zone_of_the_workspace() {
        assert_eq!(t().clock(NOON), "09:00");
        assert_eq!(t().at(NOON).iso, "2026-11-24T12:00:00Z");
        assert_eq!(t().full(NOON), "Tuesday, 24 November 2026, 09:00");
    }

    #[test]
    fn a_day_is_named_as_people_name_it() {
        let hours = |n: u64| NOON.minus(Duration::from_secs(n * 3_600));
        assert_eq!(t().day(hours(8), NOON), "Today");
        assert_eq!(t().day(hours(10), NOON), "Yesterday");
        assert_eq!(t().day(hours(72), NOON), "Saturday");
        assert_eq!(t().day(hours(24 * 30), NOON), "25 October 2026");
        assert_eq!(t().short(hours(24 * 400), NOON).label, "20 Oct 2025");
    }

    #[test]
    fn recent_times_are_shown_as_an_age() {
        let ago = |seconds| t().ago(NOON.minus(Duration::from_secs(seconds)), NOON).label;
        assert_eq!(ago(20), "just now");
        assert_eq!(ago(60), "1 min ago");
        assert_eq!(ago(7_300), "2 h ago");
        assert_eq!(ago(90_000), "23 Nov, 08:00");
    }

    #[test]
    fn sizes_and_numbers_are_readable() {
        assert_eq!(t().number(1_234_567), "1,234,567");
        assert_eq!(t().size(999), "999 B");
        assert_eq!(t().size(1_450_000), "1.4 MB");
        assert_eq!(t().length(67), "1:07");
    }

    #[test]
    fn initials_come_from_the_first_and_last_word() {
        assert_eq!(initials("Ana Maria Nunes"), "AN");
        assert_eq!(initials("zoë"), "Z");
        assert_eq!(initials("+55 11"), "#");
    }

    #[test]
    fn plurals_follow_the_language() {
        assert_eq!(t().count("time-minutes-ago", 1_u64), "1 min ago");
        assert_eq!(t().count("chats-unread", 1_u64), "1 unread message");
        assert_eq!(t().count("chats-unread", 3_u64), "3 unread messages");
    }
}
