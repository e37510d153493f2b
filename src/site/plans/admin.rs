//! The administrator's editor of plans.

use std::collections::HashMap;

use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::render::{feature, limits};
use super::views::{
    EditPlanPage, Existing, LimitField, PlanFields, PlanRow, PlansPage, decimal, from_unit, in_unit, minor, price,
};
use crate::accounts::FieldError;
use crate::audit::Admin;
use crate::i18n::{T, Text};
use crate::ids::PublicId;
use crate::plans::{Feature, Interval, Limit, Limits, Listed, Plan, PlanDraft, PlanError, Plans, Quota, Unit};
use crate::site::subnav::{self, AdminTab};
use crate::web::act::Act;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;
use crate::web::views::Chip;
use crate::web::views::Field;

const PAGE: &str = "/admin/plans";

/// The editor's form. An empty limit is no limit.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct PlanForm {
    code: String,
    name: String,
    description: String,
    price: String,
    currency: String,
    interval: String,
    stripe_price: String,
    razorpay_plan: String,
    /// The limits by their words, and the features that are ticked by theirs.
    #[serde(flatten)]
    others: HashMap<String, String>,
}

impl PlanForm {
    fn of(plan: &Plan) -> Self {
        let limit = |quota: &Quota| {
            let most = Option::<u64>::from(plan.limit(*quota)).map(|most| in_unit(most, digits(*quota)));
            (quota.word().to_owned(), most.unwrap_or_default())
        };
        let ticked = plan
            .features
            .iter()
            .map(|feature| (feature.to_string(), "on".to_owned()));
        Self {
            code: plan.code.clone(),
            name: plan.name.clone(),
            description: plan.description.clone(),
            price: decimal(plan.price_minor, &plan.currency),
            currency: plan.currency.clone(),
            interval: plan.interval.word().to_owned(),
            stripe_price: plan.stripe_price.clone().unwrap_or_default(),
            razorpay_plan: plan.razorpay_plan.clone().unwrap_or_default(),
            others: Quota::ALL.iter().map(limit).chain(ticked).collect(),
        }
    }

    fn ticked(&self, feature: Feature) -> bool {
        self.others.contains_key(feature.word())
    }

    fn limit(&self, quota: Quota) -> &str {
        self.others.get(quota.word()).map_or("", |typed| typed.trim())
    }

    /// The typed values, as far as they are valid, for a new or existing plan.
    fn draft(&self, existing: Option<&Plan>) -> Result<PlanDraft, PlanError> {
        let mut errors = Vec::new();
        let currency = self.currency.trim().to_ascii_uppercase();
        let price_minor = minor(&self.price, &currency).unwrap_or_else(|| {
            errors.push(FieldError::new("price", Text::new("plans-price-wrong")));
            0
        });
        let limits = Limits::NONE.map(|quota, _| match self.limit(quota) {
            "" => Limit::Unlimited,
            typed => match from_unit(typed, digits(quota)) {
                Some(most) => Limit::Of(most),
                None => {
                    errors.push(FieldError::new(quota.word(), Text::new("plans-limit-wrong")));
                    Limit::Unlimited
                }
            },
        });
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let ticked: Vec<_> = Feature::BUILT.iter().copied().filter(|f| self.ticked(*f)).collect();
        let draft = PlanDraft {
            code: existing.map_or(&self.code, |plan| &plan.code).to_owned(),
            name: self.name.clone(),
            description: self.description.clone(),
            price_minor,
            currency,
            interval: self.interval.parse().unwrap_or(Interval::Month),
            limits,
            features: existing.map_or_else(|| ticked.clone(), |plan| plan.features_with(ticked.clone())),
            stripe_price: given(&self.stripe_price),
            razorpay_plan: given(&self.razorpay_plan),
        };
        match draft.check() {
            Ok(draft) if errors.is_empty() => Ok(draft),
            Err(PlanError::Invalid(more)) => {
                errors.extend(more);
                Err(PlanError::Invalid(errors))
            }
            Ok(_) => Err(PlanError::Invalid(errors)),
            Err(error) => Err(error),
        }
    }

    fn fields(self, t: T, errors: &[FieldError]) -> PlanFields {
        let field = |name: &str, value: &str| {
            let error = errors.iter().find(|error| error.field == name);
            Field::new(value, error.map(|error| t.text(&error.message)))
        };
        PlanFields {
            code: field("code", &self.code),
            name: field("name", &self.name),
            description: field("description", &self.description),
            price: field("price", &self.price),
            currency: field("currency", &self.currency),
            yearly: self.interval == Interval::Year.word(),
            limits: Quota::ALL
                .iter()
                .map(|quota| LimitField {
                    name: quota.word(),
                    label: t.get(quota.texts().label),
                    typed: field(quota.word(), self.limit(*quota)),
                    bounds: format!(" min=\"{}\" step=\"{}\"", quota.info().least, step(*quota)),
                })
                .collect(),
            stripe_price: field("stripe_price", &self.stripe_price),
            razorpay_plan: field("razorpay_plan", &self.razorpay_plan),
            features: Feature::BUILT
                .iter()
                .map(|f| (f.word(), feature(t, *f), self.ticked(*f)))
                .collect(),
        }
    }
}

/// The decimal digits of the unit that a limit is typed in: one, or a megabyte. A limit that the command line or the
/// API has set in bytes is shown exactly, so saving the form leaves it as it is.
const fn digits(quota: Quota) -> u32 {
    match quota.info().unit {
        Unit::Count => 0,
        Unit::Bytes => 6,
    }
}

const fn step(quota: Quota) -> &'static str {
    match quota.info().unit {
        Unit::Count => "1",
        Unit::Bytes => "any",
    }
}

/// `GET /admin/plans`.
pub async fn index(mode: RenderMode, frame: PageFrame, admin: Admin, plans: Data<Plans>) -> PageResult {
    let (t, list) = (frame.t, plans.list(admin).await?);
    let offered = list.iter().filter(|listed| !listed.plan.is_archived()).count();
    let rows = list
        .iter()
        .enumerate()
        .map(|(place, listed)| row(t, listed, place, offered))
        .collect();
    let page = PlansPage {
        subnav: subnav::admin(&frame, AdminTab::Plans),
        rows,
        frame: frame.at(Section::Admin),
    };
    Ok(mode.html(&page, page.as_main()))
}

fn row(t: T, listed: &Listed, place: usize, offered: usize) -> PlanRow {
    let plan = &listed.plan;
    let chip = |key: &str, icon, tone| Chip::new(t.get(key), icon, tone);
    let mut chips = Vec::new();
    if plan.is_default {
        chips.push(chip("plans-chip-default", "circle-check", Tone::Good));
    }
    if plan.is_archived() {
        chips.push(chip("plans-chip-archived", "circle-pause", Tone::Plain));
    }
    PlanRow {
        id: plan.public_id.to_string(),
        name: plan.name.clone(),
        // A code that repeats the name is not shown.
        code: Some(plan.code.clone()).filter(|code| *code != plan.name.to_lowercase()),
        price: price(t, plan),
        limits: limits(t, &plan.limits),
        workspaces: t.number(listed.workspaces),
        chips,
        can_up: place > 0 && place < offered,
        can_down: place + 1 < offered,
    }
}

/// `GET /admin/plans/new`.
pub async fn new(mode: RenderMode, frame: PageFrame) -> HttpResponse {
    let form = PlanForm {
        price: "0".into(),
        currency: "USD".into(),
        interval: Interval::Month.word().into(),
        others: HashMap::from([(Quota::Seats.word().into(), "3".into())]),
        ..PlanForm::default()
    };
    let page = editor(frame, form, None, &[]);
    mode.html(&page, page.as_main())
}

/// `POST /admin/plans`.
pub async fn create(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    admin: Admin,
    form: Form<PlanForm>,
    plans: Data<Plans>,
) -> PageResult {
    let outcome = match form.draft(None) {
        Ok(draft) => plans.create(admin, draft).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(plan) => Ok(done(&request, frame.t, "plans-made", &plan)),
        Err(PlanError::Invalid(errors)) => {
            let page = editor(frame, form.into_inner(), None, &errors);
            Ok(mode.refused(&page, page.as_main()))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /admin/plans/{plan}`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    id: Path<PublicId>,
    plans: Data<Plans>,
) -> PageResult {
    let listed = listed(admin, &plans, &id).await?;
    let page = editor(frame, PlanForm::of(&listed.plan), Some(&listed), &[]);
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /admin/plans/{plan}`: a change applies at once to every workspace on the plan.
pub async fn edit(
    (mode, request): (RenderMode, HttpRequest),
    frame: PageFrame,
    admin: Admin,
    id: Path<PublicId>,
    form: Form<PlanForm>,
    plans: Data<Plans>,
) -> PageResult {
    let listed = listed(admin, &plans, &id).await?;
    let outcome = match form.draft(Some(&listed.plan)) {
        Ok(draft) => plans.edit(admin, &id, draft).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(plan) => Ok(done(&request, frame.t, "plans-saved", &plan)),
        Err(PlanError::Invalid(errors)) => {
            let form = PlanForm {
                code: listed.plan.code.clone(),
                ..form.into_inner()
            };
            {
                let page = editor(frame, form, Some(&listed), &errors);
                Ok(mode.refused(&page, page.as_main()))
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /admin/plans/{plan}/archive`.
pub async fn archive(act: Act<Admin>, plans: Data<Plans>) -> PageResult {
    let plan = plans.set_archived(act.who, &act.id, true).await?;
    Ok(act.says(PAGE, &act.frame.t.with("plans-archived", "name", &plan.name)))
}

/// `POST /admin/plans/{plan}/restore`.
pub async fn restore(act: Act<Admin>, plans: Data<Plans>) -> PageResult {
    let plan = plans.set_archived(act.who, &act.id, false).await?;
    Ok(act.says(PAGE, &act.frame.t.with("plans-restored", "name", &plan.name)))
}

/// `POST /admin/plans/{plan}/default`.
pub async fn make_default(act: Act<Admin>, plans: Data<Plans>) -> PageResult {
    let plan = plans.set_default(act.who, &act.id).await?;
    Ok(act.says(PAGE, &act.frame.t.with("plans-made-default", "name", &plan.name)))
}

/// `POST /admin/plans/{plan}/up`: one place towards the smaller plans.
pub async fn up(request: HttpRequest, admin: Admin, id: Path<PublicId>, plans: Data<Plans>) -> PageResult {
    plans.shift(admin, &id, true).await?;
    Ok(htmx::go_to(&request, PAGE))
}

/// `POST /admin/plans/{plan}/down`: one place towards the larger plans.
pub async fn down(request: HttpRequest, admin: Admin, id: Path<PublicId>, plans: Data<Plans>) -> PageResult {
    plans.shift(admin, &id, false).await?;
    Ok(htmx::go_to(&request, PAGE))
}

async fn listed(admin: Admin, plans: &Plans, id: &PublicId) -> Result<Listed, PlanError> {
    let found = plans
        .list(admin)
        .await?
        .into_iter()
        .find(|listed| listed.plan.public_id == *id);
    found.ok_or(PlanError::NotFound)
}

fn done(request: &HttpRequest, t: T, key: &str, plan: &Plan) -> HttpResponse {
    let said = t.with(key, "name", &plan.name);
    with_toast(htmx::go_to(request, PAGE), Tone::Good, &said)
}

fn editor(frame: PageFrame, form: PlanForm, listed: Option<&Listed>, errors: &[FieldError]) -> EditPlanPage {
    let t = frame.t;
    let existing = listed.map(|listed| Existing {
        id: listed.plan.public_id.to_string(),
        concerns: t.count("plans-concerns", listed.workspaces),
        is_default: listed.plan.is_default,
        archived: listed.plan.is_archived(),
    });
    let title = match listed {
        Some(listed) => listed.plan.name.clone(),
        None => t.get("plans-new"),
    };
    EditPlanPage {
        subnav: subnav::admin(&frame, AdminTab::Plans),
        action: existing
            .as_ref()
            .map_or_else(|| PAGE.to_owned(), |plan| format!("{PAGE}/{}", plan.id)),
        title,
        form: form.fields(t, errors),
        existing,
        error: (!errors.is_empty()).then(|| t.get("problem-invalid")),
        frame: frame.at(Section::Admin),
    }
}
