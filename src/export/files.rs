//! The files of exports on disk.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The extension of a file that is being written, so that a partial file is never taken for a complete one.
const PARTIAL: &str = "partial";

/// A directory that only the program reads.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    dir: PathBuf,
}

impl Shelf {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// An empty file, replacing the partial one of an earlier attempt.
    pub(super) fn begin(&self, name: &str) -> io::Result<File> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(0o600);
        options.open(self.partial(name))
    }

    /// Gives a complete file its name; returns its size.
    pub(super) fn finish(&self, name: &str, file: &File) -> io::Result<u64> {
        file.sync_all()?;
        fs::rename(self.partial(name), self.path(name))?;
        File::open(&self.dir)?.sync_all()?;
        Ok(file.metadata()?.len())
    }

    /// Removes the file, complete or not; a missing one is fine.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        for path in [self.path(name), self.partial(name)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes every file that `keep` does not accept: leftovers of deleted people and crashes.
    pub(super) fn sweep(&self, keep: impl Fn(&str) -> bool) -> io::Result<usize> {
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut removed = 0;
        for entry in entries {
            let path = entry?.path();
            if !keep(&name_of(&path)) {
                fs::remove_file(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn partial(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.{PARTIAL}"))
    }
}

/// The export's name for a file, complete or not.
fn name_of(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    match name.strip_suffix(&format!(".{PARTIAL}")) {
        Some(whole) => whole.to_owned(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_are_private_and_unknown_ones_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().join("exports"));
        let mut file = shelf.begin("a.zip").unwrap();
        file.write_all(b"half").unwrap();
        assert!(!shelf.path("a.zip").exists(), "half a file has no name");
        file.write_all(b" whole").unwrap();
        assert_eq!(shelf.finish("a.zip", &file).unwrap(), 10);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&shelf.path("a.zip")), mode(&dir.path().join("exports"))),
            (0o600, 0o700)
        );
        shelf.begin("b.zip").unwrap();
        shelf.begin("c.zip").unwrap();
        assert_eq!(shelf.sweep(|name| name != "c.zip").unwrap(), 1);
        shelf.remove("a.zip").unwrap();
        shelf.remove("a.zip").unwrap();
        assert_eq!(fs::read_dir(dir.path().join("exports")).unwrap().count(), 1);
    }
}
