//! Workspaces, members, invitations and the audit log of a workspace.

use super::Route;

pub(super) const TEAM: &[Route] = &[];
