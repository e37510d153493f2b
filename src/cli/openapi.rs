//! `wamanager openapi`: the document of the API, as `/v1/openapi.json` serves it.

use std::io::Write as _;

use super::{Exit, Failure};
use crate::web::api::openapi;

/// # Errors
/// When it cannot be written, for example because the reader has gone.
pub fn run() -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", openapi::text())?;
    Ok(Exit::Ok)
}
