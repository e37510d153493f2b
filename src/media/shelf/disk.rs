//! Objects as files: `ab/cd/abcd…`, readable by this program only.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Shelf, Span};
use crate::db;
use crate::media::model::Sha256;

#[derive(Clone, Debug)]
pub(in crate::media) struct Disk {
    dir: PathBuf,
}

impl Disk {
    pub(in crate::media) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    fn path(&self, name: Sha256) -> PathBuf {
        let hex = name.hex();
        self.dir.join(&hex[..2]).join(&hex[2..4]).join(hex)
    }
}

impl Shelf for Disk {
    fn put(&self, name: Sha256, staged: &Path, file: File, _: u64) -> io::Result<()> {
        let path = self.path(name);
        let parent = path.parent().expect("a path with two directories");
        db::private_dir(parent)?;
        file.sync_all()?;
        fs::rename(staged, &path)?;
        // The name must survive a power cut, too, and so must the names of new directories.
        for dir in parent.ancestors().take(3) {
            File::open(dir)?.sync_all()?;
        }
        Ok(())
    }

    fn open(&self, name: Sha256, span: Span) -> io::Result<Box<dyn Read + Send>> {
        let mut file = File::open(self.path(name))?;
        file.seek(SeekFrom::Start(span.from))?;
        Ok(Box::new(file.take(span.length)))
    }

    fn remove(&self, name: Sha256) -> io::Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn an_object_is_read_in_parts_and_removed_once() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::new(dir.path().join("media"));
        let staged = dir.path().join("staged");
        fs::write(&staged, b"0123456789").unwrap();
        let name = Sha256([0xab; 32]);
        disk.put(name, &staged, File::open(&staged).unwrap(), 10).unwrap();
        assert!(!staged.exists());
        let mut text = String::new();
        let mut part = disk.open(name, Span { from: 3, length: 4 }).unwrap();
        part.read_to_string(&mut text).unwrap();
        assert_eq!(text, "3456");
        let folder = dir.path().join("media/ab/ab");
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        disk.remove(name).unwrap();
        disk.remove(name).unwrap();
        let gone = disk.open(name, Span { from: 0, length: 1 }).err().unwrap();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    }
}
