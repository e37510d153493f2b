//! Views of the audit log.

use askama::Template;

use crate::i18n::Stamp;
use crate::web::filters;
use crate::web::layout::PageFrame;
use crate::web::views::{Pager, Subnav};

/// `GET /settings/audit` and `GET /admin/audit`.
#[derive(Template)]
#[template(path = "audit/index.html", blocks = ["main"])]
pub struct AuditPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub line: String,
    /// Where the filters are sent.
    pub action: &'static str,
    /// The address of the filtered log as a file.
    pub export: String,
    pub filters: Filters,
    pub rows: Vec<ActRow>,
    /// Whether a column shows the workspace.
    pub with_workspace: bool,
    pub pager: Pager,
}

/// The active filters, as typed.
pub struct Filters {
    pub text: String,
    pub groups: Vec<Choice>,
    /// Empty where there are too many people for a list.
    pub people: Vec<Choice>,
    pub from: String,
    pub to: String,
    /// Filters without a visible field; hidden fields keep them.
    pub pinned: Vec<Pin>,
    pub active: bool,
}

pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

pub struct Pin {
    pub name: &'static str,
    pub value: String,
    pub label: String,
    /// The label for removing it.
    pub without: String,
    /// The page without it.
    pub href: String,
}

/// One act.
#[derive(Clone, Debug)]
pub struct ActRow {
    pub at: Stamp,
    pub who: String,
    /// With a key, or by impersonation.
    pub how: Option<String>,
    pub what: String,
    pub target: Option<String>,
    pub workspace: Option<String>,
    /// Label and value.
    pub facts: Vec<(String, String)>,
    /// The log of this person, of this workspace.
    pub links: Vec<(String, String)>,
}
