//! The emails of billing to owners and administrators.

use rusqlite::Connection;

use super::model::Subscription;
use super::rules::Effect;
use super::store;
use crate::clock::UnixMs;
use crate::db;
use crate::i18n::{Locale, T};
use crate::ids::{PlanId, WorkspaceId};
use crate::mail::{EmailDraft, Mailer, plain};

const PAGE: &str = "/settings/billing";

/// Notifies the owners of what happened without their doing.
pub(super) fn tell_in(
    tx: &Connection,
    mailer: &Mailer,
    subscription: &Subscription,
    effect: &Effect,
    now: UnixMs,
) -> db::Result<()> {
    let workspace = subscription.workspace;
    let t = T::new(Locale::En, store::zone(tx, workspace)?);
    let (_, name) = store::workspace_names(tx, workspace)?;
    let name = plain(name);
    let (_, _, plan) = store::plan_names(tx, subscription.plan)?;
    let (_, _, free) = store::plan_names(tx, store::default_plan(tx)?)?;
    let until = subscription.grace_until.map(|at| t.full(at)).unwrap_or_default();
    let blanks = [
        ("workspace", name.as_str()),
        ("plan", plan.as_str()),
        ("free", free.as_str()),
        ("until", until.as_str()),
    ];
    let (subject, text) = match effect {
        Effect::Started | Effect::PlanChanged => (
            t.with_all("billing-mail-plan-subject", &blanks),
            t.with_all("billing-mail-plan-text", &blanks),
        ),
        Effect::PaymentFailed => (
            t.with_all("billing-mail-failed-subject", &blanks),
            t.with_all("billing-mail-failed-text", &blanks),
        ),
        Effect::Recovered => (
            t.with_all("billing-mail-recovered-subject", &blanks),
            t.with_all("billing-mail-recovered-text", &blanks),
        ),
        Effect::Lapsed => (
            t.with_all("billing-mail-lapsed-subject", &blanks),
            t.with_all("billing-mail-lapsed-text", &blanks),
        ),
        Effect::Ended => (
            t.with_all("billing-mail-ended-subject", &blanks),
            t.with_all("billing-mail-ended-text", &blanks),
        ),
        Effect::TwoPlans => return tell_admins_in(tx, mailer, subscription, now),
        Effect::CancelPlanned | Effect::CancelTakenBack | Effect::EndAtProvider(..) => return Ok(()),
    };
    for owner in store::owners(tx, workspace)? {
        let draft = EmailDraft::new(owner, &subject)
            .text(t.get("mail-hello"))
            .text(&*text)
            .button(t.get("billing-mail-open"), PAGE)
            .at(workspace);
        mailer.send_in(tx, &draft, now)?;
    }
    Ok(())
}

/// Notifies the administrators that a subscription charges for two plans.
fn tell_admins_in(tx: &Connection, mailer: &Mailer, subscription: &Subscription, now: UnixMs) -> db::Result<()> {
    let Some(also) = subscription.also else { return Ok(()) };
    let t = T::default();
    let (public_id, name) = store::workspace_names(tx, subscription.workspace)?;
    let ((_, _, plan), (_, _, also)) = (store::plan_names(tx, subscription.plan)?, store::plan_names(tx, also)?);
    let provider = t.get(subscription.provider.key());
    let blanks = [
        ("workspace", name.as_str()),
        ("plan", plan.as_str()),
        ("also", also.as_str()),
        ("provider", &provider),
    ];
    for admin in store::admins(tx)? {
        let draft = EmailDraft::new(admin, t.with_all("billing-mail-double-subject", &blanks))
            .text(t.get("mail-hello"))
            .text(t.with_all("billing-mail-double-text", &blanks))
            .button(
                t.get("billing-mail-request-open"),
                format!("/admin/workspaces/{public_id}"),
            );
        mailer.send_in(tx, &draft, now)?;
    }
    Ok(())
}

/// Requests a plan from the administrators.
pub(super) fn ask_admins_in(
    tx: &Connection,
    mailer: &Mailer,
    workspace: WorkspaceId,
    plan: PlanId,
    now: UnixMs,
) -> db::Result<()> {
    let t = T::default();
    let (public_id, name) = store::workspace_names(tx, workspace)?;
    let name = plain(name);
    let (_, _, plan) = store::plan_names(tx, plan)?;
    let blanks = [("workspace", name.as_str()), ("plan", plan.as_str())];
    for admin in store::admins(tx)? {
        let draft = EmailDraft::new(admin, t.with_all("billing-mail-request-subject", &blanks))
            .text(t.get("mail-hello"))
            .text(t.with_all("billing-mail-request-text", &blanks))
            .button(
                t.get("billing-mail-request-open"),
                format!("/admin/workspaces/{public_id}"),
            );
        mailer.send_in(tx, &draft, now)?;
    }
    Ok(())
}
