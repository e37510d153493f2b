//! Whether writing works, for readiness and for the owner's status page.

use std::sync::{Mutex, PoisonError};

use crate::DbError;

#[derive(Debug, Clone)]
pub enum Health {
    Ok,
    /// The last write failed for a reason that does not go away by itself. Ends with the next change that commits, except
    /// after damage, which stays reported until the next start.
    Failing(DbError),
}

impl Health {
    #[must_use]
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok)
    }
}

pub(crate) struct HealthCell(Mutex<Health>);

impl HealthCell {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Health::Ok))
    }

    pub(crate) fn get(&self) -> Health {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Logged once per change, not once per failing job.
    pub(crate) fn failing(&self, error: DbError) {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if health.is_ok() {
            tracing::error!(%error, "the database cannot be written");
        }
        *health = Health::Failing(error);
    }

    pub(crate) fn recovered(&self) {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*health {
            // Some pages are damaged and others are not: a commit that works proves nothing.
            Health::Ok | Health::Failing(DbError::Corrupt | DbError::NotADatabase) => return,
            Health::Failing(_) => tracing::info!("the database can be written again"),
        }
        *health = Health::Ok;
    }
}
