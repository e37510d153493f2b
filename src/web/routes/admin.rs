//! The administrator's pages.

use super::Route;

pub(super) const ADMIN: &[Route] = &[];
