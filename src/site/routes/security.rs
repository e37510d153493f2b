//! Second factor, devices, deletion and export of an account.

use actix_web::web;

use super::{Route, get, post};
use crate::site::accounts::{deletion, second_factor, security};
use crate::site::export;
use crate::web::auth::RouteAccess;

pub(super) const SECURITY: &[Route] = &[
    get("/login/code", RouteAccess::Public, || web::to(second_factor::code_form)),
    post("/login/code", RouteAccess::Public, || web::to(second_factor::code)),
    get("/settings/security", RouteAccess::Login, || web::to(security::show)),
    post("/settings/password", RouteAccess::Login, || web::to(security::password)),
    post("/settings/security/logins/{login}/revoke", RouteAccess::Login, || {
        web::to(security::revoke)
    }),
    post("/settings/security/log-out-elsewhere", RouteAccess::Login, || {
        web::to(security::log_out_elsewhere)
    }),
    post("/settings/security/log-out-everywhere", RouteAccess::Login, || {
        web::to(security::log_out_everywhere)
    }),
    get("/settings/security/second-factor", RouteAccess::Login, || {
        web::to(second_factor::show)
    }),
    post("/settings/security/second-factor/begin", RouteAccess::Login, || {
        web::to(second_factor::begin)
    }),
    post("/settings/security/second-factor/cancel", RouteAccess::Login, || {
        web::to(second_factor::cancel)
    }),
    post("/settings/security/second-factor/confirm", RouteAccess::Login, || {
        web::to(second_factor::confirm)
    }),
    post("/settings/security/second-factor/codes", RouteAccess::Login, || {
        web::to(second_factor::renew)
    }),
    post("/settings/security/second-factor/codes.txt", RouteAccess::Login, || {
        web::to(second_factor::codes_file)
    }),
    post("/settings/security/second-factor/disable", RouteAccess::Login, || {
        web::to(second_factor::disable)
    }),
    get("/settings/account", RouteAccess::Login, || web::to(deletion::show)),
    post("/settings/account/delete", RouteAccess::Login, || {
        web::to(deletion::delete)
    }),
    get("/goodbye", RouteAccess::Public, || web::to(deletion::goodbye)),
    post("/settings/account/export", RouteAccess::Login, || {
        web::to(export::begin)
    }),
    get("/settings/account/export", RouteAccess::Login, || {
        web::to(export::progress)
    }),
    post("/settings/account/export/{export}/stop", RouteAccess::Login, || {
        web::to(export::stop)
    }),
    get("/export/{export}/download", RouteAccess::Login, || {
        web::to(export::download)
    }),
];
