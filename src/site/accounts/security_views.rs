//! Views of the security pages.

use askama::Template;

use super::strength::Strength;
use crate::i18n::{Stamp, T};
use crate::site::export::Progress;
use crate::web::filters;
use crate::web::layout::PageFrame;
use crate::web::views::Field;
use crate::web::views::QrCode;
use crate::web::views::Subnav;

/// `GET /settings/security`.
#[derive(Template)]
#[template(path = "accounts/security.html", blocks = ["main"])]
pub struct SecurityPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub current_password: Field,
    pub new_password: Field,
    pub strength: Strength,
    pub factor_on: bool,
    /// As a text.
    pub recovery_left: String,
    pub devices: Vec<DeviceRow>,
    /// Whether there are other logins.
    pub others: bool,
}

/// One login of the person.
pub struct DeviceRow {
    pub id: String,
    /// "Firefox on Linux".
    pub words: String,
    pub icon: &'static str,
    /// A program with a refresh token rather than a browser.
    pub program: bool,
    pub address: String,
    pub since: Stamp,
    pub seen: Stamp,
    pub this_one: bool,
}

impl DeviceRow {
    /// Fits beside the other columns; long IPv6 addresses may wrap.
    fn short_address(&self) -> bool {
        self.address.len() <= 16
    }
}

/// `GET|POST /login/code`.
#[derive(Template)]
#[template(path = "accounts/second_factor.html", blocks = ["form"])]
pub struct CodePage {
    pub frame: PageFrame,
    pub next: String,
    pub error: Option<String>,
    /// The log-in has expired: only a link back is left.
    pub over: bool,
}

/// `GET /settings/security/second-factor`: off, being set up, or on.
#[derive(Template)]
#[template(path = "accounts/_totp.html", blocks = ["main"])]
pub struct FactorPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub on: bool,
    /// As a text.
    pub left: String,
    pub few_left: bool,
    /// While it is being set up.
    pub drawing: Option<Drawing>,
    pub secret: Option<String>,
    pub begin_password: Field,
    pub confirm_code: Field,
    pub renew_password: Field,
    pub renew_code: Field,
    pub disable_password: Field,
    pub disable_code: Field,
}

/// The recovery codes, shown once.
#[derive(Template)]
#[template(path = "accounts/recovery_codes.html", blocks = ["main"])]
pub struct RecoveryPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub codes: Vec<String>,
    /// The second factor has just been turned on.
    pub first: bool,
}

/// A QR code as one path of dark modules.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Side of the drawing in modules, the light border included.
    pub size: usize,
    pub path: String,
}

impl Drawing {
    /// `None` when the text is too long for any code.
    #[must_use]
    pub fn of(t: T, text: &str) -> Option<Self> {
        let QrCode { size, path, .. } = QrCode::draw(t, text, 0, 0)?;
        Some(Self { size, path })
    }
}

/// `GET /settings/account`: export, then delete.
#[derive(Template)]
#[template(path = "accounts/delete.html", blocks = ["main"])]
pub struct DeletePage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub export: Progress,
    pub own_email: String,
    /// Why the account cannot be deleted now.
    pub refusal: Option<String>,
    /// Names of workspaces that are deleted with the account.
    pub goes: Vec<String>,
    /// Names of workspaces that others keep.
    pub stays: Vec<String>,
    pub asks_code: bool,
    pub email: Field,
    pub password: Field,
    pub code: Field,
}

/// `GET /goodbye`.
#[derive(Template)]
#[template(path = "accounts/goodbye.html")]
pub struct GoodbyePage {
    pub frame: PageFrame,
}
