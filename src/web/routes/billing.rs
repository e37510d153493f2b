//! Subscription, payments and invoices; webhooks of payment providers.

use super::Route;

pub(super) const BILLING: &[Route] = &[];
