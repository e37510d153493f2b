//! What a browser calls itself, in words that its owner knows it by.

use crate::i18n::Text;

/// Browser and system, each if recognised.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Agent {
    pub browser: &'static str,
    pub system: &'static str,
    /// A phone or a tablet.
    pub mobile: bool,
}

/// The name of an unknown agent; translated where it is shown.
pub const UNKNOWN: &str = "";

/// The more specific name first: nearly every browser also claims to be the ones below it.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-", "Python"),
    ("Go-http-client/", "Go"),
    ("okhttp/", "OkHttp"),
    ("axios/", "Node.js"),
    ("node", "Node.js"),
    ("ureq/", "ureq"),
];
const SYSTEMS: &[(&str, &str, bool)] = &[
    ("iPad", "iPadOS", true),
    ("iPhone", "iOS", true),
    ("Android", "Android", true),
    ("CrOS", "ChromeOS", false),
    ("Windows", "Windows", false),
    ("Macintosh", "macOS", false),
    ("Mac OS X", "macOS", false),
    ("Linux", "Linux", false),
    ("FreeBSD", "FreeBSD", false),
];

impl Agent {
    #[must_use]
    pub fn of(header: &str) -> Self {
        let browser = BROWSERS.iter().find(|(sign, _)| header.contains(sign));
        let system = SYSTEMS.iter().find(|(sign, ..)| header.contains(sign));
        Self {
            browser: browser.map_or(UNKNOWN, |(_, name)| name),
            system: system.map_or(UNKNOWN, |(_, name, _)| name),
            mobile: system.is_some_and(|(.., mobile)| *mobile),
        }
    }

    /// In a few words: "Firefox on Linux".
    #[must_use]
    pub fn text(self) -> Text {
        match (self.browser, self.system) {
            (UNKNOWN, UNKNOWN) => Text::new("device-unknown"),
            (browser, UNKNOWN) => Text::verbatim(browser),
            (UNKNOWN, system) => Text::new("device-system").with("system", system),
            (browser, system) => Text::new("device-known")
                .with("browser", browser)
                .with("system", system),
        }
    }

    /// The part that stays when a browser updates itself.
    #[must_use]
    pub fn family(self) -> String {
        format!("{}\n{}", self.browser, self.system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        let known = [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
                "Safari on iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.9.1", "curl"),
            ("", "An unknown browser"),
        ];
        for (header, words) in known {
            assert_eq!(Agent::of(header).text().to_string(), words, "{header}");
        }
    }

    #[test]
    fn an_update_of_the_browser_does_not_make_a_new_device() {
        let before = Agent::of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        let after = Agent::of("Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0");
        assert_eq!(before.family(), after.family());
    }
}
