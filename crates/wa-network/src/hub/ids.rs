//! Ids and references, repeatable for a seed.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

pub(super) struct Ids {
    seed: AtomicU64,
    counter: AtomicU64,
}

impl Ids {
    pub fn new(seed: u64) -> Self {
        Self {
            seed: AtomicU64::new(seed),
            counter: AtomicU64::new(0),
        }
    }

    /// Starts over, with another seed if one is given.
    pub fn restart(&self, seed: Option<u64>) {
        if let Some(seed) = seed {
            self.seed.store(seed, Ordering::Relaxed);
        }
        self.counter.store(0, Ordering::Relaxed);
    }

    pub fn counter(&self) -> u64 {
        self.counter.load(Ordering::Relaxed)
    }

    /// Continues after a saved counter, so that no id is used twice.
    pub fn continue_after(&self, counter: u64) {
        self.counter.fetch_max(counter, Ordering::Relaxed);
    }

    pub fn next(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// An id for a stanza of the server's own.
    pub fn stanza(&self) -> String {
        format!("N{}", self.next())
    }

    /// What a QR text starts with.
    pub fn pairing_reference(&self) -> String {
        let digest = self.digest("ref", &self.next().to_string());
        let hex: String = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("2@{hex}")
    }

    /// Looks like a real LID: 15 digits that reveal nothing of the number.
    pub fn lid_for(&self, number: &str) -> String {
        let digest = self.digest("lid", number);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        (100_000_000_000_000 + u64::from_be_bytes(first) % 900_000_000_000_000).to_string()
    }

    pub fn group(&self) -> String {
        format!("120363{:012}", self.next())
    }

    fn digest(&self, what: &str, of: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed.load(Ordering::Relaxed).to_be_bytes());
        hash.update(what.as_bytes());
        hash.update(of.as_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let (one, two) = (Ids::new(7), Ids::new(7));
        assert_eq!(one.pairing_reference(), two.pairing_reference());
        assert_eq!(one.lid_for("4915"), two.lid_for("4915"));
        assert_ne!(one.lid_for("4915"), Ids::new(8).lid_for("4915"));
        let before = one.pairing_reference();
        one.restart(None);
        one.pairing_reference();
        assert_eq!(one.pairing_reference(), before);
    }
}
