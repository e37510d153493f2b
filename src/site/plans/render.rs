//! Renders a workspace's plan.

use super::views::{Bar, Bars, Offer, price};
use crate::i18n::T;
use crate::plans::{Feature, Limit, Limits, Plan, Usage, Used};
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
    let resets = || {
        let at = format!("{} ({})", t.full(usage.resets_at), usage.zone);
        t.with("plans-resets", "time", at)
    };
    let text = |key: &str| t.get(key);
    let count = |n| t.number(n);
    vec![
        meter(t, "plans-messages-today", usage.messages_today, count, resets()),
        meter(t, "plans-sessions", usage.sessions, count, text("plans-sessions-full")),
        meter(t, "plans-seats", usage.seats, count, text("plans-seats-full")),
        meter(
            t,
            "plans-storage",
            usage.storage,
            |n| t.size(n),
            text("plans-storage-full"),
        ),
    ]
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
    let limit = match usage.messages_today.limit {
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
            full: usage.messages_today.limit.left(day.messages) == 0,
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
    let counted = |limit, some: &str, any: &str| match limit {
        Limit::Of(most) => t.count(some, most),
        Limit::Unlimited => t.get(any),
    };
    vec![
        counted(limits.messages_per_day, "plans-n-messages", "plans-any-messages"),
        counted(limits.sessions, "plans-n-sessions", "plans-any-sessions"),
        counted(limits.seats, "plans-n-seats", "plans-any-seats"),
        match limits.storage_bytes {
            Limit::Of(most) => t.with("plans-n-storage", "size", t.size(most)),
            Limit::Unlimited => t.get("plans-any-storage"),
        },
    ]
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
    let beyond = |used: Used, limit: Limit| match limit {
        Limit::Of(most) => used.used.saturating_sub(most),
        Limit::Unlimited => 0,
    };
    let warn = |beyond: u64, key: &str| (beyond > 0).then(|| t.count(key, beyond));
    [
        warn(beyond(usage.sessions, plan.limits.sessions), "plans-warn-sessions"),
        warn(beyond(usage.seats, plan.limits.seats), "plans-warn-seats"),
        warn(
            u64::from(beyond(usage.storage, plan.limits.storage_bytes) > 0),
            "plans-warn-storage",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
