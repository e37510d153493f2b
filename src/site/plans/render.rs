//! Renders a workspace's plan.

use super::views::{Bar, Bars, Offer, price};
use crate::i18n::T;
use crate::plans::{Feature, Limit, Limits, Plan, Quota, Unit, Usage, Used};
use crate::web::htmx::Tone;
use crate::web::views::Meter;

/// A bar warns from this percentage on.
const NEARLY: u8 = 80;
/// Size of the drawn chart, in its own units.
const HEIGHT: u64 = 60;
const BAR: usize = 10;

/// The usage of each limit, as bars.
#[must_use]
pub fn meters(t: T, usage: &Usage) -> Vec<Meter> {
    Quota::ALL.iter().map(|quota| meter_of(t, usage, *quota)).collect()
}

/// The usage of one limit.
#[must_use]
pub fn meter_of(t: T, usage: &Usage, quota: Quota) -> Meter {
    let resets = format!("{} ({})", t.full(usage.resets_at), usage.zone);
    let texts = quota.texts();
    let note = match usage.of(quota).limit {
        Limit::Of(0) => t.get("plans-includes-none"),
        _ => t.with(texts.full, "time", &resets),
    };
    meter(t, texts.used, usage.of(quota), |n| amount(t, quota, n), note)
}

fn amount(t: T, quota: Quota, n: u64) -> String {
    match quota.info().unit {
        Unit::Count => t.number(n),
        Unit::Bytes => t.size(n),
    }
}

fn meter(t: T, key: &str, used: Used, written: impl Fn(u64) -> String, note: String) -> Meter {
    let (label, now) = (t.get(key), written(used.used));
    let percent = used.percent();
    let value = match used.limit {
        Limit::Of(most) => t.with_all("plans-of", &[("used", &now), ("limit", &written(most))]),
        Limit::Unlimited => t.with("plans-unlimited", "used", now),
    };
    let tone = match percent {
        100 => Tone::Bad,
        NEARLY.. => Tone::Warn,
        _ => Tone::Plain,
    };
    Meter {
        label,
        value,
        percent,
        tone,
        note: (used.limit != Limit::Unlimited).then_some(note),
    }
}

/// The messages of the last days.
#[must_use]
pub fn bars(t: T, usage: &Usage) -> Bars {
    let counts = || usage.days.iter().map(|day| day.messages);
    let (most, total) = (counts().max().unwrap_or(0), counts().sum::<u64>());
    let messages = usage.of(Quota::MessagesPerDay);
    let limit = match messages.limit {
        Limit::Of(limit) if limit <= most.saturating_mul(2) => Some(limit),
        _ => None,
    };
    let top = most.max(limit.unwrap_or(0)).max(1);
    let height = |messages: u64| messages.saturating_mul(HEIGHT - 4) / top;
    let bar = |(index, day): (usize, &crate::plans::DayUsage)| {
        // A day with any message is visible.
        let height = height(day.messages).max(u64::from(day.messages > 0));
        Bar {
            x: index * BAR,
            y: HEIGHT - height,
            height,
            full: messages.limit.left(day.messages) == 0,
            day: t.day(day.day.noon(usage.zone), usage.today.noon(usage.zone)),
            count: t.number(day.messages),
        }
    };
    Bars {
        t,
        summary: t.with_all(
            "plans-days-summary",
            &[("total", &t.number(total)), ("most", &t.number(most))],
        ),
        bars: usage.days.iter().enumerate().map(bar).collect(),
        width: usage.days.len() * BAR,
        limit_at: limit.map(|limit| HEIGHT - height(limit)),
    }
}

/// The limits of a plan as texts.
pub(super) fn limits(t: T, limits: &Limits) -> Vec<String> {
    let words = |quota: &Quota| {
        let texts = quota.texts();
        match (limits.of(*quota), quota.info().unit) {
            (Limit::Of(most), Unit::Count) => t.count(texts.some, most),
            (Limit::Of(most), Unit::Bytes) => t.with(texts.some, "size", t.size(most)),
            (Limit::Unlimited, _) => t.get(texts.any),
        }
    };
    Quota::ALL.iter().map(words).collect()
}

pub(super) fn feature(t: T, feature: Feature) -> String {
    let key = match feature {
        Feature::Campaigns => "plans-feature-campaigns",
        Feature::Chatbots => "plans-feature-chatbots",
        Feature::Api => "plans-feature-api",
        Feature::Webhooks => "plans-feature-webhooks",
        Feature::PrioritySupport => "plans-feature-support",
    };
    t.get(key)
}

/// A plan in the list of plans, compared with the workspace's usage.
#[must_use]
pub fn offer(t: T, plan: &Plan, usage: &Usage) -> Offer {
    let current = plan.id == usage.plan.id;
    Offer {
        name: plan.name.clone(),
        description: plan.description.clone(),
        price: price(t, plan),
        current,
        limits: limits(t, &plan.limits),
        features: Feature::BUILT.iter().map(|f| (feature(t, *f), plan.has(*f))).collect(),
        warnings: if current { Vec::new() } else { warnings(t, plan, usage) },
    }
}

/// What would exceed the plan.
fn warnings(t: T, plan: &Plan, usage: &Usage) -> Vec<String> {
    let warning = |quota: &Quota| {
        let Limit::Of(most) = plan.limit(*quota) else {
            return None;
        };
        let beyond = usage.of(*quota).used.saturating_sub(most);
        (beyond > 0 && !quota.is_daily()).then(|| t.count(quota.texts().beyond, beyond))
    };
    Quota::ALL.iter().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_all_its_texts() {
        let t = T::default();
        for quota in Quota::ALL {
            let texts = quota.texts();
            let all = [
                texts.label,
                texts.some,
                texts.any,
                texts.used,
                texts.full,
                texts.refused,
                texts.option,
            ];
            for key in all {
                assert_ne!(t.count(key, 2_u64), key);
            }
            // What is counted by the day is told when the day's messages wait.
            assert_eq!(
                t.count(texts.beyond, 2_u64) == texts.beyond,
                quota.is_daily(),
                "{quota:?}"
            );
        }
    }
}
