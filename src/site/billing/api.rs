//! API calls: the workspace's subscription and its invoices.

use actix_web::HttpRequest;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::billing::{Billing, Invoice, Next, Overview};
use crate::i18n::Text;
use crate::site::plans::api::PlanView;
use crate::web::api::{Body, Page, Paging, reply, time};
use crate::web::problem::{ApiResult, Problem};

/// How the workspace comes to its plan.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionView {
    /// The plan in force.
    plan: PlanView,
    /// `active`, `past_due`, `cancelled` or `incomplete`; null for a workspace that never had a subscription.
    #[schema(example = "active")]
    status: Option<String>,
    /// `manual`, `stripe` or `razorpay`.
    #[schema(example = "stripe")]
    provider: Option<String>,
    /// When it renews or ends.
    #[schema(example = "2026-12-24T09:30:00Z", format = DateTime)]
    current_period_end: Option<String>,
    cancel_at_period_end: bool,
    /// A payment failed: the plan stays until then.
    #[schema(format = DateTime)]
    grace_until: Option<String>,
    /// The plan that follows at the end of the period.
    next_plan: Option<PlanView>,
    /// A plan that's chosen but not paid or confirmed yet.
    pending_plan: Option<PlanView>,
}

impl From<&Overview> for SubscriptionView {
    fn from(overview: &Overview) -> Self {
        let subscription = overview.subscription.as_ref();
        Self {
            plan: (&overview.plan).into(),
            status: subscription.map(|s| s.status.to_string()),
            provider: subscription.map(|s| s.provider.to_string()),
            current_period_end: subscription.and_then(|s| s.period_end).map(time),
            cancel_at_period_end: subscription.is_some_and(|s| s.cancel_at_period_end),
            grace_until: subscription.and_then(|s| s.grace_until).map(time),
            next_plan: overview.next_plan.as_ref().map(Into::into),
            pending_plan: overview.pending.as_ref().map(|(_, plan)| plan.into()),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseBody {
    /// ID of the plan, or its code.
    #[schema(example = "pro")]
    plan: String,
}

/// What has to happen for the choice to come true.
#[derive(Serialize, ToSchema)]
pub struct ChosenView {
    /// `pay`: open `url` and pay there; `done`: nothing, see `subscription`; `ask`: the administrator was asked.
    #[schema(example = "pay")]
    next: String,
    /// Where to pay. The plan starts when the provider confirms the payment.
    #[schema(example = "https://checkout.example.com/c/pay_123", format = "uri")]
    url: Option<String>,
    message: Option<String>,
    subscription: SubscriptionView,
}

/// Get the subscription
///
/// The workspace's plan, how it's paid for, and what changes next.
#[utoipa::path(get, path = "/v1/users/me/subscription", tag = "users", operation_id = "showSubscription",
    responses((status = 200, body = SubscriptionView, description = "The workspace's subscription.")))]
pub async fn show(request: HttpRequest, scope: Scope, billing: Data<Billing>) -> ApiResult {
    let overview = billing.overview(scope).await?;
    Ok(reply::one(&request, &SubscriptionView::from(&overview))?)
}

/// Change the plan
///
/// A more expensive plan starts at once, after payment if there is a payment provider. A cheaper one starts at the end of the
/// paid period, and choosing the default plan cancels. Choosing the current plan again undoes a planned change.
#[utoipa::path(post, path = "/v1/users/me/subscription", tag = "users", operation_id = "choosePlan",
    request_body = ChooseBody, responses((status = 200, body = ChosenView, description = "What happens next.")))]
pub async fn choose(scope: Scope, body: Body<ChooseBody>, billing: Data<Billing>) -> ApiResult {
    let overview = billing.overview(scope).await?;
    let plan = &body.0.plan;
    let wanted = overview
        .offered
        .iter()
        .find(|p| p.public_id.as_str() == plan || p.code == *plan);
    let wanted = wanted.ok_or_else(|| {
        let problem = Problem::fields(Vec::new());
        problem.wrong("plan", Text::new("billing-refused-no-such-plan-listed"))
    })?;
    let next = billing.choose(scope, &wanted.public_id).await?;
    let overview = billing.overview(scope).await?;
    let (next, url, message) = match next {
        Next::Redirect(url) => ("pay", Some(url), None),
        Next::Done => ("done", None, None),
        Next::Ask(message) => ("ask", None, Some(message)),
    };
    Ok(reply::done(&ChosenView {
        next: next.to_owned(),
        url,
        message,
        subscription: (&overview).into(),
    })?)
}

#[derive(Serialize, ToSchema)]
pub struct InvoiceView {
    #[schema(example = "bill_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    /// As the provider counts.
    #[schema(example = "INV-0042")]
    number: Option<String>,
    #[schema(example = "stripe")]
    provider: String,
    /// In the smallest unit of the currency.
    #[schema(example = 4900)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// `draft`, `open`, `paid`, `failed`, `void` or `uncollectible`.
    #[schema(example = "paid")]
    status: String,
    /// The provider's page with the invoice.
    #[schema(format = "uri")]
    url: Option<String>,
    #[schema(format = DateTime)]
    period_start: Option<String>,
    #[schema(format = DateTime)]
    period_end: Option<String>,
    #[schema(format = DateTime)]
    issued_at: String,
}

impl From<Invoice> for InvoiceView {
    fn from(invoice: Invoice) -> Self {
        Self {
            id: invoice.public_id.into(),
            number: invoice.number,
            provider: invoice.provider.to_string(),
            amount_minor: invoice.amount.minor,
            currency: invoice.amount.currency,
            status: invoice.status.to_string(),
            url: invoice.hosted_url,
            period_start: invoice.period.map(|(start, _)| time(start)),
            period_end: invoice.period.map(|(_, end)| time(end)),
            issued_at: time(invoice.issued_at),
        }
    }
}

/// List invoices
///
/// The workspace's invoices.
#[utoipa::path(get, path = "/v1/invoices", tag = "users", operation_id = "listInvoices",
    responses((status = 200, body = Page<InvoiceView>, description = "Invoices, newest first.")))]
pub async fn invoices(request: HttpRequest, scope: Scope, paging: Paging, billing: Data<Billing>) -> ApiResult {
    let rows = billing.invoices(scope, paging.after()?, paging.fetch()).await?.rows;
    let page = paging.page(rows, |row| row.public_id.to_string(), InvoiceView::from);
    Ok(reply::page(&request, &page)?)
}
