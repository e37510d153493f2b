//! What pages call.

use super::model::{Contact, ContactError};
use super::store;
use crate::accounts::{Permission, Scope};
use crate::db::Db;
use crate::fold::Query;
use crate::ids::PublicId;

/// Cheap to clone.
#[derive(Clone)]
pub struct Contacts {
    db: Db,
}

impl Contacts {
    /// As many as a list under a field shows.
    const FOUND: u32 = 8;
    const NAME_MAX_CHARS: usize = 100;

    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// # Errors
    /// [`ContactError::NotFound`], also for a contact of another workspace.
    pub async fn get(&self, scope: Scope, id: &PublicId) -> Result<Contact, ContactError> {
        scope.require(Permission::UseInbox)?;
        let id = id.clone();
        self.db.read(move |c| Ok(store::get(c, scope.workspace, &id)?)).await
    }

    /// Contacts whose name or number holds the words of `text`; none for an empty one.
    pub async fn find(&self, scope: Scope, text: &str) -> Result<Vec<Contact>, ContactError> {
        scope.require(Permission::UseInbox)?;
        let Some(query) = Query::parse(text) else {
            return Ok(Vec::new());
        };
        self.db
            .read(move |c| {
                let mut found = Vec::new();
                for id in store::search_in(c, scope.workspace, &query, Self::FOUND)? {
                    found.extend(store::by_id(c, scope.workspace, id)?);
                }
                Ok(found)
            })
            .await
    }

    /// Sets the workspace's own name for the contact.
    pub async fn rename(&self, scope: Scope, id: &PublicId, name: &str) -> Result<Contact, ContactError> {
        scope.require(Permission::UseInbox)?;
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > Self::NAME_MAX_CHARS || name.chars().any(char::is_control) {
            return Err(ContactError::BadName);
        }
        let id = id.clone();
        self.db
            .write(move |tx| Ok(store::rename(tx, scope.workspace, &id, &name)?))
            .await
    }
}
