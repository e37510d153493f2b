//! Files of messages: to WhatsApp's servers and from them, or from the phone when those have lost them.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom};

use wacore::upload::{EncryptedMediaInfo, UploadSource, encrypt_media_streaming};
use whatsapp_rust::Client;
use whatsapp_rust::download::{DownloadParams, MediaType};
use whatsapp_rust::http::HttpStatusError;
use whatsapp_rust::{MediaRetryResult, MediaReuploadError, MediaReuploadRequest};

use super::jid::jid_of;
use crate::{FileError, FileOf, LinkError, Media, MediaKind, Uploaded};

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

/// Encrypts `file` into `scratch` and uploads that; neither is ever whole in memory.
pub(super) async fn upload(client: &Client, kind: MediaKind, file: File, scratch: File) -> Result<Uploaded, LinkError> {
    let kind = media_type(kind);
    let failed = |error: String| LinkError::Transient(error);
    let encrypted = tokio::task::spawn_blocking(move || encrypt(file, scratch, kind)).await;
    let (scratch, info) = encrypted
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))?;
    let size = info.file_length;
    let answer = client.upload_stream(scratch, info, kind).await;
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    Ok(Uploaded {
        direct_path: answer.direct_path,
        media_key: answer.media_key.to_vec(),
        sha256: answer.file_sha256.to_vec(),
        enc_sha256: answer.file_enc_sha256.to_vec(),
        size,
    })
}

fn encrypt(file: File, scratch: File, kind: MediaType) -> anyhow::Result<(Scratch, EncryptedMediaInfo)> {
    let info = encrypt_media_streaming(BufReader::new(file), BufWriter::new(&scratch), kind)?;
    let length = scratch.metadata()?.len();
    Ok((Scratch { file: scratch, length }, info))
}

/// The encrypted form of a file. One attempt to upload it reads it at a time.
struct Scratch {
    file: File,
    length: u64,
}

impl UploadSource for Scratch {
    fn len(&self) -> u64 {
        self.length
    }

    fn reader_from(&self, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Box::new(file))
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
