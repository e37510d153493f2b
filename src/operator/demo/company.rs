//! The people of the demo: the business's own phone, and customers who begin to write once its number is linked.

use wa_network::Network;
use wa_network::people::{self, People, PeopleOptions};
use wa_network::phone::PhoneError;

use crate::demo::Stage;
use crate::operator::{Exit, Failure};

pub struct Company {
    stage: Stage,
    people: People,
}

impl Company {
    /// Switches everybody's phone on, unless the restored network has it. They have past conversations with the
    /// business, so that a first link finds some; nobody writes before there is one.
    ///
    /// # Errors
    /// When a phone cannot be created.
    pub async fn gather(network: &Network, seed: u64) -> Result<Self, Failure> {
        let (phones, owner) = (network.phones(), people::business_phone());
        match phones.create(owner.clone()) {
            Ok(_) | Err(PhoneError::Exists) => {}
            Err(error) => return Err(not_gathered(&error)),
        }
        let options = PeopleOptions {
            seed,
            ..PeopleOptions::default()
        };
        let people = People::start(phones.clone(), &owner.number, options).await;
        Ok(Self {
            stage: Stage::new(phones, owner),
            people: people.map_err(|error| not_gathered(&error))?,
        })
    }

    pub fn stage(&self) -> Stage {
        self.stage.clone()
    }

    /// The number of the business's phone.
    pub fn owner(&self) -> &str {
        self.stage.owner_number()
    }

    /// Switches everybody's phone off.
    pub async fn leave(self) {
        self.people.stop().await;
    }
}

fn not_gathered(error: &PhoneError) -> Failure {
    Failure::new(
        Exit::Failure,
        format!("the people of the demo could not be brought in: {error}"),
    )
}
