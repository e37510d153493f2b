//! Files of messages: from WhatsApp's servers, or from the phone when those have lost them.

use std::fs::File;

use whatsapp_rust::Client;
use whatsapp_rust::download::{DownloadParams, MediaType};
use whatsapp_rust::http::HttpStatusError;
use whatsapp_rust::{MediaRetryResult, MediaReuploadError, MediaReuploadRequest};

use super::jid::jid_of;
use crate::{FileError, FileOf, Media, MediaKind};

/// Writes the decrypted file to `into`; the library verifies both hashes on the way.
pub(super) async fn download(client: &Client, media: &Media, into: File) -> Result<(), FileError> {
    let params = DownloadParams::encrypted(
        media.direct_path.as_str(),
        &media.media_key,
        &media.sha256,
        &media.enc_sha256,
        media.size.unwrap_or(0),
        media_type(media.kind),
    );
    match client.download_from_params_to_writer(&params, into).await {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.downcast_ref::<HttpStatusError>() {
            Some(HttpStatusError {
                status: 401 | 403 | 404 | 410,
            }) => FileError::Gone,
            _ => FileError::Transient(error.to_string()),
        }),
    }
}

pub(super) async fn ask_phone(client: &Client, of: &FileOf<'_>) -> Result<String, FileError> {
    let unknown = || FileError::Transient("the address of the chat is not one".to_owned());
    let chat = jid_of(of.chat).ok_or_else(unknown)?;
    let sender = of.sender.and_then(jid_of);
    let request = MediaReuploadRequest {
        msg_id: of.id,
        chat_jid: &chat,
        media_key: of.media_key,
        is_from_me: of.from_me,
        participant: sender.as_ref(),
    };
    match client.media_reupload().request(&request).await {
        Ok(MediaRetryResult::Success { direct_path }) => Ok(direct_path),
        Ok(MediaRetryResult::NotFound | MediaRetryResult::DecryptionError) => Err(FileError::Gone),
        Ok(MediaRetryResult::GeneralError) => Err(FileError::Transient("the phone could not send it".to_owned())),
        Err(MediaReuploadError::InvalidRequest(_)) => Err(FileError::Gone),
        Err(error) => Err(FileError::Transient(error.to_string())),
    }
}

/// The kind decides which keys open the file.
fn media_type(kind: MediaKind) -> MediaType {
    match kind {
        MediaKind::Image => MediaType::Image,
        MediaKind::Video | MediaKind::Gif | MediaKind::VideoNote => MediaType::Video,
        MediaKind::Voice | MediaKind::Audio => MediaType::Audio,
        MediaKind::Document => MediaType::Document,
        MediaKind::Sticker => MediaType::Sticker,
    }
}
