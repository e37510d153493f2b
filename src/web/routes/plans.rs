//! Plans and usage.

use super::Route;

pub(super) const PLANS: &[Route] = &[];
