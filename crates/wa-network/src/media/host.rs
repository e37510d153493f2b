//! The HTTP interface of the media store.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, BytesMut, Data, Path, Payload, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::json;

use super::AUTH;
use super::store::{Progress, UploadRefused};
use crate::hub::Hub;

/// WhatsApp accepts documents of 2 GB; a network in memory cannot.
const LARGEST_FILE: usize = 256 * 1024 * 1024;

pub(crate) struct MediaHost {
    address: SocketAddr,
    handle: ServerHandle,
}

#[derive(Deserialize)]
struct UploadQuery {
    auth: Option<String>,
    resume: Option<String>,
    #[serde(default)]
    file_offset: u64,
}

impl MediaHost {
    /// Serves the hub's files on a listener that is already bound to loopback.
    pub fn start(listener: TcpListener, hub: Arc<Hub>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let hub = Data::from(hub);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(hub.clone())
                .route("/{area}/{kind}/{token}", web::post().to(upload))
                .default_service(web::get().to(download))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { address, handle })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

async fn upload(
    path: Path<(String, String, String)>,
    query: Query<UploadQuery>,
    hub: Data<Hub>,
    mut body: Payload,
) -> HttpResponse {
    let (_area, kind, token) = path.into_inner();
    if query.auth.as_deref() != Some(AUTH) {
        return HttpResponse::Unauthorized().finish();
    }
    if query.resume.is_some() {
        return HttpResponse::Ok().json(match hub.media().progress(&kind, &token) {
            Progress::Nothing => json!({"resume": "0"}),
            Progress::Partly(bytes) => json!({"resume": bytes.to_string()}),
            Progress::Complete(media) => {
                json!({"resume": "complete", "url": media.url, "direct_path": media.direct_path})
            }
        });
    }
    let mut received = BytesMut::new();
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) if received.len() + chunk.len() <= LARGEST_FILE => received.extend_from_slice(&chunk),
            Ok(_) => return HttpResponse::PayloadTooLarge().finish(),
            Err(_) => {
                hub.media().keep_part(&token, query.file_offset, &received);
                return HttpResponse::BadRequest().finish();
            }
        }
    }
    match hub.media().upload(&kind, &token, query.file_offset, &received) {
        Ok(media) => HttpResponse::Ok().json(media),
        Err(UploadRefused::WrongOffset) => HttpResponse::Conflict().finish(),
        Err(UploadRefused::WrongDigest) => HttpResponse::UnprocessableEntity().finish(),
    }
}

/// Files are encrypted, so knowing the path is enough.
async fn download(request: HttpRequest, hub: Data<Hub>) -> HttpResponse {
    match hub.media().fetch(request.path()) {
        Some(file) => HttpResponse::Ok().content_type("application/octet-stream").body(file),
        None => HttpResponse::NotFound().finish(),
    }
}
