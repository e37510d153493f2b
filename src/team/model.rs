//! People in a workspace, invitations, and the rules about both.

use std::time::Duration;

use crate::accounts::{
    AccountError, Email, FieldError, Forbidden, IssuedLogin, MemberRole, PlatformRole, User, Workspace, wait_text,
};
use crate::clock::UnixMs;
use crate::db::{DbError, Page};
use crate::i18n::Text;
use crate::ids::{InvitationId, PublicId, WorkspaceId};
use crate::plans::PlanError;

/// How long an invitation's link is valid.
pub const INVITATION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The email of an invitation is sent again only after a pause, so that nobody's mailbox is flooded.
pub const RESEND_AFTER: Duration = Duration::from_secs(60);
/// Addresses per request.
pub const MAX_INVITED_AT_ONCE: usize = 20;
/// Workspaces that one person may own.
pub const MAX_OWNED: usize = 20;

/// An invitation that was neither accepted nor revoked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    pub id: InvitationId,
    pub public_id: PublicId,
    pub workspace: WorkspaceId,
    pub email: Email,
    pub role: MemberRole,
    /// Name of the inviter, if they still exist.
    pub invited_by: Option<String>,
    pub sent_at: UnixMs,
    pub expires_at: UnixMs,
}

impl Invitation {
    #[must_use]
    pub fn has_expired(&self, now: UnixMs) -> bool {
        self.expires_at <= now
    }
}

/// An invitation with its workspace, for the invited person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invited {
    pub invitation: Invitation,
    pub workspace: Workspace,
    /// Whether the address has a login here; an unconfirmed one does not count.
    pub has_account: bool,
    /// Whether the link proves access to the mailbox, or an administrator has verified the address.
    pub proves_address: bool,
}

/// The result of a new person's joining.
pub enum Joined {
    LoggedIn(IssuedLogin),
    /// The link proved no address, so one that does was mailed to it.
    MustConfirm(Email),
}

/// The limit that is reached for the day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rationed {
    Mailbox(Email),
    Workspace,
    /// The requesting machine or network.
    Machine,
}

impl Rationed {
    fn text(&self) -> Text {
        match self {
            Self::Mailbox(email) => Text::new("team-rationed-mailbox").with("email", email),
            Self::Workspace => Text::new("team-rationed-workspace"),
            Self::Machine => Text::new("team-rationed-machine"),
        }
    }
}

/// A member on the page of members.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TeamMember {
    pub user: User,
    pub role: MemberRole,
    pub joined_at: UnixMs,
    /// When one of their browsers was last active, according to their logins.
    pub seen_at: Option<UnixMs>,
}

/// A page of the members, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TeamMembers {
    pub page: Page<TeamMember, PublicId>,
    /// All members of the workspace.
    pub total: u32,
}

/// How many seats a workspace uses, and how many it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seats {
    pub members: u32,
    /// Valid invitations.
    pub invited: u32,
    /// `None` without a limit.
    pub limit: Option<u64>,
}

impl Seats {
    #[must_use]
    pub const fn taken(self) -> u32 {
        self.members + self.invited
    }

    #[must_use]
    pub fn is_full(self) -> bool {
        self.limit.is_some_and(|limit| u64::from(self.taken()) >= limit)
    }
}

/// A workspace of a person, for the page of all of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkspaceSummary {
    pub workspace: Workspace,
    pub role: MemberRole,
    pub members: u32,
}

/// Addresses as people paste them: separated by commas, semicolons, spaces and lines, without duplicates.
pub(super) fn addresses(text: &str) -> Result<Vec<Email>, FieldError> {
    let parts = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
        .map(|part| part.trim_matches(['<', '>']))
        .filter(|part| !part.is_empty());
    let mut found: Vec<Email> = Vec::new();
    for part in parts {
        let email = Email::parse(part).map_err(|_| {
            let part: String = part.chars().take(60).collect();
            let text = Text::new("team-email-wrong").with("part", part.escape_debug());
            FieldError::new("emails", text)
        })?;
        if !found.contains(&email) {
            found.push(email);
        }
    }
    if found.is_empty() {
        return Err(FieldError::new("emails", Text::new("team-emails-missing")));
    }
    if found.len() > MAX_INVITED_AT_ONCE {
        let text = Text::new("team-emails-too-many").number("most", MAX_INVITED_AT_ONCE as u64);
        return Err(FieldError::new("emails", text));
    }
    Ok(found)
}

/// Whether a user of this kind takes a seat: guests do not.
#[must_use]
pub fn takes_seat(role: PlatformRole) -> bool {
    role != PlatformRole::Guest
}

/// Why something about a team did not happen; each text says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum TeamError {
    Invalid(Vec<FieldError>),
    InvitationOver,
    OtherAddress,
    HasAccount,
    JustSent,
    Rationed {
        what: Rationed,
        /// The next one may go.
        at: UnixMs,
        wait: Duration,
    },
    LastOwner,
    TooManyWorkspaces,
    FreeWorkspaces(u32),
    OtherName,
    NotFound,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Plan(PlanError),
    #[error(transparent)]
    Account(AccountError),
    #[error(transparent)]
    Db(DbError),
}

crate::from_db!(TeamError);

impl From<AccountError> for TeamError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(fields) => Self::Invalid(fields),
            AccountError::EmailTaken => Self::HasAccount,
            AccountError::NotFound => Self::NotFound,
            AccountError::Forbidden(forbidden) => Self::Forbidden(forbidden),
            AccountError::Db(error) => error.into(),
            other => Self::Account(other),
        }
    }
}

impl From<PlanError> for TeamError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Db(error) => error.into(),
            other => Self::Plan(other),
        }
    }
}

impl TeamError {
    /// One wrong field.
    pub(super) fn field(field: &'static str, message: Text) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Invalid(_) => Text::new("problem-invalid"),
            Self::InvitationOver => Text::new("team-refused-invitation-over"),
            Self::OtherAddress => Text::new("team-refused-other-address"),
            Self::HasAccount => Text::new("team-refused-has-account"),
            Self::JustSent => Text::new("team-refused-just-sent"),
            Self::Rationed { what, wait, .. } => Text::new("team-refused-rationed")
                .and("what", what.text())
                .and("wait", wait_text(*wait)),
            Self::LastOwner => Text::new("team-refused-last-owner"),
            Self::TooManyWorkspaces => Text::new("team-refused-too-many").number("most", MAX_OWNED as u64),
            Self::FreeWorkspaces(limit) => Text::new("team-refused-free").count(*limit),
            Self::OtherName => Text::new("team-refused-other-name"),
            Self::NotFound => Text::new("team-not-found"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Plan(error) => error.text(),
            Self::Account(error) => error.text(),
            Self::Db(_) => Text::internal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        addresses(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_are_read_as_people_paste_them() {
        assert_eq!(
            texts(" Ada@Example.com, bo@example.com;\n<cy@example.com>\r\n ada@example.com "),
            ["ada@example.com", "bo@example.com", "cy@example.com"]
        );
    }

    #[test]
    fn a_wrong_address_is_named() {
        let error = addresses("ada@example.com nonsense").unwrap_err();
        assert!(error.message.to_string().contains("“nonsense”"), "{}", error.message);
        assert!(addresses(" , ;").is_err());
    }

    #[test]
    fn at_most_twenty_are_invited_at_once() {
        let many = |count: usize| (0..count).map(|n| format!("p{n}@example.com ")).collect::<String>();
        assert_eq!(addresses(&many(20)).unwrap().len(), 20);
        assert!(addresses(&many(21)).is_err());
    }

    #[test]
    fn open_invitations_take_seats() {
        let seats = Seats {
            members: 2,
            invited: 1,
            limit: Some(3),
        };
        assert!(seats.is_full());
        assert!(!Seats { limit: None, ..seats }.is_full());
        assert!(
            !Seats {
                limit: Some(4),
                ..seats
            }
            .is_full()
        );
    }
}
