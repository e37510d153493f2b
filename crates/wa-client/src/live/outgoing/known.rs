//! Accounts that were looked up before.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use parking_lot::Mutex;

use crate::Address;

/// Accounts known to exist, so that only the first message to a stranger costs a lookup.
///
/// Without the lookup the library would encrypt a message for a number that is not on WhatsApp to our own phone only,
/// and report it as sent. Holds hashes, not numbers; a collision skips one lookup.
#[derive(Default)]
pub(in crate::live) struct KnownRecipients {
    hashes: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

/// 8 bytes each; a session with more contacts repeats a lookup now and then.
const MOST_KNOWN: usize = 1024;

impl KnownRecipients {
    pub(in crate::live) fn contains(&self, address: &Address) -> bool {
        self.lock().contains(&self.hasher.hash_one(address))
    }

    pub(in crate::live) fn insert(&self, address: &Address) {
        let mut hashes = self.lock();
        if hashes.len() >= MOST_KNOWN {
            hashes.clear();
        }
        hashes.insert(self.hasher.hash_one(address));
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, HashSet<u64>> {
        self.hashes.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_recipients_stay_within_their_bound() {
        let known = KnownRecipients::default();
        for number in 0..=MOST_KNOWN {
            known.insert(&Address::Phone(number.to_string()));
        }
        assert!(known.contains(&Address::Phone(MOST_KNOWN.to_string())));
        assert!(known.lock().len() <= MOST_KNOWN);
    }
}
