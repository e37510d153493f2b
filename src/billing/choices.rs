//! The owners' changes: choosing a plan, cancelling, undoing.

use serde_json::json;

use super::apply::{apply_in, set_plan_in};
use super::emails;
use super::lines::Catalogue;
use super::model::{BillingError, Move, Next, Pending, ProviderKind, Subscription, SubscriptionStatus};
use super::provider::{Change, Order};
use super::service::{Billing, Overview, by_hand};
use super::store;
use super::upkeep::Compare;
use crate::accounts::{Permission, Scope};
use crate::audit::{self, Action, Entry};
use crate::ids::PublicId;
use crate::plans::{self, Plan};

/// An open checkout is checked after this long, in case its webhook got lost.
const LOOK_AFTER: std::time::Duration = std::time::Duration::from_secs(15 * 60);

impl Billing {
    /// Chooses a plan, whatever that means for what there is: see [`Overview::movement`].
    pub async fn choose(&self, scope: Scope, plan: &PublicId) -> Result<Next, BillingError> {
        let overview = self.overview(scope).await?;
        let wanted = overview.offered.iter().find(|offered| offered.public_id == *plan);
        let wanted = wanted.ok_or(BillingError::NoSuchPlan)?;
        match overview.movement(wanted) {
            Move::Nothing => Err(BillingError::AlreadyOnPlan),
            Move::Keep => self.keep_as(scope, &overview).await,
            Move::Start => self.start(scope, &overview, wanted).await,
            Move::Up => self.upgrade(scope, &overview, wanted).await,
            Move::Down => self.downgrade(scope, &overview, wanted).await,
            Move::Cancel => self.cancel(scope).await,
            Move::GiveUp => self.give_up(scope, wanted).await,
        }
    }

    async fn start(&self, scope: Scope, overview: &Overview, wanted: &Plan) -> Result<Next, BillingError> {
        let provider = self.providers.selling(wanted)?;
        let order = self.order(scope, wanted, provider.kind()).await?;
        let begun = provider.checkout(&order).await?;
        let url = match &begun.next {
            Next::Redirect(url) => Some(url.clone()),
            Next::Done | Next::Ask(_) => None,
        };
        let pending = Pending {
            plan: wanted.id,
            provider: provider.kind(),
            reference: begun.reference,
            url,
            since: self.clock.now(),
        };
        let asked = |p: &Pending| p.provider == ProviderKind::Manual && p.plan == wanted.id;
        let again = overview.pending.as_ref().is_some_and(|(p, _)| asked(p));
        let (this, wanted, now) = (self.clone(), wanted.clone(), pending.since);
        self.db
            .write(move |tx| {
                if let Some(customer) = &begun.customer {
                    store::put_customer(tx, scope.workspace, pending.provider, customer)?;
                }
                store::put_pending(tx, scope.workspace, &pending, scope.user)?;
                if pending.provider != ProviderKind::Manual {
                    Compare::after(tx, scope.workspace, now.plus(LOOK_AFTER), now)?;
                } else if !again {
                    emails::ask_admins_in(tx, &this.mailer, scope.workspace, wanted.id, now)?;
                }
                let detail = json!({ "plan": wanted.code, "provider": pending.provider });
                let action = match pending.provider {
                    ProviderKind::Manual => Action::PlanAsked,
                    _ => Action::CheckoutStarted,
                };
                let entry = scope.entry(action).target(&wanted.name).detail(detail);
                audit::record_in(tx, &entry, now)
            })
            .await?;
        self.jobs.wake();
        Ok(begun.next)
    }

    async fn order(&self, scope: Scope, wanted: &Plan, kind: ProviderKind) -> Result<Order, BillingError> {
        let (customer, (workspace, workspace_name), email) = self
            .db
            .read(move |c| {
                Ok::<_, BillingError>((
                    store::customer(c, scope.workspace, kind)?,
                    store::workspace_names(c, scope.workspace)?,
                    store::email_of(c, scope.user)?,
                ))
            })
            .await?;
        Ok(Order {
            workspace,
            workspace_name,
            email: email.unwrap_or_default(),
            customer,
            plan: wanted.clone(),
            done_url: self.mailer.url("/settings/billing/return"),
            back_url: self.mailer.url("/settings/billing"),
        })
    }

    async fn upgrade(&self, scope: Scope, overview: &Overview, wanted: &Plan) -> Result<Next, BillingError> {
        let (subscription, reference) = overview.paid()?;
        if subscription.status == SubscriptionStatus::PastDue {
            return Err(BillingError::PaymentOpen);
        }
        let provider = self.providers.get(subscription.provider)?;
        let not_sold = || BillingError::NotForSale(wanted.name.clone());
        let price = provider.price(wanted).ok_or_else(not_sold)?;
        self.take_back(overview).await?;
        let catalogue = self.catalogue(subscription).await?;
        let next = provider.change(reference, &catalogue, price, Change::Now).await?;
        let url = match &next {
            Next::Redirect(url) => Some(url.clone()),
            Next::Done | Next::Ask(_) => None,
        };
        let pending = Pending {
            plan: wanted.id,
            provider: provider.kind(),
            reference: Some(reference.to_owned()),
            url,
            since: self.clock.now(),
        };
        let (now, code, name) = (pending.since, wanted.code.clone(), wanted.name.clone());
        self.db
            .write(move |tx| {
                // The confirmation may have arrived before the response.
                let confirmed = store::get(tx, scope.workspace)?.is_some_and(|s| s.plan == pending.plan);
                if !confirmed {
                    store::put_pending(tx, scope.workspace, &pending, scope.user)?;
                    Compare::after(tx, scope.workspace, now.plus(LOOK_AFTER), now)?;
                }
                let entry = scope.entry(Action::CheckoutStarted).target(&name);
                let detail = json!({ "plan": code, "provider": pending.provider, "change": "upgrade" });
                audit::record_in(tx, &entry.detail(detail), now)
            })
            .await?;
        self.notify(scope.workspace);
        Ok(next)
    }

    async fn downgrade(&self, scope: Scope, overview: &Overview, wanted: &Plan) -> Result<Next, BillingError> {
        let (subscription, reference) = overview.paid()?;
        let provider = self.providers.get(subscription.provider)?;
        let not_sold = || BillingError::NotForSale(wanted.name.clone());
        let price = provider.price(wanted).ok_or_else(not_sold)?;
        if subscription.cancel_at_period_end {
            self.take_back(overview).await?;
        }
        // Stored before the provider is called: its webhook must find that the new price is meant for later.
        let (before, plan) = (subscription.next_plan, wanted.id);
        let plan_later = move |s: &mut Subscription| (s.next_plan, s.cancel_at_period_end) = (Some(plan), false);
        let catalogue = self.catalogue(subscription).await?;
        self.alter(scope, plan_later, None).await?;
        let when = Change::NextPeriod;
        if let Err(error) = provider.change(reference, &catalogue, price, when).await {
            self.alter(scope, move |s| s.next_plan = before, None).await?;
            return Err(error.into());
        }
        let detail = json!({ "plan": wanted.code, "change": "downgrade" });
        let entry = scope
            .entry(Action::SubscriptionChanged)
            .target(&wanted.name)
            .detail(detail);
        self.alter(scope, |_| {}, Some(entry)).await?;
        Ok(Next::Done)
    }

    /// Cancels at the end of what is paid.
    ///
    /// # Errors
    /// [`BillingError::NothingToChange`], or the provider does not agree; nothing was changed.
    pub async fn cancel(&self, scope: Scope) -> Result<Next, BillingError> {
        let overview = self.overview(scope).await?;
        let (subscription, reference) = overview.paid()?;
        if subscription.cancel_at_period_end {
            return Ok(Next::Done);
        }
        let provider = self.providers.get(subscription.provider)?;
        provider.cancel_at_period_end(reference).await?;
        let entry = scope.entry(Action::SubscriptionCancelled).target(&overview.plan.name);
        let planned = |s: &mut Subscription| (s.cancel_at_period_end, s.next_plan) = (true, None);
        self.alter(scope, planned, Some(entry)).await?;
        Ok(Next::Done)
    }

    /// Replaces a granted plan by the default one. This needs no request to the administrator.
    async fn give_up(&self, scope: Scope, default: &Plan) -> Result<Next, BillingError> {
        let (this, plan, workspace, now) = (self.clone(), default.clone(), scope.workspace, self.clock.now());
        self.db
            .write(move |tx| {
                let given = store::get(tx, workspace)?.filter(|s| s.is_live() && s.reference.is_none());
                if let Some(old) = given {
                    let new = by_hand(workspace, plan.id, true, None, now);
                    apply_in(tx, &this.mailer, scope.into(), (Some(&old), &new), &[], now)?;
                }
                let before = plans::plan_of(tx, workspace)?;
                if before.id != plan.id {
                    set_plan_in(tx, workspace, plan.id, now)?;
                }
                store::delete_pending(tx, workspace)?;
                let entry = scope.entry(Action::SubscriptionChanged).target(&plan.name);
                let detail = json!({ "plan": plan.code, "change": "given up" });
                audit::record_in(tx, &entry.detail(detail), now)
            })
            .await?;
        self.notify(workspace);
        Ok(Next::Done)
    }

    /// Takes back what was planned for the end of the period.
    ///
    /// # Errors
    /// [`BillingError::NothingToChange`] or [`BillingError::CannotResume`].
    pub async fn keep(&self, scope: Scope) -> Result<Next, BillingError> {
        let overview = self.overview(scope).await?;
        self.keep_as(scope, &overview).await
    }

    async fn keep_as(&self, scope: Scope, overview: &Overview) -> Result<Next, BillingError> {
        let (subscription, _) = overview.paid()?;
        if !subscription.cancel_at_period_end && subscription.next_plan.is_none() {
            return Err(BillingError::NothingToChange);
        }
        self.take_back(overview).await?;
        let entry = scope.entry(Action::SubscriptionChanged).target(&overview.plan.name);
        let entry = entry.detail(json!({ "plan": overview.plan.code, "change": "kept" }));
        let kept = |s: &mut Subscription| (s.cancel_at_period_end, s.next_plan) = (false, None);
        self.alter(scope, kept, Some(entry)).await?;
        Ok(Next::Done)
    }

    /// The known lines of the subscription, to change the plan's and no other.
    async fn catalogue(&self, subscription: &Subscription) -> Result<Catalogue, BillingError> {
        let known = subscription.clone();
        self.db
            .read(move |c| Ok(store::catalogue(c, known.provider, Some(&known))?))
            .await
    }

    /// Cancels at the provider whatever was planned.
    async fn take_back(&self, overview: &Overview) -> Result<(), BillingError> {
        let (subscription, reference) = overview.paid()?;
        let provider = self.providers.get(subscription.provider)?;
        if subscription.cancel_at_period_end {
            if !provider.can_resume() {
                return Err(BillingError::CannotResume);
            }
            provider.resume(reference).await?;
        }
        if subscription.next_plan.is_some() {
            let not_sold = || BillingError::NotForSale(overview.plan.name.clone());
            let price = provider.price(&overview.plan).ok_or_else(not_sold)?;
            let catalogue = self.catalogue(subscription).await?;
            provider.change(reference, &catalogue, price, Change::Keep).await?;
        }
        Ok(())
    }

    /// Changes what is planned, without effect on plan or limits now.
    async fn alter(
        &self,
        scope: Scope,
        change: impl FnOnce(&mut Subscription) + Send + 'static,
        entry: Option<Entry>,
    ) -> Result<(), BillingError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let mut subscription = store::get(tx, scope.workspace)?.ok_or(BillingError::NothingToChange)?;
                change(&mut subscription);
                subscription.updated_at = now;
                store::put(tx, &subscription, now)?;
                if let Some(entry) = entry {
                    audit::record_in(tx, &entry, now)?;
                }
                Ok(())
            })
            .await
    }

    /// Gives up a choice that is not confirmed yet.
    pub async fn withdraw(&self, scope: Scope) -> Result<(), BillingError> {
        scope.require(Permission::ManageBilling)?;
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let pending = store::pending(tx, scope.workspace)?;
                let running = store::get(tx, scope.workspace)?.and_then(|s| s.reference);
                // With Razorpay the subscription exists before it is paid; it must not be paid later.
                if let Some(p) = pending.filter(|p| p.provider == ProviderKind::Razorpay)
                    && let Some(reference) = p.reference.filter(|r| running.as_ref() != Some(r))
                {
                    store::put_end(tx, ProviderKind::Razorpay, &reference, now)?;
                }
                store::delete_pending(tx, scope.workspace)?;
                Ok(())
            })
            .await
    }

    /// The address of the provider's own page with cards and bills.
    ///
    /// # Errors
    /// [`BillingError::NothingToChange`] when there is none.
    pub async fn portal(&self, scope: Scope) -> Result<String, BillingError> {
        scope.require(Permission::ManageBilling)?;
        let kind = ProviderKind::Stripe;
        let customer = self.db.read(move |c| store::customer(c, scope.workspace, kind)).await?;
        let customer = customer.ok_or(BillingError::NothingToChange)?;
        let back = self.mailer.url("/settings/billing");
        let url = self.providers.get(kind)?.portal(&customer, &back).await?;
        url.ok_or(BillingError::NothingToChange)
    }
}
