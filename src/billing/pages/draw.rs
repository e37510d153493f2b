//! Subscriptions and bills in words.

use super::super::model::{InvoiceStatus, Money, Move, ProviderKind, Subscription, SubscriptionStatus};
use super::super::service::Overview;
use super::super::views::{InvoiceRow, Notice, Offer};
use super::{PAGE, provider_key};
use crate::billing::Invoice;
use crate::clock::UnixMs;
use crate::plans::{Interval, Plan};
use crate::web::htmx::Tone;
use crate::web::i18n::T;
use crate::web::views::Chip;

fn chip(t: &T, key: &str, icon: &'static str, tone: Tone) -> Chip {
    Chip {
        label: t.get(key).into_owned(),
        icon,
        tone,
        busy: false,
    }
}

pub(super) fn money(plan: &Plan) -> String {
    Money::new(i64::try_from(plan.price_minor).unwrap_or(i64::MAX), &plan.currency).to_string()
}

/// `$19.00 a month`.
pub(super) fn price(t: &T, plan: &Plan) -> String {
    let text = match (plan.is_free(), plan.interval) {
        (true, _) => t.get("billing-free"),
        (false, Interval::Month) => t.with("billing-price-month", "price", money(plan)),
        (false, Interval::Year) => t.with("billing-price-year", "price", money(plan)),
    };
    text.into_owned()
}

/// `Tuesday, 24 November 2026`.
pub(super) fn date(t: &T, at: UnixMs) -> String {
    let full = t.full(at);
    full.rsplit_once(", ").map_or(full.clone(), |(date, _)| date.to_owned())
}

/// The subscription, unless it is over.
fn live(overview: &Overview) -> Option<&Subscription> {
    overview.subscription.as_ref().filter(|s| s.is_live())
}

pub(super) fn status(t: &T, overview: &Overview) -> Chip {
    use SubscriptionStatus::{Active, Cancelled, Incomplete, PastDue};
    if let Some((pending, _)) = &overview.pending {
        return if pending.provider == ProviderKind::Manual {
            chip(t, "billing-status-asked", "clock", Tone::Info)
        } else {
            let waiting = chip(t, "billing-status-waiting", "loader-circle", Tone::Info);
            Chip { busy: true, ..waiting }
        };
    }
    let Some(subscription) = live(overview) else {
        return chip(t, "billing-status-none", "info", Tone::Plain);
    };
    match subscription.status {
        Active if subscription.reference.is_none() => chip(t, "billing-status-given", "check", Tone::Good),
        Active if subscription.cancel_at_period_end => chip(t, "billing-status-ends", "calendar", Tone::Warn),
        Active => chip(t, "billing-status-active", "circle-check", Tone::Good),
        PastDue if subscription.in_force => chip(t, "billing-status-past-due", "triangle-alert", Tone::Bad),
        PastDue => chip(t, "billing-status-lapsed", "circle-alert", Tone::Bad),
        Incomplete => chip(t, "billing-status-incomplete", "clock", Tone::Warn),
        Cancelled => chip(t, "billing-status-none", "info", Tone::Plain),
    }
}

fn free_name(overview: &Overview) -> &str {
    let free = overview.offered.iter().find(|plan| plan.is_default);
    free.map_or("", |plan| plan.name.as_str())
}

fn subscribed_name(overview: &Overview) -> &str {
    let plan = overview.subscribed.as_ref().unwrap_or(&overview.plan);
    plan.name.as_str()
}

pub(super) fn why(t: &T, overview: &Overview) -> String {
    use SubscriptionStatus::{Incomplete, PastDue};
    if let Some((pending, plan)) = &overview.pending {
        let provider = t.get(provider_key(pending.provider));
        let since = t.full(pending.since);
        let blanks = [("plan", plan.name.as_str()), ("provider", &provider), ("since", &since)];
        return match pending.provider {
            ProviderKind::Manual => t.with_all("billing-why-asked", &blanks),
            _ => t.with_all("billing-why-waiting", &blanks),
        }
        .into_owned();
    }
    let Some(subscription) = live(overview) else {
        return match overview.subscription {
            Some(_) => t.get("billing-why-ended"),
            None => t.get("billing-why-none"),
        }
        .into_owned();
    };
    let until = subscription.period_end.map(|at| date(t, at)).unwrap_or_default();
    let next = overview.next_plan.as_ref().map_or("", |plan| plan.name.as_str());
    let blanks = [
        ("plan", subscribed_name(overview)),
        ("until", until.as_str()),
        ("free", free_name(overview)),
        ("next", next),
        ("provider", &t.get(provider_key(subscription.provider))),
    ];
    match subscription.status {
        PastDue if !subscription.in_force => t.with_all("billing-why-lapsed", &blanks),
        PastDue => t.with_all("billing-why-past-due", &blanks),
        Incomplete => t.with_all("billing-why-incomplete", &blanks),
        _ if subscription.reference.is_none() && until.is_empty() => t.get("billing-why-given"),
        _ if subscription.reference.is_none() => t.with_all("billing-why-given-until", &blanks),
        _ if subscription.cancel_at_period_end => t.with_all("billing-why-ends", &blanks),
        _ if !next.is_empty() => t.with_all("billing-why-changes", &blanks),
        _ => t.get("billing-why-active"),
    }
    .into_owned()
}

/// What needs the owner now.
pub(super) fn notice(t: &T, overview: &Overview) -> Option<Notice> {
    if let Some((pending, _)) = &overview.pending {
        pending.url.as_ref()?;
        return Some(Notice {
            tone: "info",
            icon: "credit-card",
            text: why(t, overview),
            link: Some((format!("{PAGE}/pay"), t.get("billing-pay-now").into_owned())),
        });
    }
    let subscription = live(overview)?;
    let until = subscription.grace_until.filter(|_| subscription.in_force)?;
    let until = t.full(until);
    let blanks = [("plan", subscribed_name(overview)), ("until", until.as_str())];
    let portal = || (format!("{PAGE}/portal"), t.get("billing-grace-link").into_owned());
    Some(Notice {
        tone: "bad",
        icon: "triangle-alert",
        text: t.with_all("billing-grace", &blanks).into_owned(),
        link: overview.has_portal.then(portal),
    })
}

pub(super) fn facts(t: &T, overview: &Overview) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let Some(subscription) = live(overview).filter(|s| s.reference.is_some()) else {
        return facts;
    };
    let label = |key: &str| t.get(key).into_owned();
    facts.push((
        label("billing-fact-provider"),
        label(provider_key(subscription.provider)),
    ));
    let Some(end) = subscription.period_end else {
        return facts;
    };
    let on = date(t, end);
    let next = overview.next_plan.as_ref().or(overview.subscribed.as_ref());
    match next.filter(|_| !subscription.cancel_at_period_end && subscription.status == SubscriptionStatus::Active) {
        Some(plan) => {
            let amount = money(plan);
            let value = t.with_all("billing-fact-next-value", &[("price", &amount), ("date", &on)]);
            facts.push((label("billing-fact-next"), value.into_owned()));
        }
        // Providers move the period on before it is paid.
        None if subscription.status == SubscriptionStatus::PastDue => {}
        None => facts.push((label("billing-fact-until"), on)),
    }
    facts
}

pub(super) fn can_keep(overview: &Overview) -> bool {
    let planned = |s: &&Subscription| s.reference.is_some() && (s.cancel_at_period_end || s.next_plan.is_some());
    live(overview).filter(planned).is_some() && overview.can_keep
}

/// Where the subscription is cancelled.
pub(super) fn cancel(overview: &Overview) -> Option<String> {
    let free = overview.offered.iter().find(|plan| plan.is_default)?;
    let planned = overview.subscription.as_ref().is_some_and(|s| s.cancel_at_period_end);
    let cancels = !planned && overview.movement(free) == Move::Cancel;
    cancels.then(|| format!("{PAGE}/choose/{}", free.public_id))
}

pub(super) fn offers(t: &T, overview: &Overview) -> Vec<Offer> {
    let offer = |plan: &Plan| {
        let movement = overview.movement(plan);
        let key = match movement {
            Move::Nothing | Move::Keep | Move::Cancel => None,
            Move::Start => Some("billing-choose"),
            Move::Up | Move::Down => Some("billing-switch"),
        };
        let planned = overview.next_plan.as_ref().is_some_and(|next| next.id == plan.id);
        let word = key.filter(|_| !planned).map(|key| match key {
            "billing-choose" => t.with("billing-choose", "plan", &plan.name),
            _ => t.with("billing-switch", "plan", &plan.name),
        });
        Offer {
            name: plan.name.clone(),
            description: plan.description.clone(),
            price: price(t, plan),
            current: plan.id == overview.plan.id,
            choose: word.map(|word| (format!("{PAGE}/choose/{}", plan.public_id), word.into_owned())),
        }
    };
    overview.offered.iter().map(offer).collect()
}

pub(super) fn invoice(t: &T, invoice: &Invoice, now: UnixMs) -> InvoiceRow {
    let status = match invoice.status {
        InvoiceStatus::Draft => chip(t, "billing-invoice-draft", "file-text", Tone::Plain),
        InvoiceStatus::Open => chip(t, "billing-invoice-open", "clock", Tone::Info),
        InvoiceStatus::Paid => chip(t, "billing-invoice-paid", "circle-check", Tone::Good),
        InvoiceStatus::Failed => chip(t, "billing-invoice-failed", "triangle-alert", Tone::Bad),
        InvoiceStatus::Void => chip(t, "billing-invoice-void", "x", Tone::Plain),
        InvoiceStatus::Uncollectible => chip(t, "billing-invoice-uncollectible", "circle-alert", Tone::Bad),
    };
    let id = invoice.public_id.as_str();
    InvoiceRow {
        number: invoice.number.clone().unwrap_or_else(|| id.to_owned()),
        issued: t.short(invoice.issued_at, now),
        period: invoice
            .period
            .map(|(start, end)| format!("{} – {}", t.date(start), t.date(end)))
            .unwrap_or_default(),
        amount: invoice.amount.to_string(),
        status,
        href: invoice.hosted_url.as_ref().map(|_| format!("{PAGE}/invoices/{id}")),
    }
}
