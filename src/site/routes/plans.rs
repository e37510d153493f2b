//! The administrator's plans.

use actix_web::web;

use super::{Route, get, post};
use crate::site::plans::admin;
use crate::web::auth::Access;

pub(super) const PLANS: &[Route] = &[
    get("/admin/plans", Access::Admin, || web::to(admin::index)),
    post("/admin/plans", Access::Admin, || web::to(admin::create)),
    get("/admin/plans/new", Access::Admin, || web::to(admin::new)),
    get("/admin/plans/{plan}", Access::Admin, || web::to(admin::show)),
    post("/admin/plans/{plan}", Access::Admin, || web::to(admin::edit)),
    post("/admin/plans/{plan}/archive", Access::Admin, || web::to(admin::archive)),
    post("/admin/plans/{plan}/restore", Access::Admin, || web::to(admin::restore)),
    post("/admin/plans/{plan}/default", Access::Admin, || {
        web::to(admin::make_default)
    }),
    post("/admin/plans/{plan}/up", Access::Admin, || web::to(admin::up)),
    post("/admin/plans/{plan}/down", Access::Admin, || web::to(admin::down)),
];
