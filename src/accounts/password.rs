//! Passwords: what is good enough, and how they are hashed without letting many logins eat the memory.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;
use zxcvbn::Score;

use super::model::{AccountError, FieldError};

pub const MIN_CHARS: usize = 8;
/// Long enough for any passphrase, short enough that nobody hashes a book.
const MAX_CHARS: usize = 200;
/// So much of a password is looked at for its strength, in characters.
const ESTIMATED: usize = 100;
/// 2: each hash takes 19 MiB for its duration, and there are 2 cores to work on it.
const AT_ONCE: usize = 2;

/// A password as typed. It is wiped after use and cannot be printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// 80 random bits in letters that are easy to tell apart: for a reset on the command line and the demo.
    #[must_use]
    pub fn generate() -> Self {
        const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let random: [u8; 16] = crate::crypto::random_bytes();
        Self::new(
            random
                .iter()
                .map(|b| char::from(LETTERS[usize::from(b & 31)]))
                .collect::<String>(),
        )
    }

    /// The text itself, for showing a generated one once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `about` holds words of the person (name, address), which make a password easy to guess.
    ///
    /// # Errors
    /// Says what makes the password weak and what would make it better.
    pub fn check(&self, about: &[&str]) -> Result<(), FieldError> {
        let length = self.0.chars().count();
        if length < MIN_CHARS {
            return Err(weak(format!("Use at least {MIN_CHARS} characters.")));
        }
        if length > MAX_CHARS {
            return Err(weak(format!("Use at most {MAX_CHARS} characters.")));
        }
        let estimate = self.estimate(about);
        if estimate.score() >= Score::Three {
            return Ok(());
        }
        let mut advice = vec!["Too easy to guess.".to_owned()];
        if let Some(feedback) = estimate.feedback() {
            advice.extend(feedback.warning().map(|warning| warning.to_string()));
            advice.extend(feedback.suggestions().iter().take(1).map(ToString::to_string));
        }
        if advice.len() == 1 {
            advice.push("Add another word or two. Uncommon words are better.".to_owned());
        }
        Err(weak(advice.join(" ")))
    }

    /// How hard it is to guess: 1 (at once) to 4 (not in this life); 3 is enough.
    #[must_use]
    pub fn score(&self, about: &[&str]) -> u8 {
        let score = u8::from(self.estimate(about).score()).clamp(1, 4);
        // What is refused for its length does not look good enough.
        if self.check(about).is_err() {
            score.min(2)
        } else {
            score
        }
    }

    fn estimate(&self, about: &[&str]) -> zxcvbn::Entropy {
        // The start of a long one tells enough, and the estimate's work grows faster than the length.
        let about: Vec<&str> = about.iter().map(|word| start_of(word)).collect();
        zxcvbn::zxcvbn(start_of(&self.0), &about)
    }
}

fn start_of(text: &str) -> &str {
    let end = text.char_indices().nth(ESTIMATED).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

fn weak(message: String) -> FieldError {
    FieldError::new("password", message)
}

/// Hashes with argon2id off the async threads, at most two at a time.
#[derive(Clone)]
pub struct Hasher {
    slots: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Hasher {
    /// The PHC string to store.
    ///
    /// # Errors
    /// When the operating system gives no random salt or no memory.
    pub async fn hash(&self, password: Password) -> Result<String, AccountError> {
        self.blocking(move || {
            let hash = Argon2::default().hash_password(password.0.as_bytes());
            hash.map(|hash| hash.to_string())
                .map_err(|e| AccountError::Hash(e.to_string()))
        })
        .await
    }

    /// Whether `password` is the one behind `stored`. Without `stored` the answer is no, after as much work as usual,
    /// so that the time does not tell whether the account exists.
    ///
    /// # Errors
    /// When hashing itself fails, or `stored` is not a hash.
    pub async fn verify(&self, password: Password, stored: Option<String>) -> Result<bool, AccountError> {
        let Some(stored) = stored else {
            return self.hash(password).await.map(|_| false);
        };
        self.blocking(move || {
            let parsed = PasswordHash::new(&stored).map_err(|e| AccountError::Hash(e.to_string()))?;
            Ok(Argon2::default()
                .verify_password(password.0.as_bytes(), &parsed)
                .is_ok())
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, AccountError> {
        let _slot = self
            .slots
            .acquire()
            .await
            .map_err(|e| AccountError::Hash(e.to_string()))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| AccountError::Hash(e.to_string()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_by_its_hash_only() {
        let hasher = Hasher::default();
        let stored = hasher.hash(Password::new("correct horse battery")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(
            hasher
                .verify(Password::new("correct horse battery"), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify(Password::new("correct horse batterY"), Some(stored))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify(Password::new("correct horse battery"), None)
                .await
                .unwrap()
        );
    }

    #[test]
    fn a_weak_password_is_refused_with_advice() {
        let short = Password::new("s3cr3t").check(&[]).unwrap_err();
        assert_eq!(short.message, "Use at least 8 characters.");
        let common = Password::new("password1").check(&[]).unwrap_err();
        assert!(common.message.starts_with("Too easy to guess."), "{}", common.message);
        assert!(common.message.len() > "Too easy to guess. ".len());
    }

    #[test]
    fn what_is_known_about_the_person_does_not_help() {
        let password = Password::new("Zebulon-Quartz");
        assert!(password.check(&[]).is_ok());
        assert!(password.check(&["Zebulon-Quartz"]).is_err());
    }

    #[test]
    fn a_generated_password_is_good_enough_and_never_printed_by_accident() {
        let password = Password::generate();
        assert!(password.check(&[]).is_ok());
        assert!(!format!("{password:?}").contains(password.reveal()));
    }
}
