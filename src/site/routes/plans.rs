//! The administrator's plans.

use actix_web::web;

use super::{Route, get, post};
use crate::site::plans::admin;
use crate::web::auth::RouteAccess;

pub(super) const PLANS: &[Route] = &[
    get("/admin/plans", RouteAccess::Admin, || web::to(admin::index)),
    post("/admin/plans", RouteAccess::Admin, || web::to(admin::create)),
    get("/admin/plans/new", RouteAccess::Admin, || web::to(admin::new)),
    get("/admin/plans/{plan}", RouteAccess::Admin, || web::to(admin::show)),
    post("/admin/plans/{plan}", RouteAccess::Admin, || web::to(admin::edit)),
    post("/admin/plans/{plan}/archive", RouteAccess::Admin, || {
        web::to(admin::archive)
    }),
    post("/admin/plans/{plan}/restore", RouteAccess::Admin, || {
        web::to(admin::restore)
    }),
    post("/admin/plans/{plan}/default", RouteAccess::Admin, || {
        web::to(admin::make_default)
    }),
    post("/admin/plans/{plan}/up", RouteAccess::Admin, || web::to(admin::up)),
    post("/admin/plans/{plan}/down", RouteAccess::Admin, || web::to(admin::down)),
];
