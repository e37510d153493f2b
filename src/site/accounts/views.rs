//! Views of set-up, log-in and settings.

use askama::Template;

use super::strength::Strength;
use crate::web::filters;
use crate::web::layout::{PageFrame, Theme};
use crate::web::views::{Field, Subnav};
use crate::zone::Choice;

/// Replaces the log-in page before there is an administrator.
#[derive(Template)]
#[template(path = "accounts/waiting.html")]
pub struct WaitingPage {
    pub frame: PageFrame,
}

/// `GET|POST /setup/{token}`: the first administrator and workspace.
#[derive(Template)]
#[template(path = "accounts/setup.html", blocks = ["form"])]
pub struct SetUpPage {
    pub frame: PageFrame,
    /// Address that the form is sent to.
    pub action: String,
    pub name: Field,
    pub email: Field,
    pub password: Field,
    pub strength: Strength,
    pub workspace: Field,
    /// IANA name.
    pub zone: Field,
    /// Selectable zones.
    pub zones: &'static [Choice],
    /// ISO 3166 code of the country whose national numbers are accepted.
    pub country: Field,
    /// Code and name.
    pub countries: Vec<(&'static str, String)>,
}

/// `GET|POST /login`.
#[derive(Template)]
#[template(path = "accounts/login.html", blocks = ["form"])]
pub struct LoginPage {
    pub frame: PageFrame,
    pub email: String,
    pub error: Option<String>,
    /// The act that led here.
    pub said: Option<String>,
    /// Anybody may register.
    pub registration: bool,
    /// Visitors may log in as guests.
    pub guest: bool,
    /// Where to go afterwards: a path on this site.
    pub next: String,
    /// In the demo: address and password to try.
    pub demo: Option<(String, String)>,
}

/// `GET /settings`: the person and the theme.
#[derive(Template)]
#[template(path = "accounts/settings.html", blocks = ["main"])]
pub struct SettingsPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    /// The act that led here.
    pub said: Option<String>,
    pub name: Field,
    /// The current address.
    pub email: String,
    pub new_email: Field,
    /// The current password, for confirmation.
    pub password: Field,
    pub role: Option<String>,
    pub themes: [Theme; 3],
}
