//! Pages of set-up, log-in and settings, as ready values.

use askama::Template;

use crate::web::filters;
use crate::web::layout::{Shell, Theme};

/// A field as it was typed, with what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Field {
    pub value: String,
    pub error: Option<String>,
}

impl Field {
    #[must_use]
    pub fn new(value: impl Into<String>, error: Option<String>) -> Self {
        Self {
            value: value.into(),
            error,
        }
    }
}

/// `GET|POST /setup/{token}`: the first administrator and workspace.
#[derive(Template)]
#[template(path = "accounts/setup.html", blocks = ["form"])]
pub struct SetUpPage {
    pub shell: Shell,
    /// Address that the form is sent to.
    pub action: String,
    pub name: Field,
    pub email: Field,
    pub password: Field,
    pub workspace: Field,
    /// IANA name.
    pub zone: Field,
    /// Names to choose from.
    pub zones: Vec<&'static str>,
    /// ISO 3166 code of the country whose national numbers are understood.
    pub country: Field,
    /// Code and name.
    pub countries: Vec<(&'static str, &'static str)>,
}

/// `GET|POST /login`.
#[derive(Template)]
#[template(path = "accounts/login.html", blocks = ["form"])]
pub struct LoginPage {
    pub shell: Shell,
    pub email: String,
    pub error: Option<String>,
    /// Where to go afterwards: a path on this site.
    pub next: String,
    /// In the demo: address and password to try.
    pub demo: Option<(String, String)>,
}

/// `GET /settings`: the person, the look, the password, the workspace.
#[derive(Template)]
#[template(path = "accounts/settings.html", blocks = ["main"])]
pub struct SettingsPage {
    pub shell: Shell,
    pub name: Field,
    pub email: String,
    pub role: String,
    pub current_password: Field,
    pub new_password: Field,
    pub workspace: Field,
    pub zone: Field,
    pub zones: Vec<&'static str>,
    /// Owners and managers may change the workspace.
    pub can_manage_workspace: bool,
    pub themes: [Theme; 3],
}
