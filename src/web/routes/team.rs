//! Workspaces, members, invitations and the audit log.

use actix_web::web;

use super::{Route, get};
use crate::accounts::Permission::ReadAudit;
use crate::audit::pages as audit;
use crate::web::auth::Access;

pub(super) const TEAM: &[Route] = &[
    get("/settings/audit", Access::Allowed(ReadAudit), || {
        web::to(audit::of_workspace)
    }),
    get("/settings/audit.csv", Access::Allowed(ReadAudit), || {
        web::to(audit::workspace_csv)
    }),
    get("/admin/audit", Access::Admin, || web::to(audit::of_installation)),
    get("/admin/audit.csv", Access::Admin, || web::to(audit::installation_csv)),
];
