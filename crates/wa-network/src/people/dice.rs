//! Repeatable randomness: the same seed and name give the same numbers.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sha2::{Digest, Sha256};

pub(super) struct Dice(StdRng);

impl Dice {
    pub fn new(seed: u64, who: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"wa-network people");
        hash.update(seed.to_be_bytes());
        hash.update(who.as_bytes());
        Self(StdRng::from_seed(hash.finalize().into()))
    }

    pub fn between(&mut self, (least, most): (Duration, Duration)) -> Duration {
        least + (most.saturating_sub(least)).mul_f64(self.0.random::<f64>())
    }

    /// An index below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n)
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub fn number(&mut self) -> u64 {
        self.0.random()
    }
}
