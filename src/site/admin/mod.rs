//! Pages of people, workspaces, numbers, health, logs and the installation's own settings.

pub mod health;
pub mod impersonation;
pub mod installation;
mod logs;
mod machine;
mod numbers;
mod users;
pub mod views;
mod workspaces;

pub use logs::index as logs;
pub use machine::{discard_held, resume_held, show as health};
pub use numbers::{index as sessions, pause as pause_session, reconnect as reconnect_session};
pub use users::{
    index as users, resume as resume_user, set_role, show as user, suspend as suspend_user,
    verify_email as verify_email_of,
};
pub use workspaces::{
    assign_plan, index as workspaces, resume as resume_workspace, show as workspace, suspend as suspend_workspace,
};

use self::views::FilterChip;
use crate::i18n::T;
use crate::ids::PublicId;
use crate::web::address::address;
use crate::web::views::Pager;

fn pager(t: T, shown: usize, here: &str, after: Option<&str>, next: Option<&PublicId>) -> Pager {
    let with = |id: &str| {
        let sign = if here.contains('?') { '&' } else { '?' };
        format!("{here}{sign}after={id}")
    };
    Pager {
        t,
        summary: t.count("admin-shown", shown as u64),
        first: after.map(|_| here.to_owned()),
        next: next.map(|id| with(id.as_str())),
    }
}

/// One of several filters, of which one is active.
fn chip(path: &str, parameters: &[(&str, &str)], word: String, current: bool) -> FilterChip {
    FilterChip {
        href: address(path, parameters),
        word,
        current,
    }
}
