//! A group, its members, and what a number may do there.

use wa_client::{Address, LinkError};

use crate::accounts::Forbidden;
use crate::chats::model::Person;
use crate::contacts::RecipientError;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::PublicId;

/// A group as a number of the workspace sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupInfo {
    pub chat: PublicId,
    pub session: PublicId,
    pub session_name: String,
    pub address: Address,
    pub subject: Option<String>,
    pub description: Option<String>,
    /// Only administrators may write.
    pub admins_only: bool,
    /// Only administrators may change subject, description and picture.
    pub locked: bool,
    /// Why the number is no longer in it.
    pub gone: Option<GroupEnd>,
    /// WhatsApp has said who is in it.
    pub is_read: bool,
    pub members: u32,
    /// The number is an administrator.
    pub is_admin: bool,
}

impl GroupInfo {
    /// Whether WhatsApp lets the number change subject and description.
    #[must_use]
    pub const fn may_be_changed(&self) -> bool {
        self.gone.is_none() && (self.is_admin || !self.locked)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// As the group names them.
    pub address: Address,
    pub person: Person,
    pub admin: bool,
}

crate::words!(
    /// Why somebody was not added to a group, or not changed in it.
    pub enum WhyNot {
        /// Only their own contacts add them to groups.
        OnlyContacts = "only_contacts",
        NotOnWhatsApp = "not_on_whatsapp",
        NotAMember = "not_a_member",
        MemberAlready = "member_already",
        /// They have blocked the number.
        Blocked = "blocked",
        /// They have left a short time ago.
        LeftRecently = "left_recently",
        Full = "group_full",
        /// WhatsApp does not say.
        Refused = "refused",
    }
);

impl WhyNot {
    /// What a code of WhatsApp's means for somebody who is to be added, or who is changed.
    pub(super) const fn of(code: Option<u32>, adding: bool) -> Self {
        match (code, adding) {
            (Some(401), _) => Self::Blocked,
            (Some(403), true) => Self::OnlyContacts,
            (Some(404), true) => Self::NotOnWhatsApp,
            (Some(404), false) => Self::NotAMember,
            (Some(408), _) => Self::LeftRecently,
            (Some(409), _) => Self::MemberAlready,
            (Some(419), _) => Self::Full,
            _ => Self::Refused,
        }
    }

    #[must_use]
    pub const fn text(self) -> Text {
        Text::new(match self {
            Self::OnlyContacts => "group-not-only-contacts",
            Self::NotOnWhatsApp => "group-not-on-whatsapp",
            Self::NotAMember => "group-not-a-member",
            Self::MemberAlready => "group-not-member-already",
            Self::Blocked => "group-not-blocked",
            Self::LeftRecently => "group-not-left-recently",
            Self::Full => "group-not-full",
            Self::Refused => "group-not-refused",
        })
    }
}

/// Somebody who was not changed, as the caller named them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotChanged {
    pub who: String,
    /// What they are called, where the caller named a contact.
    pub name: Option<String>,
    pub why: WhyNot,
}

/// Why nothing was done with a group; each says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum GroupError {
    NotFound,
    /// The number is not connected.
    NotConnected,
    Closed(Closed),
    /// Only administrators of the group may, and the number is none.
    NotAdmin,
    Subject,
    Description,
    /// Nobody is named.
    Nobody,
    TooMany,
    /// Nobody of those who were named can be in the group.
    NobodyThere,
    /// The text names nobody.
    Recipient {
        who: String,
        error: RecipientError,
    },
    /// What WhatsApp answered.
    Refused(String),
    NoAnswer,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Db(DbError),
}

impl GroupError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("group-not-found"),
            Self::NotConnected => Text::new("group-not-connected"),
            Self::Closed(closed) => closed.text(),
            Self::NotAdmin => Text::new("group-not-admin"),
            Self::Subject => Text::new("group-bad-subject"),
            Self::Description => Text::new("group-bad-description"),
            Self::Nobody => Text::new("group-nobody"),
            Self::TooMany => Text::new("group-too-many"),
            Self::NobodyThere => Text::new("group-nobody-there"),
            Self::Recipient { who, error } => Text::new("group-bad-member").with("who", who).with("why", error.text()),
            Self::Refused(why) => Text::new("group-refused").with("why", why),
            Self::NoAnswer => Text::new("group-no-answer"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Db(_) => Text::internal(),
        }
    }
}

crate::from_db!(GroupError);

impl From<LinkError> for GroupError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::NotConnected => Self::NotConnected,
            LinkError::TimedOut => Self::NoAnswer,
            LinkError::Forbidden => Self::NotAdmin,
            LinkError::NotOnWhatsApp | LinkError::NoKeys | LinkError::Permanent(_) | LinkError::Transient(_) => {
                Self::Refused(error.to_string())
            }
        }
    }
}

crate::words!(
    /// Why a number is no longer in a group.
    pub enum GroupEnd {
        Left = "left",
        Removed = "removed",
        /// WhatsApp has closed the group.
        Ended = "ended",
        /// It went while this program was not connected.
        Away = "away",
    }
);

/// Why nothing can be written in a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closed {
    Gone(GroupEnd),
    /// Only administrators write there, and the number is none.
    AdminsOnly,
}

impl Closed {
    #[must_use]
    pub const fn text(self) -> Text {
        Text::new(match self {
            Self::Gone(GroupEnd::Left) => "group-gone-left",
            Self::Gone(GroupEnd::Removed) => "group-gone-removed",
            Self::Gone(GroupEnd::Ended) => "group-gone-ended",
            Self::Gone(GroupEnd::Away) => "group-gone-away",
            Self::AdminsOnly => "group-admins-only",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_match_the_schema() {
        let sql = include_str!("../../../migrations/V041__group_states.sql");
        let words: Vec<_> = GroupEnd::ALL.iter().map(|end| format!("'{end}'")).collect();
        assert!(sql.contains(&format!("CHECK (gone IN ({}))", words.join(", "))));
    }
}
