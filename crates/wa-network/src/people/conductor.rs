//! Who begins to write, and when.

use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use super::dice::Dice;
use super::{Pace, cast};
use crate::phone::Phones;

pub(super) struct Conductor {
    phones: Phones,
    business: String,
    pace: Pace,
    dice: Dice,
}

impl Conductor {
    pub fn new(phones: Phones, business: &str, pace: Pace, dice: Dice) -> Self {
        Self {
            phones,
            business: business.to_owned(),
            pace,
            dice,
        }
    }

    /// Nudges one person after the other for as long as the number is linked.
    pub async fn conduct(mut self, nudges: Vec<Sender<()>>, stop: CancellationToken) {
        let mut order = Vec::new();
        let mut begun = 0;
        loop {
            let next = async {
                self.linked().await?;
                let pause = match begun {
                    0 => self.pace.first,
                    some if some < self.pace.openers => self.pace.opening,
                    _ => self.pace.between,
                };
                tokio::time::sleep(self.dice.between(pause)).await;
                Some(())
            };
            let go_on = stop.run_until_cancelled(next).await.flatten();
            if go_on.is_none() {
                return;
            }
            if order.is_empty() {
                order = self.shuffled();
            }
            let Some(who) = order.pop() else { return };
            // Someone who has not yet acted on the last nudge is busy: another one writes.
            if nudges[who].try_send(()).is_ok() {
                begun += 1;
            }
        }
    }

    /// Waits until the business has a linked device; `None` when its phone is gone.
    async fn linked(&self) -> Option<()> {
        let mut changes = self.phones.watch(&self.business).ok()?;
        loop {
            let phone = self.phones.info(&self.business).ok()?;
            if !phone.linked_devices.is_empty() {
                return Some(());
            }
            changes.changed().await.ok()?;
        }
    }

    /// Everybody once, in a new order each time.
    fn shuffled(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..cast().len()).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, self.dice.below(last + 1));
        }
        order
    }
}
