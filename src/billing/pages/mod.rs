//! Pages of billing, and the doors for the providers' webhooks.

mod choose;
mod draw;
mod webhooks;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

pub use choose::{back, choose, pay, show as choose_page};
pub use webhooks::{razorpay, stripe};

use super::service::Billing;
use super::views::BillingPage;
use super::{BillingError, ProviderKind};
use crate::accounts::Scope;
use crate::ids::PublicId;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{Section, Shell};
use crate::web::problem::{PageError, Problem};
use crate::web::subnav::{self, SettingsTab};
use crate::web::views::Pager;
use crate::web::want::Want;

const PAGE: &str = "/settings/billing";
/// Bills on one page of the list.
const INVOICES: u32 = 20;

#[derive(Deserialize)]
pub struct Cursor {
    cursor: Option<String>,
}

/// `GET /settings/billing`.
///
/// # Errors
/// When the database fails, or the cursor is no bill of the workspace.
pub async fn index(
    want: Want,
    shell: Shell,
    scope: Scope,
    query: Query<Cursor>,
    billing: Data<Billing>,
) -> Result<HttpResponse, PageError> {
    let cursor = query.into_inner().cursor.filter(|cursor| !cursor.is_empty());
    let cursor = cursor.map(|cursor| parse(&cursor)).transpose()?;
    let later = cursor.is_some();
    let overview = billing.overview(scope).await?;
    let (found, next) = billing.invoices(scope, cursor, INVOICES).await?;
    let t = shell.t;
    let pager = (later || next.is_some()).then(|| Pager {
        t,
        summary: t.count("billing-invoices-shown", found.len() as u64).into_owned(),
        first: later.then(|| PAGE.to_owned()),
        next: next.map(|id| format!("{PAGE}?cursor={id}")),
    });
    let now = overview.now;
    let page = BillingPage {
        subnav: subnav::settings(&shell, SettingsTab::Billing),
        plan: overview.plan.name.clone(),
        price: draw::price(&t, &overview.plan),
        status: draw::status(&t, &overview),
        why: draw::why(&t, &overview),
        notice: draw::notice(&t, &overview),
        facts: draw::facts(&t, &overview),
        can_withdraw: overview.pending.is_some(),
        can_keep: draw::can_keep(&overview),
        portal: overview.has_portal,
        cancel: draw::cancel(&overview),
        offers: draw::offers(&t, &overview),
        invoices: found.iter().map(|invoice| draw::invoice(&t, invoice, now)).collect(),
        pager,
        shell: shell.at(Section::Settings),
    };
    Ok(want.html(&page, page.as_main()))
}

/// `GET /settings/billing/invoices/{invoice}`: on to the provider's page with it.
///
/// # Errors
/// When it is another workspace's, or the provider has no page for it.
pub async fn invoice(scope: Scope, id: Path<PublicId>, billing: Data<Billing>) -> Result<HttpResponse, PageError> {
    let invoice = billing.invoice(scope, &id).await?;
    let url = invoice.hosted_url.ok_or_else(Problem::not_found)?;
    Ok(away(&url))
}

/// `GET /settings/billing/portal`: on to Stripe's own page. It changes nothing here, and a form may not lead elsewhere.
///
/// # Errors
/// When there is none, or the provider does not answer.
pub async fn portal(scope: Scope, billing: Data<Billing>) -> Result<HttpResponse, PageError> {
    Ok(away(&billing.portal(scope).await?))
}

/// `POST /settings/billing/keep`.
///
/// # Errors
/// When nothing was planned, or the provider does not agree.
pub async fn keep(
    request: HttpRequest,
    shell: Shell,
    scope: Scope,
    billing: Data<Billing>,
) -> Result<HttpResponse, PageError> {
    billing.keep(scope).await?;
    let said = shell.t.get("billing-kept");
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}

/// `POST /settings/billing/withdraw`.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(
    request: HttpRequest,
    shell: Shell,
    scope: Scope,
    billing: Data<Billing>,
) -> Result<HttpResponse, PageError> {
    billing.withdraw(scope).await?;
    let said = shell.t.get("billing-withdrawn");
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}

/// To another site, which does not learn where the person came from.
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

/// The key of the provider's name.
const fn provider_key(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Manual => "billing-provider-manual",
        ProviderKind::Stripe => "billing-provider-stripe",
        ProviderKind::Razorpay => "billing-provider-razorpay",
    }
}

impl From<BillingError> for Problem {
    fn from(error: BillingError) -> Self {
        let detail = error.to_string();
        match error {
            BillingError::NoSuchPlan | BillingError::NotFound => Self::not_found(),
            BillingError::AlreadyOnPlan => Self::new(StatusCode::CONFLICT, "already-on-plan", detail),
            BillingError::NothingToChange => Self::new(StatusCode::CONFLICT, "no-subscription", detail),
            BillingError::NotForSale(_) => Self::new(StatusCode::CONFLICT, "plan-not-for-sale", detail),
            BillingError::PaymentOpen => Self::new(StatusCode::CONFLICT, "payment-open", detail),
            BillingError::CannotResume => Self::new(StatusCode::CONFLICT, "cannot-resume", detail),
            BillingError::Refused(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "payment-refused", detail),
            BillingError::Provider(why) => {
                tracing::warn!(why, "a payment provider could not be asked");
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
