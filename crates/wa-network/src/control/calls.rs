//! Calls about the network as a whole: trust, settings, faults, counters, reset.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use crate::faults::FaultSpec;
use crate::network::Network;

pub(super) async fn trust(network: web::Data<Network>) -> HttpResponse {
    let key: String = network
        .root_public_key()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HttpResponse::Ok().json(json!({ "websocket": network.ws_url(), "root_public_key": key }))
}

pub(super) async fn add_fault(network: web::Data<Network>, body: web::Json<FaultSpec>) -> HttpResponse {
    let id = network.hub().inject_fault(body.into_inner());
    HttpResponse::Created().json(json!({ "id": id }))
}

pub(super) async fn clear_faults(network: web::Data<Network>) -> HttpResponse {
    network.hub().clear_faults();
    HttpResponse::Ok().json(json!({}))
}

#[derive(Deserialize)]
pub(super) struct SettingsBody {
    lid_only: Option<bool>,
}

pub(super) async fn settings(network: web::Data<Network>, body: web::Json<SettingsBody>) -> HttpResponse {
    if let Some(lid_only) = body.lid_only {
        network.hub().set_lid_only(lid_only);
    }
    HttpResponse::Ok().json(json!({}))
}

pub(super) async fn stats(network: web::Data<Network>) -> HttpResponse {
    HttpResponse::Ok().json(network.hub().stats_snapshot())
}

#[derive(Deserialize, Default)]
struct ResetBody {
    #[serde(default)]
    seed: Option<u64>,
}

/// The body may be left out.
pub(super) async fn reset(network: web::Data<Network>, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let body: ResetBody = if body.trim_ascii().is_empty() {
        ResetBody::default()
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| Problem::bad_request(format!("the seed is a whole number: {error}")))?
    };
    network.reset(body.seed).await;
    Ok(HttpResponse::Ok().json(json!({})))
}
