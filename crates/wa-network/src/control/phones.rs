//! Calls about one phone, apart from sending.

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use crate::hub::Visibility;
use crate::network::Network;
use crate::phone::{ChatMark, HistoryRule, NewPhone, PastMessage, ReceiptRule, TypingState};

#[derive(Deserialize)]
pub(super) struct PhoneBody {
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    auto_reply: bool,
    /// The account is secured with a passkey.
    #[serde(default)]
    passkey: bool,
    #[serde(flatten)]
    visibility: Visibility,
}

pub(super) async fn create(network: web::Data<Network>, body: web::Json<PhoneBody>) -> Result<HttpResponse, Problem> {
    let PhoneBody {
        number,
        name,
        auto_reply,
        passkey,
        visibility,
    } = body.into_inner();
    check_username(&visibility)?;
    let phone = network.phones().create(NewPhone {
        number,
        name,
        auto_reply,
    })?;
    network.phones().set_passkey(&phone.number, passkey)?;
    if visibility != Visibility::default() {
        network.phones().set_visibility(&phone.number, visibility)?;
    }
    let answer = json!({ "number": phone.number, "lid": phone.lid, "jid": phone.jid() });
    Ok(HttpResponse::Created().json(answer))
}

pub(super) async fn list(network: web::Data<Network>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "phones": network.phones().list() }))
}

/// 3 to 35 characters, as real user names.
fn check_username(visibility: &Visibility) -> Result<(), Problem> {
    let fits = |name: &String| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'_';
        (3..=35).contains(&name.len()) && name.bytes().all(plain)
    };
    match &visibility.username {
        Some(name) if !fits(name) => Err(Problem::unprocessable(
            "a username has 3 to 35 characters of a-z, 0-9, dot and underscore",
        )),
        _ => Ok(()),
    }
}

pub(super) async fn visibility(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<Visibility>,
) -> Result<HttpResponse, Problem> {
    check_username(&body)?;
    network.phones().set_visibility(&number, body.into_inner())?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// The account gets another LID, and the one before finds nobody.
pub(super) async fn change_lid(
    network: web::Data<Network>,
    number: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let lid = network.phones().change_lid(&number)?;
    Ok(HttpResponse::Ok().json(json!({ "lid": lid })))
}

#[derive(Deserialize)]
pub(super) struct ReadBody {
    chat: String,
    #[serde(default)]
    unread: bool,
    #[serde(default)]
    via: Via,
}

/// The ways by which linked devices learn that a chat was read.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Via {
    #[default]
    Both,
    Receipt,
    ReadSelf,
    AppState,
}

pub(super) async fn read(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<ReadBody>,
) -> Result<HttpResponse, Problem> {
    let mark = match (body.unread, body.via) {
        (true, _) => ChatMark::Unread,
        (false, Via::Both) => ChatMark::Read,
        (false, Via::Receipt) => ChatMark::Receipt,
        (false, Via::ReadSelf) => ChatMark::ReadSelf,
        (false, Via::AppState) => ChatMark::AppState,
    };
    network.phones().mark(&number, &body.chat, mark).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

#[derive(Deserialize)]
pub(super) struct PictureBody {
    /// Left out, the picture is removed.
    base64: Option<String>,
}

pub(super) async fn picture(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<PictureBody>,
) -> Result<HttpResponse, Problem> {
    let number = network.phones().info(&number)?.number;
    let file = body.into_inner().base64.map(|text| STANDARD.decode(text)).transpose();
    let file = file.map_err(|error| Problem::unprocessable(format!("the picture is not base64: {error}")))?;
    network.hub().set_own_picture(&number, file.map(Into::into));
    Ok(HttpResponse::Ok().json(json!({})))
}

#[derive(Deserialize)]
pub(super) struct AddContactBody {
    number: String,
    name: String,
}

pub(super) async fn add_contact(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<AddContactBody>,
) -> Result<HttpResponse, Problem> {
    network.phones().add_contact(&number, &body.number, &body.name).await?;
    Ok(HttpResponse::Ok().json(json!({})))
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
pub(super) struct PasskeyBody {
    /// The question, as the companion got it.
    request: String,
}

/// The account's passkey answers, as a browser at WhatsApp's site would.
pub(super) async fn passkey(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<PasskeyBody>,
) -> Result<HttpResponse, Problem> {
    let answer = network.phones().passkey_answer(&number, &body.request)?;
    Ok(HttpResponse::Ok().json(json!({ "answer": answer })))
}

/// The code that the phone shows, to be compared.
pub(super) async fn passkey_code(
    network: web::Data<Network>,
    number: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let code = network.phones().passkey_code(&number)?;
    Ok(HttpResponse::Ok().json(json!({ "code": code })))
}

/// The owner taps "Continue".
pub(super) async fn passkey_tap(
    network: web::Data<Network>,
    number: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    network.phones().passkey_tap(&number)?;
    Ok(HttpResponse::Ok().json(json!({})))
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
pub(super) struct DeviceBody {
    #[serde(default)]
    platform: Option<String>,
}

pub(super) async fn add_device(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<DeviceBody>,
) -> Result<HttpResponse, Problem> {
    let platform = body.into_inner().platform;
    let platform = platform.as_deref().unwrap_or("DESKTOP");
    let device_id = network.phones().add_device(&number, platform).await?;
    Ok(HttpResponse::Created().json(json!({ "device_id": device_id })))
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

pub(super) async fn history(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<HistoryRule>,
) -> Result<HttpResponse, Problem> {
    network.phones().history(&number, *body)?;
    Ok(HttpResponse::Ok().json(json!({})))
}

#[derive(Deserialize)]
pub(super) struct PastBody {
    messages: Vec<PastMessage>,
}

pub(super) async fn past(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<PastBody>,
) -> Result<HttpResponse, Problem> {
    network.phones().remember(&number, body.into_inner().messages).await?;
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

#[derive(Deserialize)]
pub(super) struct CallBody {
    to: String,
    #[serde(default)]
    video: bool,
}

pub(super) async fn call(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<CallBody>,
) -> Result<HttpResponse, Problem> {
    let (from, to) = (
        network.phones().info(&number)?.number,
        network.phones().info(&body.to)?.number,
    );
    let call = network.hub().call(&from, &to, body.video);
    let call = call.ok_or_else(|| Problem::unprocessable("both need an account"))?;
    Ok(HttpResponse::Created().json(json!({ "id": call.id })))
}

#[derive(Deserialize)]
pub(super) struct HangUpBody {
    id: String,
}

pub(super) async fn hang_up(
    network: web::Data<Network>,
    number: web::Path<String>,
    body: web::Json<HangUpBody>,
) -> Result<HttpResponse, Problem> {
    network.phones().info(&number)?;
    let call = network.hub().end_call(&body.id);
    call.ok_or_else(|| Problem::unprocessable("no such call rings"))?;
    Ok(HttpResponse::Ok().json(json!({})))
}

pub(super) async fn calls(network: web::Data<Network>, number: web::Path<String>) -> Result<HttpResponse, Problem> {
    let number = network.phones().info(&number)?.number;
    Ok(HttpResponse::Ok().json(json!({ "calls": network.hub().calls_of(&number) })))
}
