//! The proof that an administrator acts.

use std::net::IpAddr;

use super::model::{Action, Actor, Entry};
use crate::ids::UserId;

/// The right to read or act across workspaces: every method that does so takes it.
///
/// The fields are private, so there are two ways to get one: `Visit::admin`, which checks the visitor's role, and the
/// command line, which only the operator can use. `tests/it/tidy/admins.rs` holds both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Admin {
    actor: Actor,
    address: Option<IpAddr>,
}

impl Admin {
    /// The operator, on the command line.
    #[must_use]
    pub const fn operator() -> Self {
        Self {
            actor: Actor::Operator,
            address: None,
        }
    }

    /// For `Visit::admin` alone, which has asked whether this user is one.
    pub(crate) const fn person(user: UserId, address: Option<IpAddr>) -> Self {
        Self {
            actor: Actor::Person(user),
            address,
        }
    }

    #[must_use]
    pub const fn actor(self) -> Actor {
        self.actor
    }

    /// The administrator's own login; the command line has none.
    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        self.actor.user()
    }

    /// Where the request came from.
    #[must_use]
    pub const fn address(self) -> Option<IpAddr> {
        self.address
    }

    /// An act of this administrator, to be recorded.
    #[must_use]
    pub fn entry(self, action: Action) -> Entry {
        Entry::new(self.actor, action).from(self.address)
    }
}
