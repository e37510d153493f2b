//! Liveness and readiness, for monitoring.

use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use async_trait::async_trait;
use serde::Serialize;

/// A condition for serving requests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub ok: bool,
    /// What is wrong and what to do; empty when nothing is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The composition root implements it over database, disk and shutdown.
#[async_trait]
pub trait ReadinessSource: Send + Sync {
    async fn checks(&self) -> Vec<Check>;
}

/// Provided as `Data<Readiness>`.
pub type Readiness = Arc<dyn ReadinessSource>;

#[derive(Serialize)]
struct Report {
    status: &'static str,
    checks: Vec<Check>,
}

/// `GET /healthz`: the process is alive.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Report {
            status: "ok",
            checks: Vec::new(),
        })
}

/// `GET /readyz`: 503 with the reasons while requests should go elsewhere.
pub async fn readyz(request: HttpRequest) -> HttpResponse {
    let checks = match request.app_data::<Data<Readiness>>() {
        Some(readiness) => readiness.checks().await,
        None => Vec::new(),
    };
    let ready = checks.iter().all(|check| check.ok);
    let mut response = if ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    let status = if ready { "ready" } else { "not ready" };
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Report { status, checks })
}
