//! What a plan is, and the error when a limit is reached.

use super::limits::{Limit, Limits, Quota};
use super::money::Money;
use crate::accounts::{FieldError, Forbidden};
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{PlanId, PublicId};
use crate::zone::Zone;

crate::words!(
    /// What only some plans include.
    pub enum Feature {
        Campaigns = "campaigns",
        Chatbots = "chatbots",
        /// API keys for programs.
        Api = "api",
        Webhooks = "webhooks",
        PrioritySupport = "priority_support",
    }
);

impl Feature {
    /// The features that exist today. Others may be in a plan's row for later, but only these are
    /// offered on a page, in the API or by the command line.
    pub const BUILT: &'static [Self] = &[Self::Api];

    #[must_use]
    pub fn is_built(self) -> bool {
        Self::BUILT.contains(&self)
    }
}

crate::words!(
    /// How often a plan is paid.
    pub enum Interval {
        Month = "month",
        Year = "year",
    }
);

/// A plan as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    pub id: PlanId,
    pub public_id: PublicId,
    /// An identifier for scripts and invoices; never changes.
    pub code: String,
    pub name: String,
    pub description: String,
    /// In the smallest unit of the currency.
    pub price_minor: u64,
    /// ISO 4217, upper case.
    pub currency: String,
    pub interval: Interval,
    pub limits: Limits,
    pub features: Vec<Feature>,
    /// Position in the order of plans, from the smallest to the largest.
    pub position: u32,
    /// Workspaces without another plan are on this one.
    pub is_default: bool,
    /// No longer on offer; workspaces on it stay.
    pub archived_at: Option<UnixMs>,
    pub stripe_price: Option<String>,
    pub razorpay_plan: Option<String>,
}

impl Plan {
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Its features that exist today.
    #[must_use]
    pub fn offers(&self) -> Vec<Feature> {
        let built = |feature: &Feature| feature.is_built();
        self.features.iter().copied().filter(built).collect()
    }

    /// Replaces its offered features; others in its row stay for later.
    #[must_use]
    pub fn features_with(&self, offered: impl IntoIterator<Item = Feature>) -> Vec<Feature> {
        let offered: Vec<_> = offered.into_iter().filter(|feature| feature.is_built()).collect();
        let has = |feature: &Feature| {
            if feature.is_built() {
                offered.contains(feature)
            } else {
                self.has(*feature)
            }
        };
        Feature::ALL.iter().copied().filter(has).collect()
    }

    #[must_use]
    pub fn price(&self) -> Money {
        Money::new(i64::try_from(self.price_minor).unwrap_or(i64::MAX), &self.currency)
    }

    #[must_use]
    pub const fn limit(&self, quota: Quota) -> Limit {
        self.limits.of(quota)
    }

    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.price_minor == 0
    }

    #[must_use]
    pub const fn is_archived(&self) -> bool {
        self.archived_at.is_some()
    }
}

/// A plan to create or change, checked by [`PlanDraft::check`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanDraft {
    /// Only used for a new plan.
    pub code: String,
    pub name: String,
    pub description: String,
    pub price_minor: u64,
    pub currency: String,
    pub interval: Interval,
    pub limits: Limits,
    pub features: Vec<Feature>,
    pub stripe_price: Option<String>,
    pub razorpay_plan: Option<String>,
}

impl From<Plan> for PlanDraft {
    fn from(plan: Plan) -> Self {
        Self {
            code: plan.code,
            name: plan.name,
            description: plan.description,
            price_minor: plan.price_minor,
            currency: plan.currency,
            interval: plan.interval,
            limits: plan.limits,
            features: plan.features,
            stripe_price: plan.stripe_price,
            razorpay_plan: plan.razorpay_plan,
        }
    }
}

const MAX_NAME: usize = 40;
const MAX_DESCRIPTION: usize = 200;
const MAX_PROVIDER_ID: usize = 100;
/// A higher price is a typo, in every currency.
const MAX_PRICE: u64 = 10_000_000_000;
/// What SQLite stores exactly.
const MAX_LIMIT: u64 = 1_000_000_000_000_000;

impl PlanDraft {
    /// The draft with tidy words.
    pub fn check(mut self) -> Result<Self, PlanError> {
        let mut errors = Vec::new();
        self.code = self.code.trim().to_ascii_lowercase();
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !(2..=30).contains(&self.code.len()) || !self.code.chars().all(word) {
            errors.push(FieldError::new("code", Text::new("plans-code-wrong")));
        }
        self.name = tidy(&self.name);
        if self.name.is_empty() || self.name.chars().count() > MAX_NAME {
            let text = Text::new("plans-name-wrong").number("most", MAX_NAME as u64);
            errors.push(FieldError::new("name", text));
        }
        self.description = tidy(&self.description);
        if self.description.chars().count() > MAX_DESCRIPTION {
            let text = Text::new("accounts-too-long").number("most", MAX_DESCRIPTION as u64);
            errors.push(FieldError::new("description", text));
        }
        self.currency = self.currency.trim().to_ascii_uppercase();
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            errors.push(FieldError::new("currency", Text::new("plans-currency-wrong")));
        }
        if self.price_minor > MAX_PRICE {
            errors.push(FieldError::new("price", Text::new("plans-price-too-high")));
        }
        self.check_limits(&mut errors);
        for (field, id) in [
            ("stripe_price", &self.stripe_price),
            ("razorpay_plan", &self.razorpay_plan),
        ] {
            let shaped = |id: &String| id.len() <= MAX_PROVIDER_ID && id.bytes().all(|b| b.is_ascii_graphic());
            if !id.as_ref().is_none_or(shaped) {
                errors.push(FieldError::new(field, Text::new("plans-provider-id-wrong")));
            }
        }
        if errors.is_empty() {
            Ok(self)
        } else {
            Err(PlanError::Invalid(errors))
        }
    }

    fn check_limits(&self, errors: &mut Vec<FieldError>) {
        for quota in Quota::ALL {
            if matches!(self.limits.of(*quota), Limit::Of(most) if most > MAX_LIMIT) {
                errors.push(FieldError::new(quota.word(), Text::new("plans-limit-too-high")));
            }
        }
        if self.limits.seats == Limit::Of(0) {
            errors.push(FieldError::new("seats", Text::new("plans-seats-none")));
        }
    }
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why something is not possible on this plan, or was not done to a plan; each text says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum PlanError {
    LimitReached {
        quota: Quota,
        limit: u64,
        /// The plan's name.
        plan: String,
        /// For what is counted by the day.
        resets_at: Option<UnixMs>,
        zone: Zone,
    },
    FeatureMissing {
        feature: Feature,
        /// The plan's name.
        plan: String,
    },
    Invalid(Vec<FieldError>),
    IsDefault,
    Archived,
    NotFound,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Db(DbError),
}

crate::from_db!(PlanError);

impl PlanError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::LimitReached {
                quota,
                limit,
                plan,
                resets_at,
                zone,
            } => limit_text(*quota, *limit, resets_at.map(|at| (at, *zone))).with("plan", plan),
            Self::FeatureMissing { feature, plan } => Text::new(missing_key(*feature)).with("plan", plan),
            Self::Invalid(_) => Text::new("problem-invalid"),
            Self::IsDefault => Text::new("plans-refused-default"),
            Self::Archived => Text::new("plans-refused-archived"),
            Self::NotFound => Text::new("plans-not-found"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Db(_) => Text::internal(),
        }
    }
}

/// `resets` is for what is counted by the day.
fn limit_text(quota: Quota, limit: u64, resets: Option<(UnixMs, Zone)>) -> Text {
    match resets {
        Some((at, zone)) => Text::new("plans-refused-messages-until")
            .count(limit)
            .at("time", at, zone),
        None => Text::new(quota.texts().refused).count(limit).size("size", limit),
    }
}

const fn missing_key(feature: Feature) -> &'static str {
    match feature {
        Feature::Campaigns => "plans-missing-campaigns",
        Feature::Chatbots => "plans-missing-chatbots",
        Feature::Api => "plans-missing-api",
        Feature::Webhooks => "plans-missing-webhooks",
        Feature::PrioritySupport => "plans-missing-priority-support",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> PlanDraft {
        PlanDraft {
            code: " Team ".into(),
            name: " Team   plan ".into(),
            description: String::new(),
            price_minor: 900,
            currency: "eur".into(),
            interval: Interval::Year,
            limits: Limits::NONE,
            features: vec![Feature::Api],
            stripe_price: None,
            razorpay_plan: None,
        }
    }

    #[test]
    fn a_plans_texts_are_normalized() {
        let plan = draft().check().unwrap();
        assert_eq!(
            (plan.code.as_str(), plan.name.as_str(), plan.currency.as_str()),
            ("team", "Team plan", "EUR")
        );
    }

    #[test]
    fn all_invalid_fields_are_reported_at_once() {
        let limits = Limits {
            sessions: Limit::Of(u64::MAX),
            seats: Limit::Of(0),
            ..Limits::NONE
        };
        let wrong = PlanDraft {
            code: "Ünder".into(),
            name: " ".into(),
            description: "x".repeat(201),
            price_minor: u64::MAX,
            currency: "EURO".into(),
            limits,
            stripe_price: Some("price 1".into()),
            ..draft()
        };
        let Err(PlanError::Invalid(errors)) = wrong.check() else {
            panic!("this is no plan")
        };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        let all = [
            "code",
            "name",
            "description",
            "currency",
            "price",
            "sessions",
            "seats",
            "stripe_price",
        ];
        assert_eq!(fields, all);
    }

    #[test]
    fn a_reached_limit_says_when_it_resets_in_the_workspaces_zone() {
        let reached = PlanError::LimitReached {
            quota: Quota::MessagesPerDay,
            limit: 50,
            plan: "Free".into(),
            resets_at: Some(UnixMs(1_795_561_200_000)),
            zone: "Europe/Berlin".parse().unwrap(),
        };
        assert_eq!(
            reached.to_string(),
            "Daily limit of 50 messages reached. It starts again at 00:00 on Wednesday, 25 November (Europe/Berlin); to \
             send more today, choose a larger plan."
        );
    }

    #[test]
    fn a_limit_of_nothing_is_not_told_as_used_up() {
        let reached = |quota, resets_at| {
            let plan = "Free".into();
            let error = PlanError::LimitReached {
                quota,
                limit: 0,
                plan,
                resets_at,
                zone: "Europe/Berlin".parse().unwrap(),
            };
            error.to_string()
        };
        let none = "The Free plan includes no messages. To send any, choose a larger plan.";
        assert_eq!(reached(Quota::MessagesPerDay, Some(UnixMs(1_795_561_200_000))), none);
        assert_eq!(reached(Quota::MessagesPerDay, None), none);
        for quota in Quota::ALL {
            // Every workspace has a seat, for its owner.
            let is_told = reached(*quota, None).starts_with("The Free plan includes no ");
            assert!(is_told || *quota == Quota::Seats, "{quota:?}");
        }
    }

    #[test]
    fn a_missing_feature_names_the_plan() {
        let missing = PlanError::FeatureMissing {
            feature: Feature::Api,
            plan: "Free".into(),
        };
        assert_eq!(
            missing.to_string(),
            "The API is not part of the Free plan. Choose a larger plan to use it."
        );
    }
}
