//! Objects as files: `ab/cd/abcd…`, readable by this program only.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Listed, Probed, Shelf, Span, key_of, name_of};
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
        self.dir.join(key_of(name))
    }

    /// Names of what is in a directory of the store, in order; none when there is no such directory.
    fn inside(&self, place: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.dir.join(place)) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
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

    /// One directory of the first level at a time.
    fn list(&self, after: Option<&str>) -> io::Result<Listed> {
        let mut listed = Listed::default();
        let first = self.inside("")?.into_iter();
        let mut first = first.filter(|dir| dir.len() == 2 && after.is_none_or(|after| dir.as_str() > after));
        let Some(dir) = first.next() else { return Ok(listed) };
        for second in self.inside(&dir)? {
            let place = format!("{dir}/{second}");
            let files = self.inside(&place)?.into_iter();
            listed
                .names
                .extend(files.filter_map(|file| name_of(&format!("{place}/{file}"))));
        }
        listed.next = Some(dir);
        Ok(listed)
    }

    /// The data directory is locked by this installation.
    fn share(&self, _: &str) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn probe(&self) -> io::Result<Probed> {
        db::private_dir(&self.dir)?;
        let path = self.dir.join(PROBE);
        fs::write(&path, PROBE)?;
        let read = fs::read(&path)?;
        fs::remove_file(&path)?;
        if read != PROBE.as_bytes() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Probed {
            place: self.dir.display().to_string(),
            ahead: None,
        })
    }
}

/// What a probe writes, and under which name.
const PROBE: &str = "wamanager-probe";

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

    #[test]
    fn only_objects_are_listed_and_each_once() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::new(dir.path().join("media"));
        assert_eq!(disk.list(None).unwrap(), Listed::default());
        let names = [Sha256([0x01; 32]), Sha256([0xab; 32]), Sha256([0xff; 32])];
        for name in names {
            let staged = dir.path().join("staged");
            fs::write(&staged, b"x").unwrap();
            disk.put(name, &staged, File::open(&staged).unwrap(), 1).unwrap();
        }
        let other = dir.path().join("media/ab/ab");
        fs::write(other.join("README"), b"not ours").unwrap();
        fs::write(other.join(Sha256([0x02; 32]).hex()), b"in the wrong place").unwrap();
        fs::create_dir(dir.path().join("media/incoming")).unwrap();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let listed = disk.list(after.as_deref()).unwrap();
            found.extend(listed.names);
            after = listed.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, names);
        assert_eq!(disk.probe().unwrap().ahead, None);
    }
}
