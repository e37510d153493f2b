//! Pages of billing, and the routes of the providers' webhooks.

pub mod api;
mod choose;
mod render;
pub mod views;
mod webhooks;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

pub use choose::{back, choose, pay, show as choose_page};
pub use webhooks::{razorpay, stripe};

use self::views::{BillingPage, Bills, Notice, Offer};
use crate::accounts::{Permission, Scope};
use crate::billing::{Billing, BillingError, Overview};
use crate::db::Page;
use crate::i18n::T;
use crate::ids::PublicId;
use crate::plans::{Plan, Plans, Usage};
use crate::site::plans;
use crate::site::subnav::{self, SettingsTab};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::RenderMode;
use crate::web::views::Pager;

const PAGE: &str = "/settings/billing";
/// Invoices per page.
const INVOICES: u32 = 20;

#[derive(Deserialize)]
pub struct Cursor {
    cursor: Option<String>,
}

/// `GET /settings/billing`: plan and usage for every member, payments for owners.
pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    query: Query<Cursor>,
    (plans, billing): (Data<Plans>, Data<Billing>),
) -> PageResult {
    let cursor = query.into_inner().cursor.filter(|cursor| !cursor.is_empty());
    let cursor = cursor.map(|cursor| parse(&cursor)).transpose()?;
    let page = page(frame, scope, cursor, &plans, &billing).await?;
    Ok(mode.html(&page, page.as_main()))
}

/// `GET /settings/plan`: the former address.
pub async fn moved() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, PAGE))
        .finish()
}

async fn page(
    frame: PageFrame,
    scope: Scope,
    cursor: Option<PublicId>,
    plans: &Plans,
    billing: &Billing,
) -> Result<BillingPage, Problem> {
    let usage = plans.usage(scope).await?;
    if scope.require(Permission::ManageBilling).is_err() {
        let offered = plans.offered().await?;
        let offers = offered.iter().map(|plan| Offer {
            plan: plans::offer(frame.t, plan, &usage),
            foot: render::foot_to_see(frame.t, plan, &usage),
        });
        return Ok(BillingPage {
            offers: offers.collect(),
            ..bare(frame, &usage)
        });
    }
    let (t, overview) = (frame.t, billing.overview(scope).await?);
    let bills = bills(t, scope, cursor, &overview, billing).await?;
    let offer = |plan: &Plan| Offer {
        plan: plans::offer(t, plan, &usage),
        foot: if frame.read_only {
            render::foot_to_see(t, plan, &usage)
        } else {
            render::foot(&t, billing, &overview, plan)
        },
    };
    Ok(BillingPage {
        offers: overview.offered.iter().map(offer).collect(),
        price: render::price(&t, &overview),
        status: render::status(&t, &overview),
        why: render::why(&t, &overview),
        notice: render::notice(&t, &overview),
        facts: render::facts(&t, &overview),
        can_withdraw: overview.pending.is_some(),
        keep: render::keep(&overview),
        portal: overview.has_portal,
        cancel: render::cancel(&overview),
        can_choose: !frame.read_only,
        bills,
        ..bare(frame, &usage)
    })
}

/// What every member sees.
fn bare(frame: PageFrame, usage: &Usage) -> BillingPage {
    let (t, plan) = (frame.t, &usage.plan);
    BillingPage {
        subnav: subnav::settings(&frame, SettingsTab::Billing),
        plan: plan.name.clone(),
        price: None,
        status: None,
        why: usage
            .since
            .map(|since| t.with("plans-since", "day", render::date(&t, since)))
            .unwrap_or_default(),
        notice: None,
        facts: Vec::new(),
        can_withdraw: false,
        keep: None,
        portal: false,
        cancel: None,
        meters: plans::meters(t, usage),
        bars: plans::bars(t, usage),
        offers: Vec::new(),
        can_choose: false,
        bills: None,
        frame: frame.at(Section::Settings),
    }
}

/// The invoices; `None` if there is no payment provider and never was one.
async fn bills(
    t: T,
    scope: Scope,
    cursor: Option<PublicId>,
    overview: &Overview,
    billing: &Billing,
) -> Result<Option<Bills>, BillingError> {
    let later = cursor.is_some();
    let Page { rows: found, next } = billing.invoices(scope, cursor, INVOICES).await?;
    if found.is_empty() && !later && !billing.takes_money() {
        return Ok(None);
    }
    let pager = (later || next.is_some()).then(|| Pager {
        t,
        summary: t.count("billing-invoices-shown", found.len() as u64),
        first: later.then(|| PAGE.to_owned()),
        next: next.map(|id| format!("{PAGE}?cursor={id}")),
    });
    let rows = found.iter().map(|invoice| render::invoice(&t, invoice, overview.now));
    Ok(Some(Bills {
        rows: rows.collect(),
        pager,
    }))
}

/// `GET /settings/billing/invoices/{invoice}`: redirects to the provider's page of it.
pub async fn invoice(scope: Scope, id: Path<PublicId>, billing: Data<Billing>) -> PageResult {
    let invoice = billing.invoice(scope, &id).await?;
    let url = invoice.hosted_url.ok_or_else(Problem::not_found)?;
    Ok(away(&url))
}

/// `GET /settings/billing/portal`: redirects to Stripe's page. GET, since a form may not redirect to another site.
pub async fn portal(scope: Scope, billing: Data<Billing>) -> PageResult {
    Ok(away(&billing.portal(scope).await?))
}

/// `POST /settings/billing/keep`.
pub async fn keep(
    (mode, request): (RenderMode, HttpRequest),
    frame: PageFrame,
    scope: Scope,
    (plans, billing): (Data<Plans>, Data<Billing>),
) -> PageResult {
    if let Err(error) = billing.keep(scope).await {
        if !choose::shown_beside(&error) {
            return Err(error.into());
        }
        let page = BillingPage {
            notice: Some(Notice::refused(frame.t, &error)),
            ..page(frame, scope, None, &plans, &billing).await?
        };
        return Ok(mode.refused(&page, page.as_main()));
    }
    let said = frame.t.get("billing-kept");
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}

/// `POST /settings/billing/withdraw`.
pub async fn withdraw(request: HttpRequest, frame: PageFrame, scope: Scope, billing: Data<Billing>) -> PageResult {
    billing.withdraw(scope).await?;
    let said = frame.t.get("billing-withdrawn");
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}

/// A redirect to another site, which does not receive the referrer.
fn away(url: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, url))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

fn parse(id: &str) -> Result<PublicId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

impl From<BillingError> for Problem {
    fn from(error: BillingError) -> Self {
        let detail = error.text();
        match error {
            BillingError::NoSuchPlan | BillingError::NotFound => Self::not_found(),
            BillingError::Plan(error) => error.into(),
            BillingError::AlreadyOnPlan => Self::new(StatusCode::CONFLICT, "already-on-plan", detail),
            BillingError::NothingToChange => Self::new(StatusCode::CONFLICT, "no-subscription", detail),
            BillingError::NotForSale(_) => Self::new(StatusCode::CONFLICT, "plan-not-for-sale", detail),
            BillingError::PaymentOpen => Self::new(StatusCode::CONFLICT, "payment-open", detail),
            BillingError::CannotResume => Self::new(StatusCode::CONFLICT, "cannot-resume", detail),
            BillingError::Refused(_) | BillingError::NoPlanLine => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "payment-refused", detail)
            }
            BillingError::Provider(why) => {
                tracing::warn!(%why, "a payment provider could not be asked");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "payment-provider-unreachable", detail)
                    .again_after(std::time::Duration::from_secs(60))
            }
            BillingError::BadSignature => Self::new(StatusCode::BAD_REQUEST, "bad-signature", detail),
            BillingError::BadEvent => Self::bad_request(detail),
            BillingError::NotConfigured => Self::not_found(),
            BillingError::Forbidden(_) => Self::forbidden("role", detail),
            BillingError::Db(error) => error.into(),
        }
    }
}
