//! Workspaces, members, invitations and the audit log.

use actix_web::web;

use super::{Route, get, post};
use crate::accounts::Permission::{ManageMembers, ManageWorkspace, ReadAudit};
use crate::site::{audit, team};
use crate::web::auth::Access;

pub(super) const TEAM: &[Route] = &[
    get("/workspaces", Access::Login, || web::to(team::workspaces::show)),
    post("/workspaces", Access::Login, || web::to(team::workspaces::create)),
    get("/workspaces/new", Access::Login, || web::to(team::workspaces::new)),
    post("/workspaces/invitations/{invitation}/accept", Access::Login, || {
        web::to(team::invitation::accept)
    }),
    get("/invitations/{token}", Access::Public, || {
        web::to(team::invitation::show)
    }),
    post("/invitations/{token}", Access::Public, || {
        web::to(team::invitation::submit)
    }),
    get("/settings/workspace", Access::Member, || web::to(team::workspace::show)),
    post("/settings/workspace", Access::Allowed(ManageWorkspace), || {
        web::to(team::workspace::change)
    }),
    post("/settings/workspace/delete", Access::Allowed(ManageWorkspace), || {
        web::to(team::workspace::delete)
    }),
    get("/settings/members", Access::Member, || web::to(team::members::show)),
    post("/settings/members/leave", Access::Member, || {
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
    get("/settings/audit", Access::Allowed(ReadAudit), || {
        web::to(audit::of_workspace)
    }),
    get("/settings/audit.csv", Access::Allowed(ReadAudit), || {
        web::to(audit::workspace_csv)
    }),
    get("/admin/audit", Access::Admin, || web::to(audit::of_installation)),
    get("/admin/audit.csv", Access::Admin, || web::to(audit::installation_csv)),
];
const MANAGING: Access = Access::Allowed(ManageMembers);
