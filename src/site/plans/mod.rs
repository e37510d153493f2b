//! Pages of plans: the administrator's editor in [`admin`], and views of a workspace's plan and usage for other pages.

pub mod admin;
pub mod api;
mod render;
pub mod views;

pub use render::{bars, meter_of, meters, offer};

use actix_web::http::StatusCode;

use crate::plans::PlanError;
use crate::web::problem::Problem;

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        let text = error.text();
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
