//! Views of held messages.

use askama::Template;

use crate::i18n::Stamp;
use crate::web::filters;
use crate::web::layout::PageFrame;

/// `GET /held`.
#[derive(Template)]
#[template(path = "outbox/held.html", blocks = ["main"])]
pub struct HeldPage {
    pub frame: PageFrame,
    pub summary: String,
    /// How many are not shown.
    pub more: Option<String>,
    pub rows: Vec<HeldRow>,
}

#[derive(Clone, Debug)]
pub struct HeldRow {
    pub href: String,
    pub to: String,
    pub text: String,
    pub at: Stamp,
}
