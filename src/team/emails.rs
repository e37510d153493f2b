//! The emails of the team room.

use crate::accounts::{Email, MemberRole, Workspace};
use crate::i18n::{Locale, T};
use crate::mail::{EmailDraft, plain};

use super::model::INVITATION_LIFETIME;

/// One language so far; times are in the workspace's zone.
fn words(workspace: &Workspace) -> T {
    T::new(Locale::En, workspace.time_zone)
}

/// The path of the link with this token.
pub(super) fn path(token: &str) -> String {
    format!("/invitations/{token}")
}

/// The email to an invited person. `by` is the inviter's name and email, `token` the link's.
pub(super) fn invitation(
    workspace: &Workspace,
    to: &Email,
    role: MemberRole,
    by: Option<&(String, String)>,
    token: &str,
) -> EmailDraft {
    let t = words(workspace);
    let name = by.map_or_else(|| t.get("team-mail-somebody"), |(name, _)| plain(name));
    let place = plain(&workspace.name);
    let subject = t.with_all("team-mail-invited", &[("name", &name), ("workspace", &place)]);
    let days = INVITATION_LIFETIME.as_secs() / (24 * 60 * 60);
    let role_key = format!("team-role-{role}");
    let draft = EmailDraft::new(to.as_str(), &subject)
        .heading(&subject)
        .text(t.get("mail-hello"))
        .text(t.with("team-mail-invited-text", "role", t.get(&role_key)))
        .text(t.get(&format!("team-may-{role}")))
        .button(t.get("team-mail-invited-button"), path(token))
        .note(t.count("team-mail-invited-note", days))
        .at(workspace.id);
    match by {
        Some((_, email)) => draft.reply_to(email),
        None => draft,
    }
}

/// To a former member whose membership an owner ended.
pub(super) fn removed(workspace: &Workspace, to: &Email) -> EmailDraft {
    let t = words(workspace);
    let subject = t.with("team-mail-removed", "workspace", plain(&workspace.name));
    EmailDraft::new(to.as_str(), &subject)
        .heading(&subject)
        .text(t.get("mail-hello"))
        .text(t.get("team-mail-removed-text"))
        .note(t.get("team-mail-removed-note"))
        .at(workspace.id)
}

/// To every member of a workspace that was deleted.
pub(super) fn deleted(workspace: &Workspace, to: &Email) -> EmailDraft {
    let t = words(workspace);
    let subject = t.with("team-mail-deleted", "workspace", plain(&workspace.name));
    EmailDraft::new(to.as_str(), &subject)
        .heading(&subject)
        .text(t.get("mail-hello"))
        .text(t.get("team-mail-deleted-text"))
        .note(t.get("team-mail-deleted-note"))
}
