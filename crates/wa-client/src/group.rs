//! Groups as their members see them.

use std::fmt;

use crate::Address;

#[derive(Clone, PartialEq, Eq)]
pub struct Group {
    pub address: Address,
    pub subject: String,
    pub description: Option<String>,
    pub members: Vec<GroupMember>,
    /// Only administrators may write.
    pub admins_only: bool,
    /// Only administrators may change the subject, the description and the picture.
    pub locked: bool,
}

#[derive(Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// As the group names its members.
    pub address: Address,
    /// The same account in the other namespace, where it is known.
    pub alt: Option<Address>,
    pub admin: bool,
}

/// What is for administrators only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupRule {
    Writing,
    /// Changing subject, description and picture.
    Changing,
}

/// What is done with members of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberChange {
    Add,
    Remove,
    /// To administrator.
    Promote,
    Demote,
}

/// Somebody whom WhatsApp did not change as was asked, with its code: 403 for a person whom only their own contacts may
/// add, 409 for one who is there already.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberRefused {
    pub address: Address,
    pub code: Option<u32>,
}

/// A group has changed, as WhatsApp tells its members.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupNews {
    pub group: Address,
    /// The same for the same news, however often they come.
    pub id: String,
    /// Who changed it, where that is told.
    pub by: Option<Address>,
    /// The same account in the other namespace.
    pub by_alt: Option<Address>,
    pub by_name: Option<String>,
    /// Our own account changed it.
    pub from_me: bool,
    /// Our own account is among those who came or went.
    pub about_me: bool,
    pub at_ms: i64,
    /// They waited at the server while the client was offline.
    pub offline: bool,
    pub change: GroupChange,
}

#[derive(Clone, PartialEq, Eq)]
pub enum GroupChange {
    /// It was made with us in it.
    Created {
        subject: String,
    },
    Subject(String),
    /// `None`: it has none any more.
    Description(Option<String>),
    Picture {
        removed: bool,
    },
    Added(Vec<GroupMember>),
    /// By the group's link, or because an administrator let them in.
    Joined(GroupMember),
    Removed(Vec<GroupMember>),
    Left(GroupMember),
    Promoted(Vec<GroupMember>),
    Demoted(Vec<GroupMember>),
    /// Whether only administrators may write.
    AdminsOnly(bool),
    /// Whether only administrators may change subject, description and picture.
    Locked(bool),
    /// Messages disappear after so many seconds; 0 is off.
    Timer(u32),
    /// Members have another number or address.
    Renumbered,
    /// WhatsApp has closed it.
    Ended,
}

impl GroupNews {
    /// The news do not say everything: the group is to be read again.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        match self.change {
            GroupChange::Created { .. } | GroupChange::Renumbered => true,
            GroupChange::Added(_) | GroupChange::Joined(_) => self.about_me,
            _ => false,
        }
    }
}

/// Without names and numbers.
impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Group({} members)", self.members.len())
    }
}

/// Without the number.
impl fmt::Debug for MemberRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemberRefused({:?})", self.code)
    }
}
