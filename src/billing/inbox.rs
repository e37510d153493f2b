//! Webhooks: authenticated by their signature, applied once.

use rusqlite::Connection;

use super::apply::apply_in;
use super::model::{BillingError, InvoiceStatus, ProviderKind};
use super::provider::{Header, Incoming, Provider, Remote};
use super::rules::{self, ChargeState, Outcome, Snapshot};
use super::service::Billing;
use super::signature;
use super::store::{self, Processed};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;
use crate::db;
use crate::ids::{PublicId, WorkspaceId};

/// The result of a webhook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received {
    New,
    /// It was applied before.
    Again,
}

impl Billing {
    /// Follows a webhook of this provider. Its answer means that it is stored for good.
    ///
    /// # Errors
    /// [`BillingError::BadSignature`] and [`BillingError::BadEvent`] when it is not to be believed,
    /// [`BillingError::NotConfigured`], and [`BillingError::Provider`] when the provider had to be asked and did not
    /// answer: then nothing is stored, and it shall come again.
    pub async fn receive(&self, kind: ProviderKind, header: Header<'_>, body: &[u8]) -> Result<Received, BillingError> {
        let provider = self.providers.get(kind)?;
        let incoming = provider.read(header, body, self.clock.now())?;
        let (id, reference) = (incoming.id.clone(), reference_of(&incoming));
        let (seen, heard, newest) = self
            .db
            .read(move |c| {
                let known = reference.map(|r| store::by_reference(c, kind, &r)).transpose()?;
                let heard = known.flatten().map(|s| s.heard_at);
                let newest = store::newest_signed(c, kind)?;
                Ok::<_, BillingError>((store::event_seen(c, kind, &id)?, heard, newest))
            })
            .await?;
        // Our clock may be behind, but a newer event of the provider shows that this one is old.
        let old = |signed: UnixMs| newest.is_some_and(|newest| newest.since(signed) > signature::TOLERANCE);
        if incoming.signed_at.is_some_and(old) {
            return Err(BillingError::BadSignature);
        }
        if seen {
            return Ok(Received::Again);
        }
        let (remote, at) = current_state(provider, &incoming, heard).await?;
        let (this, now) = (self.clone(), self.clock.now());
        let done = self
            .db
            .write(move |tx| this.take_in(tx, kind, &incoming, remote.as_ref(), at, now))
            .await?;
        if let Some(workspace) = done.1 {
            self.notify(workspace);
        }
        Ok(done.0)
    }

    fn take_in(
        &self,
        tx: &Connection,
        kind: ProviderKind,
        incoming: &Incoming,
        remote: Option<&Remote>,
        at: UnixMs,
        now: UnixMs,
    ) -> Result<(Received, Option<WorkspaceId>), BillingError> {
        let times = (incoming.at, incoming.signed_at);
        if !store::put_event(tx, kind, (&incoming.id, &incoming.kind), times, now)? {
            return Ok((Received::Again, None));
        }
        if remote.is_none() && incoming.news.invoice.is_none() {
            return Ok((Received::New, None));
        }
        let Some(workspace) = workspace_of(tx, kind, incoming, remote)? else {
            store::set_processed(tx, kind, &incoming.id, Processed::Unknown)?;
            return Ok((Received::New, None));
        };
        if let Some(customer) = &incoming.news.customer {
            store::put_customer(tx, workspace, kind, customer)?;
        }
        let mut processed = Processed::Followed;
        if let Some(remote) = remote {
            processed = self.follow_in(tx, workspace, kind, remote, at, now)?;
        }
        if let Some(invoice) = &incoming.news.invoice
            && store::put_invoice(tx, workspace, invoice)?
        {
            processed = Processed::Followed;
            if invoice.status == InvoiceStatus::Paid {
                let entry = Entry::new(Actor::System, Action::PaymentSucceeded)
                    .at(workspace)
                    .target(invoice.amount.to_string());
                audit::record_in(tx, &entry, now)?;
            }
        }
        store::set_processed(tx, kind, &incoming.id, processed)?;
        Ok((Received::New, Some(workspace)))
    }

    /// Applies the provider's state of a subscription, in the transaction `tx`.
    pub(super) fn follow_in(
        &self,
        tx: &Connection,
        workspace: WorkspaceId,
        kind: ProviderKind,
        remote: &Remote,
        at: UnixMs,
        now: UnixMs,
    ) -> db::Result<Processed> {
        let current = store::get(tx, workspace)?;
        let pending = store::pending(tx, workspace)?.filter(|pending| pending.provider == kind);
        let same = current
            .as_ref()
            .filter(|s| s.reference.as_ref() == Some(&remote.reference));
        let picked = store::catalogue(tx, kind, same)?;
        let picked = picked.pick(&remote.lines);
        let (period_start, period_end) = remote.period_by(picked.line);
        let snapshot = Snapshot {
            provider: kind,
            reference: remote.reference.clone(),
            plan: picked.plan,
            line: picked.line.map(|line| line.id.clone()).filter(|id| !id.is_empty()),
            also: picked.also,
            charge: remote.charge,
            period_start,
            period_end,
            cancel_at_period_end: remote.ends_with(period_end),
            at,
        };
        let fallback = pending.as_ref().map(|pending| pending.plan);
        match rules::follow(workspace, current.as_ref(), &snapshot, fallback, self.grace, now) {
            Outcome::Late => Ok(Processed::Late),
            Outcome::Ignored => Ok(Processed::Ignored),
            Outcome::SyncPlanLimits(new, effects) => {
                let change = (current.as_ref(), &new);
                apply_in(tx, &self.mailer, Actor::System, change, &effects, now)?;
                let confirmed = pending.is_some_and(|pending| {
                    let over =
                        remote.charge == ChargeState::Ended && pending.reference.as_ref() == new.reference.as_ref();
                    (new.in_force && new.plan == pending.plan) || over
                });
                if confirmed {
                    store::delete_pending(tx, workspace)?;
                }
                Ok(Processed::Followed)
            }
        }
    }
}

fn reference_of(incoming: &Incoming) -> Option<String> {
    let told = incoming
        .news
        .subscription
        .as_ref()
        .map(|remote| remote.reference.clone());
    told.or_else(|| incoming.news.touched.clone())
}

/// The subscription's current state, and its time. The event's own state is enough when it is clearly newer
/// than the last one applied; providers count in seconds, so within the same second they are asked.
async fn current_state(
    provider: &dyn Provider,
    incoming: &Incoming,
    heard: Option<UnixMs>,
) -> Result<(Option<Remote>, UnixMs), BillingError> {
    let news = &incoming.news;
    if let Some(remote) = &news.subscription
        && heard != Some(incoming.at)
    {
        return Ok((Some(remote.clone()), incoming.at));
    }
    let Some(reference) = &news.touched else {
        return Ok((news.subscription.clone(), incoming.at));
    };
    let remote = provider.subscription(reference).await?;
    Ok((remote, incoming.at.max(heard.unwrap_or(incoming.at))))
}

/// The event's workspace: by the subscription, the open checkout, our own metadata, or the customer.
fn workspace_of(
    tx: &Connection,
    kind: ProviderKind,
    incoming: &Incoming,
    remote: Option<&Remote>,
) -> db::Result<Option<WorkspaceId>> {
    let news = &incoming.news;
    if let Some(reference) = remote.map(|r| &r.reference).or(news.touched.as_ref()) {
        if let Some(known) = store::by_reference(tx, kind, reference)? {
            return Ok(Some(known.workspace));
        }
        if let Some(workspace) = store::workspace_of_pending(tx, kind, reference)? {
            return Ok(Some(workspace));
        }
    }
    let written: Option<&PublicId> = remote.and_then(|r| r.workspace.as_ref()).or(news.workspace.as_ref());
    if let Some(id) = written
        && let Some(workspace) = store::workspace_of_public_id(tx, id)?
    {
        return Ok(Some(workspace));
    }
    let customer = remote.and_then(|r| r.customer.as_ref()).or(news.customer.as_ref());
    if let Some(customer) = customer
        && let Some(workspace) = store::workspace_of_customer(tx, kind, customer)?
    {
        return Ok(Some(workspace));
    }
    match &news.invoice {
        Some(invoice) => store::workspace_of_invoice(tx, kind, &invoice.provider_id),
        None => Ok(None),
    }
}
