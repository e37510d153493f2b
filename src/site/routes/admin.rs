//! The administrator's pages.

use actix_web::web;

use super::{Route, get, post};
use crate::site::{admin, jobs, mail};
use crate::web::auth::RouteAccess;

pub(super) const ADMIN: &[Route] = &[
    get("/admin", RouteAccess::Admin, || web::to(admin::health)),
    post("/admin/held/resume", RouteAccess::Admin, || web::to(admin::resume_held)),
    post("/admin/held/discard", RouteAccess::Admin, || {
        web::to(admin::discard_held)
    }),
    get("/admin/users", RouteAccess::Admin, || web::to(admin::users)),
    get("/admin/users/{user}", RouteAccess::Admin, || web::to(admin::user)),
    post("/admin/users/{user}/suspend", RouteAccess::Admin, || {
        web::to(admin::suspend_user)
    }),
    post("/admin/users/{user}/resume", RouteAccess::Admin, || {
        web::to(admin::resume_user)
    }),
    post("/admin/users/{user}/vouch", RouteAccess::Admin, || {
        web::to(admin::verify_email_of)
    }),
    post("/admin/users/{user}/role", RouteAccess::Admin, || {
        web::to(admin::set_role)
    }),
    post("/admin/users/{user}/impersonate", RouteAccess::Admin, || {
        web::to(admin::impersonation::start)
    }),
    post("/impersonation/stop", RouteAccess::Login, || {
        web::to(admin::impersonation::stop)
    }),
    get("/admin/workspaces", RouteAccess::Admin, || web::to(admin::workspaces)),
    get("/admin/workspaces/{workspace}", RouteAccess::Admin, || {
        web::to(admin::workspace)
    }),
    post("/admin/workspaces/{workspace}/suspend", RouteAccess::Admin, || {
        web::to(admin::suspend_workspace)
    }),
    post("/admin/workspaces/{workspace}/resume", RouteAccess::Admin, || {
        web::to(admin::resume_workspace)
    }),
    post("/admin/workspaces/{workspace}/plan", RouteAccess::Admin, || {
        web::to(admin::assign_plan)
    }),
    get("/admin/sessions", RouteAccess::Admin, || web::to(admin::sessions)),
    post("/admin/sessions/{session}/pause", RouteAccess::Admin, || {
        web::to(admin::pause_session)
    }),
    post("/admin/sessions/{session}/reconnect", RouteAccess::Admin, || {
        web::to(admin::reconnect_session)
    }),
    get("/admin/logs", RouteAccess::Admin, || web::to(admin::logs)),
    get("/admin/settings", RouteAccess::Admin, || {
        web::to(admin::installation::show)
    }),
    post("/admin/settings", RouteAccess::Admin, || {
        web::to(admin::installation::save)
    }),
    get("/admin/mail", RouteAccess::Admin, || web::to(mail::index)),
    post("/admin/mail/test", RouteAccess::Admin, || web::to(mail::test)),
    get("/admin/mail/{mail}", RouteAccess::Admin, || web::to(mail::show)),
    post("/admin/mail/{mail}/again", RouteAccess::Admin, || web::to(mail::again)),
    get("/admin/jobs", RouteAccess::Admin, || web::to(jobs::index)),
    post("/admin/jobs/retry-dead", RouteAccess::Admin, || {
        web::to(jobs::retry_dead)
    }),
    get("/admin/jobs/{job}", RouteAccess::Admin, || web::to(jobs::show)),
    post("/admin/jobs/{job}/retry", RouteAccess::Admin, || web::to(jobs::retry)),
    post("/admin/jobs/{job}/discard", RouteAccess::Admin, || {
        web::to(jobs::discard)
    }),
    post("/admin/jobs/{job}/stop", RouteAccess::Admin, || web::to(jobs::stop)),
];
