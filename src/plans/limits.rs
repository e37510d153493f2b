//! What a plan limits, and everything that forms, the API and the command line have to know of each limit.
//!
//! All of them walk [`Quota::ALL`], so a new limit is a row of the table here, a column of that name in a migration,
//! its count in `store::used`, and its texts in `locales/en/plans.ftl` under `plans-limit-` and its name.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};

/// How much of something a plan allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(into = "Option<u64>")]
pub enum Limit {
    Of(u64),
    Unlimited,
}

/// What the numbers of a limit are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    Count,
    Bytes,
}

/// What is known of a limit beside its name and its texts.
#[derive(Clone, Copy, Debug)]
pub struct LimitInfo {
    pub unit: Unit,
    /// The smallest that makes sense.
    pub least: u64,
    /// For the reference of the API.
    pub example: u64,
    /// The option of the command line that sets it.
    pub option: &'static str,
    /// What the command line calls it over a list of plans, and beside what is used of it.
    pub head: &'static str,
    pub used: &'static str,
}

/// The keys of a limit's texts.
#[derive(Clone, Copy, Debug)]
pub struct LimitTexts {
    /// What it is called in a form, with the unit that is typed there.
    pub label: &'static str,
    /// The limit of a plan in words, and what stands there without one.
    pub some: &'static str,
    pub any: &'static str,
    /// What it is called over a bar of what is used, and what happens when the bar is full.
    pub used: &'static str,
    pub full: &'static str,
    /// What more than a plan allows means for whoever changes to that plan.
    pub beyond: &'static str,
    /// Why something is refused when it is reached.
    pub refused: &'static str,
    /// What the option of the command line sets.
    pub option: &'static str,
}

macro_rules! limits {
    ($($(#[$meta:meta])* $name:ident: $quota:ident { $($info:tt)* })+) => {
        /// What a plan limits, in the order of forms and lists.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Quota {
            $($(#[$meta])* $quota),+
        }

        impl Quota {
            pub const ALL: &'static [Self] = &[$(Self::$quota),+];

            /// Its name in the database, the API and forms.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$quota => stringify!($name)),+
                }
            }

            #[must_use]
            pub const fn info(self) -> LimitInfo {
                match self {
                    $(Self::$quota => LimitInfo { $($info)* }),+
                }
            }

            #[must_use]
            pub const fn texts(self) -> LimitTexts {
                match self {
                    $(Self::$quota => LimitTexts {
                        label: concat!("plans-limit-", stringify!($name)),
                        some: concat!("plans-limit-", stringify!($name), ".some"),
                        any: concat!("plans-limit-", stringify!($name), ".any"),
                        used: concat!("plans-limit-", stringify!($name), ".used"),
                        full: concat!("plans-limit-", stringify!($name), ".full"),
                        beyond: concat!("plans-limit-", stringify!($name), ".beyond"),
                        refused: concat!("plans-limit-", stringify!($name), ".refused"),
                        option: concat!("plans-limit-", stringify!($name), ".option"),
                    }),+
                }
            }
        }

        /// The limits of a plan.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
        pub struct Limits {
            $(pub $name: Limit),+
        }

        impl Limits {
            pub const NONE: Self = Self { $($name: Limit::Unlimited),+ };

            #[must_use]
            pub const fn of(&self, quota: Quota) -> Limit {
                match quota {
                    $(Quota::$quota => self.$name),+
                }
            }

            pub const fn set(&mut self, quota: Quota, limit: Limit) {
                match quota {
                    $(Quota::$quota => self.$name = limit),+
                }
            }
        }
    };
}

limits! {
    messages_per_day: MessagesPerDay {
        unit: Unit::Count,
        least: 0,
        example: 5_000,
        option: "messages",
        head: "MESSAGES/DAY",
        used: "Messages today",
    }
    /// Linked numbers, and slots for them.
    sessions: Sessions {
        unit: Unit::Count,
        least: 0,
        example: 3,
        option: "sessions",
        head: "NUMBERS",
        used: "Numbers",
    }
    /// Members and open invitations.
    seats: Seats {
        unit: Unit::Count,
        least: 1,
        example: 5,
        option: "seats",
        head: "SEATS",
        used: "Members",
    }
    storage_bytes: StorageBytes {
        unit: Unit::Bytes,
        least: 0,
        example: 10_737_418_240,
        option: "storage",
        head: "STORAGE",
        used: "Files",
    }
}

impl Quota {
    /// Starts again each day, so a smaller plan takes nothing away.
    #[must_use]
    pub const fn is_daily(self) -> bool {
        matches!(self, Self::MessagesPerDay)
    }

    /// What the API and the command line call what is used of it: of the day's messages, those of today.
    #[must_use]
    pub const fn used_word(self) -> &'static str {
        match self {
            Self::MessagesPerDay => "messages_today",
            other => other.word(),
        }
    }
}

impl Limits {
    /// Limits made of these, one by one.
    #[must_use]
    pub fn map(mut self, mut limit: impl FnMut(Quota, Limit) -> Limit) -> Self {
        for quota in Quota::ALL {
            self.set(*quota, limit(*quota, self.of(*quota)));
        }
        self
    }

    /// [`Self::map`] where a limit may be refused.
    pub fn try_map<E>(mut self, mut limit: impl FnMut(Quota, Limit) -> Result<Limit, E>) -> Result<Self, E> {
        for quota in Quota::ALL {
            self.set(*quota, limit(*quota, self.of(*quota))?);
        }
        Ok(self)
    }
}

impl From<Limit> for Option<u64> {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::Of(most) => Some(most),
            Limit::Unlimited => None,
        }
    }
}

impl From<Option<u64>> for Limit {
    fn from(most: Option<u64>) -> Self {
        most.map_or(Self::Unlimited, Self::Of)
    }
}

impl ToSql for Limit {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match *self {
            Self::Of(most) => i64::try_from(most).unwrap_or(i64::MAX).into(),
            Self::Unlimited => rusqlite::types::Null.into(),
        })
    }
}

impl FromSql for Limit {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let most = Option::<i64>::column_result(value)?;
        Ok(most.map(|most| u64::try_from(most).unwrap_or(0)).into())
    }
}

impl Limit {
    /// Whether `used` and `more` together stay within the limit.
    #[must_use]
    pub const fn has_room(self, used: u64, more: u64) -> bool {
        match self {
            Self::Of(most) => used.saturating_add(more) <= most,
            Self::Unlimited => true,
        }
    }

    /// What is left after `used`.
    #[must_use]
    pub const fn left(self, used: u64) -> u64 {
        match self {
            Self::Of(most) => most.saturating_sub(used),
            Self::Unlimited => u64::MAX,
        }
    }

    /// The used percentage of the limit, 0 to 100; an empty limit is full.
    #[must_use]
    pub fn percent(self, used: u64) -> u8 {
        match self {
            Self::Unlimited => 0,
            Self::Of(0) => 100,
            Self::Of(most) => u8::try_from((used.saturating_mul(100) / most).min(100)).unwrap_or(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_says_what_is_left_and_how_full_it_is() {
        assert!(Limit::Of(3).has_room(2, 1) && !Limit::Of(3).has_room(3, 1) && !Limit::Of(3).has_room(5, 0));
        assert_eq!((Limit::Of(3).left(5), Limit::Of(50).left(20)), (0, 30));
        assert_eq!(
            [
                Limit::Of(50).percent(39),
                Limit::Of(50).percent(40),
                Limit::Of(3).percent(9)
            ],
            [78, 80, 100]
        );
        assert_eq!((Limit::Of(0).percent(0), Limit::Unlimited.percent(9)), (100, 0));
    }
}
