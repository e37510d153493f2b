//! Pages of plans: a workspace's own, and the administrator's editor in [`admin`].

pub mod admin;
mod draw;

pub use draw::meters;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::{PlanError, Plans};
use crate::accounts::Scope;
use crate::web::layout::Shell;
use crate::web::problem::{PageError, Problem};
use crate::web::want::Want;

/// `GET /settings/plan`: the plan, what is used of it, and the others beside it.
///
/// # Errors
/// When the database fails.
pub async fn show(want: Want, shell: Shell, scope: Scope, plans: Data<Plans>) -> Result<HttpResponse, PageError> {
    let (usage, offered) = (plans.usage(scope).await?, plans.offered().await?);
    let page = draw::page(shell, &usage, &offered);
    Ok(want.html(&page, page.as_main()))
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        let text = error.to_string();
        match error {
            PlanError::LimitReached { .. } => Self::forbidden("limit-reached", text),
            PlanError::FeatureMissing { .. } => Self::forbidden("feature-not-in-plan", text),
            PlanError::Invalid(fields) => Self::invalid(text, fields),
            PlanError::IsDefault => Self::new(StatusCode::CONFLICT, "default-plan", text),
            PlanError::Archived => Self::new(StatusCode::CONFLICT, "archived-plan", text),
            PlanError::NotFound => Self::not_found(),
            PlanError::Forbidden(_) => Self::forbidden("role", text),
            PlanError::Db(error) => error.into(),
        }
    }
}
