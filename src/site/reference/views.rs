//! Views of the documentation.

use askama::Template;

use crate::web::filters;
use crate::web::layout::PageFrame;

/// One code as the pages show it.
pub struct CodeView {
    pub code: &'static str,
    pub status: u16,
    pub means: String,
    pub fix: String,
    /// Occurs on pages only.
    pub on_pages: bool,
}

#[derive(Template)]
#[template(path = "api/errors.html", blocks = ["main"])]
pub struct ErrorsPage {
    pub frame: PageFrame,
    pub codes: Vec<CodeView>,
}

#[derive(Template)]
#[template(path = "api/error.html", blocks = ["main"])]
pub struct CodePage {
    pub frame: PageFrame,
    pub code: CodeView,
}

/// A parameter of an operation, with the field that it is typed into.
pub struct ParameterView {
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    pub required: bool,
    pub description: String,
    /// The initial value of the field.
    pub value: String,
}

/// A field of a body; nested fields follow, indented.
#[derive(PartialEq, Eq, Debug)]
pub struct FieldView {
    /// The full path from the outermost field: `plan.limits.seats`.
    pub name: String,
    /// `string`, `integer or null`, `string (date-time)`.
    pub kind: String,
    pub required: bool,
    pub description: String,
}

/// A request or response body.
pub struct BodyView {
    pub fields: Vec<FieldView>,
    pub example: String,
    pub optional: bool,
}

/// A successful response.
pub struct AnswerView {
    pub status: String,
    pub description: String,
    pub body: Option<BodyView>,
}

/// The codes of one status.
pub struct RefusalView {
    pub status: u16,
    pub codes: Vec<&'static str>,
}

/// An operation of the document.
pub struct OperationView {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    /// The credentials that it accepts.
    pub needs: String,
    pub parameters: Vec<ParameterView>,
    pub body: Option<BodyView>,
    /// The part of the form that is a file, where the body is such a form.
    pub upload: Option<String>,
    pub answers: Vec<AnswerView>,
    pub refusals: Vec<RefusalView>,
    pub curl: String,
    /// Whether credentials are sent.
    pub guarded: bool,
    /// Asks for confirmation before it is sent.
    pub deletes: bool,
}

/// An operation in the list at the side.
pub struct EntryView {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub current: bool,
}

pub struct GroupView {
    pub id: String,
    pub name: String,
    pub entries: Vec<EntryView>,
}

#[derive(Template)]
#[template(path = "api/reference.html", blocks = ["main"])]
pub struct ReferencePage {
    pub frame: PageFrame,
    pub version: String,
    /// The address of this installation.
    pub base: String,
    /// The search text; empty without one.
    pub query: String,
    pub found: u64,
    pub groups: Vec<GroupView>,
    /// `None` on the first page.
    pub operation: Option<OperationView>,
}
