//! Finds the plan's line of a subscription.
//!
//! A subscription may charge for more than the plan: the seller adds support or hours to it, and a buyer may add
//! another plan at the provider. The plan's line is identified by its price, wherever it is, or, if the plan's price
//! has changed since, by its id.

use super::provider::{Line, ProviderError};
use crate::ids::PlanId;
use crate::plans::Interval;

/// A plan that a provider sells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Priced {
    pub plan: PlanId,
    /// The provider's id of the price.
    pub price: String,
    /// In the smallest unit of the currency.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
    pub interval: Interval,
    pub position: u32,
}

impl Priced {
    /// Prices in different currencies cannot be compared; then the order of the plans decides.
    fn is_dearer_than(&self, other: &Self) -> bool {
        let yearly = |p: &Self| match p.interval {
            Interval::Month => p.minor.saturating_mul(12),
            Interval::Year => p.minor,
        };
        if self.currency == other.currency && yearly(self) != yearly(other) {
            yearly(self) > yearly(other)
        } else {
            self.position > other.position
        }
    }
}

/// What is known before the lines are read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Catalogue {
    /// The plans that the provider sells, those on offer first.
    pub plans: Vec<Priced>,
    /// The plan's previous line, with its plan.
    pub known: Option<(String, PlanId)>,
}

/// What was found among the lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Picked<'a> {
    /// The plan's line. If there are several, that of the dearest plan.
    pub line: Option<&'a Line>,
    /// The plan with its price; `None` for a price of no plan.
    pub plan: Option<PlanId>,
    /// Another plan that is charged for, the dearest one.
    pub also: Option<PlanId>,
}

impl Catalogue {
    #[must_use]
    pub fn pick<'a>(&self, lines: &'a [Line]) -> Picked<'a> {
        let mut found: Vec<(&Line, &Priced)> = lines.iter().filter_map(|l| Some((l, self.plan_of(l)?))).collect();
        let Some(best) = dearest(&found) else {
            // No line has a plan's price. A single line can only be the plan's.
            let line = match lines {
                [only] => Some(only),
                _ => lines.iter().find(|line| self.is_known(line)),
            };
            return Picked {
                line,
                ..Picked::default()
            };
        };
        let (line, plan) = found.swap_remove(best);
        found.retain(|(_, other)| other.plan != plan.plan);
        Picked {
            line: Some(line),
            plan: (plan.price == line.price).then_some(plan.plan),
            also: dearest(&found).map(|at| found[at].1.plan),
        }
    }

    fn is_known(&self, line: &Line) -> bool {
        self.known.as_ref().is_some_and(|(id, _)| *id == line.id)
    }

    /// A line's plan by its price; for the known line, even with a former price.
    fn plan_of(&self, line: &Line) -> Option<&Priced> {
        let by_price = self.plans.iter().find(|p| p.price == line.price);
        let before = || {
            let (_, plan) = self.known.as_ref().filter(|_| self.is_known(line))?;
            self.plans.iter().find(|p| p.plan == *plan)
        };
        by_price.or_else(before)
    }

    /// The id of the line to reprice.
    ///
    /// # Errors
    /// [`ProviderError::NoPlanLine`].
    pub(super) fn line_to_change(&self, lines: &[Line]) -> Result<String, ProviderError> {
        let line = self.pick(lines).line.ok_or(ProviderError::NoPlanLine)?;
        Ok(line.id.clone())
    }
}

/// The index of the dearest plan; the first of several.
fn dearest(found: &[(&Line, &Priced)]) -> Option<usize> {
    let better = |best: usize, at: usize| {
        if found[at].1.is_dearer_than(found[best].1) {
            at
        } else {
            best
        }
    };
    (0..found.len()).reduce(better)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRO: PlanId = PlanId(2);
    const BUSINESS: PlanId = PlanId(3);

    fn line(id: &str, price: &str) -> Line {
        Line {
            id: id.into(),
            price: price.into(),
            period: (None, None),
        }
    }

    fn sold(plan: PlanId, price: &str, minor: i64) -> Priced {
        Priced {
            plan,
            price: price.into(),
            minor,
            currency: "USD".into(),
            interval: Interval::Month,
            position: u32::try_from(plan.0).unwrap(),
        }
    }

    fn catalogue() -> Catalogue {
        Catalogue {
            plans: vec![sold(PRO, "price_pro", 1_900), sold(BUSINESS, "price_business", 4_900)],
            known: Some(("si_pro".into(), PRO)),
        }
    }

    fn picked(lines: &[Line]) -> (Option<&str>, Option<PlanId>, Option<PlanId>) {
        let picked = catalogue().pick(lines);
        (picked.line.map(|line| line.price.as_str()), picked.plan, picked.also)
    }

    #[test]
    fn the_plans_line_is_found_by_its_price_wherever_it_stands() {
        let (support, pro) = (line("si_1", "price_support"), line("si_2", "price_pro"));
        for lines in [[support.clone(), pro.clone()], [pro, support]] {
            assert_eq!(picked(&lines), (Some("price_pro"), Some(PRO), None));
        }
    }

    #[test]
    fn of_two_plans_the_dearer_counts_and_the_other_is_reported() {
        let (pro, business) = (line("si_pro", "price_pro"), line("si_2", "price_business"));
        for lines in [[pro.clone(), business.clone()], [business, pro]] {
            assert_eq!(picked(&lines), (Some("price_business"), Some(BUSINESS), Some(PRO)));
        }
    }

    #[test]
    fn a_year_is_compared_with_twelve_months_and_currencies_by_the_order_of_plans() {
        let month = sold(PRO, "a", 1_900);
        let year = |minor: i64, currency: &str| Priced {
            interval: Interval::Year,
            currency: currency.into(),
            ..sold(BUSINESS, "b", minor)
        };
        assert!(month.is_dearer_than(&year(19_000, "USD")) && !month.is_dearer_than(&year(49_000, "USD")));
        assert!(year(1, "EUR").is_dearer_than(&month) && !month.is_dearer_than(&year(1, "EUR")));
    }

    #[test]
    fn a_former_price_is_recognised_by_its_line() {
        let (support, old) = (line("si_1", "price_support"), line("si_pro", "price_pro_2025"));
        assert_eq!(
            picked(&[support.clone(), old.clone()]),
            (Some("price_pro_2025"), None, None)
        );
        // Beside another plan it still counts as its former one.
        let business = line("si_2", "price_business");
        let expected = (Some("price_business"), Some(BUSINESS), Some(PRO));
        assert_eq!(picked(&[old.clone(), business]), expected);
        // Alone it can be nothing else; among unknown lines nothing is guessed.
        let stranger = line("si_9", "price_other");
        assert_eq!(
            picked(std::slice::from_ref(&stranger)),
            (Some("price_other"), None, None)
        );
        assert_eq!(picked(&[support, stranger]), (None, None, None));
        assert_eq!(picked(&[]), (None, None, None));
    }
}
