//! The frame around every page's content: navigation, the reader, the theme, tokens and banners.
//!
//! A [`PageFrame`] holds ready values only. The room that knows logins fills it; templates read it.

use askama::Template;

use super::assets;
use super::htmx::Tone;
use super::views::ToastView;
use crate::accounts::MemberRole;
use crate::i18n::{T, hue_of, initials};

/// The current entry of the navigation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Section {
    Chats,
    Sessions,
    Settings,
    /// The whole installation; administrators only.
    Admin,
    /// A page outside the navigation, such as an error.
    Elsewhere,
}

/// Light or dark by choice, or the device's setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];
    /// The cookie that holds the choice, so that the server renders the first page right.
    pub const COOKIE: &'static str = "theme";

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The choice in a cookie or form; anything unknown is [`Theme::Auto`].
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.word() == word)
            .unwrap_or_default()
    }

    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Auto => "theme-auto",
            Self::Light => "theme-light",
            Self::Dark => "theme-dark",
        }
    }

    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Auto => "sun-moon",
            Self::Light => "sun",
            Self::Dark => "moon",
        }
    }
}

/// An avatar: initials on a colour derived from the id.
#[derive(Template, Clone, PartialEq, Eq, Debug, Default)]
#[template(path = "_avatar.html")]
pub struct Avatar {
    pub initials: String,
    pub hue: u8,
}

impl Avatar {
    #[must_use]
    pub fn of(id: &str, name: &str) -> Self {
        Self {
            initials: initials(name),
            hue: hue_of(id),
        }
    }
}

/// An entry of the navigation; later rooms add theirs to [`PageFrame::nav`].
#[derive(Clone, Debug)]
pub struct NavEntry {
    pub section: Section,
    pub href: &'static str,
    pub icon: &'static str,
    /// Key of the word beside the icon.
    pub word: &'static str,
    /// The letter after `g` that goes there.
    pub key: char,
    /// Zero shows nothing.
    pub badge: u64,
    /// Where live updates put the badge.
    pub badge_id: &'static str,
}

/// A banner above everything else, such as "this is the demo".
#[derive(Clone, Debug)]
pub struct Banner {
    pub tone: Tone,
    pub text: String,
    /// Address and word of a link.
    pub link: Option<(String, String)>,
    /// Address and word of a button that sends a form there.
    pub button: Option<(&'static str, String)>,
}

/// The logged-in person.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    /// `None` for guests, who receive no mail.
    pub email: Option<String>,
    pub avatar: Avatar,
}

impl Person {
    /// What the person logs in with; the name of a guest.
    #[must_use]
    pub fn known_as(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.name)
    }
}

/// A workspace that the person may switch to.
#[derive(Clone, Debug)]
pub struct Choice {
    pub id: String,
    pub name: String,
    pub current: bool,
}

#[derive(Clone, Debug)]
pub struct PageFrame {
    pub t: T,
    pub section: Section,
    pub workspace: String,
    /// The person's role in that workspace; `None` without one.
    pub role: Option<MemberRole>,
    /// An administrator of the installation.
    pub is_admin: bool,
    /// Guests read and change nothing: forms are shown without their buttons.
    pub read_only: bool,
    /// The workspaces to choose from.
    pub workspaces: Vec<Choice>,
    /// `None` on pages that need no login.
    pub person: Option<Person>,
    pub csrf: String,
    pub theme: Theme,
    /// The https address of the site, for a visitor who is not using it.
    pub https: Option<String>,
    pub banners: Vec<Banner>,
    /// Whether mail is sent: without a mail server no page says that it is.
    pub mails: bool,
    /// Unread messages in all chats.
    pub unread: u64,
    /// Linked numbers that need attention.
    pub failing: u64,
    /// The flash message of the previous page.
    pub said: Option<ToastView>,
    /// The newest event when the page was rendered; live updates start after it.
    pub cursor: i64,
}

impl PageFrame {
    /// For pages without a login: set-up, log-in, errors before one.
    #[must_use]
    pub fn public(t: T, csrf: String, theme: Theme) -> Self {
        Self {
            t,
            section: Section::Elsewhere,
            workspace: String::new(),
            role: None,
            is_admin: false,
            read_only: false,
            workspaces: Vec::new(),
            person: None,
            csrf,
            theme,
            https: None,
            banners: Vec::new(),
            mails: false,
            unread: 0,
            failing: 0,
            said: None,
            cursor: 0,
        }
    }

    /// The key of a text about mail, or of the variant that is true without a mail server.
    #[must_use]
    pub const fn mailed(&self, sent: &'static str, kept: &'static str) -> &'static str {
        if self.mails { sent } else { kept }
    }

    #[must_use]
    pub fn at(mut self, section: Section) -> Self {
        self.section = section;
        self
    }

    #[must_use]
    pub fn nav(&self) -> Vec<NavEntry> {
        let mut entries = vec![
            NavEntry {
                section: Section::Chats,
                href: "/chats",
                icon: "inbox",
                word: "nav-chats",
                key: 'i',
                badge: self.unread,
                badge_id: "nav-unread",
            },
            NavEntry {
                section: Section::Sessions,
                href: "/sessions",
                icon: "smartphone",
                word: "nav-sessions",
                key: 'n',
                badge: self.failing,
                badge_id: "nav-failing",
            },
        ];
        if self.is_admin {
            entries.push(NavEntry {
                section: Section::Admin,
                href: "/admin",
                icon: "shield-check",
                word: "nav-admin",
                key: 'a',
                badge: 0,
                badge_id: "nav-admin",
            });
        }
        entries.push(NavEntry {
            section: Section::Settings,
            href: "/settings",
            icon: "settings",
            word: "nav-settings",
            key: 's',
            badge: 0,
            badge_id: "nav-settings",
        });
        entries
    }

    #[must_use]
    pub fn is_at(&self, section: &Section) -> bool {
        self.section == *section
    }

    /// The address of an embedded file.
    #[must_use]
    pub fn asset<'a>(&self, path: &'a str) -> &'a str {
        assets::asset(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_theme_follows_the_device() {
        assert_eq!(Theme::from_word("dark"), Theme::Dark);
        assert_eq!(Theme::from_word("\"><script>"), Theme::Auto);
    }

    #[test]
    fn every_entry_of_the_navigation_has_its_own_key() {
        let mut frame = PageFrame::public(T::default(), String::new(), Theme::Auto);
        frame.is_admin = true;
        let mut keys: Vec<_> = frame.nav().iter().map(|entry| entry.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), frame.nav().len());
    }
}
