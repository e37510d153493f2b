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

    /// The objects after the place `after`, in the order of their names; what else lies there is left out.
    fn list(&self, after: Option<&str>) -> io::Result<Listed>;

    /// Whether there is such an object.
    fn has(&self, name: Sha256) -> io::Result<bool> {
        match self.open(name, Span { from: 0, length: 1 }) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Leaves this installation's name where others see it; the names of others that use the same place.
    fn share(&self, installation: &str) -> io::Result<Vec<String>>;

    /// Writes, reads and deletes something small.
    fn probe(&self) -> io::Result<Probed>;
}

/// Part of what a store holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub names: Vec<Sha256>,
    /// Where to go on; `None` at the end.
    pub next: Option<String>,
}

/// What was found out about a store that works.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Probed {
    /// Where the files are, as the operator knows it.
    pub place: String,
    /// Seconds that its clock is ahead of ours, where it has one of its own.
    pub ahead: Option<i64>,
}

/// The key of an object: `ab/cd/abcd…`.
fn key_of(name: Sha256) -> String {
    let hex = name.hex();
    format!("{}/{}/{hex}", &hex[..2], &hex[2..4])
}

/// The object with this key; `None` for what no installation of ours has put.
fn name_of(key: &str) -> Option<Sha256> {
    let name = Sha256::of_hex(key.rsplit('/').next()?)?;
    (key_of(name) == key).then_some(name)
}
