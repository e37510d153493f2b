//! Second factor, devices, deletion and export of an account.

use actix_web::web;

use super::{Route, get, post};
use crate::site::accounts::{deletion, second_factor, security};
use crate::site::export;
use crate::web::auth::Access;

pub(super) const SECURITY: &[Route] = &[
    get("/login/code", Access::Public, || web::to(second_factor::code_form)),
    post("/login/code", Access::Public, || web::to(second_factor::code)),
    get("/settings/security", Access::Login, || web::to(security::show)),
    post("/settings/password", Access::Login, || web::to(security::password)),
    post("/settings/security/logins/{login}/revoke", Access::Login, || {
        web::to(security::revoke)
    }),
    post("/settings/security/log-out-elsewhere", Access::Login, || {
        web::to(security::log_out_elsewhere)
    }),
    post("/settings/security/log-out-everywhere", Access::Login, || {
        web::to(security::log_out_everywhere)
    }),
    get("/settings/security/second-factor", Access::Login, || {
        web::to(second_factor::show)
    }),
    post("/settings/security/second-factor/begin", Access::Login, || {
        web::to(second_factor::begin)
    }),
    post("/settings/security/second-factor/cancel", Access::Login, || {
        web::to(second_factor::cancel)
    }),
    post("/settings/security/second-factor/confirm", Access::Login, || {
        web::to(second_factor::confirm)
    }),
    post("/settings/security/second-factor/codes", Access::Login, || {
        web::to(second_factor::renew)
    }),
    post("/settings/security/second-factor/codes.txt", Access::Login, || {
        web::to(second_factor::codes_file)
    }),
    post("/settings/security/second-factor/disable", Access::Login, || {
        web::to(second_factor::disable)
    }),
    get("/settings/account", Access::Login, || web::to(deletion::show)),
    post("/settings/account/delete", Access::Login, || web::to(deletion::delete)),
    get("/goodbye", Access::Public, || web::to(deletion::goodbye)),
    post("/settings/account/export", Access::Login, || web::to(export::begin)),
    get("/settings/account/export", Access::Login, || web::to(export::progress)),
    post("/settings/account/export/{export}/stop", Access::Login, || {
        web::to(export::stop)
    }),
    get("/export/{export}/download", Access::Login, || web::to(export::download)),
];
