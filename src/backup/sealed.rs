//! Which master key a database belongs to.
//!
//! Values in `app.db` are sealed under keys derived from the master key, so with a wrong key a database works only
//! partly: nobody notices until a second factor cannot be opened. So the database names its key by a fingerprint and
//! contains a canary; both are in every backup, since a backup is a copy of the database.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::store;
use crate::crypto::{self, Sealer};
use crate::db::{self, DbError};

const PLACE: &str = "master_key|canary|1";
const CONTENT: &[u8] = b"the master key fits";

/// Identifies a key: 16 hex digits in groups of four, which reveal nothing about the key.
#[must_use]
pub fn fingerprint(key: &[u8; 32]) -> String {
    let derived = crypto::derive_key(key, "fingerprint");
    let digits: Vec<String> = derived[..8]
        .chunks(2)
        .map(|two| format!("{:02x}{:02x}", two[0], two[1]))
        .collect();
    digits.join("-")
}

/// Whether a key sealed a database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fit {
    Fits,
    /// Nothing in it is sealed, so any key fits.
    NothingSealed,
    /// Another key did; its fingerprint, unless the database is older than fingerprints.
    Other(Option<String>),
}

/// The given key did not seal `file`; says what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "{} was sealed under another master key than the one in {place}: {needed}. Put that key in its place; nothing was \
     changed. Without it, second factors must be set up again, emails that wait cannot be sent and every number must \
     be linked again, while chats, people and bills can be read. To go on like that: wamanager backup restore {} \
     --without-its-key",
    file.display(), file.display()
)]
pub struct OtherKey {
    pub file: PathBuf,
    /// Where the key came from.
    pub place: String,
    needed: String,
}

impl OtherKey {
    #[must_use]
    pub fn new(file: &Path, place: &str, sealed_under: Option<&str>, given: &[u8; 32]) -> Self {
        let given = fingerprint(given);
        let needed = match sealed_under {
            Some(print) => format!("it needs the key with the fingerprint {print}, and this one has {given}"),
            None => format!("this one has the fingerprint {given} and opens nothing in it"),
        };
        Self {
            file: file.to_owned(),
            place: place.to_owned(),
            needed,
        }
    }
}

/// Whether `key` fits the database of `c`, of whatever schema.
pub fn fit(c: &Connection, key: &[u8; 32]) -> db::Result<Fit> {
    if let Some((print, canary)) = store::master_key(c)? {
        let opens = Sealer::new(key, "app.db")
            .open(PLACE, &canary)
            .is_ok_and(|plain| plain == CONTENT);
        return Ok(if opens { Fit::Fits } else { Fit::Other(Some(print)) });
    }
    // Older than fingerprints: the oldest sealed value of the first existing kind decides. Values that a start under a
    // wrong key has added since are newer.
    for sample in store::SAMPLES {
        if let Some((place, sealed)) = store::sample(c, sample)? {
            let opens = Sealer::new(key, sample.purpose).open(&place, &sealed).is_ok();
            return Ok(if opens { Fit::Fits } else { Fit::Other(None) });
        }
    }
    Ok(Fit::NothingSealed)
}

/// [`fit`] for a closed file. `None` when it cannot be read, which is reported where it is opened.
#[must_use]
pub fn fit_of(path: &Path, key: &[u8; 32]) -> Option<Fit> {
    db::peek(path, |c| fit(c, key)).ok()
}

/// The fingerprint in the database at `path`, if it has one.
#[must_use]
pub fn fingerprint_in(path: &Path) -> Option<String> {
    db::peek(path, |c| {
        Ok::<_, DbError>(store::master_key(c)?.map(|(print, _)| print))
    })
    .ok()?
}

/// Writes fingerprint and canary where there are none yet. The key is known to fit.
pub fn mark_in(tx: &Connection, key: &[u8; 32]) -> db::Result<()> {
    if store::master_key(tx)?.is_some() {
        return Ok(());
    }
    store::put_master_key(tx, &fingerprint(key), &Sealer::new(key, "app.db").seal(PLACE, CONTENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_always_the_same_and_another_for_another_key() {
        assert_eq!(fingerprint(&[1; 32]), fingerprint(&[1; 32]));
        assert_ne!(fingerprint(&[1; 32]), fingerprint(&[2; 32]));
        assert_eq!(fingerprint(&[1; 32]).len(), 19);
    }

    #[test]
    fn a_marked_database_knows_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let db = db::open(dir.path()).unwrap();
        let how = |key: [u8; 32]| db.read_blocking(move |c| fit(c, &key)).unwrap();
        assert_eq!(how([1; 32]), Fit::NothingSealed);
        db.write_blocking(|tx| mark_in(tx, &[1; 32])).unwrap();
        db.write_blocking(|tx| mark_in(tx, &[2; 32])).unwrap();
        assert_eq!(how([1; 32]), Fit::Fits);
        assert_eq!(how([2; 32]), Fit::Other(Some(fingerprint(&[1; 32]))));
    }
}
