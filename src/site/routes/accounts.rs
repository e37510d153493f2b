//! Entering, and the person's own settings.

use actix_web::web;

use super::{Route, get, post};
use crate::site::{accounts, sessions};
use crate::web::auth::Access;

pub(super) const ACCOUNTS: &[Route] = &[
    get("/", Access::Login, || web::to(sessions::home)),
    get("/setup/{token}", Access::Public, || web::to(accounts::setup::form)),
    post("/setup/{token}", Access::Public, || web::to(accounts::setup::submit)),
    get("/login", Access::Public, || web::to(accounts::login::form)),
    post("/login", Access::Public, || web::to(accounts::login::submit)),
    post("/logout", Access::LoginOrGuest, || web::to(accounts::login::log_out)),
    post("/guest", Access::Public, || web::to(accounts::login::guest)),
    get("/register", Access::Public, || web::to(accounts::register::form)),
    post("/register", Access::Public, || web::to(accounts::register::submit)),
    get("/register/sent", Access::Public, || {
        web::to(accounts::sent::verification)
    }),
    post("/password-strength", Access::Public, || {
        web::to(accounts::strength::show)
    }),
    post("/verify-email", Access::Public, || {
        web::to(accounts::sent::resend_verification)
    }),
    get("/verify-email/{token}", Access::Public, || {
        web::to(accounts::verify::show)
    }),
    post("/verify-email/{token}", Access::Public, || {
        web::to(accounts::verify::submit)
    }),
    get("/change-email/{token}", Access::Public, || {
        web::to(accounts::verify::show_change)
    }),
    post("/change-email/{token}", Access::Public, || {
        web::to(accounts::verify::submit_change)
    }),
    get("/forgot", Access::Public, || web::to(accounts::recover::form)),
    post("/forgot", Access::Public, || web::to(accounts::recover::submit)),
    get("/forgot/sent", Access::Public, || web::to(accounts::sent::reset)),
    get("/reset/{token}", Access::Public, || {
        web::to(accounts::recover::reset_form)
    }),
    post("/reset/{token}", Access::Public, || {
        web::to(accounts::recover::reset_submit)
    }),
    get("/settings", Access::Login, || web::to(accounts::settings::show)),
    post("/settings/profile", Access::Login, || {
        web::to(accounts::settings::profile)
    }),
    post("/settings/email", Access::Login, || web::to(accounts::settings::email)),
    post("/settings/theme", Access::LoginOrGuest, || {
        web::to(accounts::settings::theme)
    }),
    post("/workspaces/{workspace}/choose", Access::LoginOrGuest, || {
        web::to(accounts::settings::choose_workspace)
    }),
];
