//! Second factor, devices, deletion and export of an account.

use super::Route;

pub(super) const SECURITY: &[Route] = &[];
