//! Workspaces, members, invitations and the audit log.

use actix_web::web;

use super::{Route, get, post};
use crate::accounts::Permission::{ManageMembers, ManageWorkspace, ReadAudit};
use crate::site::{audit, media, team};
use crate::web::auth::RouteAccess;

pub(super) const TEAM: &[Route] = &[
    get("/workspaces", RouteAccess::Login, || web::to(team::workspaces::show)),
    post("/workspaces", RouteAccess::Login, || web::to(team::workspaces::create)),
    get("/workspaces/new", RouteAccess::Login, || web::to(team::workspaces::new)),
    post(
        "/workspaces/invitations/{invitation}/accept",
        RouteAccess::Login,
        || web::to(team::invitation::accept),
    ),
    get("/invitations/{token}", RouteAccess::Public, || {
        web::to(team::invitation::show)
    }),
    post("/invitations/{token}", RouteAccess::Public, || {
        web::to(team::invitation::submit)
    }),
    get("/settings/workspace", RouteAccess::Member, || {
        web::to(team::workspace::show)
    }),
    post("/settings/workspace", RouteAccess::Allowed(ManageWorkspace), || {
        web::to(team::workspace::change)
    }),
    post(
        "/settings/workspace/delivery",
        RouteAccess::Allowed(ManageWorkspace),
        || web::to(team::workspace::change_delivery),
    ),
    post(
        "/settings/workspace/delete",
        RouteAccess::Allowed(ManageWorkspace),
        || web::to(team::workspace::delete),
    ),
    get("/settings/storage", RouteAccess::Member, || {
        web::to(media::storage::show)
    }),
    post("/settings/storage", RouteAccess::Allowed(ManageWorkspace), || {
        web::to(media::storage::change)
    }),
    get("/settings/members", RouteAccess::Member, || {
        web::to(team::members::show)
    }),
    post("/settings/members/leave", RouteAccess::Member, || {
        web::to(team::members::leave)
    }),
    post("/settings/members/invite", MANAGING, || web::to(team::members::invite)),
    post("/settings/members/{member}/role", MANAGING, || {
        web::to(team::members::change_role)
    }),
    post("/settings/members/{member}/remove", MANAGING, || {
        web::to(team::members::remove)
    }),
    post("/settings/invitations/{invitation}/resend", MANAGING, || {
        web::to(team::members::resend)
    }),
    post("/settings/invitations/{invitation}/link", MANAGING, || {
        web::to(team::members::link)
    }),
    post("/settings/invitations/{invitation}/revoke", MANAGING, || {
        web::to(team::members::revoke)
    }),
    get("/settings/audit", RouteAccess::Allowed(ReadAudit), || {
        web::to(audit::of_workspace)
    }),
    get("/settings/audit.csv", RouteAccess::Allowed(ReadAudit), || {
        web::to(audit::workspace_csv)
    }),
    get("/admin/audit", RouteAccess::Admin, || web::to(audit::of_installation)),
    get("/admin/audit.csv", RouteAccess::Admin, || {
        web::to(audit::installation_csv)
    }),
];
const MANAGING: RouteAccess = RouteAccess::Allowed(ManageMembers);
