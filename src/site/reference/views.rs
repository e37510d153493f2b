//! The pages of the documentation.

use askama::Template;

use crate::web::filters;
use crate::web::layout::Shell;

/// One code as the pages show it.
pub struct CodeView {
    pub code: &'static str,
    pub status: u16,
    pub means: String,
    pub fix: String,
    /// Met on pages only.
    pub on_pages: bool,
}

#[derive(Template)]
#[template(path = "api/errors.html", blocks = ["main"])]
pub struct ErrorsPage {
    pub shell: Shell,
    pub codes: Vec<CodeView>,
}

#[derive(Template)]
#[template(path = "api/error.html", blocks = ["main"])]
pub struct CodePage {
    pub shell: Shell,
    pub code: CodeView,
}

/// A parameter of an operation, with the field that it is typed into.
pub struct ParameterView {
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    pub required: bool,
    pub description: String,
    pub field: String,
}

/// An operation of the document.
pub struct OperationView {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    /// The scope that a key needs, or who may call.
    pub needs: String,
    pub parameters: Vec<ParameterView>,
    /// An example to begin with; `None` where there is no body.
    pub body: Option<String>,
    pub answers: Vec<(String, String)>,
}

pub struct GroupView {
    pub id: String,
    pub name: String,
    pub description: String,
    pub operations: Vec<OperationView>,
}

#[derive(Template)]
#[template(path = "api/reference.html", blocks = ["main"])]
pub struct ReferencePage {
    pub shell: Shell,
    pub version: String,
    pub groups: Vec<GroupView>,
}
