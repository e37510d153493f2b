//! Calls about one phone, apart from sending.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use crate::network::Network;
use crate::phone::{NewPhone, ReceiptRule, TypingState};

#[derive(Deserialize)]
pub(super) struct PhoneBody {
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    auto_reply: bool,
}

pub(super) async fn create(network: web::Data<Network>, body: web::Json<PhoneBody>) -> Result<HttpResponse, Problem> {
    let PhoneBody {
        number,
        name,
        auto_reply,
    } = body.into_inner();
    let phone = network.phones().create(NewPhone {
        number,
        name,
        auto_reply,
    })?;
    let answer = json!({ "number": phone.number, "lid": phone.lid, "jid": phone.jid() });
    Ok(HttpResponse::Created().json(answer))
}

pub(super) async fn list(network: web::Data<Network>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "phones": network.phones().list() }))
}

#[derive(Deserialize)]
pub(super) struct ScanBody {
    qr: String,
}

pub(super) async fn scan(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<ScanBody>,
) -> Result<HttpResponse, Problem> {
    let device_id = network.phones().scan(&number, &body.qr).await?;
    Ok(HttpResponse::Ok().json(json!({ "device_id": device_id })))
}

#[derive(Deserialize)]
pub(super) struct CodeBody {
    code: String,
}

pub(super) async fn pairing_code(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<CodeBody>,
) -> Result<HttpResponse, Problem> {
    let device_id = network.phones().pairing_code(&number, &body.code).await?;
    Ok(HttpResponse::Ok().json(json!({ "device_id": device_id })))
}

#[derive(Deserialize)]
pub(super) struct UnlinkBody {
    device_id: u16,
}

pub(super) async fn unlink(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<UnlinkBody>,
) -> Result<HttpResponse, Problem> {
    network.phones().unlink(&number, body.device_id).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: u64,
}

pub(super) async fn inbox(
    network: web::Data<Network>,
    number: web::Path<String>,
    query: web::Query<After>,
) -> Result<HttpResponse, Problem> {
    let messages = network.phones().inbox(&number, query.after)?;
    Ok(HttpResponse::Ok().json(json!({ "messages": messages })))
}

pub(super) async fn receipts(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<ReceiptRule>,
) -> Result<HttpResponse, Problem> {
    network.phones().receipts(&number, *body)?;
    Ok(HttpResponse::Ok().json(json!({})))
}

#[derive(Deserialize)]
pub(super) struct TypingBody {
    to: String,
    state: TypingState,
}

pub(super) async fn typing(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<TypingBody>,
) -> Result<HttpResponse, Problem> {
    network.phones().typing(&number, &body.to, body.state).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

#[derive(Deserialize)]
pub(super) struct OnlineBody {
    online: bool,
}

pub(super) async fn online(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<OnlineBody>,
) -> Result<HttpResponse, Problem> {
    network.phones().set_online(&number, body.online).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}
