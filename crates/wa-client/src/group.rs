//! Groups as their members see them.

use std::fmt;

use crate::Address;

#[derive(Clone, PartialEq, Eq)]
pub struct Group {
    pub address: Address,
    pub subject: String,
    pub members: Vec<GroupMember>,
    /// Only administrators may write.
    pub admins_only: bool,
}

#[derive(Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// As the group names its members.
    pub address: Address,
    /// The same account in the other namespace, where it is known.
    pub alt: Option<Address>,
    pub admin: bool,
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
