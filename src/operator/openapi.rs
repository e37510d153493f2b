//! `wamanager openapi`: the document of the API, as `/v1/openapi.json` serves it.

use super::output::write_out;
use super::{Exit, Failure};
use crate::site::openapi;

/// # Errors
/// When it cannot be written.
pub fn run() -> Result<Exit, Failure> {
    write_out(format!("{}\n", openapi::text()).as_bytes())?;
    Ok(Exit::Ok)
}
