//! Where the bytes are: a directory, or a service that speaks S3. Both hold objects by the SHA-256 of their content.

mod disk;
mod s3;
mod sign;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub(super) use disk::Disk;
pub(super) use s3::S3;

use super::model::Sha256;

/// Part of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub from: u64,
    /// At least one byte.
    pub length: u64,
}

/// Every method blocks. An object never changes, so putting it again is the same object.
pub(super) trait Shelf: Send + Sync + 'static {
    /// Takes a whole file, on disk already. The file at `staged` may be moved away.
    fn put(&self, name: Sha256, staged: &Path, file: File, size: u64) -> io::Result<()>;

    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such object.
    fn open(&self, name: Sha256, span: Span) -> io::Result<Box<dyn Read + Send>>;

    /// A missing one is fine.
    fn remove(&self, name: Sha256) -> io::Result<()>;
}
