//! Files as browsers get them: whole or in parts, in place only when their content is known to be harmless.

pub mod api;
mod serving;
pub mod storage;
mod upload;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::accounts::Scope;
use crate::chats;
use crate::db::Db;
use crate::ids::PublicId;
use crate::media::{Media, MediaError};
use crate::web::problem::{PageResult, Problem};
pub use upload::upload;

use serving::{CACHED, Way, is_known, serve};

/// How a page asks for a file.
#[derive(Deserialize)]
pub struct Asked {
    /// To be saved, not shown.
    #[serde(default)]
    download: Option<String>,
}

/// The parts of a signed address.
#[derive(Deserialize)]
pub struct Signature {
    exp: i64,
    sig: String,
}

/// `GET /media/{file}`.
pub async fn show(
    request: HttpRequest,
    scope: Scope,
    id: Path<PublicId>,
    asked: Query<Asked>,
    media: Data<Media>,
    db: Data<Db>,
) -> PageResult {
    let file = media.file(scope, &id).await?;
    let way = if asked.download.is_some() { Way::Save } else { Way::Show };
    let wanted = id.into_inner();
    let name = db
        .read(move |c| chats::file_name_in(c, scope.workspace, &wanted))
        .await?;
    Ok(serve(&request, &media, &file, way, name.as_deref()).await?)
}

/// `GET /media/{file}/thumbnail`: the small JPEG of a picture.
pub async fn thumbnail(request: HttpRequest, scope: Scope, id: Path<PublicId>, media: Data<Media>) -> PageResult {
    let file = media.file(scope, &id).await?;
    // The object never changes, and neither does what is made from it.
    let tag = format!("\"{}-s\"", file.sha256.hex());
    let bytes = media.thumbnail(&file).await?;
    if is_known(&request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag)).finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "image/jpeg"))
        .insert_header((CACHE_CONTROL, CACHED))
        .insert_header((ETAG, tag))
        .body(bytes))
}

/// `GET /media/{file}/signed`: the same without a login, for whoever was given the address.
pub async fn signed(
    request: HttpRequest,
    id: Path<PublicId>,
    signature: Query<Signature>,
    media: Data<Media>,
) -> PageResult {
    let file = media.signed(&id, signature.exp, &signature.sig).await?;
    Ok(serve(&request, &media, &file, Way::Show, None).await?)
}

impl From<MediaError> for Problem {
    fn from(error: MediaError) -> Self {
        let text = error.text();
        match error {
            MediaError::NotFound => Self::not_found(),
            MediaError::Forbidden(_) => Self::forbidden("role", text),
            MediaError::AddressExpired => Self::new(StatusCode::GONE, "address-expired", text),
            MediaError::NotHere(..) => Self::new(StatusCode::NOT_FOUND, "file-not-here", text),
            MediaError::Empty
            | MediaError::TooLarge { .. }
            | MediaError::DamagedPicture
            | MediaError::Program
            | MediaError::Unsafe { .. }
            | MediaError::NotAVoiceNote
            | MediaError::TooLong { .. } => Self::invalid(text, Vec::new()),
            MediaError::NotScanned | MediaError::Store(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "files-unavailable", text)
            }
            MediaError::Plan(error) => error.into(),
            MediaError::Db(error) => error.into(),
        }
    }
}
