//! Files: encrypted and uploaded before a message is sent, downloaded and decrypted when one arrives.

use bytes::Bytes;
use rand::rngs::StdRng;
use wacore::download::{DownloadUtils, MediaType};
use wacore::upload::encrypt_media_with_key;

use super::content::{Media, MediaKind};
use super::crypto::{random, sha256};
use super::reading::FileRef;
use super::types::{MediaFile, PhoneError};
use crate::media::MediaStore;

/// A file on the media host and its key.
pub(super) struct Uploaded {
    pub url: String,
    pub direct_path: String,
    pub media_key: [u8; 32],
    pub sha256: [u8; 32],
    pub enc_sha256: [u8; 32],
    /// Bytes of the plain file.
    pub length: u64,
    /// Unix seconds.
    pub at: i64,
}

impl MediaKind {
    fn media_type(self) -> MediaType {
        match self {
            Self::Image => MediaType::Image,
            Self::Video | Self::Gif | Self::Ptv => MediaType::Video,
            Self::Audio | Self::Voice => MediaType::Audio,
            Self::Document => MediaType::Document,
            Self::Sticker => MediaType::Sticker,
        }
    }
}

/// Encrypts a file and puts it on the media host.
pub(super) fn upload(host: &MediaStore, file: &Media, now: i64, rng: &mut StdRng) -> Result<Uploaded, PhoneError> {
    let media_type = file.kind.media_type();
    let sealed = encrypt_media_with_key(&file.bytes, media_type, Some(&random(rng)))
        .map_err(|error| PhoneError::Media(error.to_string()))?;
    let stored = host.store(media_type.mms_type(), sealed.data_to_upload.into());
    Ok(Uploaded {
        url: stored.url,
        direct_path: stored.direct_path,
        media_key: sealed.media_key,
        sha256: sealed.file_sha256,
        enc_sha256: sealed.file_enc_sha256,
        length: file.bytes.len() as u64,
        at: now,
    })
}

/// Downloads and decrypts a file; `None` when the host does not have it or it does not match the message.
pub(super) fn download(host: &MediaStore, file: &FileRef) -> Option<MediaFile> {
    let sealed = host.fetch(&file.direct_path)?;
    let plain = DownloadUtils::verify_and_decrypt(&sealed, &file.media_key, file.media_type).ok()?;
    (sha256(&plain)[..] == file.sha256).then(|| MediaFile {
        mime: file.mime.clone(),
        bytes: Bytes::from(plain),
    })
}
