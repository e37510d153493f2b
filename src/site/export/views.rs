//! Views of an export.

use askama::Template;

use crate::export::ExportState;
use crate::i18n::T;
use crate::web::filters;

/// The newest export and its actions; polls while it is written.
#[derive(Template, Clone, Debug)]
#[template(path = "export/_progress.html")]
pub struct Progress {
    pub t: T,
    pub csrf: String,
    pub read_only: bool,
    /// `None` when there was none.
    pub state: Option<ExportState>,
    pub id: String,
    /// 0 to 100.
    pub percent: u8,
    /// "1,200 of 5,000 rows"; empty until they are counted.
    pub rows: String,
    pub size: String,
    pub made: String,
    pub until: String,
    pub failure: String,
    /// The text while it is written.
    pub running: String,
    /// When the next one can be started, if not now.
    pub again: Option<String>,
}

impl askama::filters::HtmlSafe for Progress {}
