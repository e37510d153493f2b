//! Entering, and the person's own settings.

use actix_web::web;

use super::{Route, get, post};
use crate::accounts::Permission::ManageWorkspace;
use crate::accounts::pages as accounts;
use crate::sessions::pages as sessions;
use crate::web::auth::Access;

pub(super) const ACCOUNTS: &[Route] = &[
    get("/", Access::Login, || web::to(sessions::home)),
    get("/setup/{token}", Access::Public, || web::to(accounts::setup::form)),
    post("/setup/{token}", Access::Public, || web::to(accounts::setup::submit)),
    get("/login", Access::Public, || web::to(accounts::login::form)),
    post("/login", Access::Public, || web::to(accounts::login::submit)),
    post("/logout", Access::LoginOrGuest, || web::to(accounts::login::log_out)),
    get("/settings", Access::Login, || web::to(accounts::settings::show)),
    post("/settings/profile", Access::Login, || {
        web::to(accounts::settings::profile)
    }),
    post("/settings/password", Access::Login, || {
        web::to(accounts::settings::password)
    }),
    post("/settings/theme", Access::LoginOrGuest, || {
        web::to(accounts::settings::theme)
    }),
    post("/settings/workspace", Access::Allowed(ManageWorkspace), || {
        web::to(accounts::settings::workspace)
    }),
    post("/workspaces/{workspace}/choose", Access::LoginOrGuest, || {
        web::to(accounts::settings::choose_workspace)
    }),
];
