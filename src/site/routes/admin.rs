//! The administrator's pages.

use actix_web::web;

use super::{Route, get, post};
use crate::site::{admin, jobs, mail};
use crate::web::auth::Access;

pub(super) const ADMIN: &[Route] = &[
    get("/admin", Access::Admin, || web::to(admin::health)),
    post("/admin/held/resume", Access::Admin, || web::to(admin::resume_held)),
    post("/admin/held/discard", Access::Admin, || web::to(admin::discard_held)),
    get("/admin/users", Access::Admin, || web::to(admin::users)),
    get("/admin/users/{user}", Access::Admin, || web::to(admin::user)),
    post("/admin/users/{user}/suspend", Access::Admin, || {
        web::to(admin::suspend_user)
    }),
    post("/admin/users/{user}/resume", Access::Admin, || {
        web::to(admin::resume_user)
    }),
    post("/admin/users/{user}/vouch", Access::Admin, || {
        web::to(admin::verify_email_of)
    }),
    post("/admin/users/{user}/role", Access::Admin, || web::to(admin::set_role)),
    post("/admin/users/{user}/impersonate", Access::Admin, || {
        web::to(admin::impersonation::start)
    }),
    post("/impersonation/stop", Access::Login, || {
        web::to(admin::impersonation::stop)
    }),
    get("/admin/workspaces", Access::Admin, || web::to(admin::workspaces)),
    get("/admin/workspaces/{workspace}", Access::Admin, || {
        web::to(admin::workspace)
    }),
    post("/admin/workspaces/{workspace}/suspend", Access::Admin, || {
        web::to(admin::suspend_workspace)
    }),
    post("/admin/workspaces/{workspace}/resume", Access::Admin, || {
        web::to(admin::resume_workspace)
    }),
    post("/admin/workspaces/{workspace}/plan", Access::Admin, || {
        web::to(admin::assign_plan)
    }),
    get("/admin/sessions", Access::Admin, || web::to(admin::sessions)),
    post("/admin/sessions/{session}/pause", Access::Admin, || {
        web::to(admin::pause_session)
    }),
    post("/admin/sessions/{session}/reconnect", Access::Admin, || {
        web::to(admin::reconnect_session)
    }),
    get("/admin/logs", Access::Admin, || web::to(admin::logs)),
    get("/admin/settings", Access::Admin, || web::to(admin::installation::show)),
    post("/admin/settings", Access::Admin, || web::to(admin::installation::save)),
    get("/admin/mail", Access::Admin, || web::to(mail::index)),
    post("/admin/mail/test", Access::Admin, || web::to(mail::test)),
    get("/admin/mail/{mail}", Access::Admin, || web::to(mail::show)),
    post("/admin/mail/{mail}/again", Access::Admin, || web::to(mail::again)),
    get("/admin/jobs", Access::Admin, || web::to(jobs::index)),
    post("/admin/jobs/retry-dead", Access::Admin, || web::to(jobs::retry_dead)),
    get("/admin/jobs/{job}", Access::Admin, || web::to(jobs::show)),
    post("/admin/jobs/{job}/retry", Access::Admin, || web::to(jobs::retry)),
    post("/admin/jobs/{job}/discard", Access::Admin, || web::to(jobs::discard)),
    post("/admin/jobs/{job}/stop", Access::Admin, || web::to(jobs::stop)),
];
