//! The pages of the two areas with several pages: settings and administration.

use crate::accounts::Permission;
use crate::i18n::T;
use crate::web::layout::PageFrame;
use crate::web::views::{Subnav, SubnavEntry};

/// Address, icon and the key of the label.
type Row = (&'static str, &'static str, &'static str);

/// A page of the settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SettingsTab {
    Profile,
    Security,
    Workspace,
    Members,
    Inbox,
    Storage,
    Billing,
    Keys,
    Audit,
}

impl SettingsTab {
    const ALL: [Self; 9] = [
        Self::Profile,
        Self::Security,
        Self::Workspace,
        Self::Members,
        Self::Inbox,
        Self::Storage,
        Self::Billing,
        Self::Keys,
        Self::Audit,
    ];

    /// About the person; the others are about the workspace.
    const fn is_own(self) -> bool {
        matches!(self, Self::Profile | Self::Security)
    }

    const fn row(self) -> Row {
        match self {
            Self::Profile => ("/settings", "user-round", "settings-tab-profile"),
            Self::Security => ("/settings/security", "shield-check", "settings-tab-security"),
            Self::Workspace => ("/settings/workspace", "store", "settings-tab-workspace"),
            Self::Members => ("/settings/members", "users", "settings-tab-members"),
            Self::Inbox => ("/settings/inbox", "inbox", "settings-tab-inbox"),
            Self::Storage => ("/settings/storage", "server", "settings-tab-storage"),
            Self::Billing => ("/settings/billing", "credit-card", "settings-tab-billing"),
            Self::Keys => ("/settings/keys", "key-round", "settings-tab-keys"),
            Self::Audit => ("/settings/audit", "scroll-text", "settings-tab-audit"),
        }
    }

    fn shown_to(self, frame: &PageFrame) -> bool {
        let may = |permission| frame.role.is_some_and(|role| role.may(permission));
        match self {
            Self::Profile | Self::Security => true,
            Self::Workspace | Self::Members | Self::Inbox | Self::Storage | Self::Billing => frame.role.is_some(),
            Self::Keys => may(Permission::ManageKeys),
            Self::Audit => may(Permission::ReadAudit),
        }
    }
}

/// A page of the administration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdminTab {
    Health,
    Users,
    Workspaces,
    Plans,
    Sessions,
    Jobs,
    Mail,
    Audit,
    Logs,
    Installation,
}

impl AdminTab {
    const ALL: [Self; 10] = [
        Self::Health,
        Self::Users,
        Self::Workspaces,
        Self::Plans,
        Self::Sessions,
        Self::Jobs,
        Self::Mail,
        Self::Audit,
        Self::Logs,
        Self::Installation,
    ];

    const fn row(self) -> Row {
        match self {
            Self::Health => ("/admin", "activity", "admin-tab-health"),
            Self::Users => ("/admin/users", "users", "admin-tab-users"),
            Self::Workspaces => ("/admin/workspaces", "store", "admin-tab-workspaces"),
            Self::Plans => ("/admin/plans", "layers", "admin-tab-plans"),
            Self::Sessions => ("/admin/sessions", "smartphone", "admin-tab-sessions"),
            Self::Jobs => ("/admin/jobs", "list-checks", "admin-tab-jobs"),
            Self::Mail => ("/admin/mail", "mail", "admin-tab-mail"),
            Self::Audit => ("/admin/audit", "scroll-text", "admin-tab-audit"),
            Self::Logs => ("/admin/logs", "file-text", "admin-tab-logs"),
            Self::Installation => ("/admin/settings", "settings", "admin-tab-installation"),
        }
    }
}

/// The pages of the settings that this person may open.
#[must_use]
pub fn settings(frame: &PageFrame, current: SettingsTab) -> Subnav {
    let tabs: Vec<_> = SettingsTab::ALL.into_iter().filter(|tab| tab.shown_to(frame)).collect();
    let mut found = subnav(
        &frame.t,
        "nav-settings",
        tabs.iter().map(|tab| (tab.row(), *tab == current)),
    );
    let mut before = None;
    for (tab, entry) in tabs.iter().zip(&mut found.entries) {
        if before != Some(tab.is_own()) {
            entry.group = Some(if tab.is_own() {
                frame.t.get("settings-group-own")
            } else {
                frame.workspace.clone()
            });
        }
        before = Some(tab.is_own());
    }
    found
}

#[must_use]
pub fn admin(frame: &PageFrame, current: AdminTab) -> Subnav {
    let tabs = AdminTab::ALL.into_iter();
    subnav(&frame.t, "nav-admin", tabs.map(|tab| (tab.row(), tab == current)))
}

fn subnav(t: &T, label: &'static str, rows: impl Iterator<Item = (Row, bool)>) -> Subnav {
    let entry = |((href, icon, word), current): (Row, bool)| SubnavEntry {
        group: None,
        href,
        icon,
        word: t.get(word),
        current,
    };
    Subnav {
        label: t.get(label),
        entries: rows.map(entry).collect(),
    }
}
