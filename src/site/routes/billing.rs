//! The plan with its use, subscription, payments and invoices; webhooks of payment providers.

use actix_web::web;

use super::{Route, get, post};
use crate::accounts::Permission::ManageBilling;
use crate::site::billing;
use crate::web::auth::RouteAccess;

pub(super) const BILLING: &[Route] = &[
    get("/settings/billing", RouteAccess::Member, || web::to(billing::index)),
    get("/settings/plan", RouteAccess::Member, || web::to(billing::moved)),
    get("/settings/billing/choose/{plan}", OWNING, || {
        web::to(billing::choose_page)
    }),
    post("/settings/billing/choose/{plan}", OWNING, || web::to(billing::choose)),
    get("/settings/billing/pay", OWNING, || web::to(billing::pay)),
    get("/settings/billing/return", OWNING, || web::to(billing::back)),
    get("/settings/billing/portal", OWNING, || web::to(billing::portal)),
    post("/settings/billing/keep", OWNING, || web::to(billing::keep)),
    post("/settings/billing/withdraw", OWNING, || web::to(billing::withdraw)),
    get("/settings/billing/invoices/{invoice}", OWNING, || {
        web::to(billing::invoice)
    }),
    // Authenticated by their signature alone.
    post("/webhooks/stripe", RouteAccess::Open, || web::to(billing::stripe)),
    post("/webhooks/razorpay", RouteAccess::Open, || web::to(billing::razorpay)),
];
const OWNING: RouteAccess = RouteAccess::Allowed(ManageBilling);
