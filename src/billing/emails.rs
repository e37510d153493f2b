//! The emails of billing to owners and administrators.

use rusqlite::Connection;

use super::model::Subscription;
use super::rules::Effect;
use super::store;
use crate::clock::UnixMs;
use crate::db;
use crate::i18n::{Locale, T};
use crate::ids::{PlanId, PublicId, WorkspaceId};
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
        Effect::Started | Effect::PlanChanged => ("billing-mail-plan-subject", "billing-mail-plan-text"),
        Effect::PaymentFailed => ("billing-mail-failed-subject", "billing-mail-failed-text"),
        Effect::Recovered => ("billing-mail-recovered-subject", "billing-mail-recovered-text"),
        Effect::Lapsed => ("billing-mail-lapsed-subject", "billing-mail-lapsed-text"),
        Effect::Ended => ("billing-mail-ended-subject", "billing-mail-ended-text"),
        Effect::TwoPlans => return tell_admins_in(tx, mailer, subscription, now),
        Effect::CancelPlanned | Effect::CancelTakenBack | Effect::EndAtProvider(..) => return Ok(()),
    };
    for owner in store::owners(tx, workspace)? {
        let draft = EmailDraft::new(owner, t.with_all(subject, &blanks))
            .text(t.get("mail-hello"))
            .text(t.with_all(text, &blanks))
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
    let words = ("billing-mail-double-subject", "billing-mail-double-text");
    to_admins(tx, mailer, words, &blanks, &public_id, now)
}

/// Requests a plan from the administrators.
pub(super) fn ask_admins_in(
    tx: &Connection,
    mailer: &Mailer,
    workspace: WorkspaceId,
    plan: PlanId,
    now: UnixMs,
) -> db::Result<()> {
    let (public_id, name) = store::workspace_names(tx, workspace)?;
    let name = plain(name);
    let (_, _, plan) = store::plan_names(tx, plan)?;
    let blanks = [("workspace", name.as_str()), ("plan", plan.as_str())];
    let words = ("billing-mail-request-subject", "billing-mail-request-text");
    to_admins(tx, mailer, words, &blanks, &public_id, now)
}

/// To every administrator, with a button to the workspace. The words are the keys of subject and text.
fn to_admins(
    tx: &Connection,
    mailer: &Mailer,
    (subject, text): (&str, &str),
    blanks: &[(&'static str, &str)],
    workspace: &PublicId,
    now: UnixMs,
) -> db::Result<()> {
    let t = T::default();
    for admin in store::admins(tx)? {
        let draft = EmailDraft::new(admin, t.with_all(subject, blanks))
            .text(t.get("mail-hello"))
            .text(t.with_all(text, blanks))
            .button(
                t.get("billing-mail-request-open"),
                format!("/admin/workspaces/{workspace}"),
            );
        mailer.send_in(tx, &draft, now)?;
    }
    Ok(())
}
