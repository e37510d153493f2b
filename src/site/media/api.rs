//! API calls: files of messages, in and out.

use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::serving::{Way, serve};
use super::upload::{As, receive};
use crate::accounts::Scope;
use crate::chats::{self, Chats, Files, Message};
use crate::clock::{Clock, UnixMs};
use crate::db::Db;
use crate::events::Bus;
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::mail::Mailer;
use crate::media::{FileState, Media, MediaFile, Why};
use crate::sessions::Sessions;
use crate::web::api::page::bad_parameter;
use crate::web::api::{guard, reply, time};
use crate::web::problem::{ApiError, Problem};

/// How long an address that needs no credential is good.
const SIGNED_FOR: Duration = Duration::from_secs(60 * 60);
/// How long a request waits for a file that is not here yet.
const FILE_WITHIN: Duration = Duration::from_secs(20);

/// `{session}` and `{file}`, or `{session}` and `{message}`, of a path.
pub type OfFile = Path<(String, String)>;

/// A file of a message, or one to be sent.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "file_06c2m9k1t4v7x0z3a5b8d1f4h7", "state": "present", "why": null, "mime": "image/jpeg", "size": 48213,
    "width": 1200, "height": 900, "seconds": null, "waveform": null,
    "url": "https://wa.example.com/media/file_06c2m9k1t4v7x0z3a5b8d1f4h7/signed?exp=1795516200&sig=0a1b",
    "url_expires_at": "2026-11-24T10:30:00Z",
}))]
pub struct FileView {
    id: String,
    /// `present`; `wanted` (not here, WhatsApp may have it), `gone` (only the phone may have it) or `quarantined`.
    state: String,
    /// A stable word for why it isn't here, such as `too_large` or `expired`.
    why: Option<String>,
    /// By its content, whatever its name says.
    mime: String,
    /// Bytes.
    size: u64,
    width: Option<u32>,
    height: Option<u32>,
    seconds: Option<u32>,
    /// Of a voice message that was uploaded: 64 values from 0 to 100.
    waveform: Option<Vec<u8>>,
    /// A whole address that opens the file without a credential for an hour. Null while it isn't here.
    url: Option<String>,
    #[schema(format = DateTime)]
    url_expires_at: Option<String>,
}

impl FileView {
    fn of(mailer: &Mailer, media: &Media, file: &MediaFile, now: UnixMs) -> Self {
        let here = file.state == FileState::Present;
        let signed = here.then(|| mailer.url(&media.sign(file, SIGNED_FOR)));
        Self {
            id: file.public_id.to_string(),
            state: file.state.to_string(),
            why: file.why.map(|word| word.word().to_owned()),
            mime: file.mime.clone(),
            size: file.size,
            width: file.width,
            height: file.height,
            seconds: file.seconds,
            waveform: None,
            url: signed,
            url_expires_at: here.then(|| time(now.plus(SIGNED_FOR))),
        }
    }
}

/// A form with a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form, which is read piece by piece")]
pub struct UploadForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a file
///
/// Takes a file to be sent with this number, as the part `file` of a form (`multipart/form-data`). What it is follows from its
/// content. With `as=voice`, a recording becomes a voice message. A file that no message has is deleted after a day.
/// Uploading the same content again gives the same file.
#[utoipa::path(post, path = "/v1/sessions/{session}/media", tag = "media", operation_id = "uploadFile",
    params(
        ("as" = Option<String>, Query, description = "`file` (the default) or `voice`."),
    ),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = FileView, description = "The file, ready to be sent.")))]
pub async fn upload(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    form: Multipart,
    (sessions, media, clock): (Data<Sessions>, Data<Media>, Data<Clock>),
    mailer: Data<Mailer>,
) -> Result<HttpResponse, ApiError> {
    let session = sessions.get(scope, &guard::id(&session)?).await?;
    let wanted = wanted(&request)?;
    let staged = receive(form, &media).await?;
    let (file, note) = match wanted {
        As::File => (media.keep(scope, staged).await?, None),
        As::Voice => {
            let (file, note) = media.keep_voice(scope, staged).await?;
            (file, Some(note))
        }
    };
    media.uploaded(scope, &file, session.id).await?;
    let view = FileView {
        waveform: note.map(|note| note.waveform),
        ..FileView::of(&mailer, &media, &file, clock.now())
    };
    let path = format!("/v1/sessions/{}/media/{}", session.public_id, file.public_id);
    Ok(reply::created(&path, &view)?)
}

fn wanted(request: &HttpRequest) -> Result<As, Problem> {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let asked = query.filter(|(name, _)| name == "as").last();
    let Some((_, word)) = asked else { return Ok(As::File) };
    word.parse().map_err(|_| {
        let text = Text::new("api-choose-from").with("known", "file, voice");
        bad_parameter().wrong("as", text)
    })
}

/// Get a file
///
/// What is known of a file, and an address that opens it for an hour without a credential.
#[utoipa::path(get, path = "/v1/sessions/{session}/media/{file}", tag = "media", operation_id = "showFile",
    responses((status = 200, body = FileView, description = "The file.")))]
pub async fn show(
    request: HttpRequest,
    scope: Scope,
    path: OfFile,
    (files, media, clock): (Data<Files>, Data<Media>, Data<Clock>),
    mailer: Data<Mailer>,
) -> Result<HttpResponse, ApiError> {
    let file = files
        .of_number(scope, &guard::id(&path.0)?, &guard::id(&path.1)?)
        .await?;
    Ok(reply::one(
        &request,
        &FileView::of(&mailer, &media, &file, clock.now()),
    )?)
}

/// Download a file
///
/// The file itself, whole or in parts (`Range`).
#[utoipa::path(get, path = "/v1/sessions/{session}/media/{file}/content", tag = "media", operation_id = "downloadFile",
    responses((status = 200, content_type = "*/*", description = "The file."),
              (status = 206, content_type = "*/*", description = "The part that was asked for.")))]
pub async fn content(
    request: HttpRequest,
    scope: Scope,
    path: OfFile,
    (files, media, db): (Data<Files>, Data<Media>, Data<Db>),
) -> Result<HttpResponse, ApiError> {
    let file = files
        .of_number(scope, &guard::id(&path.0)?, &guard::id(&path.1)?)
        .await?;
    given(&request, scope, &media, &db, &file).await
}

/// Download a message's file
///
/// The file of a message, whole or in parts (`Range`). If it isn't here yet, it's fetched from WhatsApp, or from the phone if
/// WhatsApp has lost it; the request waits up to 20 seconds for that. Without it, the answer is `file-not-here`.
#[utoipa::path(get, path = "/v1/sessions/{session}/messages/media/{message}", tag = "media",
    operation_id = "downloadMessageFile",
    responses((status = 200, content_type = "*/*", description = "The file."),
              (status = 206, content_type = "*/*", description = "The part that was asked for.")))]
pub async fn of_message(
    request: HttpRequest,
    scope: Scope,
    path: OfFile,
    (chats, files): (Data<Chats>, Data<Files>),
    (media, db): (Data<Media>, Data<Db>),
    (bus, clock): (Data<Bus>, Data<Clock>),
) -> Result<HttpResponse, ApiError> {
    let (message, _) = chats
        .message_of(scope, &guard::id(&path.0)?, &guard::id(&path.1)?)
        .await?;
    let id = file_of(&message).ok_or_else(Problem::not_found)?;
    let mut file = media.file(scope, &id).await?;
    if matches!(file.state, FileState::Wanted | FileState::Gone) {
        let mut news = bus.subscribe(scope.workspace);
        files.fetch(scope, &message.public_id).await?;
        let before = (file.state, file.why);
        let coming = async {
            while news.next().await.is_some() {
                let now = media.file(scope, &id).await?;
                // It has come, or it is known why not. A phone that was asked may still answer.
                if (now.state, now.why) != before && now.why != Some(Why::Asked) {
                    return Ok(now);
                }
            }
            media.file(scope, &id).await
        };
        tokio::select! {
            found = coming => file = found?,
            () = clock.sleep(FILE_WITHIN) => {}
        }
    }
    given(&request, scope, &media, &db, &file).await
}

fn file_of(message: &Message) -> Option<PublicId> {
    if message.deleted {
        return None;
    }
    Some(message.media.as_ref()?.file.as_ref()?.id.clone())
}

/// The file as a response.
async fn given(
    request: &HttpRequest,
    scope: Scope,
    media: &Media,
    db: &Db,
    file: &MediaFile,
) -> Result<HttpResponse, ApiError> {
    let id = file.public_id.clone();
    let name = db
        .read(move |c| chats::file_name_in(c, scope.workspace, &id))
        .await
        .map_err(Problem::from)?;
    Ok(serve(request, media, file, Way::Save, name.as_deref()).await?)
}
