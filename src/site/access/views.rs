//! Views of keys.

use askama::Template;

use crate::access::KeyScope;
use crate::i18n::Stamp;
use crate::web::filters;
use crate::web::layout::PageFrame;
use crate::web::views::Field;
use crate::web::views::{Chip, Pager, Subnav};

/// A key in the list.
pub struct KeyRow {
    pub id: String,
    pub name: String,
    pub shown: String,
    pub scopes: Vec<&'static str>,
    /// Name of the only number that it can use.
    pub session: Option<String>,
    pub by: String,
    pub state: Chip,
    pub living: bool,
    pub created: Stamp,
    pub used: Option<Stamp>,
    pub expires: Option<Stamp>,
}

#[derive(Template)]
#[template(path = "access/keys.html", blocks = ["main"])]
pub struct KeysPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub rows: Vec<KeyRow>,
    pub pager: Pager,
    /// Why the plan allows no key, as a text.
    pub blocked: Option<String>,
}

/// A checkbox for a scope.
pub struct ScopeChoice {
    pub scope: KeyScope,
    /// Name of the form's field.
    pub field: &'static str,
    pub chosen: bool,
}

#[derive(Template)]
#[template(path = "access/new.html", blocks = ["main"])]
pub struct NewKeyPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub name: Field,
    pub scopes: Vec<ScopeChoice>,
    pub scopes_error: Option<String>,
    /// Ids and names of the numbers; `None` while no route can be used for one number alone.
    pub numbers: Option<Vec<(String, String)>>,
    pub session: Field,
    /// Days and label; the chosen one is `days`.
    pub lifetimes: Vec<(u32, String)>,
    pub days: u32,
}

#[derive(Template)]
#[template(path = "access/created.html", blocks = ["main"])]
pub struct CreatedPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub name: String,
    /// The whole key; this page is the only place that ever shows it.
    pub secret: String,
    pub example: String,
}
