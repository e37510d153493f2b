//! Views of plans.

use askama::Template;

use crate::i18n::{T, Text};
use crate::plans::{Interval, Plan, PlanError, money};
use crate::web::filters;
use crate::web::layout::PageFrame;
use crate::web::views::{Chip, Field, Subnav, fragments};

fragments!(LimitNotice, Bars);

/// The notice that a limit is reached, with a link to a larger plan.
#[derive(Template, Clone, Debug)]
#[template(path = "plans/_limit.html")]
pub struct LimitNotice {
    pub t: T,
    /// Which limit is reached, when it resets, and what to do.
    pub text: String,
    /// The reader may choose the plan; others see whom to ask.
    pub can_upgrade: bool,
}

impl LimitNotice {
    /// The notice for a refusal; `None` when the reason was not a plan.
    #[must_use]
    pub fn of(frame: &PageFrame, error: &PlanError) -> Option<Self> {
        match error {
            PlanError::LimitReached { .. } | PlanError::FeatureMissing { .. } => {
                Some(Self::saying(frame, &error.text()))
            }
            _ => None,
        }
    }

    #[must_use]
    pub fn saying(frame: &PageFrame, text: &Text) -> Self {
        use crate::accounts::Permission::ManageBilling;
        Self {
            t: frame.t,
            text: frame.t.text(text),
            can_upgrade: frame.role.is_some_and(|role| role.may(ManageBilling)),
        }
    }
}

/// A plan in the list, compared with the current one.
#[derive(Clone, Debug)]
pub struct Offer {
    pub name: String,
    pub description: String,
    pub price: String,
    pub current: bool,
    pub limits: Vec<String>,
    /// Feature, and whether the plan has it; only those that are built.
    pub features: Vec<(String, bool)>,
    /// What would be paused: the workspace uses more than this plan allows.
    pub warnings: Vec<String>,
}

/// Messages of the last days as bars, with a table for screen readers.
#[derive(Template, Clone, Debug)]
#[template(path = "plans/_bars.html")]
pub struct Bars {
    pub t: T,
    /// The chart as a sentence.
    pub summary: String,
    pub bars: Vec<Bar>,
    pub width: usize,
    /// The position of the limit's line, if it is visible.
    pub limit_at: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct Bar {
    pub x: usize,
    pub y: u64,
    pub height: u64,
    pub full: bool,
    pub day: String,
    pub count: String,
}

/// `GET /admin/plans`.
#[derive(Template)]
#[template(path = "plans/admin.html", blocks = ["main"])]
pub struct PlansPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub rows: Vec<PlanRow>,
}

#[derive(Clone, Debug)]
pub struct PlanRow {
    pub id: String,
    pub name: String,
    /// If the name does not say it.
    pub code: Option<String>,
    pub price: String,
    pub limits: Vec<String>,
    pub workspaces: String,
    pub chips: Vec<Chip>,
    pub can_up: bool,
    pub can_down: bool,
}

/// `GET /admin/plans/new` and `GET /admin/plans/{plan}`.
#[derive(Template)]
#[template(path = "plans/edit.html", blocks = ["main"])]
pub struct EditPlanPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub title: String,
    /// Where the form goes.
    pub action: String,
    pub form: PlanFields,
    /// Further actions; `None` for a new plan.
    pub existing: Option<Existing>,
    /// An error of the form as a whole.
    pub error: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Existing {
    pub id: String,
    /// How many workspaces a change affects, as a text.
    pub concerns: String,
    pub is_default: bool,
    pub archived: bool,
}

/// The fields of the editor as typed.
#[derive(Clone, Debug, Default)]
pub struct PlanFields {
    pub code: Field,
    pub name: Field,
    pub description: Field,
    pub price: Field,
    pub currency: Field,
    pub yearly: bool,
    pub limits: Vec<LimitField>,
    pub stripe_price: Field,
    pub razorpay_plan: Field,
    /// Identifier, label, whether it is ticked.
    pub features: Vec<(&'static str, String, bool)>,
}

/// The field of a limit; empty is none.
#[derive(Clone, Debug)]
pub struct LimitField {
    pub name: &'static str,
    pub label: String,
    pub typed: Field,
    /// The attributes that bound what can be typed.
    pub bounds: String,
}

/// `19.00`.
#[must_use]
pub fn decimal(minor: u64, currency: &str) -> String {
    let digits = money::digits(currency);
    if digits == 0 {
        return minor.to_string();
    }
    let unit = 10_u64.pow(digits);
    format!("{}.{:0width$}", minor / unit, minor % unit, width = digits as usize)
}

/// `19.00`, `19,5` or `19` in the smallest unit of the currency.
#[must_use]
pub fn minor(text: &str, currency: &str) -> Option<u64> {
    let text = text.trim().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = money::digits(currency) as usize;
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > digits || !plain(whole) || !plain(part) {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse().ok()
}

/// A number in a unit of `10^digits`, exact and without zeros at its end: `1.5` for 1,500,000 with 6 digits.
#[must_use]
pub fn in_unit(number: u64, digits: u32) -> String {
    let unit = 10_u64.pow(digits);
    let (whole, part) = (number / unit, number % unit);
    if part == 0 {
        return whole.to_string();
    }
    let part = format!("{part:0width$}", width = digits as usize);
    format!("{whole}.{}", part.trim_end_matches('0'))
}

/// What [`in_unit`] writes, also with a comma. Where nothing is finer than the unit, only a whole number.
#[must_use]
pub fn from_unit(text: &str, digits: u32) -> Option<u64> {
    let unit = 10_u64.pow(digits);
    let Some((whole, part)) = text.split_once(['.', ',']) else {
        return Some(text.parse::<u64>().ok()?.saturating_mul(unit));
    };
    let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain || part.len() > digits as usize {
        return None;
    }
    let part: u64 = format!("{part:0<width$}", width = digits as usize).parse().ok()?;
    Some(whole.parse::<u64>().ok()?.saturating_mul(unit).saturating_add(part))
}

/// `$19.00 a month`, or that it costs nothing.
#[must_use]
pub fn price(t: T, plan: &Plan) -> String {
    if plan.is_free() {
        return t.get("plans-free");
    }
    let key = match plan.interval {
        Interval::Month => "plans-price-month",
        Interval::Year => "plans-price-year",
    };
    t.with(key, "price", plan.price())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_and_read_in_the_unit_of_its_currency() {
        assert_eq!(
            [decimal(1_905, "EUR"), decimal(1_905, "JPY"), decimal(1_905, "KWD")],
            ["19.05", "1905", "1.905"]
        );
        assert_eq!(minor("19", "EUR"), Some(1_900));
        assert_eq!(minor(" 19,5 ", "EUR"), Some(1_950));
        assert_eq!(minor("1905", "JPY"), Some(1_905));
        for wrong in ["", "-1", "1.005", "1e3", "19.0.0", "€ 5"] {
            assert_eq!(minor(wrong, "EUR"), None, "{wrong}");
        }
    }

    #[test]
    fn a_number_in_a_larger_unit_is_read_back_exactly() {
        let numbers = [
            0,
            1,
            999_999,
            1_000_000,
            1_500_000,
            123_456_789,
            10_737_418_240,
            u64::MAX,
        ];
        for number in numbers {
            assert_eq!(from_unit(&in_unit(number, 6), 6), Some(number));
            assert_eq!(from_unit(&in_unit(number, 0), 0), Some(number));
        }
        assert_eq!(
            [in_unit(1_500_000, 6), in_unit(1, 6), in_unit(250_000_000, 6)],
            ["1.5", "0.000001", "250"]
        );
        assert_eq!((from_unit("1,5", 6), from_unit("0.0", 6)), (Some(1_500_000), Some(0)));
        assert_eq!(from_unit("99999999999999999999", 6), None);
        assert_eq!(
            from_unit("9999999999999999", 6),
            Some(u64::MAX),
            "too much, and said so"
        );
        for wrong in ["", "x", "-1", ".", "1.", "1.0000001", "1.2.3", "1.-5"] {
            assert_eq!(from_unit(wrong, 6), None, "{wrong}");
        }
        assert_eq!(from_unit("1.5", 0), None, "counts are whole");
    }
}
