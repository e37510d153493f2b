//! The simulated phones of a demo, by role.

use wa_network::phone::{NewPhone, PhoneError, PhoneInfo, Phones};

/// Cheap to clone.
#[derive(Clone)]
pub struct Stage {
    pub phones: Phones,
    /// The first phone of the business; it and those of [`Stage::free_owner`] scan codes.
    owner: NewPhone,
}

/// Phones of the business beyond the first, for linking several numbers.
const MOST_OWNERS: u64 = 20;

impl Stage {
    /// `owner` is a phone that already exists in the network.
    #[must_use]
    pub fn new(phones: Phones, owner: NewPhone) -> Self {
        Self { phones, owner }
    }

    #[must_use]
    pub fn owner_number(&self) -> &str {
        &self.owner.number
    }

    /// Everybody except the business: the phones that a visitor can play.
    #[must_use]
    pub fn people(&self) -> Vec<PhoneInfo> {
        let owners = self.owner_numbers();
        self.phones
            .list()
            .into_iter()
            .filter(|phone| !owners.contains(&phone.number))
            .collect()
    }

    /// Phones of the business that have a linked device: the numbers a customer can write to.
    #[must_use]
    pub fn businesses(&self) -> Vec<PhoneInfo> {
        let numbers = self.owner_numbers();
        let linked = |number: &String| {
            self.phones
                .info(number)
                .ok()
                .filter(|phone| !phone.linked_devices.is_empty())
        };
        numbers.iter().filter_map(linked).collect()
    }

    /// A phone of the business without a linked device, created if needed: a number is linked only once. `preferred` is
    /// the number that was linked before, whose chats are waiting.
    pub fn free_owner(&self, preferred: Option<&str>) -> Result<String, PhoneError> {
        let is_free = |number: &str| {
            self.phones
                .info(number)
                .is_ok_and(|phone| phone.linked_devices.is_empty())
        };
        if let Some(number) = preferred.filter(|number| is_free(number)) {
            return Ok(number.to_owned());
        }
        for (index, number) in self.owner_numbers().into_iter().enumerate() {
            match self.phones.info(&number) {
                Ok(phone) if phone.linked_devices.is_empty() => return Ok(number),
                Ok(_) => {}
                Err(_) => {
                    let name = format!("{} {}", self.owner.name, index + 1);
                    self.phones.create(NewPhone {
                        number: number.clone(),
                        name,
                        auto_reply: false,
                    })?;
                    return Ok(number);
                }
            }
        }
        Err(PhoneError::Exists)
    }

    /// The first number and those that follow it.
    fn owner_numbers(&self) -> Vec<String> {
        let first: u64 = self.owner.number.parse().unwrap_or_default();
        (first..first + MOST_OWNERS).map(|number| number.to_string()).collect()
    }
}
