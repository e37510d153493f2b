//! Passwords: what is good enough, and how they are hashed without letting many logins eat the memory.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;
use zxcvbn::Score;
use zxcvbn::feedback::{Feedback, Suggestion, Warning};

use super::model::{AccountError, FieldError};
use crate::i18n::Text;

pub const MIN_CHARS: usize = 8;
/// Long enough for any passphrase, short enough to hash quickly.
const MAX_CHARS: usize = 200;
/// How many characters of a password the estimate reads: its work grows faster than the length, and a strong start is
/// enough.
const ESTIMATED: usize = 36;
/// 2: each hash needs 19 MiB for its duration, and there are 2 cores.
const AT_ONCE: usize = 2;
/// One core stays free for everything else.
const ESTIMATES_AT_ONCE: usize = 1;

/// A password as typed. It is wiped after use and cannot be printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// 80 random bits in easily distinguished letters: for a reset on the command line and the demo.
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

    /// `about` contains words about the person (name, address), which make a password easy to guess. The estimate takes
    /// milliseconds: requests call it through [`Hasher::assess`].
    #[must_use]
    pub fn assess(&self, about: &[&str]) -> Assessment {
        let length = self.0.chars().count();
        if length < MIN_CHARS {
            return Assessment::weak(1, Text::new("accounts-too-short").number("least", MIN_CHARS as u64));
        }
        if length > MAX_CHARS {
            return Assessment::weak(2, Text::new("accounts-too-long").number("most", MAX_CHARS as u64));
        }
        let about: Vec<&str> = about.iter().map(|word| start_of(word)).collect();
        let estimate = zxcvbn::zxcvbn(start_of(&self.0), &about);
        let score = u8::from(estimate.score()).max(1);
        if estimate.score() >= Score::Three {
            return Assessment { score, weakness: None };
        }
        Assessment::weak(score, advice(estimate.feedback()))
    }
}

/// How good a password is.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// How hard it is to guess: 1 (at once) to 4 (practically impossible); 3 is enough.
    pub score: u8,
    /// Why it is rejected, and what would improve it.
    pub weakness: Option<FieldError>,
}

impl Assessment {
    fn weak(score: u8, message: Text) -> Self {
        Self {
            score,
            weakness: Some(FieldError::new("password", message)),
        }
    }

    /// # Errors
    /// [`AccountError::Invalid`] for a password that may not be chosen.
    pub fn accepted(self) -> Result<(), AccountError> {
        self.weakness
            .map_or(Ok(()), |weak| Err(AccountError::Invalid(vec![weak])))
    }
}

/// What makes the password weak, and one way to a better one.
fn advice(feedback: Option<&Feedback>) -> Text {
    let warning = feedback.and_then(Feedback::warning).map(warning_text);
    let suggestion = feedback.and_then(|feedback| feedback.suggestions().first().copied().map(suggestion_text));
    let suggestion = match (&warning, suggestion) {
        (None, None) => Some(Text::new("password-better-more-words")),
        (_, suggestion) => suggestion,
    };
    let parts = warning.into_iter().chain(suggestion);
    parts.fold(Text::new("password-weak"), Text::followed_by)
}

const fn warning_text(warning: Warning) -> Text {
    Text::new(match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => "password-weak-row",
        Warning::ShortKeyboardPatternsAreEasyToGuess => "password-weak-keyboard",
        Warning::RepeatsLikeAaaAreEasyToGuess => "password-weak-repeats",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => "password-weak-repeated",
        Warning::ThisIsATop10Password => "password-weak-top-10",
        Warning::ThisIsATop100Password => "password-weak-top-100",
        Warning::ThisIsACommonPassword => "password-weak-common",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "password-weak-similar",
        Warning::SequencesLikeAbcAreEasyToGuess => "password-weak-sequence",
        Warning::RecentYearsAreEasyToGuess => "password-weak-years",
        Warning::AWordByItselfIsEasyToGuess => "password-weak-word",
        Warning::DatesAreOftenEasyToGuess => "password-weak-date",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "password-weak-name",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "password-weak-names",
    })
}

const fn suggestion_text(suggestion: Suggestion) -> Text {
    Text::new(match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => "password-better-words",
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => "password-better-no-symbols",
        Suggestion::AddAnotherWordOrTwo => "password-better-more-words",
        Suggestion::CapitalizationDoesntHelpVeryMuch => "password-better-capitals",
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => "password-better-all-capitals",
        Suggestion::ReversedWordsArentMuchHarderToGuess => "password-better-reversed",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => "password-better-substitutions",
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => "password-better-keyboard",
        Suggestion::AvoidRepeatedWordsAndCharacters => "password-better-repeats",
        Suggestion::AvoidSequences => "password-better-sequences",
        Suggestion::AvoidRecentYears => "password-better-years",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => "password-better-own-years",
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => "password-better-own-dates",
    })
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

/// Hashes with argon2id and estimates strength off the async threads, a few at a time.
#[derive(Clone)]
pub struct Hasher {
    slots: Arc<Semaphore>,
    /// Estimates wait for each other and for no hash, so that strength meters cannot delay log-ins.
    estimates: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            estimates: Arc::new(Semaphore::new(ESTIMATES_AT_ONCE)),
        }
    }
}

impl Hasher {
    /// The PHC string to store.
    pub async fn hash(&self, password: Password) -> Result<String, AccountError> {
        blocking(&self.slots, move || {
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
        blocking(&self.slots, move || {
            let parsed = PasswordHash::new(&stored).map_err(|e| AccountError::Hash(e.to_string()))?;
            Ok(Argon2::default()
                .verify_password(password.0.as_bytes(), &parsed)
                .is_ok())
        })
        .await
    }

    /// How good `password` is for the person whom `about` describes.
    pub async fn assess(&self, password: &Password, about: &[&str]) -> Result<Assessment, AccountError> {
        let password = password.clone();
        let about: Vec<String> = about.iter().map(|word| start_of(word).to_owned()).collect();
        blocking(&self.estimates, move || {
            let about: Vec<&str> = about.iter().map(String::as_str).collect();
            Ok(password.assess(&about))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    slots: &Semaphore,
    work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
) -> Result<T, AccountError> {
    let _slot = slots.acquire().await.map_err(|e| AccountError::Hash(e.to_string()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| AccountError::Hash(e.to_string()))?
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

    fn weakness(text: &str, about: &[&str]) -> Option<String> {
        Password::new(text)
            .assess(about)
            .weakness
            .map(|weak| weak.message.to_string())
    }

    #[test]
    fn a_weak_password_is_refused_with_advice() {
        assert_eq!(weakness("s3cr3t", &[]).unwrap(), "Use at least 8 characters.");
        let common = weakness("password1", &[]).unwrap();
        assert!(common.starts_with("Too easy to guess."), "{common}");
        assert!(common.len() > "Too easy to guess. ".len());
    }

    #[test]
    fn words_about_the_person_do_not_strengthen_a_password() {
        assert_eq!(weakness("Zebulon-Quartz", &[]), None);
        assert!(weakness("Zebulon-Quartz", &["Zebulon-Quartz"]).is_some());
    }

    #[test]
    fn a_generated_password_is_good_enough_and_never_printed_by_accident() {
        let password = Password::generate();
        assert!(password.assess(&[]).weakness.is_none());
        assert!(!format!("{password:?}").contains(password.reveal()));
    }

    #[test]
    fn only_the_start_of_a_long_password_is_estimated_and_the_rest_still_counts_when_it_is_hashed() {
        let start = "x".repeat(ESTIMATED);
        let long = format!("{start}-violet-harbour-mongoose");
        assert!(
            weakness(&long, &[]).is_some(),
            "36 times the same letter is a weak start"
        );
        assert_eq!(weakness(&"violet-harbour-mongoose-".repeat(8), &[]), None);
        assert!(
            weakness(&"violet-harbour-mongoose-".repeat(9), &[])
                .unwrap()
                .contains("at most 200")
        );
    }

    #[tokio::test]
    async fn an_estimate_does_not_wait_for_a_hash() {
        let hasher = Hasher::default();
        let _all = hasher.slots.acquire_many(2).await.unwrap();
        let assessment = hasher
            .assess(&Password::new("violet-harbour-mongoose"), &[])
            .await
            .unwrap();
        assert_eq!(assessment.score, 4);
    }
}
