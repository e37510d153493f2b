//! Where a file is written before anybody knows whether it is kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use super::model::{MediaError, Sha256};
use crate::{crypto, db};

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// The directory of files that are being written; on the disk of the store, so that a rename finishes one.
#[derive(Clone, Debug)]
pub(super) struct Staging {
    dir: PathBuf,
}

/// A file that is being written. Dropping it deletes what was written.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    file: File,
}

/// A whole file with its hash.
#[derive(Debug)]
pub(super) struct Received {
    pub staged: Staged,
    pub sha256: Sha256,
    pub size: u64,
}

impl Staging {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub(super) fn begin(&self) -> io::Result<Staged> {
        db::private_dir(&self.dir)?;
        let path = self.dir.join(crypto::random_token());
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Staged { path, file })
    }

    /// Deletes what a process that was killed left behind. Call it before anything is written.
    pub(super) fn clear(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Staged {
    /// Another handle to write with.
    pub fn writer(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A handle at the beginning.
    pub fn reader(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    /// Puts the file on the disk and hashes it. Blocks.
    ///
    /// # Errors
    /// [`MediaError::Empty`], [`MediaError::TooLarge`].
    pub(super) fn received(self, limit: u64) -> Result<Received, MediaError> {
        self.file.sync_all()?;
        let mut file = self.reader()?;
        let (mut hasher, mut size, mut chunk) = (sha2::Sha256::new(), 0_u64, vec![0; CHUNK]);
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            hasher.update(&chunk[..read]);
            size += read as u64;
            if size > limit {
                return Err(MediaError::TooLarge { limit });
            }
        }
        if size == 0 {
            return Err(MediaError::Empty);
        }
        Ok(Received {
            sha256: Sha256(hasher.finalize().into()),
            staged: self,
            size,
        })
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // It may have been renamed into the store.
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a partial file could not be deleted");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_is_empty_or_too_large_is_refused_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let staging = Staging::new(dir.path().join("incoming"));
        let write = |bytes: &[u8]| {
            let staged = staging.begin().unwrap();
            staged.writer().unwrap().write_all(bytes).unwrap();
            staged.received(4)
        };
        assert!(matches!(write(b""), Err(MediaError::Empty)));
        assert!(matches!(write(b"12345"), Err(MediaError::TooLarge { limit: 4 })));
        let received = write(b"1234").unwrap();
        assert_eq!(received.size, 4);
        assert!(received.sha256.hex().starts_with("03ac674216f3e15c"));
        drop(received);
        assert_eq!(fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
    }
}
