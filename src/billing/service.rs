//! What pages, the API and the command line call.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::apply::{apply_in, set_plan_in};
use super::model::{BillingError, Invoice, Move, Pending, ProviderKind, Subscription, SubscriptionStatus};
use super::provider::{Manual, Provider};
use super::rules::{self, Effect};
use super::store;
use crate::accounts::{Permission, Scope};
use crate::audit::{self, Action, Admin};
use crate::clock::{Clock, UnixMs};
use crate::db::{Db, Page};
use crate::events::Bus;
use crate::ids::{PublicId, WorkspaceId};
use crate::jobs::Jobs;
use crate::mail::Mailer;
use crate::plans::{self, Plan};

/// The payment providers, the preferred one first.
#[derive(Clone)]
pub struct Providers(Arc<Vec<Box<dyn Provider>>>);

impl Providers {
    /// `paid` are those that take money; the administrator's hand is always there.
    #[must_use]
    pub fn new(mut paid: Vec<Box<dyn Provider>>) -> Self {
        paid.push(Box::new(Manual));
        Self(Arc::new(paid))
    }

    pub(super) fn get(&self, kind: ProviderKind) -> Result<&dyn Provider, BillingError> {
        let found = self.0.iter().find(|provider| provider.kind() == kind);
        found.map(AsRef::as_ref).ok_or(BillingError::NotConfigured)
    }

    /// The seller of this plan: the first provider that has a price for it. The administrator grants free ones.
    pub(super) fn selling(&self, plan: &Plan) -> Result<&dyn Provider, BillingError> {
        let sells =
            |p: &&dyn Provider| p.price(plan).is_some() && (p.kind() == ProviderKind::Manual || !plan.is_free());
        let mut all = self.0.iter().map(AsRef::as_ref);
        all.find(sells).ok_or(BillingError::NotConfigured)
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Billing {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) bus: Bus,
    pub(super) jobs: Jobs,
    pub(super) mailer: Mailer,
    pub(super) providers: Providers,
    /// How long a plan stays after a failed payment.
    pub(super) grace: Duration,
}

/// The state of a workspace's billing.
#[derive(Clone, Debug)]
pub struct Overview {
    pub subscription: Option<Subscription>,
    /// The plan in force.
    pub plan: Plan,
    /// The plan of the subscription, even if it is not in force.
    pub subscribed: Option<Plan>,
    pub next_plan: Option<Plan>,
    /// Another plan that the same subscription charges for.
    pub also: Option<Plan>,
    pub pending: Option<(Pending, Plan)>,
    /// On offer, from the smallest to the largest.
    pub offered: Vec<Plan>,
    /// The provider has a page for cards and invoices.
    pub has_portal: bool,
    /// The plan for the end of the period can be undone.
    pub can_keep: bool,
    pub now: UnixMs,
}

impl Overview {
    /// What the choice of `wanted` means.
    #[must_use]
    pub fn movement(&self, wanted: &Plan) -> Move {
        // Prices in different currencies cannot be compared; then the order of the plans decides.
        let dearer = if wanted.currency == self.plan.currency && wanted.interval == self.plan.interval {
            wanted.price_minor > self.plan.price_minor
        } else {
            wanted.position > self.plan.position
        };
        let free = wanted.is_default || wanted.is_free();
        match rules::movement(self.subscription.as_ref(), self.plan.id, wanted.id, free, dearer) {
            Move::Start if wanted.is_default => Move::GiveUp,
            movement => movement,
        }
    }

    /// What an upgrade to `wanted` costs now, roughly; in the smallest unit.
    #[must_use]
    pub fn difference(&self, wanted: &Plan) -> u64 {
        let period = self
            .subscription
            .as_ref()
            .and_then(|s| s.period_start.zip(s.period_end));
        rules::difference(self.plan.price_minor, wanted.price_minor, period, self.now)
    }

    /// The plan in force was given: no subscription pays for it, and it is not the one that everybody begins with.
    #[must_use]
    pub fn is_given(&self) -> bool {
        let pays = |s: &&Subscription| s.in_force && s.reference.is_some() && s.plan == self.plan.id;
        !self.plan.is_default && self.subscription.as_ref().filter(pays).is_none()
    }

    /// The subscription that a provider charges for and that is good for its plan.
    pub fn pays(&self) -> Option<&Subscription> {
        let live = self.subscription.as_ref().filter(|s| s.is_live());
        live.filter(|s| s.in_force && s.reference.is_some())
    }

    /// Whether it was cancelled and lasts until the end of what is paid.
    pub fn leaves(&self) -> bool {
        self.subscription.as_ref().is_some_and(|s| s.cancel_at_period_end)
    }

    /// Whether `plan` follows at the end of what is paid.
    pub fn follows(&self, plan: &Plan) -> bool {
        let planned = self.next_plan.as_ref().is_some_and(|next| next.id == plan.id);
        self.pays().is_some() && (planned || (plan.is_default && self.leaves()))
    }

    /// The subscription that a provider charges for.
    pub(super) fn paid(&self) -> Result<(&Subscription, &str), BillingError> {
        let live = self.subscription.as_ref().filter(|s| s.is_live());
        live.and_then(|s| Some((s, s.reference.as_deref()?)))
            .ok_or(BillingError::NothingToChange)
    }
}

/// A workspace that requests a plan from the administrator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    pub workspace: PublicId,
    pub workspace_name: String,
    pub plan: PublicId,
    pub plan_name: String,
    pub since: UnixMs,
}

impl Billing {
    #[must_use]
    pub fn new(
        (db, clock, bus): (Db, Clock, Bus),
        jobs: Jobs,
        mailer: Mailer,
        providers: Providers,
        grace: Duration,
    ) -> Self {
        Self {
            db,
            clock,
            bus,
            jobs,
            mailer,
            providers,
            grace,
        }
    }

    // Looking.

    /// The workspace's subscription, if it ever had one.
    pub async fn subscription(&self, scope: Scope) -> Result<Option<Subscription>, BillingError> {
        scope.require(Permission::ManageBilling)?;
        self.db.read(move |c| Ok(store::get(c, scope.workspace)?)).await
    }

    pub async fn overview(&self, scope: Scope) -> Result<Overview, BillingError> {
        scope.require(Permission::ManageBilling)?;
        let workspace = scope.workspace;
        let (all, subscription, pending, plan, customers) = self
            .db
            .read(move |c| {
                let stripe = store::customer(c, workspace, ProviderKind::Stripe)?;
                Ok::<_, BillingError>((
                    plans::all_in(c)?,
                    store::get(c, workspace)?,
                    store::pending(c, workspace)?,
                    plans::plan_of(c, workspace)?,
                    stripe.is_some(),
                ))
            })
            .await?;
        let find = |id| all.iter().find(|plan| plan.id == id).cloned();
        let provider = subscription.as_ref().map(|s| s.provider);
        let planned_cancel = subscription.as_ref().is_some_and(|s| s.cancel_at_period_end);
        let can_resume = provider.is_some_and(|kind| self.providers.get(kind).is_ok_and(Provider::can_resume));
        Ok(Overview {
            subscribed: subscription.as_ref().and_then(|s| find(s.plan)),
            next_plan: subscription.as_ref().and_then(|s| find(s.next_plan?)),
            also: subscription.as_ref().and_then(|s| find(s.also?)),
            pending: pending.and_then(|pending| Some((pending.clone(), find(pending.plan)?))),
            has_portal: customers && self.providers.get(ProviderKind::Stripe).is_ok(),
            can_keep: can_resume || !planned_cancel,
            offered: all.iter().filter(|plan| !plan.is_archived()).cloned().collect(),
            subscription,
            plan,
            now: self.clock.now(),
        })
    }

    /// Bills, the newest first, from after `cursor` on; and the cursor of the next part, if there is one.
    ///
    /// # Errors
    /// When the role does not allow it, or `cursor` is not a bill of the workspace.
    pub async fn invoices(
        &self,
        scope: Scope,
        cursor: Option<PublicId>,
        limit: u32,
    ) -> Result<Page<Invoice, PublicId>, BillingError> {
        scope.require(Permission::ManageBilling)?;
        let workspace = scope.workspace;
        let found = self
            .db
            .read(move |c| {
                let from = match &cursor {
                    Some(id) => Some(store::find_invoice(c, workspace, id)?.ok_or(BillingError::NotFound)?.id),
                    None => None,
                };
                Ok::<_, BillingError>(store::invoices(c, workspace, from, limit.saturating_add(1))?)
            })
            .await?;
        Ok(Page::of(found, limit as usize, |last| last.public_id.clone()))
    }

    /// # Errors
    /// [`BillingError::NotFound`], also for another workspace's bill.
    pub async fn invoice(&self, scope: Scope, id: &PublicId) -> Result<Invoice, BillingError> {
        scope.require(Permission::ManageBilling)?;
        let id = id.clone();
        self.db
            .read(move |c| store::find_invoice(c, scope.workspace, &id)?.ok_or(BillingError::NotFound))
            .await
    }

    /// Whether anybody takes money here, or plans are given by hand only.
    #[must_use]
    pub fn takes_money(&self) -> bool {
        self.providers.0.iter().any(|p| p.kind() != ProviderKind::Manual)
    }

    /// Who takes the money for `wanted`.
    #[must_use]
    pub fn seller(&self, overview: &Overview, wanted: &Plan) -> ProviderKind {
        let running = overview.paid().ok().map(|(subscription, _)| subscription.provider);
        let moved = !matches!(overview.movement(wanted), Move::Start | Move::Nothing);
        let anew = || {
            self.providers
                .selling(wanted)
                .map_or(ProviderKind::Manual, Provider::kind)
        };
        running.filter(|_| moved).unwrap_or_else(anew)
    }

    /// Whether a cancellation could be taken back.
    #[must_use]
    pub fn can_take_back(&self, overview: &Overview) -> bool {
        let running = overview.subscription.as_ref().map(|s| s.provider);
        running.is_some_and(|kind| self.providers.get(kind).is_ok_and(Provider::can_resume))
    }

    // For administrators.

    /// Gives the workspace a plan by hand, until then or for good. What it pays elsewhere is ended.
    ///
    /// # Errors
    /// [`BillingError::NotFound`], [`BillingError::NoSuchPlan`], or [`PlanError::Archived`](plans::PlanError::Archived)
    /// unless the workspace is on that plan already.
    pub async fn set_manual(
        &self,
        admin: Admin,
        workspace: &PublicId,
        plan: &PublicId,
        until: Option<UnixMs>,
    ) -> Result<(), BillingError> {
        let (this, workspace, plan, now) = (self.clone(), workspace.clone(), plan.clone(), self.clock.now());
        let id = self
            .db
            .write(move |tx| {
                let id = store::workspace_of_public_id(tx, &workspace)?.ok_or(BillingError::NotFound)?;
                let (plan, name, is_default) = store::find_plan(tx, &plan)?.ok_or(BillingError::NoSuchPlan)?;
                plans::require_on_offer_in(tx, id, plan)?;
                let old = store::get(tx, id)?;
                let new = by_hand(id, plan, is_default, until, now);
                let mut effects = Vec::new();
                if let Some(old) = old.as_ref().filter(|s| s.is_live())
                    && let Some(reference) = &old.reference
                {
                    effects.push(Effect::EndAtProvider(old.provider, reference.clone()));
                }
                effects.push(if new.in_force { Effect::Started } else { Effect::Ended });
                apply_in(tx, &this.mailer, admin.actor(), (old.as_ref(), &new), &effects, now)?;
                // Also where the subscription says the same already: the administrator's word counts.
                if plans::plan_of(tx, id)?.id != plan {
                    set_plan_in(tx, id, plan, now)?;
                }
                store::delete_pending(tx, id)?;
                let entry = admin.entry(Action::PlanGranted).at(id).target(name);
                audit::record_in(tx, &entry.detail(json!({ "until": until })), now)?;
                Ok::<_, BillingError>(id)
            })
            .await?;
        self.notify(id);
        Ok(())
    }

    /// The two plans that the workspace's subscription charges for, and who charges; `None` when it is one, as it should.
    pub async fn doubled(
        &self,
        _: Admin,
        workspace: WorkspaceId,
    ) -> Result<Option<(String, String, ProviderKind)>, BillingError> {
        self.db
            .read(move |c| {
                let found = store::get(c, workspace)?.filter(Subscription::is_live);
                let Some((subscription, also)) = found.and_then(|s| s.also.map(|also| (s, also))) else {
                    return Ok(None);
                };
                let name = |plan| Ok::<_, BillingError>(store::plan_names(c, plan)?.2);
                Ok(Some((name(subscription.plan)?, name(also)?, subscription.provider)))
            })
            .await
    }

    /// Who waits for the administrator's hand, the longest first.
    pub async fn requests(&self, _: Admin) -> Result<Vec<Request>, BillingError> {
        self.db
            .read(|c| {
                let mut all = Vec::new();
                for (workspace, workspace_name, plan, since) in store::requests(c)? {
                    let (plan, _, plan_name) = store::plan_names(c, plan)?;
                    all.push(Request {
                        workspace,
                        workspace_name,
                        plan,
                        plan_name,
                        since,
                    });
                }
                Ok(all)
            })
            .await
    }

    /// After a commit: jobs, emails and open pages.
    pub(super) fn notify(&self, workspace: WorkspaceId) {
        self.jobs.wake();
        self.bus.nudge(workspace);
    }
}

pub(super) fn by_hand(
    workspace: WorkspaceId,
    plan: crate::ids::PlanId,
    is_default: bool,
    until: Option<UnixMs>,
    now: UnixMs,
) -> Subscription {
    let until = until.filter(|_| !is_default);
    Subscription {
        workspace,
        plan,
        provider: ProviderKind::Manual,
        reference: None,
        status: if is_default {
            SubscriptionStatus::Cancelled
        } else {
            SubscriptionStatus::Active
        },
        in_force: !is_default,
        period_start: Some(now),
        period_end: until,
        cancel_at_period_end: until.is_some(),
        next_plan: None,
        grace_until: None,
        line: None,
        also: None,
        heard_at: UnixMs(0),
        updated_at: now,
    }
}
