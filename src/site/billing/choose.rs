//! Choosing a plan: its consequences, the choice, paying, and returning.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;

use super::views::{ChoosePage, PayPage, ReturnPage, Wait};
use super::{PAGE, render};
use crate::accounts::Scope;
use crate::billing::{Billing, BillingError, Move, Next, Overview, ProviderKind};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::plans::{Money, Plan};
use crate::site::plans::views::price;
use crate::site::subnav::{self, SettingsTab};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;
use crate::web::views::Chip;

/// How often the page polls, about every two seconds, before it asks the person not to wait.
const LOOKS: u32 = 60;

#[derive(Deserialize)]
pub struct Looks {
    #[serde(default)]
    n: u32,
}

/// `GET /settings/billing/choose/{plan}`.
pub async fn show(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    plan: Path<PublicId>,
    billing: Data<Billing>,
) -> PageResult {
    let overview = billing.overview(scope).await?;
    let wanted = wanted(&overview, &plan)?;
    if overview.movement(wanted) == Move::Nothing {
        return Ok(htmx::go_to(&request, PAGE));
    }
    let page = page(frame, &billing, &overview, wanted, None);
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /settings/billing/choose/{plan}`.
pub async fn choose(
    (mode, request): (RenderMode, HttpRequest),
    frame: PageFrame,
    scope: Scope,
    plan: Path<PublicId>,
    billing: Data<Billing>,
) -> PageResult {
    match billing.choose(scope, &plan).await {
        // A form may not redirect to another site: without htmx there is a page of ours in between.
        Ok(Next::Redirect(url)) if htmx::is_htmx(&request) => Ok(htmx::reload_to(&request, &url)),
        Ok(Next::Redirect(_)) => Ok(htmx::see_other("/settings/billing/pay")),
        Ok(Next::Ask(said)) => Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Info, &said)),
        Ok(Next::Done) => {
            let said = frame.t.get("billing-done");
            Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
        }
        Err(error) if shown_beside(&error) => {
            let overview = billing.overview(scope).await?;
            let said = frame.t.text(&error.text());
            let page = page(frame, &billing, &overview, wanted(&overview, &plan)?, Some(said));
            Ok(mode.refused(&page, page.as_main()))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /settings/billing/pay`.
pub async fn pay(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    billing: Data<Billing>,
) -> PageResult {
    let overview = billing.overview(scope).await?;
    let open = overview.pending.as_ref();
    let Some((url, pending, plan)) = open.and_then(|(p, plan)| Some((p.url.clone()?, p, plan))) else {
        return Ok(htmx::go_to(&request, PAGE));
    };
    let provider = frame.t.get(pending.provider.key());
    let blanks = [("plan", plan.name.as_str()), ("provider", &provider)];
    let page = PayPage {
        subnav: subnav::settings(&frame, SettingsTab::Billing),
        line: frame.t.with_all("billing-pay-line", &blanks),
        word: frame.t.with_all("billing-pay-open", &blanks),
        url,
        frame: frame.at(Section::Settings),
    };
    Ok(mode.html(&page, page.as_main()))
}

/// `GET /settings/billing/return`: returning proves nothing, so this waits for the provider's webhook.
pub async fn back(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    query: Query<Looks>,
    billing: Data<Billing>,
) -> PageResult {
    let overview = billing.overview(scope).await?;
    let wait = wait(&frame.t, &overview, query.n);
    let page = ReturnPage {
        subnav: subnav::settings(&frame, SettingsTab::Billing),
        wait: wait.clone(),
        frame: frame.at(Section::Settings),
    };
    Ok(mode.html(&page, wait))
}

fn wait(t: &T, overview: &Overview, looks: u32) -> Wait {
    let open = overview
        .pending
        .as_ref()
        .filter(|(p, _)| p.provider != ProviderKind::Manual);
    let paid = overview.subscription.as_ref().is_some_and(|s| s.in_force);
    let (key, icon, tone, text) = match open {
        Some(_) if looks < LOOKS => (
            "billing-return-waiting",
            "loader-circle",
            Tone::Info,
            t.get("billing-return-waiting-text"),
        ),
        Some(_) => (
            "billing-return-late",
            "clock",
            Tone::Warn,
            t.get("billing-return-late-text"),
        ),
        None if paid => (
            "billing-return-done",
            "circle-check",
            Tone::Good,
            t.with("billing-return-done-text", "plan", &overview.plan.name),
        ),
        None => (
            "billing-return-none",
            "info",
            Tone::Plain,
            t.get("billing-return-none-text"),
        ),
    };
    let waiting = open.is_some() && looks < LOOKS;
    Wait {
        status: Chip {
            label: t.get(key),
            icon,
            tone,
            busy: waiting,
        },
        text,
        again: waiting.then(|| format!("{PAGE}/return?n={}", looks + 1)),
        back: t.get("billing-return-back"),
    }
}

fn wanted<'a>(overview: &'a Overview, id: &PublicId) -> Result<&'a Plan, BillingError> {
    let found = overview.offered.iter().find(|plan| plan.public_id == *id);
    found.ok_or(BillingError::NoSuchPlan)
}

/// Errors that the person can do something about.
pub(super) fn shown_beside(error: &BillingError) -> bool {
    matches!(
        error,
        BillingError::AlreadyOnPlan
            | BillingError::NothingToChange
            | BillingError::NotForSale(_)
            | BillingError::PaymentOpen
            | BillingError::CannotResume
            | BillingError::Provider(_)
            | BillingError::Refused(_)
            | BillingError::NoPlanLine
    )
}

fn page(frame: PageFrame, billing: &Billing, overview: &Overview, wanted: &Plan, error: Option<String>) -> ChoosePage {
    let t = frame.t;
    let seller = billing.seller(overview, wanted);
    let provider = t.get(seller.key());
    let blanks = [
        ("plan", wanted.name.as_str()),
        ("now", overview.plan.name.as_str()),
        ("provider", &provider),
    ];
    let say = |key: &str| t.with_all(key, &blanks);
    let (title, line, submit) = match overview.movement(wanted) {
        Move::Start | Move::Nothing if seller == ProviderKind::Manual => {
            ("billing-choose-title", "billing-ask-line", "billing-submit-ask")
        }
        Move::Start | Move::Nothing => ("billing-choose-title", "billing-start-line", "billing-submit-pay"),
        Move::Up => ("billing-choose-title", "billing-up-line", "billing-submit-up"),
        Move::Down => ("billing-choose-title", "billing-down-line", "billing-submit-down"),
        Move::Cancel if billing.can_take_back(overview) => {
            ("billing-cancel-title", "billing-cancel-line", "billing-submit-cancel")
        }
        Move::Cancel => (
            "billing-cancel-title",
            "billing-cancel-final-line",
            "billing-submit-cancel",
        ),
        Move::GiveUp => ("billing-giveup-title", "billing-giveup-line", "billing-submit-up"),
        Move::Keep => ("billing-keep-title", "billing-keep-line", "billing-submit-keep"),
    };
    ChoosePage {
        subnav: subnav::settings(&frame, SettingsTab::Billing),
        title: say(title),
        line: say(line),
        action: format!("{PAGE}/choose/{}", wanted.public_id),
        facts: facts(&t, overview, wanted, seller),
        submit: say(submit),
        danger: matches!(overview.movement(wanted), Move::Cancel | Move::GiveUp),
        error,
        frame: frame.at(Section::Settings),
    }
}

/// What happens now and later, and what it costs.
fn facts(t: &T, overview: &Overview, wanted: &Plan, seller: ProviderKind) -> Vec<(String, String)> {
    let label = |key: &str| t.get(key);
    let price = price(*t, wanted);
    let stays = t.with("billing-fact-now-stays", "plan", &overview.plan.name);
    let ends = overview.subscription.as_ref().and_then(|s| s.period_end);
    let on = ends.map(|at| render::date(t, at)).unwrap_or_default();
    let limits = || (label("billing-fact-limits"), label("billing-fact-limits-value"));
    match overview.movement(wanted) {
        Move::Start | Move::Nothing if seller == ProviderKind::Manual => {
            let asks = t.with("billing-fact-now-asks", "plan", &overview.plan.name);
            vec![(label("billing-fact-now"), asks), (label("billing-fact-then"), price)]
        }
        Move::Start | Move::Nothing => vec![(label("billing-fact-pays-now"), price), limits()],
        Move::Up => {
            let minor = i64::try_from(overview.difference(wanted)).unwrap_or(i64::MAX);
            let (sum, provider) = (Money::new(minor, &wanted.currency).to_string(), label(seller.key()));
            let blanks = [("price", sum.as_str()), ("provider", provider.as_str())];
            let about = t.with_all("billing-fact-pays-now-about", &blanks);
            vec![
                (label("billing-fact-pays-now"), about),
                (label("billing-fact-then"), price),
                limits(),
            ]
        }
        Move::Down | Move::Cancel => {
            let blanks = [("plan", wanted.name.as_str()), ("date", on.as_str())];
            let later = t.with_all("billing-fact-at-end-value", &blanks);
            vec![
                (label("billing-fact-now"), stays),
                (label("billing-fact-at-end"), later),
                (label("billing-fact-then"), price),
            ]
        }
        Move::GiveUp => {
            let begins = t.with("billing-fact-now-begins", "plan", &wanted.name);
            vec![(label("billing-fact-now"), begins), (label("billing-fact-then"), price)]
        }
        Move::Keep => vec![(label("billing-fact-now"), stays), (label("billing-fact-then"), price)],
    }
}
