//! `/v1`: the public API.

use super::Route;

pub(super) const API: &[Route] = &[];
