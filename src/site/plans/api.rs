//! API calls: plans on offer, and a workspace's usage.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::accounts::Scope;
use crate::plans::{DayUsage, Limits, Plan, Plans, Quota, Usage, Used};
use crate::site::openapi::shared::LIMITS;
use crate::web::api::{Page, Paging, reply, time};
use crate::web::problem::ApiResult;

/// What a plan allows.
#[derive(Serialize)]
pub struct LimitsView(Limits);

impl PartialSchema for LimitsView {
    fn schema() -> RefOr<Schema> {
        let mut object = ObjectBuilder::new().description(Some(LIMITS));
        for quota in Quota::ALL {
            let mut limit = u64::schema();
            if let RefOr::T(Schema::Object(number)) = &mut limit {
                number.schema_type = SchemaType::from_iter([Type::Integer, Type::Null]);
                number.example = Some(quota.info().example.into());
            }
            object = object.property(quota.word(), limit);
        }
        object.into()
    }
}

impl ToSchema for LimitsView {}

#[derive(Serialize, ToSchema)]
pub struct PlanView {
    #[schema(example = "plan_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    /// A word that never changes.
    #[schema(example = "pro")]
    code: String,
    #[schema(example = "Pro")]
    name: String,
    #[schema(example = "Three numbers, chatbots and priority support.")]
    description: String,
    /// In the smallest unit of the currency.
    #[schema(example = 4900)]
    price_minor: u64,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// `month` or `year`.
    #[schema(example = "month")]
    interval: String,
    limits: LimitsView,
    /// What the plan includes. `api` allows API keys.
    #[schema(example = json!(["api"]))]
    features: Vec<String>,
    /// Workspaces that haven't chosen a plan are on this one.
    is_default: bool,
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        Self {
            id: plan.public_id.to_string(),
            code: plan.code.clone(),
            name: plan.name.clone(),
            description: plan.description.clone(),
            price_minor: plan.price_minor,
            currency: plan.currency.clone(),
            interval: plan.interval.to_string(),
            limits: LimitsView(plan.limits),
            features: plan.offers().iter().map(ToString::to_string).collect(),
            is_default: plan.is_default,
        }
    }
}

/// How much of a limit is used.
#[derive(Serialize, ToSchema)]
pub struct UsedView {
    #[schema(example = 42)]
    used: u64,
    /// Null is no limit.
    #[schema(example = 5000)]
    limit: Option<u64>,
}

impl From<Used> for UsedView {
    fn from(used: Used) -> Self {
        Self {
            used: used.used,
            limit: used.limit.into(),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct DayView {
    /// In the workspace's time zone.
    #[schema(example = "2026-11-24", format = Date)]
    day: String,
    #[schema(example = 42)]
    messages: u64,
}

#[derive(Serialize, ToSchema)]
struct UsageDays {
    /// The plan in force.
    plan: PlanView,
    /// When today's messages are counted from zero again.
    #[schema(format = DateTime)]
    resets_at: String,
    /// The last days, the oldest first.
    days: Vec<DayView>,
}

/// What is used of each limit, beside the days.
#[derive(Serialize)]
pub struct UsageView {
    #[serde(flatten)]
    days: UsageDays,
    #[serde(flatten)]
    used: BTreeMap<&'static str, UsedView>,
}

impl PartialSchema for UsageView {
    fn schema() -> RefOr<Schema> {
        let mut schema = UsageDays::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            for word in Quota::ALL.iter().map(|quota| quota.used_word()) {
                let used = RefOr::Ref(Ref::from_schema_name(UsedView::name()));
                object.properties.insert(word.to_owned(), used);
                object.required.push(word.to_owned());
            }
        }
        schema
    }
}

impl ToSchema for UsageView {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((UsedView::name().into_owned(), UsedView::schema()));
        UsageDays::schemas(schemas);
    }
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        let used = |quota: &Quota| (quota.used_word(), usage.of(*quota).into());
        let day = |day: &DayUsage| DayView {
            day: day.day.to_string(),
            messages: day.messages,
        };
        Self {
            used: Quota::ALL.iter().map(used).collect(),
            days: UsageDays {
                plan: (&usage.plan).into(),
                resets_at: time(usage.resets_at),
                days: usage.days.iter().map(day).collect(),
            },
        }
    }
}

/// List plans
///
/// The plans on offer, with prices and limits. Needs no login.
#[utoipa::path(get, path = "/v1/plans", tag = "plans", operation_id = "listPlans",
    responses((status = 200, body = Page<PlanView>, description = "Plans, smallest first.")))]
pub async fn list(request: HttpRequest, paging: Paging, plans: Data<Plans>) -> ApiResult {
    let all = plans.offered().await?;
    let after: Option<String> = paging.after()?;
    let begin = after.map_or(0, |code| {
        all.iter()
            .position(|plan| plan.code == code)
            .map_or(all.len(), |at| at + 1)
    });
    let rows = all.into_iter().skip(begin).take(paging.fetch() as usize).collect();
    let page = paging.page(rows, |plan: &Plan| plan.code.clone(), |plan| PlanView::from(&plan));
    Ok(reply::page(&request, &page)?)
}

/// Get usage
///
/// How much of its plan the workspace uses, and when the daily limit resets.
#[utoipa::path(get, path = "/v1/users/me/usage", tag = "users", operation_id = "showUsage",
    responses((status = 200, body = UsageView, description = "Usage and limits.")))]
pub async fn usage(request: HttpRequest, scope: Scope, plans: Data<Plans>) -> ApiResult {
    let usage = plans.usage(scope).await?;
    Ok(reply::one(&request, &UsageView::from(usage))?)
}
