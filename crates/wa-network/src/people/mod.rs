//! The demo's people: a dozen customers of a small bakery who write, wait, read, answer and sometimes send a picture.
//!
//! They use their phones like any other user, through [`Phones`], and know nothing of the product on the other side.
//!
//! Invariants
//! - Nobody writes before the business number has a linked device.
//! - A person who has written twice without an answer waits for one: a demo left alone falls silent.
//! - The seed determines who does what in which order; only the timing depends on the machine.

mod cast;
mod conductor;
mod dice;
mod life;
mod past;
mod picture;
mod talk;
mod voice;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::phone::{NewPhone, PhoneError, Phones, ReceiptMode, ReceiptRule};

use self::dice::Dice;
pub use cast::{Person, cast};

/// Flor & Co. Bakery: the phone whose owner runs the product.
pub fn business_phone() -> NewPhone {
    NewPhone {
        number: "351910000100".to_owned(),
        name: "Flor & Co. Bakery".to_owned(),
        auto_reply: false,
    }
}

/// How fast the people act. Pairs are minimum and maximum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// From linking to the very first message.
    pub first: (Duration, Duration),
    /// Between the first few people.
    pub opening: (Duration, Duration),
    /// How many belong to the first few.
    pub openers: usize,
    /// Between two people who begin to write after that.
    pub between: (Duration, Duration),
    /// From a message's arrival to its being read.
    pub read: (Duration, Duration),
    /// From reading to the first key.
    pub think: (Duration, Duration),
    /// For each character typed.
    pub per_character: Duration,
    /// The longest anybody types.
    pub longest_typing: Duration,
}

impl Pace {
    /// Lively but calm: something every half minute.
    pub fn demo() -> Self {
        let seconds = |least: f32, most: f32| (Duration::from_secs_f32(least), Duration::from_secs_f32(most));
        Self {
            first: seconds(2.0, 3.0),
            opening: seconds(7.0, 14.0),
            openers: 4,
            between: seconds(20.0, 60.0),
            read: seconds(1.0, 5.0),
            think: seconds(0.8, 3.0),
            per_character: Duration::from_millis(55),
            longest_typing: Duration::from_secs(5),
        }
    }

    /// For tests: the same life in milliseconds.
    pub fn quick() -> Self {
        let ms = |least, most| (Duration::from_millis(least), Duration::from_millis(most));
        Self {
            first: ms(1, 5),
            opening: ms(1, 10),
            openers: 4,
            between: ms(5, 30),
            read: ms(1, 5),
            think: ms(1, 5),
            per_character: Duration::from_micros(50),
            longest_typing: Duration::from_millis(10),
        }
    }
}

#[derive(Debug, Clone)]
pub struct PeopleOptions {
    pub seed: u64,
    pub pace: Pace,
}

impl Default for PeopleOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            pace: Pace::demo(),
        }
    }
}

/// People who act until they are stopped.
pub struct People {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl People {
    /// Starts the people, for a business number whose phone exists. They begin to write when the number is linked.
    ///
    /// People (and a few past conversations with them) that the network already has are left as they are.
    pub async fn start(phones: Phones, business_number: &str, options: PeopleOptions) -> Result<Self, PhoneError> {
        move_in(&phones, business_number).await?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let mut nudges = Vec::with_capacity(cast().len());
        for person in cast() {
            let (nudge, nudged) = tokio::sync::mpsc::channel(1);
            let dice = Dice::new(options.seed, person.number);
            let life = life::Life::new(phones.clone(), person, business_number, options.pace.clone(), dice);
            tasks.spawn(life.live(nudged, stop.clone()));
            nudges.push(nudge);
        }
        let dice = Dice::new(options.seed, "conductor");
        let conductor = conductor::Conductor::new(phones, business_number, options.pace, dice);
        tasks.spawn(conductor.conduct(nudges, stop.clone()));
        tasks.close();
        Ok(Self { stop, tasks })
    }

    /// Everybody stops, whatever they were about to write.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

/// Dropping also stops the people, without waiting for them.
impl Drop for People {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Creates those phones of the cast that are missing, with what they said to the business before today.
async fn move_in(phones: &Phones, business_number: &str) -> Result<(), PhoneError> {
    let business = phones.info(business_number)?;
    let now = past::now_ms();
    for person in cast() {
        let new = NewPhone {
            number: person.number.to_owned(),
            name: person.name.to_owned(),
            auto_reply: false,
        };
        match phones.create(new) {
            Ok(_) => {}
            Err(PhoneError::Exists) => continue,
            Err(error) => return Err(error),
        }
        let rule = ReceiptRule {
            mode: ReceiptMode::Delivered,
            delay_ms: 150,
        };
        phones.receipts(person.number, rule)?;
        let past = past::conversation(person, now);
        if !past.is_empty() {
            let theirs = past::from_the_other_side(&past, &business.number, &business.name);
            phones.remember(person.number, theirs).await?;
            phones.remember(business_number, past).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
