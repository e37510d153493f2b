//! Registration, log-in, and the person's own settings.

use actix_web::web;

use super::{Route, get, post};
use crate::site::{accounts, sessions};
use crate::web::auth::RouteAccess;

pub(super) const ACCOUNTS: &[Route] = &[
    get("/", RouteAccess::Login, || web::to(sessions::home)),
    get("/setup/{token}", RouteAccess::Public, || web::to(accounts::setup::form)),
    post("/setup/{token}", RouteAccess::Public, || {
        web::to(accounts::setup::submit)
    }),
    get("/login", RouteAccess::Public, || web::to(accounts::login::form)),
    post("/login", RouteAccess::Public, || web::to(accounts::login::submit)),
    post("/logout", RouteAccess::LoginOrGuest, || {
        web::to(accounts::login::log_out)
    }),
    post("/guest", RouteAccess::Public, || web::to(accounts::login::guest)),
    get("/register", RouteAccess::Public, || web::to(accounts::register::form)),
    post("/register", RouteAccess::Public, || web::to(accounts::register::submit)),
    get("/register/sent", RouteAccess::Public, || {
        web::to(accounts::sent::verification)
    }),
    post("/password-strength", RouteAccess::Public, || {
        web::to(accounts::strength::show)
    }),
    post("/verify-email", RouteAccess::Public, || {
        web::to(accounts::sent::resend_verification)
    }),
    get("/verify-email/{token}", RouteAccess::Public, || {
        web::to(accounts::verify::show)
    }),
    post("/verify-email/{token}", RouteAccess::Public, || {
        web::to(accounts::verify::submit)
    }),
    get("/change-email/{token}", RouteAccess::Public, || {
        web::to(accounts::verify::show_change)
    }),
    post("/change-email/{token}", RouteAccess::Public, || {
        web::to(accounts::verify::submit_change)
    }),
    get("/forgot", RouteAccess::Public, || web::to(accounts::recover::form)),
    post("/forgot", RouteAccess::Public, || web::to(accounts::recover::submit)),
    get("/forgot/sent", RouteAccess::Public, || web::to(accounts::sent::reset)),
    get("/reset/{token}", RouteAccess::Public, || {
        web::to(accounts::recover::reset_form)
    }),
    post("/reset/{token}", RouteAccess::Public, || {
        web::to(accounts::recover::reset_submit)
    }),
    get("/settings", RouteAccess::Login, || web::to(accounts::settings::show)),
    post("/settings/profile", RouteAccess::Login, || {
        web::to(accounts::settings::profile)
    }),
    post("/settings/email", RouteAccess::Login, || {
        web::to(accounts::settings::email)
    }),
    post("/settings/theme", RouteAccess::LoginOrGuest, || {
        web::to(accounts::settings::theme)
    }),
    post("/workspaces/{workspace}/choose", RouteAccess::LoginOrGuest, || {
        web::to(accounts::settings::choose_workspace)
    }),
];
