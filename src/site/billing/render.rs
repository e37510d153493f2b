//! Subscriptions and invoices as texts.

use super::PAGE;
use super::views::{Foot, InvoiceRow, Notice};
use crate::billing::{Billing, Invoice, InvoiceStatus, Move, Overview, ProviderKind, Subscription, SubscriptionStatus};
use crate::clock::UnixMs;
use crate::i18n::T;
use crate::plans::{Plan, Usage};
use crate::site::plans::views;
use crate::web::htmx::Tone;
use crate::web::views::Chip;

fn chip(t: &T, key: &str, icon: &'static str, tone: Tone) -> Chip {
    Chip::new(t.get(key), icon, tone)
}

/// `Tuesday, 24 November 2026`.
pub(super) fn date(t: &T, at: UnixMs) -> String {
    let full = t.full(at);
    full.rsplit_once(", ").map_or(full.clone(), |(date, _)| date.to_owned())
}

/// The subscription, unless it has ended.
fn live(overview: &Overview) -> Option<&Subscription> {
    overview.subscription.as_ref().filter(|s| s.is_live())
}

/// The state of the workspace's plan; `None` on the default plan.
pub(super) fn status(t: &T, overview: &Overview) -> Option<Chip> {
    use SubscriptionStatus::{Active, Cancelled, Incomplete, PastDue};
    if let Some((pending, _)) = &overview.pending {
        return Some(if pending.provider == ProviderKind::Manual {
            chip(t, "billing-status-asked", "clock", Tone::Info)
        } else {
            let waiting = chip(t, "billing-status-waiting", "loader-circle", Tone::Info);
            Chip { busy: true, ..waiting }
        });
    }
    if overview.is_given() {
        return Some(chip(t, "billing-status-given", "check", Tone::Good));
    }
    Some(match live(overview)?.status {
        Active if overview.leaves() => chip(t, "billing-status-ends", "calendar", Tone::Warn),
        Active => chip(t, "billing-status-active", "circle-check", Tone::Good),
        PastDue if overview.pays().is_some() => chip(t, "billing-status-past-due", "triangle-alert", Tone::Bad),
        PastDue => chip(t, "billing-status-lapsed", "circle-alert", Tone::Bad),
        Incomplete => chip(t, "billing-status-incomplete", "clock", Tone::Warn),
        Cancelled => return None,
    })
}

/// The amount actually paid.
pub(super) fn price(t: &T, overview: &Overview) -> Option<String> {
    if let Some(plan) = overview
        .pays()
        .and(overview.subscribed.as_ref())
        .filter(|_| !overview.is_given())
    {
        return Some(views::price(*t, plan));
    }
    overview.plan.is_free().then(|| views::price(*t, &overview.plan))
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
        let provider = t.get(pending.provider.key());
        let since = t.full(pending.since);
        let blanks = [("plan", plan.name.as_str()), ("provider", &provider), ("since", &since)];
        return match pending.provider {
            ProviderKind::Manual => t.with_all("billing-why-asked", &blanks),
            _ => t.with_all("billing-why-waiting", &blanks),
        };
    }
    if overview.is_given() {
        return why_given(t, overview);
    }
    let Some(subscription) = live(overview) else {
        return match overview.subscription {
            Some(_) => t.get("billing-why-ended"),
            None => t.get("billing-why-default"),
        };
    };
    let until = subscription.period_end.map(|at| date(t, at)).unwrap_or_default();
    let next = overview.next_plan.as_ref().map_or("", |plan| plan.name.as_str());
    let blanks = [
        ("plan", subscribed_name(overview)),
        ("until", until.as_str()),
        ("free", free_name(overview)),
        ("next", next),
        ("provider", &t.get(subscription.provider.key())),
    ];
    match subscription.status {
        PastDue if !subscription.in_force => t.with_all("billing-why-lapsed", &blanks),
        PastDue => t.with_all("billing-why-past-due", &blanks),
        Incomplete => t.with_all("billing-why-incomplete", &blanks),
        _ if subscription.cancel_at_period_end => t.with_all("billing-why-ends", &blanks),
        _ if !next.is_empty() => t.with_all("billing-why-changes", &blanks),
        _ => t.get("billing-why-active"),
    }
}

fn why_given(t: &T, overview: &Overview) -> String {
    // The command line assigned another plan, which leaves a paid subscription unchanged.
    if let Some((subscription, paid)) = overview.pays().zip(overview.subscribed.as_ref()) {
        let (price, provider) = (views::price(*t, paid), t.get(subscription.provider.key()));
        let blanks = [
            ("plan", paid.name.as_str()),
            ("price", price.as_str()),
            ("provider", &provider),
        ];
        return t.with_all("billing-why-given-beside", &blanks);
    }
    let by_hand = live(overview).filter(|s| s.reference.is_none() && s.plan == overview.plan.id);
    match by_hand.and_then(|s| s.period_end) {
        Some(end) => t.with("billing-why-given-until", "until", date(t, end)),
        None => t.get("billing-why-given"),
    }
}

/// What the owner has to do now.
pub(super) fn notice(t: &T, overview: &Overview) -> Option<Notice> {
    if let Some((pending, _)) = &overview.pending {
        pending.url.as_ref()?;
        return Some(Notice {
            tone: "info",
            icon: "credit-card",
            text: why(t, overview),
            link: Some((format!("{PAGE}/pay"), t.get("billing-pay-now"))),
        });
    }
    let subscription = live(overview)?;
    let until = subscription.grace_until.filter(|_| subscription.in_force)?;
    let until = t.full(until);
    let blanks = [("plan", subscribed_name(overview)), ("until", until.as_str())];
    let portal = || (format!("{PAGE}/portal"), t.get("billing-grace-link"));
    Some(Notice {
        tone: "bad",
        icon: "triangle-alert",
        text: t.with_all("billing-grace", &blanks),
        link: overview.has_portal.then(portal),
    })
}

pub(super) fn facts(t: &T, overview: &Overview) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let Some(subscription) = live(overview).filter(|s| s.reference.is_some()) else {
        return facts;
    };
    let label = |key: &str| t.get(key);
    facts.push((label("billing-fact-provider"), label(subscription.provider.key())));
    if let Some(also) = &overview.also {
        let value = t.with("billing-fact-also-value", "plan", &also.name);
        facts.push((label("billing-fact-also"), value));
    }
    let Some(end) = subscription.period_end else {
        return facts;
    };
    let on = date(t, end);
    let next = overview.next_plan.as_ref().or(overview.subscribed.as_ref());
    match next.filter(|_| !subscription.cancel_at_period_end && subscription.status == SubscriptionStatus::Active) {
        Some(plan) => {
            let amount = plan.price().to_string();
            let value = t.with_all("billing-fact-next-value", &[("price", &amount), ("date", &on)]);
            facts.push((label("billing-fact-next"), value));
        }
        // Providers start the next period before it is paid.
        None if subscription.status == SubscriptionStatus::PastDue => {}
        None => facts.push((label("billing-fact-until"), on)),
    }
    facts
}

/// The plan that stays if the planned change is undone.
pub(super) fn keep(overview: &Overview) -> Option<String> {
    let planned = |s: &&Subscription| s.reference.is_some() && (s.cancel_at_period_end || s.next_plan.is_some());
    live(overview).filter(planned).filter(|_| overview.can_keep)?;
    Some(subscribed_name(overview).to_owned())
}

/// Where the subscription is cancelled.
pub(super) fn cancel(overview: &Overview) -> Option<String> {
    let free = overview.offered.iter().find(|plan| plan.is_default)?;
    let planned = overview.subscription.as_ref().is_some_and(|s| s.cancel_at_period_end);
    let cancels = !planned && overview.movement(free) == Move::Cancel;
    cancels.then(|| format!("{PAGE}/choose/{}", free.public_id))
}

/// The footer of a plan for a reader who may not choose.
pub(super) fn foot_to_see(t: T, plan: &Plan, usage: &Usage) -> Foot {
    if plan.id == usage.plan.id {
        Foot::Said {
            icon: "circle-check",
            text: t.get("plans-current"),
        }
    } else {
        Foot::Nothing
    }
}

/// The footer of a plan in the list.
pub(super) fn foot(t: &T, billing: &Billing, overview: &Overview, plan: &Plan) -> Foot {
    let said = |icon, text: &str| Foot::Said {
        icon,
        text: text.to_owned(),
    };
    let movement = overview.movement(plan);
    let key = match movement {
        Move::Nothing | Move::Keep => return said("circle-check", &t.get("plans-current")),
        _ if overview.follows(plan) => {
            let end = overview.subscription.as_ref().and_then(|s| s.period_end);
            let on = end.map(|at| date(t, at)).unwrap_or_default();
            return said("calendar", &t.with("billing-follows", "date", on));
        }
        Move::Start if billing.seller(overview, plan) == ProviderKind::Manual => "billing-ask",
        Move::Start => "billing-choose",
        Move::Up => "billing-upgrade",
        Move::Down | Move::Cancel | Move::GiveUp => "billing-switch",
    };
    Foot::Choose {
        href: format!("{PAGE}/choose/{}", plan.public_id),
        word: t.with(key, "plan", &plan.name),
        primary: plan.position > overview.plan.position,
    }
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
