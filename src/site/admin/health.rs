//! The state of the installation at a glance.

use std::sync::Arc;

use async_trait::async_trait;

use crate::audit::Admin;
use crate::db;
use crate::i18n::T;
use crate::web::htmx::Tone;

/// The result of one check.
#[derive(Clone, Debug)]
pub struct Finding {
    pub tone: Tone,
    pub subject: String,
    pub detail: String,
}

/// One figure of the running program.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Key of its name in the catalogue.
    pub name: &'static str,
    pub value: String,
}

#[derive(Clone, Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
    pub facts: Vec<Fact>,
    /// Messages and emails held since a restore.
    pub held: (u64, u64),
}

/// The composition root implements it: only it sees every room.
#[async_trait]
pub trait HealthSource: Send + Sync {
    /// In the reader's language.
    async fn report(&self, admin: Admin, t: &T) -> Report;

    /// Releases or discards everything held since a restore.
    async fn decide_held(&self, admin: Admin, resume: bool) -> db::Result<()>;
}

/// Provided as `Data<Health>`.
pub type Health = Arc<dyn HealthSource>;
