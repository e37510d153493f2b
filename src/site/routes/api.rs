//! `/v1`: the public API. Which key opens a route is a column of its own; a row without it is a person's, and what
//! changes members, roles, invitations, keys, billing or an account is always that.

use actix_web::web;

use super::{Route, delete, get, post, put};
use crate::access::KeyScope::{AccountRead, AccountWrite};
use crate::accounts::Permission::{ManageBilling, ManageKeys, ManageMembers, ManageWorkspace};
use crate::site::access as keys;
use crate::site::access::api as access;
use crate::site::accounts::api as accounts;
use crate::site::billing::api as billing;
use crate::site::plans::api as plans;
use crate::site::team::api as team;
use crate::site::{openapi, reference as docs};
use crate::web::api::Key;
use crate::web::auth::Access;

pub(super) const API: &[Route] = &[
    get("/v1/openapi.json", Access::Public, || web::to(openapi::serve)),
    // auth
    post("/v1/auth/register", Access::Public, || web::to(access::register)),
    post("/v1/auth/login", Access::Public, || web::to(access::log_in)),
    post("/v1/auth/logout", Access::LoginOrGuest, || web::to(access::log_out)),
    post("/v1/auth/refresh-token", Access::Public, || {
        web::to(access::refresh_token)
    }),
    post("/v1/auth/forgot-password", Access::Public, || {
        web::to(access::forgot_password)
    }),
    post("/v1/auth/reset-password", Access::Public, || {
        web::to(access::reset_password)
    }),
    get("/v1/auth/verify-email/{token}", Access::Public, || {
        web::to(access::verify_email)
    }),
    // users
    get("/v1/users/me", Access::Login, || web::to(accounts::me)).key(READ),
    put("/v1/users/me", Access::Login, || web::to(accounts::change_me)),
    delete("/v1/users/me", Access::Login, || web::to(accounts::delete_me)),
    post("/v1/users/me/password", Access::Login, || {
        web::to(accounts::change_password)
    }),
    post("/v1/users/me/email", Access::Login, || web::to(accounts::change_email)),
    get("/v1/users/me/logins", Access::Login, || web::to(accounts::logins)),
    delete("/v1/users/me/logins/{login}", Access::LoginOrGuest, || {
        web::to(accounts::end_login)
    }),
    get("/v1/users/me/second-factor", Access::Login, || {
        web::to(accounts::second_factor)
    }),
    post("/v1/users/me/second-factor", Access::Login, || {
        web::to(accounts::begin_second_factor)
    }),
    put("/v1/users/me/second-factor", Access::Login, || {
        web::to(accounts::confirm_second_factor)
    }),
    delete("/v1/users/me/second-factor", Access::Login, || {
        web::to(accounts::disable_second_factor)
    }),
    get("/v1/users/me/usage", Access::Member, || web::to(plans::usage)).key(READ),
    get("/v1/users/me/subscription", BILLING, || web::to(billing::show)).key(READ),
    post("/v1/users/me/subscription", BILLING, || web::to(billing::choose)),
    get("/v1/invoices", BILLING, || web::to(billing::invoices)).key(READ),
    get("/v1/plans", Access::Public, || web::to(plans::list)),
    // workspaces
    get("/v1/workspaces", Access::Login, || web::to(team::list)),
    post("/v1/workspaces", Access::Login, || web::to(team::create)),
    get("/v1/workspaces/{workspace}", Access::Member, || web::to(team::show)).key(READ),
    put("/v1/workspaces/{workspace}", WORKSPACE, || web::to(team::change)).key(WRITE),
    delete("/v1/workspaces/{workspace}", WORKSPACE, || web::to(team::delete)),
    post("/v1/workspaces/{workspace}/switch", Access::LoginOrGuest, || {
        web::to(team::switch)
    }),
    get("/v1/workspaces/{workspace}/members", Access::Member, || {
        web::to(team::members)
    })
    .key(READ),
    put("/v1/workspaces/{workspace}/members/{member}", MEMBERS, || {
        web::to(team::change_member)
    }),
    delete("/v1/workspaces/{workspace}/members/{member}", MEMBERS, || {
        web::to(team::remove_member)
    }),
    get("/v1/workspaces/{workspace}/invitations", MEMBERS, || {
        web::to(team::invitations)
    })
    .key(READ),
    post("/v1/workspaces/{workspace}/invitations", MEMBERS, || {
        web::to(team::invite)
    }),
    delete("/v1/workspaces/{workspace}/invitations/{invitation}", MEMBERS, || {
        web::to(team::revoke_invitation)
    }),
    // keys
    get("/v1/api-keys", KEYS, || web::to(access::list_keys)),
    post("/v1/api-keys", KEYS, || web::to(access::create_key)),
    get("/v1/api-keys/{key}", KEYS, || web::to(access::show_key)),
    delete("/v1/api-keys/{key}", KEYS, || web::to(access::revoke_key)),
    // Pages.
    get("/docs/api", Access::Public, || web::to(docs::reference)),
    get("/docs/errors", Access::Public, || web::to(docs::errors)),
    get("/docs/errors/{code}", Access::Public, || web::to(docs::code)),
    get("/settings/keys", KEYS, || web::to(keys::index)),
    get("/settings/keys/new", KEYS, || web::to(keys::new)),
    post("/settings/keys", KEYS, || web::to(keys::create)),
    post("/settings/keys/{key}/revoke", KEYS, || web::to(keys::revoke)),
];
const BILLING: Access = Access::Allowed(ManageBilling);
const WORKSPACE: Access = Access::Allowed(ManageWorkspace);
const MEMBERS: Access = Access::Allowed(ManageMembers);
const KEYS: Access = Access::Allowed(ManageKeys);
const READ: Key = Key::With(AccountRead);
const WRITE: Key = Key::With(AccountWrite);
