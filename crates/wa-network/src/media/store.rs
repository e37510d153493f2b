//! Files by their path.

use parking_lot::{Mutex, MutexGuard};
use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::{Bytes, BytesMut};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The response to an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredMedia {
    pub url: String,
    /// Never contains a `?`: clients append their own query.
    pub direct_path: String,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum UploadRefused {
    #[error("the part does not begin where the last one ended: ask with resume=1")]
    WrongOffset,
    #[error("the file does not have the digest its token promises")]
    WrongDigest,
}

/// The progress of an upload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Nothing,
    Partly(u64),
    Complete(StoredMedia),
}

#[derive(Default)]
pub struct MediaStore {
    files: Mutex<HashMap<String, Bytes>>,
    /// Partial uploads, by token.
    parts: Mutex<HashMap<String, BytesMut>>,
}

impl MediaStore {
    /// Stores an encrypted file. The same file again has the same path.
    pub fn store(&self, kind: &str, file: Bytes) -> StoredMedia {
        let media = located(kind, &token_of(&file));
        self.files().insert(media.direct_path.clone(), file);
        media
    }

    /// The encrypted file at a path.
    pub fn fetch(&self, direct_path: &str) -> Option<Bytes> {
        self.files().get(direct_path).cloned()
    }

    /// Stores an upload, or the part of it from `offset` on.
    pub(crate) fn upload(
        &self,
        kind: &str,
        token: &str,
        offset: u64,
        part: &[u8],
    ) -> Result<StoredMedia, UploadRefused> {
        let mut file = match offset {
            0 => BytesMut::new(),
            _ => self.parts().remove(token).ok_or(UploadRefused::WrongOffset)?,
        };
        if file.len() as u64 != offset {
            return Err(UploadRefused::WrongOffset);
        }
        file.extend_from_slice(part);
        if token_of(&file) != token.trim_end_matches('=') {
            return Err(UploadRefused::WrongDigest);
        }
        Ok(self.store(kind, file.freeze()))
    }

    /// Stores what arrived of an interrupted upload.
    pub(crate) fn keep_part(&self, token: &str, offset: u64, part: &[u8]) {
        let mut parts = self.parts();
        let kept = parts.entry(token.to_owned()).or_default();
        if kept.len() as u64 == offset {
            kept.extend_from_slice(part);
        }
    }

    pub(crate) fn progress(&self, kind: &str, token: &str) -> Progress {
        let media = located(kind, token.trim_end_matches('='));
        if self.files().contains_key(&media.direct_path) {
            return Progress::Complete(media);
        }
        match self.parts().get(token).map_or(0, |part| part.len() as u64) {
            0 => Progress::Nothing,
            bytes => Progress::Partly(bytes),
        }
    }

    pub(crate) fn clear(&self) {
        self.files().clear();
        self.parts().clear();
    }

    pub(crate) fn all(&self) -> Vec<(String, Bytes)> {
        self.files()
            .iter()
            .map(|(path, file)| (path.clone(), file.clone()))
            .collect()
    }

    pub(crate) fn put_back(&self, direct_path: String, file: Bytes) {
        self.files().insert(direct_path, file);
    }

    fn files(&self) -> MutexGuard<'_, HashMap<String, Bytes>> {
        self.files.lock()
    }

    fn parts(&self) -> MutexGuard<'_, HashMap<String, BytesMut>> {
        self.parts.lock()
    }
}

fn token_of(file: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(file))
}

fn located(kind: &str, token: &str) -> StoredMedia {
    let direct_path = format!("/v/t62.7118-24/{kind}_{token}.enc");
    StoredMedia {
        url: format!("https://mmg.whatsapp.net{direct_path}"),
        direct_path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_that_broke_off_is_resumed_where_it_ended() {
        let store = MediaStore::default();
        let token = token_of(b"whole file");
        assert_eq!(store.progress("image", &token), Progress::Nothing);
        store.keep_part(&token, 0, b"whole");
        assert_eq!(store.progress("image", &token), Progress::Partly(5));
        assert_eq!(store.upload("image", &token, 7, b"e"), Err(UploadRefused::WrongOffset));
        store.keep_part(&token, 0, b"whole");
        let media = store.upload("image", &token, 5, b" file").unwrap();
        assert_eq!(store.fetch(&media.direct_path).unwrap(), &b"whole file"[..]);
        assert_eq!(store.progress("image", &token), Progress::Complete(media));
    }

    #[test]
    fn a_file_that_contradicts_its_token_is_refused() {
        let store = MediaStore::default();
        let token = token_of(b"this");
        assert_eq!(
            store.upload("image", &token, 0, b"that"),
            Err(UploadRefused::WrongDigest)
        );
    }
}
